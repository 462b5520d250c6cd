"""The rules of EN 16931 that an invoice breaks most: what must be there, what the sums must be, what categories allow.

Source: EN 16931-1, rules by their names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from invoices.checking.finding import Finding, Said
from invoices.checking.terms import Group, Terms, places_of

_NEEDED: Final = {
    "BR-01": "BT-24", "BR-02": "BT-1", "BR-03": "BT-2", "BR-04": "BT-3", "BR-05": "BT-5", "BR-06": "BT-27",
    "BR-07": "BT-44", "BR-09": "BT-40", "BR-11": "BT-55", "BR-12": "BT-106", "BR-13": "BT-109", "BR-14": "BT-112",
    "BR-15": "BT-115",
}  # fmt: skip
_NEEDED_IN_LINES: Final = {
    "BR-21": "BT-126", "BR-24": "BT-131", "BR-25": "BT-153", "BR-26": "BT-146", "BR-CO-4": "BT-151",
}  # fmt: skip
_WITHOUT_VAT_IDS: Final = ("BT-31", "BT-63", "BT-48")
_WITH_REASON: Final = {"O": "BR-O-10", "E": "BR-E-10", "AE": "BR-AE-10", "K": "BR-IC-10", "G": "BR-G-10"}
_CENT: Final = Decimal("0.01")
_TOLERANCE: Final = Decimal(1)
_PLACES: Final = 2
_AMOUNTS: Final = ("BT-106", "BT-107", "BT-108", "BT-109", "BT-110", "BT-112", "BT-113", "BT-114", "BT-115")
_NONE: Final = Decimal(0)


def findings(terms: Terms, said: Said) -> Iterator[Finding]:
    """Yield what is wrong."""
    yield from _missing(terms, said)
    yield from _sums(terms, said)
    yield from _places(terms, said)
    yield from _breakdown(terms, said)
    yield from _taxed(terms, said)
    yield from _not_taxable(terms, said)


def _missing(terms: Terms, said: Said) -> Iterator[Finding]:
    for rule, term in _NEEDED.items():
        if not terms.one(term):
            yield said.missing(rule, term)
    if not terms.lines:
        yield said.error("BR-16")
    for place, line in enumerate(terms.lines, start=1):
        for rule, term in _NEEDED_IN_LINES.items():
            if not line.one(term):
                where = f"BG-25[{place}]"
                yield said.error(rule, kind="missing", where=where, name=said.name(term), term=term)
    if not any(terms.one(term) for term in ("BT-29", "BT-30", "BT-31")):
        yield said.error("BR-CO-26", where="BG-4")
    if not terms.taxes:
        yield said.error("BR-CO-18", where="BG-23")


def _sum(groups: Sequence[Group], term: str) -> Decimal:
    return sum((number for group in groups if (number := group.number(term)) is not None), _NONE)


def _sums(terms: Terms, said: Said) -> Iterator[Finding]:
    def number(term: str) -> Decimal:
        return terms.number(term) or _NONE

    expected = {
        "BR-CO-10": ("BT-106", _sum(terms.lines, "BT-131")),
        "BR-CO-13": ("BT-109", number("BT-106") - number("BT-107") + number("BT-108")),
        "BR-CO-14": ("BT-110", _sum(terms.taxes, "BT-117")),
        "BR-CO-15": ("BT-112", number("BT-109") + number("BT-110")),
        "BR-CO-16": ("BT-115", number("BT-112") - number("BT-113") + number("BT-114")),
    }
    for rule, (term, right) in expected.items():
        found = terms.number(term)
        if found is not None and abs(found - right) >= _CENT:
            yield said.other(rule, term, found=found, expected=right)


def _places(terms: Terms, said: Said) -> Iterator[Finding]:
    for term in _AMOUNTS:
        text, number = terms.one(term), terms.number(term)
        if text and number is None:
            yield said.error(
                "BR-DEC", kind="no_number", where=term, name=said.name(term), term=term, found=text
            )
        elif number is not None and places_of(number) > _PLACES:
            yield said.error("BR-DEC", where=term, name=said.name(term), term=term, found=text)


def _breakdown(terms: Terms, said: Said) -> Iterator[Finding]:
    """Yield sums of VAT that do not belong to the lines; discounts on the whole invoice make them another matter."""
    for place, tax in enumerate(terms.taxes, start=1):
        where = f"BG-23[{place}]"
        category, rate = tax.one("BT-118"), tax.number("BT-119") or _NONE
        basis, amount = tax.number("BT-116"), tax.number("BT-117")
        if basis is None or amount is None:
            continue
        right = (abs(basis) * rate / 100).quantize(_CENT) * (-1 if basis < 0 else 1)
        if abs(amount - right) > _TOLERANCE:
            yield said.other("BR-CO-17", "BT-117", found=amount, expected=right)
        lines = [
            line
            for line in terms.lines
            if line.one("BT-151") == category and (line.number("BT-152") or _NONE) == rate
        ]
        whole = _sum(lines, "BT-131")
        if not terms.has_allowances and abs(basis - whole) > _TOLERANCE:
            yield said.other(f"BR-{category}-08", "BT-116", found=basis, expected=whole)
        rule = _WITH_REASON.get(category)
        if rule and not (tax.one("BT-120") or tax.one("BT-121")):
            yield said.error(rule, kind="reason", where=where, category=category)


def _taxed(terms: Terms, said: Said) -> Iterator[Finding]:
    taxed = [line for line in terms.lines if line.one("BT-151") == "S"]
    if taxed and not any(terms.one(term) for term in ("BT-31", "BT-32", "BT-63")):
        yield said.error("BR-S-02", where="BG-4")
    for place, line in enumerate(terms.lines, start=1):
        if line.one("BT-151") == "S" and not line.number("BT-152"):
            yield said.error("BR-S-05", where=f"BG-25[{place}]", line=place)


def _not_taxable(terms: Terms, said: Said) -> Iterator[Finding]:
    """Yield what an invoice outside the scope of VAT may not say. Source: BR-O-01 to BR-O-14."""
    if not any(group.one("BT-151") == "O" for group in terms.lines) and not any(
        group.one("BT-118") == "O" for group in terms.taxes
    ):
        return
    for term in _WITHOUT_VAT_IDS:
        if terms.one(term):
            yield said.error("BR-O-02", where=term, name=said.name(term), term=term)
    for place, line in enumerate(terms.lines, start=1):
        if line.one("BT-151") == "O" and line.one("BT-152"):
            yield said.error("BR-O-05", where=f"BG-25[{place}]", line=place)
    if len([tax for tax in terms.taxes if tax.one("BT-118") == "O"]) != 1:
        yield said.error("BR-O-01", where="BG-23")
    for tax in terms.taxes:
        if tax.one("BT-118") == "O" and tax.number("BT-117"):
            yield said.error("BR-O-09", where="BT-117")
    others = {group.one("BT-151") for group in terms.lines} | {group.one("BT-118") for group in terms.taxes}
    if others - {"O", ""}:
        yield said.error("BR-O-11", where="BG-23", others=", ".join(sorted(others - {"O", ""})))
