"""The German rules of XRechnung, by their names.

Source: KoSIT, XRechnung 3.0 (BR-DE), and the rules it takes over from Peppol.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from invoices.checking.finding import Finding, Said
from invoices.checking.terms import Terms
from invoices.numbering import is_iban

_NEEDED: Final = {
    "BR-DE-1": "BT-81", "BR-DE-3": "BT-37", "BR-DE-4": "BT-38", "BR-DE-5": "BT-41", "BR-DE-6": "BT-42",
    "BR-DE-7": "BT-43", "BR-DE-8": "BT-52", "BR-DE-9": "BT-53", "BR-DE-15": "BT-10",
}  # fmt: skip
_NEEDED_SINCE_3: Final = {
    "PEPPOL-EN16931-R001": "BT-23", "PEPPOL-EN16931-R010": "BT-49", "PEPPOL-EN16931-R020": "BT-34",
}  # fmt: skip
_TYPES: Final = frozenset({"326", "380", "381", "384", "389", "875", "876", "877"})
_MAIL: Final = re.compile(r"[^@\s]+@([^@.\s]+\.)+[^@.\s]+")
_PHONE_DIGITS: Final = 3
_TRANSFERS: Final = frozenset({"30", "58"})
_VERSION: Final = re.compile(r".*#compliant#urn:xeinkauf\.de:kosit:xrechnung_3\.0(#.*)?")
_TAXABLE: Final = frozenset({"S", "Z", "E", "AE", "K", "G", "L", "M"})


def findings(terms: Terms, said: Said) -> Iterator[Finding]:
    """Yield what is wrong."""
    is_present = bool(_VERSION.fullmatch(terms.one("BT-24")))
    for rule, term in (_NEEDED | (_NEEDED_SINCE_3 if is_present else {})).items():
        if not terms.one(term):
            yield said.missing(rule, term)
    yield from _taxes(terms, said)
    yield from _payment(terms, said)
    phone, mail = terms.one("BT-42"), terms.one("BT-43")
    if phone and sum(sign.isdigit() for sign in phone) < _PHONE_DIGITS:
        yield said.warning("BR-DE-27", where="BT-42", found=phone)
    if mail and not _MAIL.fullmatch(mail):
        yield said.warning("BR-DE-28", where="BT-43", found=mail)
    code = terms.one("BT-3")
    if code and code not in _TYPES:
        yield said.error("BR-DE-17", where="BT-3", found=code)
    if code == "384" and not terms.one("BT-25"):
        yield said.warning("BR-DE-26", where="BT-25")
    if not is_present:
        yield said.warning("BR-DE-21", where="BT-24", found=terms.one("BT-24"))


def _taxes(terms: Terms, said: Said) -> Iterator[Finding]:
    for place, tax in enumerate(terms.taxes, start=1):
        if not tax.one("BT-119"):
            where = f"BG-23[{place}]"
            yield said.error("BR-DE-14", kind="missing", where=where, name=said.name("BT-119"), term="BT-119")
    if any(line.one("BT-151") in _TAXABLE for line in terms.lines) and not any(
        terms.one(term) for term in ("BT-31", "BT-32", "BT-63")
    ):
        yield said.error("BR-DE-16", kind="BR-S-02", where="BG-4")


def _payment(terms: Terms, said: Said) -> Iterator[Finding]:
    means, account = terms.one("BT-81"), terms.one("BT-84")
    if means in _TRANSFERS and not account:
        yield said.missing("BR-DE-23-a", "BT-84")
    if means == "58" and account and not is_iban(account.replace(" ", "").upper()):
        yield said.warning("BR-DE-19", where="BT-84", found=account)
    if means == "59":
        for rule, term in (("BR-DE-29", "BT-89"), ("BR-DE-30", "BT-90"), ("BR-DE-31", "BT-91")):
            if not terms.one(term):
                yield said.missing(rule, term)
        if account:
            yield said.error("BR-DE-25-b", where="BT-84")
