"""Rows of a member list -> members: the good rows as drafts, the others with all their problems."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from fractions import Fraction
from functools import partial
from typing import TypeVar

from membership.domain.member_lists.categories import CategoryWords
from membership.domain.member_lists.choices import word_id
from membership.domain.member_lists.codes import (
    read_functions,
    read_iban,
    read_invoice_format,
    read_invoice_way,
    read_language,
    read_leitweg_id,
    read_order_wish,
    read_payment_method,
    read_vat_id,
)
from membership.domain.member_lists.columns import REACHING, ColumnMapping, ListColumn, require_columns
from membership.domain.member_lists.company_names import company_key, legal_form_of
from membership.domain.member_lists.contacts import contacts_of
from membership.domain.member_lists.dates import read_day
from membership.domain.member_lists.drafts import (
    Address,
    DraftState,
    Function,
    MemberDraft,
    MemberList,
    ProblemKind,
    RowProblem,
    RowWarning,
    SkippedRow,
)
from membership.domain.member_lists.duplicates import Duplicates
from membership.domain.member_lists.fields import BASES, Field
from membership.domain.member_lists.numbers import read_amount, read_number
from membership.domain.member_lists.people import read_emails
from membership.domain.member_lists.places import HOME, read_address, read_country, read_place, read_postcode
from membership.domain.member_lists.rows import SECTION, Section, sort_row
from membership.domain.member_lists.states import is_state, read_state
from membership.domain.member_lists.values import Reading, Unreadable, cell_text, is_blank, read_text
from membership.domain.phrases import Phrase, phrase
from membership.domain.tables import Row, Table, Value

T = TypeVar("T")


def read_members(
    table: Table, mapping: ColumnMapping, *, categories: Mapping[str, Iterable[str]], today: date
) -> MemberList:
    """Return the drafts of all good rows and the problems of the others; no bad row hides a good one.

    A row with a problem stays out as a whole. Of two rows with one number, or with one name and postcode, the
    second stays out and both are named. Sections give their category to the rows below them.

    Args:
        table: The whole table, head included.
        mapping: What its columns mean.
        categories: Code of each category -> its name and further words.
        today: Decides the century of years with two digits.

    Source: `ux.md` 6.4, `domain.md` MEM-1.
    """
    require_columns(mapping)
    words = CategoryWords(categories)
    drafts: list[MemberDraft] = []
    problems: list[RowProblem] = []
    skipped: list[SkippedRow] = []
    duplicates = Duplicates()
    section: str | None = None
    for row in table.rows:
        if row.number <= mapping.head_row and mapping.is_head_found:
            continue
        kind = sort_row(row, mapping, words)
        if isinstance(kind, Section):
            section = kind.category
            skipped.append(SkippedRow(kind.row, kind.text, SECTION))
        elif isinstance(kind, SkippedRow):
            skipped.extend([kind] if kind.text else [])
        else:
            reader = RowReader(row, mapping, words, today=today, section=section)
            draft = reader.draft()
            found = reader.problems or duplicates.problems_of(draft, mapping)
            duplicates.remember(draft, is_good=not found)
            problems.extend(found)
            drafts.extend([] if found else [draft])
    return MemberList(tuple(drafts), tuple(problems), tuple(skipped))


class RowReader:
    """One row on its way to a draft: takes the cell of each field, collects problems and warnings."""

    def __init__(
        self, row: Row, mapping: ColumnMapping, words: CategoryWords, *, today: date, section: str | None
    ) -> None:
        self.problems: list[RowProblem] = []
        self._row = row
        self._mapping = mapping
        self._words = words
        self._today = today
        self._section = section
        self._warnings: list[RowWarning] = []
        self._given: set[Field] = set()

    def draft(self) -> MemberDraft:
        """Return the row as a draft; it counts only when there are no problems."""
        name = self._name()
        emails = self._several(Field.EMAIL, read_emails)
        invoice_emails = self._several(Field.INVOICE_EMAIL, read_emails)
        address = self._address()
        self._check_reachable(address, emails + invoice_emails)
        state, start, end = self._period()
        columns = self._mapping.of(Field.PREVIOUS)
        all_emails = tuple(dict.fromkeys(invoice_emails + emails))
        return MemberDraft(
            row=self._row.number,
            name=name,
            key=company_key(name),
            number=self._text(Field.NUMBER),
            legal_form=self._text(Field.LEGAL_FORM) or legal_form_of(name),
            category=self._category(),
            state=state,
            start=start,
            end=end,
            address=address,
            invoice_email=all_emails[0] if all_emails else None,
            contacts=contacts_of(
                self._texts_of_contact(),
                emails or invoice_emails,
                all_emails=all_emails,
                functions=self._functions(),
            ),
            basis=self._basis(),
            invoice_address=self._invoice_address(),
            register_entry=self._text(Field.REGISTER_ENTRY),
            tax_number=self._text(Field.TAX_NUMBER),
            vat_id=self._one(Field.VAT_ID, read_vat_id),
            leitweg_id=self._one(Field.LEITWEG_ID, read_leitweg_id),
            order_number=self._text(Field.ORDER_NUMBER),
            cost_centre=self._text(Field.COST_CENTRE),
            invoice_format=self._one(Field.INVOICE_FORMAT, read_invoice_format),
            order_wish=self._one(Field.ORDER_WISH, read_order_wish),
            invoice_way=self._one(Field.INVOICE_WAY, read_invoice_way),
            note=self._text(Field.NOTE),
            iban=self._one(Field.IBAN, read_iban),
            account_holder=self._text(Field.ACCOUNT_HOLDER),
            payment_method=self._one(Field.PAYMENT_METHOD, read_payment_method),
            language=self._one(Field.LANGUAGE, read_language),
            group=self._text(Field.GROUP),
            attributes=self._several(Field.ATTRIBUTES, _read_words),
            previous_amount=self._one(Field.PREVIOUS, partial(read_amount, english=self._mapping.is_english)),
            previous_year=columns[0].year if columns else None,
            open_amount=self._one(Field.OPEN, partial(read_amount, english=self._mapping.is_english)),
            given=frozenset(self._given),
            warnings=tuple(self._warnings),
        )

    def _cells(self, field: Field) -> list[tuple[ListColumn, Value]]:
        """Return the filled cells of a field, with the words a person translated."""
        cells = []
        for column in self._mapping.of(field):
            values = self._row.values
            value = values[column.index] if column.index < len(values) else None
            if not is_blank(value):
                translations = self._mapping.values.get(field, {})
                cells.append(
                    (column, translations.get(word_id(cell_text(value)), value) if translations else value)
                )
        return cells

    def _read(
        self, field: Field, column: ListColumn, value: Value, read: Callable[[Value], Reading[T]]
    ) -> T | None:
        self._given.add(field)
        try:
            read_text(value)
            reading = read(value)
        except Unreadable as wrong:
            self._refuse(wrong, column, value)
            return None
        if reading.warning is not None:
            self._warnings.append(
                RowWarning(self._row.number, column.heading, cell_text(value), reading.warning)
            )
        return reading.value

    def _one(self, field: Field, read: Callable[[Value], Reading[T]]) -> T | None:
        """Return the value of the first filled cell of a field; a problem is noted and gives None."""
        for column, value in self._cells(field):
            return self._read(field, column, value, read)
        return None

    def _several(self, field: Field, read: Callable[[Value], Reading[tuple[T, ...]]]) -> tuple[T, ...]:
        found: list[T] = []
        for column, value in self._cells(field):
            found.extend(self._read(field, column, value, read) or ())
        return tuple(dict.fromkeys(found))

    def _text(self, field: Field) -> str | None:
        return self._one(field, read_text)

    def _refuse(self, wrong: Unreadable, column: ListColumn | None, value: Value) -> None:
        self.problems.append(
            RowProblem(
                row=self._row.number,
                column=column.heading if column else "",
                found=cell_text(value),
                problem=wrong.problem,
                kind=wrong.kind,
                expected=wrong.expected,
                column_index=column.index if column else None,
            )
        )

    def _name(self) -> str:
        name = self._text(Field.NAME)
        if name is None and not self._cells(Field.NAME):
            wrong = Unreadable(ProblemKind.NAME, phrase("The name of the company is missing."))
            self._refuse(wrong, self._mapping.of(Field.NAME)[0], None)
        return name or ""

    def _category(self) -> str | None:
        if not self._cells(Field.CATEGORY):
            return self._section
        return self._one(Field.CATEGORY, self._read_category)

    def _read_category(self, value: Value) -> Reading[str]:
        word = cell_text(value)
        code = self._words.code_of(word)
        if code is None:
            raise Unreadable(
                ProblemKind.CATEGORY,
                self._no_category(word),
                phrase("one of: %(names)s", names=", ".join(self._words.names)),
            )
        return Reading(code)

    def _no_category(self, word: str) -> Phrase:
        if is_state(word):
            return phrase("This is a status of the membership, not a category.")
        near = self._words.nearest(word)
        if near:
            return phrase("There is no such category. Did you mean “%(near)s”?", near=near)
        return phrase("There is no such category.")

    def _address(self) -> Address:
        """Return the address from one cell, from postcode and city together, or from single columns."""
        country = self._one(Field.COUNTRY, read_country)
        street = " ".join(filter(None, (self._text(Field.STREET), self._text(Field.HOUSE_NUMBER))))
        if self._cells(Field.ADDRESS) and not street:
            whole = self._one(Field.ADDRESS, lambda value: read_address(value, country))
            if whole is not None:
                return Address(*whole)
        postcode, city = "", self._text(Field.CITY) or ""
        if self._cells(Field.PLACE):
            place = self._one(Field.PLACE, lambda value: read_place(value, country))
            postcode, city, country = place or ("", "", country)
        elif self._cells(Field.POSTCODE):
            code = self._one(Field.POSTCODE, lambda value: read_postcode(value, country))
            postcode, country = code or ("", country)
        return Address(street, postcode, city, country or HOME)

    def _invoice_address(self) -> dict[str, str]:
        """Return what the row says of another address for invoices; it is read where the company is known."""
        parts = (
            Field.INVOICE_NAME, Field.INVOICE_EXTRA, Field.INVOICE_STREET, Field.INVOICE_POSTCODE, Field.INVOICE_CITY,
            Field.INVOICE_COUNTRY,
        )  # fmt: skip
        found = {str(part): self._text(part) for part in parts}
        return {name: text for name, text in found.items() if text}

    def _check_reachable(self, address: Address, emails: tuple[str, ...]) -> None:
        """Refuse a row that no letter and no mail would reach; what is wrong already is not said twice."""
        wrong_kinds = {problem.kind for problem in self.problems}
        if address.is_complete or wrong_kinds & {ProblemKind.ADDRESS, ProblemKind.EMAIL}:
            return
        if not emails:
            problem = phrase("Neither a complete address nor an e-mail address.")
            wrong = Unreadable(
                ProblemKind.ADDRESS, problem, phrase("postcode and city, or an e-mail address")
            )
            columns = [
                column for column in self._mapping.columns if column.is_used and column.field in REACHING
            ]
            self._refuse(wrong, columns[0] if columns else None, None)
        elif address.street or address.postcode or address.city:
            found = " ".join(filter(None, (address.street, address.postcode, address.city)))
            self._warnings.append(
                RowWarning(self._row.number, "", found, phrase("The address is incomplete."))
            )

    def _period(self) -> tuple[DraftState | None, date | None, date | None]:
        """Return state, start and end; who left needs the day, and it may stand in either column."""
        read = partial(read_day, today=self._today)
        start = self._one(Field.START, read)
        end = self._one(Field.END, read)
        status = self._one(Field.STATE, partial(read_state, today=self._today))
        state, day = status or (None, None)
        end = end or day
        if any(problem.kind in {ProblemKind.DATE, ProblemKind.STATE} for problem in self.problems):
            return state, start, end
        if state in {DraftState.ENDED, DraftState.NOTICE_GIVEN} and end is None:
            problem = phrase("The status says that the membership ends, but not when.")
            self._refuse_cell(Field.STATE, ProblemKind.STATE, problem, phrase("the day of leaving"))
        elif start and end and end < start:
            self._refuse_cell(
                Field.END, ProblemKind.DATE, phrase("The membership ends before it begins."), None
            )
        if end is not None and state in {None, DraftState.ACTIVE}:
            state = DraftState.ENDED if end < self._today else DraftState.NOTICE_GIVEN
        return state, start, end

    def _refuse_cell(self, field: Field, kind: ProblemKind, problem: Phrase, expected: Phrase | None) -> None:
        column, value = next(iter(self._cells(field) or self._cells(Field.STATE)), (None, None))
        self._refuse(Unreadable(kind, problem, expected), column, value)

    def _basis(self) -> dict[str, Fraction]:
        found: dict[str, Fraction] = {}
        for field in BASES:
            number = self._one(field, partial(read_number, field=field, english=self._mapping.is_english))
            if number is not None:
                found[field.value] = number
        return found

    def _texts_of_contact(self) -> dict[Field, str]:
        """Return what the columns about the contact say; several phone numbers are joined."""
        wanted = (Field.CONTACT, Field.SALUTATION, Field.TITLE, Field.FIRST_NAME, Field.LAST_NAME)
        texts = {field: self._text(field) or "" for field in wanted}
        phones = [
            self._read(Field.PHONE, column, value, read_text) or ""
            for column, value in self._cells(Field.PHONE)
        ]
        return {**texts, Field.PHONE: ", ".join(dict.fromkeys(filter(None, phones)))}

    def _functions(self) -> tuple[Function, ...]:
        return self._one(Field.FUNCTIONS, read_functions) or ()


def _read_words(value: Value) -> Reading[tuple[str, ...]]:
    """Return the words of a cell that are separated by a comma or semicolon."""
    words = cell_text(value).replace(";", ",").split(",")
    return Reading(tuple(word.strip() for word in words if word.strip()))
