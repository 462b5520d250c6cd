"""The application for membership that waits in the demonstration: sent by the public form a few days ago."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from membership.domain.applications import terms_version
from membership.domain.policy import Actor, Job
from membership.persistence.db import read_as, write
from membership.services import applications

_DAYS_AGO: Final = 3
_TYPED: Final = {
    "name": "Wattkante Leichtbau GmbH", "legal_form": "GmbH", "register_entry": "Amtsgericht Musterstadt, HRB 98765",
    "vat_id": "DE136695976", "street": "Deichstraße 4", "postcode": "26384", "city": "Musterhafen", "country": "DE",
    "signatory_name": "Wiebke Janssen", "signatory_function": "Geschäftsführerin",
    "invoice_name": "Buchhaltung", "invoice_street": "Postfach 12 04", "invoice_postcode": "26384",
    "invoice_city": "Musterhafen", "email": "janssen@wattkante.example", "phone": "04400 998877",
    "invoice_email": "rechnung@wattkante.example",
    "message": "Wir freuen uns auf die Arbeitsgruppe Leichtbau.", "payment": "direct_debit",
    "iban": "DE02120300000000202051", "language": "de",
}  # fmt: skip


def apply(at: Callable[[Actor, date], Actor], treasurer: Actor, *, today: date) -> str:
    """Send an application some days before today and return its reference; without a mail server it counts at once."""
    day = today - timedelta(days=_DAYS_AGO)
    moment = replace(at(treasurer, day), name="applicant", user_id=None, job=Job.SIGN_IN, roles=frozenset())
    terms = terms_version(applications.terms_with(read_as(moment), "de", today=day, iban=_TYPED["iban"]))
    return write(
        moment, applications.submit, _TYPED, category="ORD", sizes={"headcount": Fraction(84)}, terms=terms,
        today=day,
    )  # fmt: skip
