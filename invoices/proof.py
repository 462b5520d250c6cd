"""The page "Berechnungsnachweis": step by step, how the amounts were calculated."""

from __future__ import annotations

from invoices import breaking, formats
from invoices.document import ProofStep
from invoices.layout import (
    BOTTOM,
    INK,
    LEFT,
    RIGHT,
    RULE,
    Body,
    Following,
    Items,
    Proof,
    Style,
    Subject,
    Total,
)
from invoices.sheets import Sheets

_HEAD = (Items.HEAD_WIDTH, INK)
_END = (Items.RULE_WIDTH, RULE)
_THIN = (Items.THIN_WIDTH, RULE)


def write_proof(sheets: Sheets) -> None:
    """Write the calculation on a page of its own, if the document has one."""
    document = sheets.document
    if not document.proof:
        return
    sheets.turn()
    words = sheets.words("proof")
    sheets.page.text(LEFT, Proof.TITLE_Y, words["title"], Subject.TITLE)
    sheets.y = Proof.TITLE_Y + Proof.SUBTITLE
    subtitle = words["subtitle"].format(title=sheets.title())
    sheets.page.text(LEFT, sheets.y, subtitle, breaking.fitted(subtitle, RIGHT - LEFT, Subject.SUBTITLE))
    _paragraph(sheets, document.proof_basis, Body.TEXT, first=Proof.TEXT, step=Body.STEP)
    number = 0
    is_open = False
    for step in document.proof:
        if step.level == "head" or not is_open:
            _group(sheets, step.text if step.level == "head" else "")
            number, is_open = 0, True
        if step.level != "head":
            number += 1
            _step(sheets, step, "=" if step.level == "result" else str(number))
            is_open = step.level != "result"
    _total(sheets)
    _paragraph(sheets, document.proof_note, Total.NOTE_TEXT, first=Proof.NOTE, step=Proof.NOTE_STEP)


def _paragraph(sheets: Sheets, text: str, style: Style, *, first: float, step: float) -> None:
    """Write lines below the pen; `first` is the distance to the first of them."""
    for i, line in enumerate(breaking.broken(text, RIGHT - LEFT, style) if text else []):
        _room(sheets, step if i else first)
        sheets.y += step if i else first
        sheets.page.text(LEFT, sheets.y, line, style)


def _room(sheets: Sheets, height: float) -> None:
    if sheets.y + height > BOTTOM:
        sheets.turn()
        sheets.y = Following.TEXT_Y


def _group(sheets: Sheets, head: str) -> None:
    lines = breaking.broken(head, RIGHT - LEFT, Proof.GROUP_TEXT) if head else []
    _room(sheets, Proof.GROUP + Proof.STEP * (len(lines) + 2))
    sheets.y += Proof.GROUP - Proof.STEP
    for line in lines:
        sheets.y += Proof.STEP
        sheets.page.text(LEFT, sheets.y, line, Proof.GROUP_TEXT)
    sheets.y += Proof.HEAD_RULE
    sheets.page.rule(LEFT, sheets.y, RIGHT, _HEAD)
    sheets.y += Proof.FIRST - Proof.STEP


def _step(sheets: Sheets, step: ProofStep, number: str) -> None:
    style = Proof.STRONG if step.level == "result" else Proof.CELL
    end = Proof.NAME_RIGHT if step.note else Proof.REASON_RIGHT
    names = breaking.broken(step.text, end - Proof.NAME, style)
    reasons = breaking.broken(step.note, Proof.REASON_RIGHT - Proof.REASON, Proof.SMALL)
    height = Proof.STEP + Proof.LINE * (max(len(names), len(reasons)) - 1)
    _room(sheets, height + Proof.RULE)
    first = sheets.y + Proof.STEP
    sheets.page.text(Proof.NUMBER, first, number, Proof.SMALL)
    for i, name in enumerate(names):
        sheets.page.text(Proof.NAME, first + i * Proof.LINE, name, style)
    for i, reason in enumerate(reasons):
        sheets.page.text(Proof.REASON, first + i * Proof.LINE, reason, Proof.SMALL)
    room = Proof.RESULT_RIGHT - Proof.REASON_RIGHT
    sheets.page.right(Proof.RESULT_RIGHT, first, step.result, breaking.fitted(step.result, room, style))
    sheets.y += height
    if step.level == "step":
        sheets.page.rule(Proof.NAME, sheets.y + Proof.RULE, RIGHT, _THIN)


def _total(sheets: Sheets) -> None:
    document = sheets.document
    _room(sheets, Proof.TOTAL_RULE + Proof.TOTAL)
    sheets.y += Proof.TOTAL_RULE
    sheets.page.rule(LEFT, sheets.y, RIGHT, _END)
    sheets.y += Proof.TOTAL
    sheets.page.text(LEFT, sheets.y, sheets.words("total")[document.kind], Total.TOTAL)
    sheets.page.right(RIGHT, sheets.y, formats.amount(document.gross_cents, document.language), Total.TOTAL)
