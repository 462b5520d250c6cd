"""An application as commands print it."""

from __future__ import annotations

from typing import Any

from membership.domain.declarations.questions import answer_of
from membership.domain.member_fields import INVOICE_ADDRESS
from membership.persistence.columns import exact_text
from membership.persistence.queries.applications import ApplicationLine

_SHOWN = (
    "name", "legal_form", "register_entry", "vat_id", "tax_number", "leitweg_id", "address_extra", "street", "postcode",
    "city", "country", "phone", "invoice_email", *INVOICE_ADDRESS, "order_number", "group_name", "payment",
    "iban_shown", "iban_holder",    "signatory_name", "signatory_function", "email", "message",
)  # fmt: skip


def application_document(line: ApplicationLine) -> dict[str, Any]:
    """Return an application; of one that was erased nothing but its reference, its days and the decision is left."""
    application = line.application
    data = application.data or {}
    confirmed = application.confirmed_at
    return {
        "reference": application.reference,
        "state": str(application.state),
        "category": application.category,
        "language": application.language,
        "basis": {name: _answer(each["answer"]) for name, each in application.sizes.items()},
        "submitted_at": application.submitted_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "confirmed_at": confirmed.strftime("%Y-%m-%dT%H:%M:%SZ") if confirmed else None,
        "decided_on": application.decided_on.isoformat() if application.decided_on else None,
        "organ": application.organ or None,
        "minutes": application.minutes or None,
        "member": line.member_number,
        "company": {name: data.get(name) or None for name in _SHOWN} if data else None,
        "agreed_to": application.terms,
    }


def _answer(stored: Any) -> Any:  # noqa: ANN401 - JSON
    answer = answer_of(stored)
    if isinstance(answer, dict):
        return {code: exact_text(heads) for code, heads in answer.items()}
    return stored
