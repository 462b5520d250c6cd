"""Field 86 of MT940: the German sub-fields, whatever sign parts them, and plain text where there are none.

Source: BNK-5, `interfaces.md` "bank read".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from membership.gateways.bank_files.errors import Trouble
from membership.gateways.bank_files.mt940_codes import read_codes
from membership.gateways.bank_files.sepa_tokens import Tokens, read_tokens
from membership.gateways.bank_files.values import given_id, iban_in, spaced, unbroken, xml_amount

_HEAD: Final = re.compile(r"\s*(\d{3})?\s?([^\w\s])(?=(?:00|10|2\d|3[0-8]|6[0-3]))")
_LEAST_FIELDS: Final = 2
_PLAIN_CODE: Final = re.compile(r"\s*(\d{3})(?=(\d?))[ /+-]*")
_SUB_FIELDS: Final = "00|10|2[0-9]|3[0-8]|6[0-5]|7[0-9]"
_TEXT_FIELDS: Final = frozenset({*map(str, range(20, 30)), *map(str, range(60, 64))})
_NAME_FIELDS: Final = ("32", "33")
_RETURN_CODES: Final = frozenset({"108", "109", "112", "159", "160", "181", "184", "193", "195", "197"})
_RETURN_WORDS: Final = re.compile(r"RETOUR|R(?:UE|Ü)CK(?!SPR)|RUECKLAST|STORNO|REJECT", re.IGNORECASE)
_NO_REASON: Final = frozenset({"000", "997", "999", "0"})
_OLD_FIELDS: Final = {
    **{f"{number:02d}": "text" for number in range(1, 15)}, "15": "name", "16": "name", "17": "booking_text",
}  # fmt: skip
_OLD_LINE: Final = re.compile(r"(\d{2})(.*)")


class Details(NamedTuple):
    """What field 86 (or `:NS:`) says about an entry."""

    code: str | None = None
    booking_text: str | None = None
    name: str | None = None
    iban: str | None = None
    remittance: str | None = None
    ultimate_name: str | None = None
    end_to_end_id: str | None = None
    customer_reference: str | None = None
    mandate_id: str | None = None
    return_reason: str | None = None
    original_amount: Decimal | None = None
    creditor_reference: str | None = None


def read_details(text: str, *, is_credit: bool, is_reversal: bool) -> Details:
    """Return what field 86 says; its physical lines were joined without additions."""
    head = _HEAD.match(text)
    if head and (head[1] or head[2] == "?"):
        fields = _sub_fields(text[head.start(2) :], head[2])
        if head[2] == "?" or len(fields) >= _LEAST_FIELDS:
            return _structured(head[1], fields, is_credit=is_credit, is_reversal=is_reversal)
    if codes := read_codes(text, is_credit=is_credit):
        return Details(**codes._asdict())
    code = _PLAIN_CODE.match(text)
    # Digits that go on are a number, not a code: then the text stays whole.
    rest = text[code.end() :] if code and not code[2] else text
    tokens = read_tokens([rest])
    return _with_tokens(Details(code=code[1] if code else None), tokens, is_credit=is_credit)


def read_old_details(lines: Iterable[str]) -> Details:
    """Return what a field `:NS:` says: lines of two digits and text, before field 86 came into use."""
    found: dict[str, list[str]] = {}
    for line in lines:
        if match := _OLD_LINE.match(line):
            found.setdefault(_OLD_FIELDS.get(match[1], ""), []).append(match[2])
    return Details(
        booking_text=spaced("".join(found.get("booking_text", ()))),
        name=spaced("".join(found.get("name", ()))),
        remittance=unbroken("".join(found.get("text", ()))),
    )


def _sub_fields(text: str, mark: str) -> list[tuple[str, str]]:
    """Return number and text of the sub-fields, in order."""
    parts = re.split(rf"{re.escape(mark)}({_SUB_FIELDS})", text)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def _structured(
    code: str | None, fields: Sequence[tuple[str, str]], *, is_credit: bool, is_reversal: bool
) -> Details:
    def joined(*numbers: str) -> str:
        return "".join(text for number, text in fields if number in numbers)

    booking_text = spaced(joined("00"))
    reason = joined("34").strip()
    is_return = is_reversal or code in _RETURN_CODES or bool(_RETURN_WORDS.search(booking_text or ""))
    details = Details(
        code=code,
        booking_text=booking_text,
        name=spaced(joined(*_NAME_FIELDS)),
        iban=iban_in(joined("31")) or iban_in(joined("38")),
        return_reason=reason if is_return and reason not in _NO_REASON and reason else None,
    )
    tokens = read_tokens([text for number, text in fields if number in _TEXT_FIELDS])
    return _with_tokens(details, tokens, is_credit=is_credit)


def _with_tokens(details: Details, tokens: Tokens, *, is_credit: bool) -> Details:
    values = tokens.values
    remittance = values.get("SVWZ") if "SVWZ" in values else tokens.before
    payer, payee = values.get("ABWA"), values.get("ABWE")
    return details._replace(
        remittance=unbroken(remittance) if remittance else None,
        ultimate_name=spaced((payer or payee) if is_credit else (payee or payer)),
        end_to_end_id=given_id(values.get("EREF")),
        customer_reference=given_id(values.get("KREF")),
        mandate_id=given_id(values.get("MREF")),
        original_amount=_amount(values.get("OAMT")),
    )


def _amount(text: str | None) -> Decimal | None:
    found = re.search(r"\d[\d.,]*", text or "")
    try:
        return xml_amount(found[0]) if found else None
    except Trouble:
        return None
