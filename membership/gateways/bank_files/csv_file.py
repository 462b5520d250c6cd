"""A bank's CSV list -> entries and statements, one statement an account.

Lines before the headings are searched for the account, lines after the entries for balances. A row that cannot be
read is named; what is neither row, heading, balance nor remark is not passed over.

Source: `interfaces.md` "bank read", BNK-1.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from membership.domain.banking.lines import Balance, Entry, Finding, Statement
from membership.domain.errors import InputError
from membership.domain.phrases import phrase
from membership.gateways.bank_files.camt_entry import BATCH_UNEVEN
from membership.gateways.bank_files.csv_columns import Columns, Role, recognise
from membership.gateways.bank_files.csv_frame import account_in, balance_in, currency_in, is_remark
from membership.gateways.bank_files.csv_mapping import CsvMapping, mapped
from membership.gateways.bank_files.csv_parts import is_part, parts_of
from membership.gateways.bank_files.csv_rows import Habits, habits_of, is_cut, is_sum, read_row
from membership.gateways.bank_files.csv_values import (
    CREDIT_WORDS,
    DEBIT_WORDS,
    looks_like_amount,
    looks_like_day,
)
from membership.gateways.bank_files.errors import (
    ColumnsUnknown,
    FileDamaged,
    LimitExceeded,
    Trouble,
    Troubles,
    UnknownFile,
)
from membership.gateways.bank_files.limits import Limits
from membership.gateways.tables.text import SEPARATORS, decode

_END: Final = "\x00end\x00"
_REACH: Final = 60
_LEAST_COLUMNS: Final = 3
_SEPARATOR_LINE: Final = re.compile(r'"?sep=([;,|\t])"?\r?\n', re.IGNORECASE)
_EXCEL_TEXT: Final = re.compile(r'\A="(.*)"\Z', re.DOTALL)
_FEW_HEADINGS: Final = 2
_MOST_COLUMNS: Final = 500
_FIELDS_OF_ROW: Final = 20
_MOST_LINES: Final = 1_000_000
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


class Record(NamedTuple):
    """The cells of one row and the line of the file where it begins, counted from 1."""

    cells: Sequence[str]
    line: int


@dataclass
class _Section:
    """The rows below one line of headings."""

    columns: Columns
    account: str | None
    rows: list[Record] = field(default_factory=list)
    balances: dict[str, Balance] = field(default_factory=dict)

    def has_day(self, cells: Sequence[str]) -> bool:
        """Return whether a row has a day where the rows of this part have one."""
        place = self.columns.one(Role.BOOKED)
        return place is not None and place < len(cells) and looks_like_day(cells[place])

    def taken(self) -> Iterator[Record]:
        """Yield the rows and give each of them up: a long list is never held twice."""
        self.rows.reverse()
        while self.rows:
            yield self.rows.pop()


def stream_csv(data: bytes, mapping: CsvMapping | None, limits: Limits) -> Iterator[Entry | Statement]:
    """Yield entries and statements; raise `EntryUnreadable` when a row could not be read."""
    mapping = mapping or CsvMapping()
    sections = _whole_sections(data, mapping, limits)
    troubles = Troubles()
    statements: list[tuple[Statement, list[Entry]]] = []
    for section in sections:
        statements += _statements(section, mapping, troubles)
        limits.require_few(0, len(statements))
    troubles.raise_any()
    for statement, entries in statements:
        yield from entries
        yield statement


def _whole_sections(data: bytes, mapping: CsvMapping, limits: Limits) -> list[_Section]:
    """Return the parts of the file; the text and the list of all rows are given up with it."""
    text = _decoded(data, mapping)
    records, start = _records(text, mapping, limits)
    found = []
    for section in _sections(records, start, mapping):
        found.append(section)
        limits.require_few(0, len(found))
    rows = found[-1].rows
    is_torn = not text.endswith(("\n", "\r")) and bool(rows) and rows[-1] is records[-1]
    if is_torn and is_cut(rows[-1].cells, found[-1].columns, [row.cells for row in rows[:-1]]):
        why = phrase("line %(line)s", line=str(rows[-1].line))
        raise FileDamaged(why=why, where=f"line {rows[-1].line}")
    return found


def _decoded(data: bytes, mapping: CsvMapping) -> str:
    try:
        return decode(data, encoding=mapping.encoding or None)[0]
    except InputError as error:
        raise UnknownFile from error


def _records(text: str, mapping: CsvMapping, limits: Limits) -> tuple[list[Record], int | None]:
    """Return the rows and the place of the headings: of all separators the one that shows headings counts."""
    if match := _SEPARATOR_LINE.match(text):
        text, mapping = "\n" + text[match.end() :], replace(mapping, separator=mapping.separator or match[1])
    signs = [mapping.separator] if mapping.separator else list(SEPARATORS)
    best: tuple[int, int, str] = (-1, 0, signs[0])
    for sign in signs:
        head = _parse(_beginning(text), sign, limits, is_whole=False)
        place, count = _headings_in(head)
        widest = max((len(record.cells) for record in head), default=0)
        score = count * 1000 + min(widest, 500) if place is not None else min(widest, 500)
        if score > best[0]:
            best = (score, widest, sign)
    records = _parse(text, best[2], limits, is_whole=True)
    if mapping.headings is not None:
        if mapping.headings > len(records):
            raise ColumnsUnknown(missing=phrase("day and amount"))
        return records, _place_of_line(records, mapping.headings)
    return records, _headings_in(records[:_REACH])[0]


def _place_of_line(records: Sequence[Record], line: int) -> int | None:
    return (
        next((place for place, record in enumerate(records) if record.line >= line), None) if line else None
    )


def _beginning(text: str) -> str:
    return "\n".join(text[:200_000].splitlines()[: 2 * _REACH])


def _parse(text: str, separator: str, limits: Limits, *, is_whole: bool) -> list[Record]:
    reader = csv.reader(_lines(text), delimiter=separator)
    is_excel = '="' in text
    records: list[Record] = []
    line, count = 1, 0
    try:
        for cells in reader:
            if cells == [_END]:
                return records
            if is_excel:
                cells = [_EXCEL_TEXT.sub(r"\1", cell) for cell in cells]  # noqa: PLW2901
            if any(cell.strip() for cell in cells):
                records.append(Record(cells, line))
            count += len(cells)
            if (
                count > limits.entries * _FIELDS_OF_ROW
                or len(cells) > _MOST_COLUMNS
                or reader.line_num > _MOST_LINES
            ):
                raise LimitExceeded(limit=phrase("too many fields"))
            limits.require_few(len(records) - _REACH, 0)
            line = reader.line_num + 1
    except csv.Error as error:
        if is_whole:
            raise FileDamaged(why=phrase("line %(line)s", line=str(line)), where=f"line {line}") from error
        return records
    if is_whole:
        why = phrase("line %(line)s opens a quotation mark that is never closed", line=str(line))
        raise FileDamaged(why=why, where=f"line {line}")
    return records


def _lines(text: str) -> Iterator[str]:
    """Yield the lines with their ends, and a last one by which a quotation mark that is left open is told."""
    for match in _LINE.finditer(text):
        yield match[0]
    if text and not text.endswith(("\n", "\r")):
        yield "\n"
    yield _END


def _headings_in(records: Sequence[Record]) -> tuple[int | None, int]:
    """Return the place of the first row that names a day and an amount, and how many of its headings are known."""
    for place, record in enumerate(records):
        columns = recognise(record.cells)
        if Role.BOOKED in columns.places and (columns.has_amount or Role.SIGN in columns.places):
            return place, len(columns.places)
    return None, 0


def _sections(records: Sequence[Record], start: int | None, mapping: CsvMapping) -> Iterator[_Section]:
    """Yield the parts of the file: a list of several accounts repeats the headings."""
    if start is None:
        yield _without_headings(records, mapping)
        return
    section = _section(records[:start], start, records, mapping)
    between: list[Record] = []
    for place in range(start + 1, len(records)):
        record = records[place]
        is_dated = section.has_day(record.cells)
        if not is_dated and _is_heading(record.cells):
            yield section
            section = _section(between, place, records, mapping)
            between = []
            continue
        if is_remark(record.cells, is_dated=is_dated):
            found = balance_in(record.cells, section.columns.currency or mapping.currency or None)
            if found and found[0] not in section.balances:
                section.balances[found[0]] = found[1]
            else:  # one of a kind that is there already belongs to the next part, when another follows
                between.append(record)
        else:
            section.rows.append(record)
            between = []
    section.balances.update(_balances(between, section.columns.currency or mapping.currency or None))
    yield section


def _is_heading(cells: Sequence[str]) -> bool:
    columns = recognise(cells)
    return Role.BOOKED in columns.places and columns.has_amount


def _section(
    before: Sequence[Record], place: int, records: Sequence[Record], mapping: CsvMapping
) -> _Section:
    """Return the part whose headings stand at a place, without rows as yet."""
    head, rows = records[place], records[place + 1 : place + 1 + _REACH]
    columns = _with_blank_sign(mapped(recognise(head.cells), mapping), [row.cells for row in rows])
    missing = None
    if Role.BOOKED not in columns.places:
        missing = phrase("the day")
    elif not columns.has_amount:
        missing = phrase("the amount")
    if missing:
        raise ColumnsUnknown(missing=missing, where=f"line {head.line}")
    ahead = [record.cells for record in before]
    columns = replace(columns, currency=columns.currency or currency_in(ahead))
    balances = _balances(before, columns.currency or mapping.currency or None)
    return _Section(columns, account_in(ahead), balances=balances)


def _balances(records: Sequence[Record], currency: str | None) -> dict[str, Balance]:
    return dict(found for record in records if (found := balance_in(record.cells, currency)))


def _with_blank_sign(columns: Columns, rows: Sequence[Sequence[str]]) -> Columns:
    """Return the columns with what their cells tell: S and H under no heading, or signs that are amounts."""
    places = dict(columns.places)
    amount = columns.one(Role.AMOUNT)
    sign = columns.one(Role.SIGN)
    if sign is not None and amount is None and Role.DEBIT not in places:
        places[Role.AMOUNT] = (sign,)
        del places[Role.SIGN]
    elif amount is not None and sign is None:
        beside = [row[amount + 1].strip().casefold() for row in rows if len(row) > amount + 1]
        taken = {index for indexes in places.values() for index in indexes}
        if beside and amount + 1 not in taken and any(beside) and set(beside) <= CREDIT_WORDS | DEBIT_WORDS:
            places[Role.SIGN] = (amount + 1,)
            return Columns(places, max(columns.width, amount + 2), columns.currency, columns.headings)
    return Columns(places, columns.width, columns.currency, columns.headings)


def _without_headings(records: Sequence[Record], mapping: CsvMapping) -> _Section:
    """Return the rows of a list without headings: by the mapping, or in the one layout that is known."""
    if mapping.columns:
        columns = mapped(Columns({}, 0), CsvMapping(columns=mapping.columns, headings=0))
        if Role.BOOKED not in columns.places or not columns.has_amount:
            raise ColumnsUnknown(missing=phrase("day and amount"))
        return _Section(columns, None, list(records))
    if records and all(_is_targobank(record.cells) for record in records):
        places: Mapping[Role, tuple[int, ...]] = {
            Role.BOOKED: (0,), Role.TEXT: (1,), Role.DEBIT: (2,), Role.CREDIT: (3,), Role.ACCOUNT: (6,),
        }  # fmt: skip
        return _Section(Columns(places, 7), None, list(records))
    known = max(
        (recognise(record.cells) for record in records[:_REACH]),
        key=lambda each: len(each.places),
        default=None,
    )
    if (
        known is None
        or len(known.places) < _FEW_HEADINGS
        or max(len(r.cells) for r in records) < _LEAST_COLUMNS
    ):
        raise UnknownFile
    has_day = Role.BOOKED in known.places
    raise ColumnsUnknown(missing=phrase("the amount") if has_day else phrase("the day"))


def _is_targobank(cells: Sequence[str]) -> bool:
    if len(cells) != 7 or not looks_like_day(cells[0]) or looks_like_amount(cells[1]):  # noqa: PLR2004 - its columns
        return False
    return sum(looks_like_amount(cell) for cell in cells[2:4]) == 1 and bool(cells[6].strip())


def _statements(
    section: _Section, mapping: CsvMapping, troubles: Troubles
) -> list[tuple[Statement, list[Entry]]]:
    """Return the statements of a section, one an account, in the order in which the accounts appear."""
    habits = habits_of(section.columns, [record.cells for record in section.rows], mapping)
    found: dict[str | None, list[Entry]] = {}
    findings: list[Finding] = []
    for record, below in _with_parts(section):
        try:
            account, entry = read_row(record.cells, record.line, section.columns, habits)
            divided = parts_of(entry, below, section.columns, habits) if below else [entry]
        except Trouble as trouble:
            entries = [] if section.rows else [each for rows in found.values() for each in rows]
            if not is_sum(record.cells, entries, habits):
                troubles.add(record.line, trouble.problem)
        else:
            if not divided:
                findings.append(Finding(f"line {record.line}", phrase(BATCH_UNEVEN)))
            named = account or section.account or mapping.account or None
            found.setdefault(named, []).extend(divided or [entry])
    if not found:
        found[section.account or mapping.account or None] = []
    is_single = len(found) == 1
    return [
        (_statement(account, entries, section.balances if is_single else {}, habits, findings), entries)
        for account, entries in found.items()
    ]


def _with_parts(section: _Section) -> Iterator[tuple[Record, list[tuple[Sequence[str], int]]]]:
    """Yield each row with those below it that say only what its sum is made of."""
    if Role.PART not in section.columns.places:
        for record in section.taken():
            yield record, []
        return
    whole: Record | None = None
    below: list[tuple[Sequence[str], int]] = []
    for record in section.taken():
        if whole is not None and is_part(record.cells, section.columns):
            below.append((record.cells, record.line))
            continue
        if whole is not None:
            yield whole, below
        whole, below = record, []
    if whole is not None:
        yield whole, below


def _statement(
    account: str | None,
    entries: Sequence[Entry],
    balances: Mapping[str, Balance],
    habits: Habits,
    findings: Sequence[Finding],
) -> Statement:
    currencies = {entry.currency for entry in entries}
    currency = habits.currency or (currencies.pop() if len(currencies) == 1 else None)
    opening, closing = (balances.get(key) for key in ("opening", "closing"))
    return Statement(
        format="csv",
        account=account,
        currency=currency,
        opening=opening and opening._replace(currency=opening.currency or currency),
        closing=closing and closing._replace(currency=closing.currency or currency),
        findings=tuple(findings),
    )
