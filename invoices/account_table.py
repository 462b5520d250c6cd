"""The running account in its letter: opening balance, entries, closing balance; a confirmation with its reply."""

from __future__ import annotations

from invoices import breaking, formats
from invoices.account import AccountRow, AccountStatement
from invoices.layout import (
    BOTTOM,
    GREY,
    INK,
    LEFT,
    RIGHT,
    RULE,
    AccountTable,
    Closing,
    Following,
    Reply,
    Style,
)
from invoices.payment import write_closing
from invoices.sheets import Sheets

_HEAD = (AccountTable.HEAD_WIDTH, INK)
_END = (AccountTable.RULE_WIDTH, RULE)
_LINE = (0.4, GREY)
_CLOSING = AccountTable.AFTER + Closing.GREETING + Closing.SIGNATURE


def write_account(sheets: Sheets, account: AccountStatement) -> None:
    """Write the table and what follows it."""
    _head(sheets, account, sheets.y + AccountTable.AFTER_TEXT)
    words = sheets.words("account")
    balance = account.opening_cents
    if account.kind == "statement":
        day = formats.short_date(account.period_from, account.language)
        _sum(sheets, account, words["opening"].format(date=day), balance)
    for row in account.rows:
        balance += row.cents
        _row(sheets, account, row, balance)
    _room(sheets, account, AccountTable.END_RULE + AccountTable.SUM)
    sheets.y += AccountTable.END_RULE
    sheets.page.rule(LEFT, sheets.y, RIGHT, _END)
    day = formats.short_date(account.period_to, account.language)
    _sum(sheets, account, words["closing"].format(date=day), balance)
    if sheets.y + _CLOSING > BOTTOM:
        sheets.turn()
    else:
        sheets.y += AccountTable.AFTER
    write_closing(sheets)
    if account.kind == "confirmation":
        _reply(sheets)


def _head(sheets: Sheets, account: AccountStatement, y: float) -> None:
    page, words, style = sheets.page, sheets.words("account"), AccountTable.HEAD
    page.text(AccountTable.DAY, y, words["day"], style)
    page.text(AccountTable.TEXT, y, words["text"], style)
    if account.kind == "statement":
        page.right(AccountTable.DEBIT_RIGHT, y, words["debit"], style)
        page.right(AccountTable.CREDIT_RIGHT, y, words["credit"], style)
        page.right(AccountTable.BALANCE_RIGHT, y, words["balance"], style)
    else:
        page.right(AccountTable.BALANCE_RIGHT, y, words["open"], style)
    page.rule(LEFT, y + AccountTable.HEAD_RULE, RIGHT, _HEAD)
    sheets.y = y + AccountTable.HEAD_RULE + AccountTable.FIRST - AccountTable.NEXT


def _room(sheets: Sheets, account: AccountStatement, height: float) -> None:
    """Turn to a following page where so many mm do not fit any more."""
    if sheets.y + height > BOTTOM:
        sheets.turn()
        _head(sheets, account, Following.TABLE_Y)


def _sum(sheets: Sheets, account: AccountStatement, text: str, cents: int) -> None:
    sheets.y += AccountTable.NEXT
    sheets.page.text(AccountTable.DAY, sheets.y, text, AccountTable.STRONG)
    _amount(sheets, account, AccountTable.BALANCE_RIGHT, cents, AccountTable.STRONG)


def _amount(sheets: Sheets, account: AccountStatement, x: float, cents: int, style: Style) -> None:
    sheets.page.right(x, sheets.y, formats.amount(cents, account.language), style)


def _row(sheets: Sheets, account: AccountStatement, row: AccountRow, balance: int) -> None:
    width = AccountTable.TEXT_RIGHT - AccountTable.TEXT
    names = breaking.broken(row.text, width, AccountTable.CELL)
    details = breaking.broken(row.detail, width, AccountTable.SMALL) if row.detail else []
    _room(sheets, account, AccountTable.NEXT * len(names) + AccountTable.DETAIL * len(details))
    sheets.y += AccountTable.NEXT
    first, style = sheets.y, AccountTable.CELL
    day = formats.short_date(row.day, account.language)
    sheets.page.text(AccountTable.DAY, first, day, style)
    if account.kind == "statement":
        side = AccountTable.DEBIT_RIGHT if row.cents >= 0 else AccountTable.CREDIT_RIGHT
        _amount(sheets, account, side, abs(row.cents), style)
        _amount(sheets, account, AccountTable.BALANCE_RIGHT, balance, style)
    else:
        _amount(sheets, account, AccountTable.BALANCE_RIGHT, row.cents, style)
    sheets.page.text(AccountTable.TEXT, first, names[0], style)
    for name in names[1:]:
        sheets.y += AccountTable.NEXT
        sheets.page.text(AccountTable.TEXT, sheets.y, name, style)
    for detail in details:
        sheets.y += AccountTable.DETAIL
        sheets.page.text(AccountTable.TEXT, sheets.y, detail, AccountTable.SMALL)


def _reply(sheets: Sheets) -> None:
    """Write the part to be sent back."""
    if sheets.y + Reply.GAP + Reply.HEIGHT > BOTTOM:
        sheets.turn()
    words = sheets.words("account")
    sheets.y += Reply.GAP
    sheets.page.rule(LEFT, sheets.y, RIGHT, _END)
    sheets.y += Reply.TITLE
    sheets.page.text(LEFT, sheets.y, words["reply"], Reply.TITLE_TEXT)
    sheets.y += Reply.FIRST
    for key in ("agrees", "differs"):
        corner = sheets.y - Reply.BOX + 0.4
        sheets.page.box(Reply.BOX_X, corner, (Reply.BOX, Reply.BOX), (0.3, None, INK))
        sheets.page.text(Reply.TEXT_X, sheets.y, words[key], Reply.TEXT)
        if key == "differs":
            sheets.page.rule(Reply.LINE_FROM + 15, sheets.y + 0.8, RIGHT, _LINE)
        sheets.y += Reply.STEP
    sheets.y += Reply.SIGN
    middle = (LEFT + RIGHT) / 2
    for x, end, key in ((LEFT, middle - 5, "place"), (middle + 5, RIGHT, "signature")):
        sheets.page.rule(x, sheets.y, end, _LINE)
        sheets.page.text(x, sheets.y + 4, words[key], Reply.SMALL)
    sheets.y += 4
