"""The payment box with its QR code, kept whole, and the closing of the letter."""

from __future__ import annotations

from collections.abc import Iterator

from invoices import breaking, formats, qr
from invoices.document import DirectDebit, Document, Transfer
from invoices.layout import BOX_EDGE, BOX_GROUND, LEFT, RIGHT, WHITE, Box, Closing, Style
from invoices.page import width_of
from invoices.sheets import Sheets


def write_payment(sheets: Sheets) -> None:
    """Write the box, if the document asks for payment, and the closing; on a following page if they do not fit."""
    document = sheets.document
    if document.payment is not None:
        top = _place(sheets, Box.HEIGHT)
        _frame(sheets, top, height=Box.HEIGHT, title=sheets.words("payment")["title"])
        _transfer(sheets, document.payment, top)
    elif document.debit is not None:
        text = _collection(sheets, document.debit)
        height = Box.FIRST + Box.TEXT_STEP * len(text)
        top = _place(sheets, height)
        _frame(sheets, top, height=height, title=sheets.words("debit")["title"])
        for i, line in enumerate(text):
            sheets.page.text(Box.LABEL_X, top + Box.FIRST + i * Box.TEXT_STEP, line, Box.VALUE)
    else:
        if sheets.y + Closing.WITHOUT_BOX + Closing.SIGNATURE > Closing.BOTTOM:
            sheets.turn()
        sheets.y += Closing.WITHOUT_BOX - Closing.GREETING
    write_closing(sheets)


def _place(sheets: Sheets, height: float) -> float:
    """Return where the box begins, on a following page if it and the closing do not fit; the pen stands below it."""
    top = sheets.y + Box.GAP
    if sheets.is_first:
        top = max(top, Box.FIRST_PAGE_Y)
    if top + height + Closing.GREETING + Closing.SIGNATURE > Closing.BOTTOM:
        sheets.turn()
        top = sheets.y
    sheets.y = top + height
    return top


def _frame(sheets: Sheets, top: float, *, height: float, title: str) -> None:
    document, page = sheets.document, sheets.page
    ground = None if document.is_draft else BOX_GROUND  # the word across a draft lies below
    page.box(LEFT, top, (RIGHT - LEFT, height), (Box.RADIUS, ground, BOX_EDGE))
    bar = (Box.BAR_WIDTH, height - 2 * Box.BAR_INSET)
    page.area(LEFT, top + Box.BAR_INSET, bar, document.issuer.brand_colour)
    if document.due_on is not None:
        day = formats.long_date(document.due_on, document.language)
        page.text(Box.LABEL_X, top + Box.TITLE, title.format(date=day), Box.TITLE_TEXT)


def _collection(sheets: Sheets, debit: DirectDebit) -> list[str]:
    """Return the lines that announce a direct debit: amount, day, account, mandate and creditor. Source: SEPA."""
    document = sheets.document
    assert document.due_on is not None, document.number
    text = sheets.words("debit")["text"].format(
        amount=formats.amount(document.gross_cents, document.language),
        date=formats.short_date(document.due_on, document.language),
        account=debit.account_shown,
        mandate=debit.mandate,
        creditor_id=document.issuer.bank.creditor_id,
    )
    return breaking.broken(text, RIGHT - Box.LABEL_X - Box.BAR_INSET, Box.VALUE)


def _transfer(sheets: Sheets, transfer: Transfer, top: float) -> None:
    document, page, words = sheets.document, sheets.page, sheets.words("payment")
    y = top + Box.FIRST
    for label, value, style in _rows(document, transfer, words["purpose_draft"]):
        if value:
            page.text(Box.LABEL_X, y, words[label], Box.LABEL)
            _value(sheets, y, value, style)
        y += Box.ONLINE if label == "purpose" else Box.STEP
    if transfer.reference or transfer.remittance:
        _code(sheets, transfer, top)


def _value(sheets: Sheets, y: float, value: str, style: Style) -> None:
    room = Box.VALUE_RIGHT - Box.VALUE_X
    if breaking.fitted(value, room, style).size * 2 > style.size:
        sheets.page.text(Box.VALUE_X, y, value, breaking.fitted(value, room, style))
        return
    lines, smaller = breaking.fitted_block([value], room, style, most=Box.PURPOSE_LINES)
    for i, line in enumerate(lines):
        sheets.page.text(Box.VALUE_X, y + (i - 0.5) * smaller.size * 0.4, line, smaller)


def _rows(document: Document, transfer: Transfer, no_purpose: str) -> Iterator[tuple[str, str, Style]]:
    bank = document.issuer.bank
    purpose = transfer.remittance or no_purpose
    if transfer.reference:
        purpose = f"{formats.in_fours(transfer.reference)}{formats.NBSP} ({document.number})"
    yield "holder", bank.holder, Box.VALUE
    yield "iban", formats.in_fours(bank.iban), Box.STRONG
    yield "bic", bank.bic, Box.VALUE
    yield "amount", formats.amount(document.gross_cents, document.language), Box.STRONG
    yield "purpose", purpose, Box.VALUE if document.is_draft else Box.STRONG
    yield "online", transfer.portal, Box.VALUE._replace(colour=document.issuer.brand_colour)


def _code(sheets: Sheets, transfer: Transfer, top: float) -> None:
    """Draw the QR code on white, with at least four modules of it around."""
    document, page = sheets.document, sheets.page
    text = qr.payload(document.issuer.bank, transfer, amount_cents=document.gross_cents)
    rows = qr.matrix(text)
    page.area(Box.WHITE_X, top + Box.WHITE_Y, (Box.WHITE_SIDE, Box.WHITE_SIDE), WHITE)
    module = min(Box.CODE_SIDE / len(rows), Box.WHITE_SIDE / (len(rows) + 2 * qr.QUIET))
    edge = (Box.WHITE_SIDE - module * len(rows)) / 2
    page.modules(Box.WHITE_X + edge, top + Box.WHITE_Y + edge, module, qr.path(rows))
    middle = Box.WHITE_X + Box.WHITE_SIDE / 2
    page.centred(middle, top + Box.CAPTION, sheets.words("payment")["scan"], Box.CAPTION_TEXT)


def write_closing(sheets: Sheets) -> None:
    """Write greeting and signature below the pen."""
    issuer, page = sheets.letter.issuer, sheets.page
    y = sheets.y + Closing.GREETING
    page.text(LEFT, y, sheets.words("closing")["greeting"], Closing.TEXT)
    y += Closing.SIGNATURE
    page.text(LEFT, y, issuer.signatory, Closing.NAME)
    if issuer.signatory and issuer.signatory_function:
        x = LEFT + width_of(Closing.NAME.face, issuer.signatory) * Closing.NAME.size
        page.text(x, y, f", {issuer.signatory_function}", Closing.FUNCTION)
    sheets.y = y
