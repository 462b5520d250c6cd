"""The frame of the letter: letterhead, address, information block, subject, text, and the footer of each page.

Source: DIN 5008 form B; the measures stand in `layout`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from invoices import breaking, formats, pictures
from invoices.account import AccountStatement
from invoices.document import Document
from invoices.formats import Language
from invoices.layout import BOTTOM, LEFT, RIGHT, RULE, Address, Body, Footer, Head, Info, Logo, Style, Subject
from invoices.page import width_of
from invoices.parties import Issuer
from invoices.sheets import Sheets
from invoices.words import words

_THIN = (0.4, RULE)
_THINNER = (0.3, RULE)


def write_top(sheets: Sheets) -> None:
    """Write the first page down to the end of the text; the pen then stands at the last line of it."""
    _letterhead(sheets)
    _address(sheets)
    _information(sheets)
    _subject(sheets)
    _text(sheets)


def _letterhead(sheets: Sheets) -> None:
    issuer, page = sheets.letter.issuer, sheets.page
    x, down = LEFT, 0.0
    if issuer.logo is not None:
        logo = pictures.picture(issuer.logo)
        scale = min(Logo.WIDTH / logo.width, Logo.HEIGHT / logo.height)
        page.image(Logo.X, Logo.Y, (logo.width * scale, logo.height * scale), logo)
        x = Logo.X + logo.width * scale + Logo.GAP
        down = (logo.height * scale - Head.BESIDE) / 2
    page.text(x, Head.NAME_Y + down, issuer.name, breaking.fitted(issuer.name, RIGHT - x, Head.NAME))
    page.text(x, Head.CLAIM_Y + down, issuer.claim, breaking.fitted(issuer.claim, RIGHT - x, Head.CLAIM))


def _address(sheets: Sheets) -> None:
    document, page = sheets.letter, sheets.page
    back = " · ".join((document.issuer.name, *document.issuer.address))
    page.text(LEFT, Address.RETURN_Y, back, breaking.fitted(back, Address.WIDTH, Address.RETURN))
    page.rule(LEFT, Address.RULE_Y, LEFT + Address.WIDTH, _THINNER)
    address = document.recipient.address
    lines, style = breaking.fitted_block(address, Address.WIDTH, Address.TEXT, most=Address.LINES)
    for i, line in enumerate(lines):
        page.text(LEFT, Address.FIRST_Y + i * Address.STEP, line, style)


def _period(document: Document | AccountStatement) -> str:
    first, last, language = document.period_from, document.period_to, document.language
    if first.year == last.year:
        return f"{_day_of_year(first, language)}{_dash(language)}{formats.short_date(last, language)}"
    return f"{formats.short_date(first, language)}{_dash(language)}{formats.short_date(last, language)}"


def _range(account: AccountStatement) -> str:
    """Return the days of a running account; a confirmation is of one day."""
    is_one = account.kind == "confirmation"
    return formats.short_date(account.period_to, account.language) if is_one else _period(account)


def _dash(language: Language) -> str:
    return "–" if language == "de" else " – "


def _day_of_year(day: date, language: Language) -> str:
    return formats.short_date(day, language).removesuffix(str(day.year)).rstrip(formats.NBSP)


def _first_group(sheets: Sheets) -> Iterator[tuple[str, str, Style]]:
    document, info = sheets.letter, sheets.words("info")
    yield sheets.words("number")[document.kind], document.number or "", Info.STRONG
    yield (
        sheets.words("date")[document.kind],
        formats.short_date(document.issued_on, document.language),
        Info.VALUE,
    )
    if document.refers_to is not None:
        day = formats.short_date(document.refers_to.issued_on, document.language)
        original = info["original_value"].format(number=document.refers_to.number, date=day)
        yield info["original"], original, Info.VALUE
    yield info["member"], document.recipient.member_number, Info.VALUE
    if isinstance(document, AccountStatement):
        label = "range" if document.kind == "statement" else "as_of"
        yield sheets.words("account")[label], _range(document), Info.VALUE
    else:
        yield info["period"], _period(document), Info.VALUE
    if document.due_on is not None:
        yield info["due"], formats.short_date(document.due_on, document.language), Info.STRONG


def _second_group(sheets: Sheets) -> Iterator[tuple[str, str, Style]]:
    document, info = sheets.letter, sheets.words("info")
    yield info["order"], document.recipient.order_number, Info.VALUE
    yield info["cost_centre"], document.recipient.cost_centre, Info.VALUE
    yield info["contact"], document.issuer.contact_person, Info.VALUE
    yield info["phone"], document.issuer.phone, Info.VALUE
    yield info["mail"], document.issuer.mail, Info.VALUE


def _information(sheets: Sheets) -> None:
    y = Info.FIRST_Y
    for group in (_first_group(sheets), _second_group(sheets)):
        for label, value, style in group:
            if not value:
                continue
            room = Info.RIGHT - Info.X - Info.SPACE - width_of(Info.LABEL.face, label) * Info.LABEL.size
            sheets.page.text(Info.X, y, label, Info.LABEL)
            sheets.page.right(Info.RIGHT, y, value, breaking.fitted(value, room, style))
            y += Info.STEP
        y += Info.GAP


def _subject(sheets: Sheets) -> None:
    y = Subject.Y - Subject.STEP
    style = breaking.fitted(sheets.title(), RIGHT - LEFT, Subject.TITLE)
    style = style if style.size >= Subject.LEAST_SIZE else Subject.TITLE
    for line in breaking.broken(sheets.title(), RIGHT - LEFT, style):
        y += Subject.STEP
        sheets.page.text(LEFT, y, line, style)
    y += Subject.SECOND - Subject.SECOND_STEP
    for line in breaking.broken(sheets.letter.subject, RIGHT - LEFT, Subject.SUBTITLE):
        y += Subject.SECOND_STEP
        sheets.page.text(LEFT, y, line, Subject.SUBTITLE)
    sheets.y = y


def _text(sheets: Sheets) -> None:
    document = sheets.letter
    salutation = breaking.broken(document.salutation, RIGHT - LEFT, Body.TEXT) if document.salutation else []
    intro = breaking.broken(document.intro, RIGHT - LEFT, Body.TEXT) if document.intro else []
    gap = Body.AFTER_SUBJECT
    for paragraph in (salutation, intro):
        for line in paragraph:
            if sheets.y + gap > BOTTOM:
                sheets.turn()
            sheets.y += gap
            sheets.page.text(LEFT, sheets.y, line, Body.TEXT)
            gap = Body.STEP
        gap = Body.AFTER_SALUTATION if salutation else gap


def footer_columns(issuer: Issuer, language: Language) -> tuple[list[str], list[str], list[str]]:
    """Return the three columns below each page: the address, board and register, the bank; empty lines stay."""
    footer, bank = words(language)["footer"], issuer.bank
    second = [
        footer["board"].format(names=issuer.board) if issuer.board else "",
        issuer.register,
        footer["tax_number"].format(number=issuer.tax_number) if issuer.tax_number else "",
        footer["vat_id"].format(number=issuer.vat_id) if issuer.vat_id else "",
        *issuer.legal,
    ]
    third = [
        bank.bank_name or bank.holder,
        footer["iban"].format(number=formats.in_fours(bank.iban)),
        footer["bic"].format(number=bank.bic) if bank.bic else "",
        footer["creditor_id"].format(number=bank.creditor_id) if bank.creditor_id else "",
    ]
    first = [issuer.name, *issuer.address, issuer.web]
    return first, second, third


def write_footers(sheets: Sheets) -> None:
    """Write number, rule and columns below every page; called when the number of pages is known."""
    placed = []
    columns = footer_columns(sheets.letter.issuer, sheets.letter.language)
    for number, (column, (x, end)) in enumerate(zip(columns, Footer.COLUMNS, strict=True)):
        lines = [line for line in column if line]
        head = lines[:1] if number != 1 else []
        strong = breaking.fitted_block(head, end - x, Footer.STRONG, most=Footer.STRONG_LINES)
        rest = Footer.LINES - len(strong[0])
        plain = breaking.fitted_block(lines[len(head) :], end - x, Footer.TEXT, most=rest)
        styled = [(line, style) for block, style in (strong, plain) for line in block]
        placed += [
            (x, Footer.FIRST_Y + i * Footer.STEP, line, style) for i, (line, style) in enumerate(styled)
        ]
    text = sheets.words("footer")["page"]
    if sheets.letter.exchange is not None and not sheets.letter.is_draft:
        sheets.pages[0].text(LEFT, Footer.PAGE_Y, sheets.words("einvoice")["attached"], Footer.PAGE)
    for i, page in enumerate(sheets.pages):
        page.right(RIGHT, Footer.PAGE_Y, text.format(page=i + 1, pages=len(sheets.pages)), Footer.PAGE)
        page.rule(LEFT, Footer.RULE_Y, RIGHT, _THIN)
        for x, y, line, style in placed:
            page.text(x, y, line, style)
