"""The table of items, over as many pages as it needs, with its totals and notes."""

from __future__ import annotations

from decimal import Decimal

from invoices import breaking, formats
from invoices.document import Line, Tax
from invoices.layout import BOTTOM, INK, LEFT, RIGHT, RULE, Following, Items, Total
from invoices.page import width_of
from invoices.sheets import Sheets

_HEAD = (Items.HEAD_WIDTH, INK)
_END = (Items.RULE_WIDTH, RULE)


def write_items(sheets: Sheets) -> None:
    """Write the table; the pen then stands at the rule below its last line."""
    top = sheets.y + Items.AFTER_TEXT
    if top + Items.HEAD_RULE + Items.FIRST + 2 * Items.NEXT + Items.END_RULE + Items.CARRY > BOTTOM:
        sheets.turn()
        top = Following.TABLE_Y
    _head(sheets, top)
    carried = 0
    for position, line in enumerate(sheets.document.lines, start=1):
        _item(sheets, line, position=position, carried=carried)
        carried += line.amount_cents
    if sheets.y + _totals_height(sheets) > BOTTOM:
        _turn(sheets, carried)
    sheets.y += Items.END_RULE
    sheets.page.rule(LEFT, sheets.y, RIGHT, _END)


def _head(sheets: Sheets, y: float) -> None:
    page, words = sheets.page, sheets.words("table")
    page.text(Items.POSITION, y, words["position"], Items.HEAD)
    page.text(Items.TEXT, y, words["text"], Items.HEAD)
    page.right(Items.PERIOD_RIGHT, y, words["period"], Items.HEAD)
    page.right(Items.AMOUNT_RIGHT, y, words["amount"], Items.HEAD)
    page.rule(LEFT, y + Items.HEAD_RULE, RIGHT, _HEAD)
    sheets.y = y + Items.HEAD_RULE + Items.FIRST - Items.NEXT


def _turn(sheets: Sheets, carried: int) -> None:
    """Carry the sum so far to a following page."""
    words, language = sheets.words("table"), sheets.document.language
    rule = sheets.y + Items.END_RULE
    amount = formats.plain_amount(carried, language)
    sheets.page.rule(LEFT, rule, RIGHT, _END)
    sheets.page.right(Items.PERIOD_RIGHT, rule + Items.CARRY, words["carried"], Items.SUM)
    sheets.page.right(Items.AMOUNT_RIGHT, rule + Items.CARRY, amount, Items.SUM)
    before = len(sheets.pages)
    sheets.turn()
    _head(sheets, Following.TABLE_Y)
    y = Following.TABLE_Y + Items.HEAD_RULE + Items.BROUGHT
    sheets.page.text(Items.TEXT, y, words["brought"].format(page=before), Items.SUM)
    sheets.page.right(Items.AMOUNT_RIGHT, y, amount, Items.SUM)
    sheets.y = y + Items.AFTER_BROUGHT - Items.NEXT


def _item(sheets: Sheets, line: Line, *, position: int, carried: int) -> None:
    period_width = width_of(Items.CELL.face, line.period) * Items.CELL.size
    room = Items.PERIOD_RIGHT - Items.TEXT - Items.GAP - period_width
    names = breaking.broken(line.text, room, Items.NAME)
    details = [
        part for detail in line.details for part in breaking.broken(detail, RIGHT - Items.TEXT, Items.SMALL)
    ]
    height = Items.NEXT + Items.NAME_STEP * (len(names) - 1) + Items.DETAIL * len(details)
    last = BOTTOM - Items.END_RULE - Items.CARRY
    fresh = Following.TABLE_Y + Items.HEAD_RULE + Items.BROUGHT + Items.AFTER_BROUGHT
    has_room = position == 1 or sheets.y + 2 * Items.NEXT <= last
    is_whole = position == 1 or sheets.y + height <= last or fresh + height > last
    if not (has_room and is_whole):
        _turn(sheets, carried)
    sheets.y += Items.NEXT
    page, amount = sheets.page, formats.plain_amount(line.amount_cents, sheets.document.language)
    page.text(Items.POSITION, sheets.y, str(position), Items.NUMBER)
    page.text(Items.TEXT, sheets.y, names[0], Items.NAME)
    page.right(Items.PERIOD_RIGHT, sheets.y, line.period, Items.CELL)
    page.right(Items.AMOUNT_RIGHT, sheets.y, amount, Items.CELL)
    rows = [(name, Items.NAME, Items.NAME_STEP) for name in names[1:]]
    rows += [(detail, Items.SMALL, Items.DETAIL) for detail in details]
    for text, style, step in rows:
        if sheets.y + step > last:
            _turn(sheets, carried + line.amount_cents)
        sheets.y += step
        sheets.page.text(Items.TEXT, sheets.y, text, style)


def percent(rate: Decimal, language: formats.Language) -> str:
    """Return `19 %` or `19%`."""
    blank = formats.NBSP if language == "de" else ""
    return f"{formats.number(rate, language)}{blank}%"


def _tax_label(sheets: Sheets, tax: Tax, *, is_only: bool) -> str:
    words, language = sheets.words("table"), sheets.document.language
    name = ("tax" if tax.treatment == "S" else "exempt") + ("" if is_only else "_of")
    return words[name].format(
        rate=percent(tax.rate_percent, language), net=formats.plain_amount(tax.net_cents, language)
    )


def _tax_rows(sheets: Sheets) -> list[tuple[str, int]]:
    """Return subtotal and taxes; nothing outside the scope of VAT, where both sums would be the same."""
    totals = sheets.document.totals
    if totals.taxes[0].treatment == "O":
        return []
    is_only = len(totals.taxes) == 1
    rows = [(sheets.words("table")["subtotal"], totals.net_cents)]
    return rows + [(_tax_label(sheets, tax, is_only=is_only), tax.tax_cents) for tax in totals.taxes]


def _notes(sheets: Sheets) -> list[str]:
    document = sheets.document
    texts = [document.tax_note] if document.tax_note else []
    if document.proof:
        texts.append(sheets.words("table")["proof"])
    return [line for text in texts for line in breaking.broken(text, RIGHT - LEFT, Total.NOTE_TEXT)]


def _totals_height(sheets: Sheets) -> float:
    rows = len(_tax_rows(sheets))
    taxes = Total.FIRST + Total.STEP * (rows - 1) + Total.RULE if rows else 0
    notes = Total.NOTE + Total.NOTE_STEP * (len(_notes(sheets)) - 1) if _notes(sheets) else 0
    return Items.END_RULE + taxes + Total.AFTER_RULE + notes


def write_totals(sheets: Sheets) -> None:
    """Write subtotal and taxes (where there are any), the total, and the notes below it."""
    document, page = sheets.document, sheets.page
    rows = _tax_rows(sheets)
    y = sheets.y + Total.FIRST
    for label, cents in rows:
        page.right(Total.LABEL_RIGHT, y, label, Total.CELL)
        page.right(RIGHT, y, formats.plain_amount(cents, document.language), Total.CELL)
        y += Total.STEP
    if rows:
        y += Total.RULE - Total.STEP
        page.rule(Total.RULE_X, y, RIGHT, _END)
    y = (y if rows else sheets.y) + Total.AFTER_RULE
    page.right(Total.LABEL_RIGHT, y, sheets.words("total")[document.kind], Total.TOTAL)
    page.right(RIGHT, y, formats.amount(document.gross_cents, document.language), Total.TOTAL)
    sheets.y = y
    for i, line in enumerate(_notes(sheets)):
        step = Total.NOTE_STEP if i else Total.NOTE
        if sheets.y + step > BOTTOM:
            sheets.turn()
        sheets.y += step
        sheets.page.text(LEFT, sheets.y, line, Total.NOTE_TEXT)
