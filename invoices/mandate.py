"""The form of a direct debit mandate: one page that the debtor completes and signs.

The words are those of the rulebooks: who may collect, what the bank is told, and the right to a refund or that there is
none. Source: SEPA-3; EPC016-06 (Core) and EPC222-07 (B2B), mandate texts in German and English.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Final

from invoices.breaking import broken, fitted
from invoices.formats import Language
from invoices.glyphs import missing_glyphs
from invoices.hybrid import About, File
from invoices.layout import GREY, INK, LEFT, RIGHT, RULE, Style
from invoices.page import Ink, Page, registered
from invoices.pdf import FACES, ONE_AT_A_TIME, place
from invoices.words import words

_TITLE: Final = Style("semibold", 16, INK)
_LABEL: Final = Style("regular", 8.5, GREY)
_VALUE: Final = Style("medium", 10.5, INK)
_TEXT: Final = Style("regular", 10, INK)
_TOP, _LINE, _ROW, _GAP, _FIELD, _FOOT_Y = 26.0, 5.2, 13.0, 6.0, 14.0, 284.0
_HALF: Final = (LEFT + RIGHT) / 2
_THIN: Final = (0.4, RULE)
_UNKNOWN: Final = "?"


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateForm:
    """What is printed on the form; `account_shown` is what is known of the account, as it may be shown."""

    language: Language
    day: date
    creditor: str
    creditor_address: tuple[str, ...]
    creditor_id: str
    reference: str
    is_b2b: bool
    is_recurrent: bool
    member_number: str
    debtor: str
    debtor_address: tuple[str, ...]
    account_shown: str = ""


def render(form: MandateForm) -> bytes:
    """Return the form as PDF; signs that our fonts do not have are printed as a question mark."""
    said = words(form.language)["mandate"]
    with ONE_AT_A_TIME:
        for face in FACES:
            registered(face)
        file = File(form.language)
        page = Page({face: Ink(face, file) for face in FACES})
        title = said["title_b2b" if form.is_b2b else "title"]
        _write(page, form, title)
        place(file, page)
        about = About(
            title=f"{title} {form.reference}",
            subject=title,
            author=_printable(form.creditor),
            language=form.language,
            day=form.day,
        )
        file.describe(about)
        file.add_metadata(about, has_invoice=False)
        placed = "\n".join(page.operators)
        return file.data(hashlib.sha256(f"{about}\n{placed}\n".encode()).hexdigest()[:32])


def _write(page: Page, form: MandateForm, title: str) -> None:
    said = words(form.language)["mandate"]
    address = ", ".join(part for part in form.creditor_address if part)
    page.text(LEFT, _TOP, title, _TITLE)
    y = _TOP + 2 * _GAP
    y = _value(page, LEFT, y, said["creditor"], ", ".join(filter(None, (form.creditor, address))))
    _value(page, LEFT, y, said["creditor_id"], form.creditor_id, end=_HALF - _GAP)
    y = _value(page, _HALF, y, said["reference"], form.reference)
    _value(
        page, LEFT, y, said["kind"], said["recurrent" if form.is_recurrent else "one_off"], end=_HALF - _GAP
    )
    y = _value(page, _HALF, y, said["member"], form.member_number) + _GAP
    hint = said["no_refund" if form.is_b2b else "refund"]
    for text in (said["authorise"].format(creditor=form.creditor), hint):
        for line in broken(_printable(text), RIGHT - LEFT, _TEXT):
            page.text(LEFT, y, line, _TEXT)
            y += _LINE
        y += _GAP
    debtor = (form.debtor, *form.debtor_address)
    y = _value(page, LEFT, y, said["debtor"], ", ".join(filter(None, debtor))) + _GAP
    iban = said["known"].format(account=form.account_shown) if form.account_shown else said["iban"]
    for label in (iban, said["bic"], said["place"], said["signatory"], said["signature"]):
        y = _field(page, y, label)
    back = said["back"].format(creditor=form.creditor, address=address)
    page.text(LEFT, _FOOT_Y, _printable(back), fitted(_printable(back), RIGHT - LEFT, _LABEL))


def _value(page: Page, x: float, y: float, label: str, value: str, *, end: float = RIGHT) -> float:
    """Write a label with its value below it and return where the next row stands."""
    shown = _printable(value)
    page.text(x, y, label, _LABEL)
    page.text(x, y + _LINE, shown, fitted(shown, end - x, _VALUE))
    return y + _ROW


def _field(page: Page, y: float, label: str) -> float:
    """Draw a line to write on with its label below and return where the next one stands."""
    page.rule(LEFT, y + _GAP, RIGHT, _THIN)
    page.text(LEFT, y + _GAP + _LINE - 1, _printable(label), _LABEL)
    return y + _FIELD


def _printable(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    for sign in missing_glyphs(text):
        text = text.replace(sign, _UNKNOWN)
    return text


def consent(language: Language, *, creditor: str) -> tuple[str, str]:
    """Return what a debtor agrees to with a core mandate, as the form says it: authorisation and right to a refund."""
    said = words(language)["mandate"]
    return said["authorise"].format(creditor=creditor), said["refund"]
