"""Everything that is kept about a company as one ZIP: a text to read, the data as JSON, the documents beside them.

`data.json` holds the parts of `queries/own_data.py` with amounts in euros as text, days and moments in ISO form; under
`statement` each booking of the account, under `mandates` the direct debit mandates with the end of their account.
Source: `ux.md` 7 "Privacy"; Art. 15 and 20 GDPR.
"""

from __future__ import annotations

import json
import zipfile
from datetime import date, datetime
from fractions import Fraction
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final

from sqlalchemy.orm import Session

from membership.domain.errors import N_
from membership.domain.member_account import Movement, entry_words, running
from membership.domain.money import decimal_text
from membership.persistence.columns import exact_text
from membership.persistence.queries import member_account, own_data
from membership.persistence.queries.direct_debits.mandates import list_mandates
from membership.persistence.queries.settings import get_settings
from membership.services.run_documents import add_documents
from membership.wording import Wording

DATA: Final = "data.json"
FOLDER: Final = "documents/"
_IN_MEMORY: Final = 8 * 2**20
_PARTS: Final = {
    "company": N_("Your company: name, address, how invoices are sent and paid"),
    "memberships": N_("Beginning and end of the membership"),
    "categories": N_("Category of members, from which day on"),
    "sizes": N_("Sizes that dues rest on, as of which day"),
    "order_numbers": N_("Order numbers for invoices"),
    "contacts": N_("Contacts, former ones too"),
    "invoices": N_("Invoices, cancellations and corrections"),
    "payments": N_("Payments received"),
    "declarations": N_("Self-declarations, every version"),
    "invitations": N_("Invitations to the member area"),
    "requests": N_("What you have asked us for in the member area"),
    "people": N_("Who has access to the member area"),
    "mandates": N_("Direct debit mandates; of an account only its end is shown"),
    "statement": N_("The account with us, each booking with what was open afterwards"),
}
"""Part of the data -> what it holds."""


def write_own_data(session: Session, member_id: int, *, words: Wording, today: date) -> IO[bytes]:
    """Return the ZIP of a company's own data, in the language of who asks for it; the caller closes it."""
    company = own_data.read_own_data(session, member_id)
    company["mandates"] = _mandates(session, member_id)
    company["statement"] = _statement(session, member_id, words)
    file: IO[bytes] = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the response closes it
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(words.text(N_("READ-ME.txt")), _read_me(session, company, words, today))
        told = {name: _in_euros(part) for name, part in company.items()}
        archive.writestr(DATA, json.dumps(told, ensure_ascii=False, indent=2, default=_plain))
        add_documents(session, own_data.list_invoice_ids(session, member_id), archive, folder=FOLDER)
    return file


def _read_me(session: Session, company: dict[str, Any], words: Wording, today: date) -> str:
    head = (
        words.text(
            N_("Data of %(company)s (%(number)s) at %(association)s, as of %(day)s"),
            company=company["company"]["name"], number=company["company"]["number"],
            association=get_settings(session).full_name, day=today,
        ),
        "",
        words.text(N_("“%(file)s” holds the data in a form that programs read. Its parts:"), file=DATA),
    )  # fmt: skip
    parts = (
        f"  {name}: {words.text(_PARTS[name])} ({len(rows) if isinstance(rows, list) else 1})"
        for name, rows in company.items()
    )
    foot = words.text(
        N_("“%(folder)s” holds your invoices as PDF, and as XML where they were sent so."), folder=FOLDER
    )
    return "\r\n".join((*head, *parts, "", foot, ""))


def _mandates(session: Session, member_id: int) -> list[dict[str, Any]]:
    return [
        {
            "reference": view.reference,
            "account": view.terms.iban_shown,
            "account_holder": view.terms.name,
            "signed_on": view.signed_on,
        }
        for view in list_mandates(session, member_ids=[member_id])
    ]


def _statement(session: Session, member_id: int, words: Wording) -> list[dict[str, Any]]:
    lines = running(member_account.list_movements(session, member_id))
    return [
        {
            "day": line.movement.posted_on,
            "text": words.text(_text(line.movement)),
            "document": line.movement.document,
            "amount_cents": line.movement.cents,
            "open_afterwards_cents": line.balance_cents,
        }
        for line in lines
    ]


def _text(movement: Movement) -> str:
    return entry_words(movement.kind, movement.kind if movement.takes_back else None)


def _in_euros(part: Any) -> Any:  # noqa: ANN401 - a row, or rows
    """Return rows with amounts as people read them: `gross_cents` 60000 becomes `gross` "600.00"."""
    if isinstance(part, list):
        return [_in_euros(row) for row in part]
    return {
        name.removesuffix("_cents"): decimal_text(value) if name.endswith("_cents") else value
        for name, value in part.items()
    }


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Fraction):
        return exact_text(value)
    message = f"{value!r} has no form in the file"
    raise TypeError(message)
