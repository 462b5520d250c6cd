"""Documents that several tests print, and what is read back from their pages."""

from __future__ import annotations

import re
from datetime import date

from invoices.document import ProofStep, Reference

CANCELLATION = {
    "kind": "cancellation",
    "number": "KO2027-0001",
    "refers_to": Reference(number="RE2027-0031", issued_on=date(2027, 1, 4)),
    "payment": None,
    "due_on": None,
    "intro": "mit diesem Schreiben stornieren wir die Beitragsrechnung RE2027-0031 in voller Höhe.",
}
ENGLISH = {
    "language": "en",
    "subject": "Membership fee 2027",
    "salutation": "Dear Mr Janssen,",
    "intro": "for the year 2027 we charge the membership fee as laid down in § 3 of our fee schedule.",
}
PROOF = (
    ProofStep(text="Pos. 1: Mitgliedsbeitrag 2027", level="head"),
    ProofStep(text="Gemeldet: 37 Beschäftigte", note="Stichtag 30.06.2026"),
    ProofStep(text="Klasse 10–49", note="Staffel, § 3 Absatz 1", result="600,00 €"),
    ProofStep(text="Beitrag, Pos. 1", note="gerundet auf volle Cent", result="600,00 €", level="result"),
)


def texts(places, *, page=None):
    return [place.text for place in places if page in (None, place.page)]


def whole(places):
    return "\n".join(texts(places))


def plain(text):
    return text.replace("\u00a0", " ")


def squeezed(text):
    return re.sub(r"\s", "", text)
