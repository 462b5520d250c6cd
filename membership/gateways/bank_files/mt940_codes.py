"""Field 86 of MT940 as banks outside Germany write it: `/EREF/…/NAME/…/REMI/…`, in any order.

Source: SWIFT "MT940 customer statement message", field 86, and its use by Dutch and Belgian banks.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from membership.gateways.bank_files.values import given_id, iban_in, spaced, unbroken

_CODES: Final = (
    "ACCT|ADDR|BENM|BIC|CNTP|CSID|EREF|EXCH|IBAN|ID|ISDT|KREF|MARF|NAME|NRTX|OCMT|ORDP|PREF|PURP|REMI|RTRN|"
    "SVCL|TRCD|TRTP|ULTB|ULTC|ULTD"
)
_BEGIN: Final = re.compile(r"\s*/(?:BENM|CNTP|CSID|EREF|IBAN|MARF|NAME|ORDP|PREF|REMI|RTRN|TRTP)/")
_CODE: Final = re.compile(rf"/({_CODES})(?=/)")
_PARTIES: Final = frozenset({"BENM", "ORDP", "ULTB", "ULTC", "ULTD"})
_OF_PARTY: Final = frozenset({"ACCT", "ADDR", "BIC", "IBAN", "ID", "NAME"})
_KIND_OF_TEXT: Final = re.compile(r"\s*(?:USTD/|STRD/(?P<issuer>[^/]*)/(?P<reference>[^/]*))/*")
_ISO_REASON: Final = re.compile(r"[A-Z]{2}\d{2}", re.ASCII)


class Codes(NamedTuple):
    """What the codes say of the other side, of the text and of a return."""

    name: str | None = None
    iban: str | None = None
    ultimate_name: str | None = None
    remittance: str | None = None
    creditor_reference: str | None = None
    end_to_end_id: str | None = None
    mandate_id: str | None = None
    return_reason: str | None = None
    booking_text: str | None = None


def read_codes(text: str, *, is_credit: bool) -> Codes | None:
    """Return what the codes of a text say, None when it does not begin with one that tells of a payment."""
    if not _BEGIN.match(text):
        return None
    said = _said(text)
    side = "ORDP" if is_credit else "BENM"
    account, name = _counterpart(said.get(("", "CNTP"), ""))
    reason = said.get(("", "RTRN"), "").strip("/ ")
    remittance, reference = _text(said.get(("", "REMI"), ""))
    return Codes(
        name=spaced(said.get((side, "NAME")) or said.get(("", "NAME")) or name),
        iban=iban_in(said.get((side, "IBAN")) or said.get(("", "IBAN")) or account),
        ultimate_name=spaced(
            said.get(("ULTD" if is_credit else "ULTC", "NAME")) or said.get(("ULTB", "NAME"))
        ),
        remittance=remittance,
        creditor_reference=reference,
        end_to_end_id=given_id(said.get(("", "EREF"))),
        mandate_id=given_id(said.get(("", "MARF"))),
        return_reason=reason if _ISO_REASON.fullmatch(reason) else None,
        booking_text=spaced(said.get(("", "TRTP"))),
    )


def _said(text: str) -> dict[tuple[str, str], str]:
    """Return (party, code) -> text; of a code that stands there twice the first counts."""
    found: dict[tuple[str, str], str] = {}
    party = ""
    matches = list(_CODE.finditer(text))
    for match, following in zip(matches, [*matches[1:], None], strict=True):
        code = match[1]
        if code in _PARTIES:
            party = code
        elif code not in _OF_PARTY:
            party = ""
        value = text[match.end() + 1 : following.start() if following else len(text)].strip()
        found.setdefault(
            (party if code in _OF_PARTY else "", code), value.rstrip("/") if code != "REMI" else value
        )
    return found


def _counterpart(text: str) -> tuple[str, str]:
    """Return account and name of `account/bank/name/place`."""
    parts = [*text.split("/"), "", "", ""]
    return parts[0], parts[2]


def _text(text: str) -> tuple[str | None, str | None]:
    """Return free text and structured reference, which this field calls `USTD` and `STRD`."""
    kind = _KIND_OF_TEXT.match(text)
    if kind is None:
        return unbroken(text.rstrip("/")), None
    if kind["reference"] is not None:
        return None, given_id(kind["reference"])
    return unbroken(text[kind.end() :].rstrip("/")), None
