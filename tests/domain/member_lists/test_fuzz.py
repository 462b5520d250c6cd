"""Hostile input: a cell is read or refused by the one declared error, a table is read or is one `InputError`."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import date
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from membership.domain.errors import InputError
from membership.domain.member_lists import (
    company_key,
    legal_form_of,
    read_choices,
    read_members,
    recognise_columns,
    rejected_rows_table,
)
from membership.domain.member_lists.categories import CategoryWords
from membership.domain.member_lists.codes import (
    read_functions,
    read_iban,
    read_language,
    read_leitweg_id,
    read_payment_method,
    read_vat_id,
)
from membership.domain.member_lists.dates import read_day
from membership.domain.member_lists.fields import BASES, Field, field_of_heading, heading_year
from membership.domain.member_lists.numbers import read_amount, read_number
from membership.domain.member_lists.people import read_emails, read_person
from membership.domain.member_lists.places import read_address, read_country, read_place, read_postcode
from membership.domain.member_lists.states import read_state
from membership.domain.member_lists.values import Unreadable, is_blank, read_text
from membership.domain.tables import Row, Table

pytestmark = pytest.mark.fuzz
EXAMPLES = 20_000 if os.environ.get("SCALE") == "release" else 200
TODAY = date(2026, 11, 25)

NEARLY = st.text(st.sampled_from("0123456789.,-/ '%€=@()\u00a0abcDEäß\n;٣½"), max_size=24)
VALUES = st.one_of(
    st.none(),
    st.text(max_size=40),
    NEARLY,
    st.integers(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.dates(),
)
READERS = {
    **{f"number {field}": partial(read_number, field=field, english=False) for field in BASES},
    "english number": partial(read_number, field=Field.HEADCOUNT, english=True),
    "amount": partial(read_amount, english=False),
    "english amount": partial(read_amount, english=True),
    "day": partial(read_day, today=TODAY),
    "state": partial(read_state, today=TODAY),
    "postcode": partial(read_postcode, country=None),
    "dutch postcode": partial(read_postcode, country="NL"),
    "place": partial(read_place, country=None),
    "british place": partial(read_place, country="GB"),
    "address": partial(read_address, country=None),
    **{
        reader.__name__: reader
        for reader in (
            read_country, read_iban, read_vat_id, read_leitweg_id, read_payment_method, read_language, read_functions,
            read_emails, read_person, read_text,
        )
    },
}  # fmt: skip


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS.keys())
@settings(max_examples=EXAMPLES, deadline=None)
@given(value=VALUES)
def test_a_cell_is_read_or_refused(reader, value):
    with suppress(Unreadable):
        reader(value)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.text(max_size=60))
def test_names_headings_and_words_never_fail(text):
    assert isinstance(company_key(text), str)
    legal_form_of(text)
    field_of_heading(text)
    heading_year(text)
    is_blank(text)
    words = CategoryWords({"ORD": [text], "X": []})
    words.code_of(text)
    words.nearest(text)


HEADINGS = [
    "Firma",
    "Nr.",
    "PLZ/Ort",
    "Anschrift",
    "E-Mail",
    "MA",
    "Eintritt",
    "Status",
    "IBAN",
    "Beitrag 2026",
    "Kategorie",
    "2025",
]


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from(HEADINGS), VALUES), max_size=8),
    st.lists(st.lists(VALUES, max_size=8), max_size=8),
    st.frozensets(st.integers(0, 8), max_size=3),
)
def test_any_table_is_a_list_or_one_error(head, rows, hidden):
    table = Table(tuple(Row(number, tuple(row)) for number, row in enumerate([head, *rows], 1)), hidden)
    mapping = recognise_columns(table)
    try:
        members = read_members(table, mapping, categories={"ORD": []}, today=TODAY)
    except InputError:
        return
    assert not {draft.row for draft in members.drafts} & set(members.rejected_rows)
    rejected = rejected_rows_table(table, mapping, members, worded=lambda phrase: phrase.message)
    assert len(rejected.rows) == len(members.rejected_rows)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.one_of(st.text(max_size=60), st.text(st.sampled_from("[]columnsvalue.=\"'\n #5"), max_size=40)))
def test_any_mapping_file_is_read_or_is_one_error(text):
    with suppress(InputError):
        read_choices(text)
