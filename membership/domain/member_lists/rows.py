"""What kind of row a list has below its head: a member, a section, a sum, a remark, the head once more."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from membership.domain.member_lists.categories import CategoryWords
from membership.domain.member_lists.columns import REACHING, ColumnMapping
from membership.domain.member_lists.drafts import SkippedRow
from membership.domain.member_lists.fields import Field
from membership.domain.member_lists.values import cell_text, is_blank
from membership.domain.phrases import Phrase, phrase
from membership.domain.tables import Row

_SUM: Final = re.compile(
    r"(?:zwischen|gesamt)?summen?|gesamt(?:anzahl|zahl)?|insgesamt|total|sub-?total|sum|anzahl|Σ|durchschnitt|average",
    re.IGNORECASE,
)
_SUM_LEAD: Final = re.compile(
    r"(?:(?:zwischen|gesamt)?summe|gesamt|insgesamt|total|anzahl|Σ)\b[\s:=]*"
    r"(?:\d.*|(?:der\s+)?(?:mitglieder|firmen|unternehmen|members|companies)\b.*)?",
    re.IGNORECASE,
)
_REMARK: Final = re.compile(
    r"\d+\s+(?:mitglieder|firmen|unternehmen|members|companies|betriebe|einträge)\b.*"
    r"|(?:stand|quelle|hinweis|anmerkung|erstellt|gedruckt|as of|source|note|printed|seite|page)\b[\s:].*"
    r"|\*.*|[-=_*.\s]+",
    re.IGNORECASE,
)
_COUNTS: Final = re.compile(r"[\d().:]+")
_SECTION: Final = re.compile(r".*\b\w*(?:mitglieder|members)\b.*", re.IGNORECASE)
SECTION: Final = phrase("a section of the list")
_SUMS: Final = phrase("a row of sums")
_REMARKS: Final = phrase("a remark")
_HEAD: Final = phrase("the head of the list once more")


@dataclass(frozen=True, slots=True)
class Section:
    """A section row: the category of the rows below it, None when its text is no category."""

    row: int
    text: str
    category: str | None


def sort_row(row: Row, mapping: ColumnMapping, categories: CategoryWords) -> Section | SkippedRow | None:
    """Return what a row is when it is no member: a section or a row to skip; None for a member.

    A row without any text is a `SkippedRow` with an empty text.
    """
    texts = [(index, cell_text(value)) for index, value in enumerate(row.values) if not is_blank(value)]
    if not texts:
        return SkippedRow(row.number, "", phrase("an empty row"))
    first = texts[0][1]
    names = {column.index for column in mapping.of(Field.NAME)}
    if len(texts) == 1:
        return _lonely(row.number, first, is_name=texts[0][0] in names, categories=categories)
    if _repeats_head(texts, mapping):
        return SkippedRow(row.number, first, _HEAD)
    who = {column.index for field in REACHING for column in mapping.of(field)}
    if any(index in who for index, _ in texts):
        return None
    name = next((text for index, text in texts if index in names), first)
    if _SUM.fullmatch(name.rstrip(" :.=")) or _SUM_LEAD.fullmatch(name):
        return SkippedRow(row.number, name, _SUMS)
    return None


def _lonely(
    number: int, text: str, *, is_name: bool, categories: CategoryWords
) -> Section | SkippedRow | None:
    """Return what a single cell in a row is; a name alone is a member, with its address missing."""
    why = _why_skipped(text)
    if why is not None:
        return SkippedRow(number, text, why)
    category = categories.code_of(_COUNTS.sub(" ", text))
    if category is not None or _SECTION.fullmatch(text):
        return Section(number, text, category)
    return None if is_name else SkippedRow(number, text, _REMARKS)


def _why_skipped(text: str) -> Phrase | None:
    if _SUM.fullmatch(text.rstrip(" :.=")) or _SUM_LEAD.fullmatch(text):
        return _SUMS
    return _REMARKS if _REMARK.fullmatch(text) else None


def _repeats_head(texts: list[tuple[int, str]], mapping: ColumnMapping) -> bool:
    headings = {column.index: column.heading for column in mapping.columns}
    return all(headings.get(index) == text for index, text in texts)
