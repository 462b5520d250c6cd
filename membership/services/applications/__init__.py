"""Applications for membership by the public form: offered, sent, confirmed, and gone again.

What the board decides about one stands in `services/admissions.py`.
"""

from membership.services.applications.documents import application_document
from membership.services.applications.keeping import erase_old
from membership.services.applications.links import find_by_link
from membership.services.applications.mandates import KIND as MANDATE
from membership.services.applications.mandates import agreed_mandate, offers_mandate, terms_with
from membership.services.applications.offering import (
    Expected,
    Kind,
    Offer,
    expected_dues,
    find_offer,
    find_schedule,
    is_open,
    shown_then,
    terms_of,
)
from membership.services.applications.submitting import confirm, read_typed, submit, withdraw_by_link

__all__ = [
    "MANDATE",
    "Expected",
    "Kind",
    "Offer",
    "agreed_mandate",
    "application_document",
    "confirm",
    "erase_old",
    "expected_dues",
    "find_by_link",
    "find_offer",
    "find_schedule",
    "is_open",
    "offers_mandate",
    "read_typed",
    "shown_then",
    "submit",
    "terms_of",
    "terms_with",
    "withdraw_by_link",
]
