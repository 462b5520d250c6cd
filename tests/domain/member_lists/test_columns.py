"""Which column means what, where the head is, and what a person may decide."""

from __future__ import annotations

from datetime import date

import pytest

from membership.domain.errors import InputError
from membership.domain.member_lists import (
    Choices,
    Field,
    FieldTwice,
    HeadRowMissing,
    Use,
    choices_of,
    column_letter,
    read_choices,
    recognise_columns,
    require_columns,
    require_distinct,
)
from membership.domain.member_lists.fields import field_of_heading, heading_year
from membership.domain.tables import Row, Table


def table(*rows, hidden=()):
    return Table(
        tuple(Row(number, tuple(row)) for number, row in enumerate(rows, 1) if any(row)), frozenset(hidden)
    )


def fields(mapping):
    return {column.heading: column.field for column in mapping.columns if column.is_used}


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Firma", Field.NAME),
        ("Firmenname", Field.NAME),
        ("Unternehmen", Field.NAME),
        ("MA", Field.HEADCOUNT),
        ("Anzahl MA", Field.HEADCOUNT),
        ("Beschäftigte 2026", Field.HEADCOUNT),
        ("Beschäftigte (Stand 30.06.2026)", Field.HEADCOUNT),
        ("Mitarbeiter zum 31.12.2025", Field.HEADCOUNT),
        ("PLZ", Field.POSTCODE),
        ("PLZ / Ort", Field.PLACE),
        ("Straße, Nr.", Field.STREET),
        ("Strasse", Field.STREET),
        ("E-Mail(s)", Field.EMAIL),
        ("E-Mail 2", Field.EMAIL),
        ("Rechnungs-E-Mail", Field.INVOICE_EMAIL),
        ("Mitgl.-Nr.", Field.NUMBER),
        ("Art", Field.CATEGORY),
        ("USt-IdNr.", Field.VAT_ID),
        ("Beitrag 2026", Field.PREVIOUS),
        ("letzter Beitrag", Field.PREVIOUS),
        ("Beitrag in €", Field.PREVIOUS),
        ("offen", Field.OPEN),
        ("Offener Betrag (EUR)", Field.OPEN),
        ("VZÄ", Field.FTE),
        ("Jahresumsatz 2025 in EUR", Field.TURNOVER),
        ("Fläche m²", Field.AREA),
        ("Mitglied seit", Field.START),
        ("Austritt", Field.END),
        ("Leitweg-ID", Field.LEITWEG_ID),
        ("Member No", Field.NUMBER),
        ("Postal code", Field.POSTCODE),
        ("Left on", Field.END),
        ("Employees", Field.HEADCOUNT),
        ("Bemerkung", Field.NOTE),
        ("Wiedervorlage", None),
        ("lfd. Nr.", None),
        ("2026", None),
        ("", None),
    ],
)
def test_a_heading_is_known_in_the_words_of_offices(heading, field):
    assert field_of_heading(heading) is field


def test_the_year_of_a_heading_is_the_last_one():
    assert heading_year("Beitrag 2025/2026") == 2026
    assert heading_year("PLZ 28195") is None


def test_titles_above_the_head_and_blank_rows_do_not_hide_it():
    found = recognise_columns(
        table(
            ["Verzeichnis e.V."], ["Stand: 30.06.2026"], [None], ["Nr.", "Firma", "PLZ/Ort"], [1, "A", "1 B"]
        )
    )
    assert (found.head_row, found.is_head_found) == (4, True)
    assert list(fields(found).values()) == [Field.NUMBER, Field.NAME, Field.PLACE]


def test_group_headings_above_the_head_give_it_meaning():
    found = recognise_columns(
        table(
            ["Mitglied", None, "Ansprechpartner", None, "Beschäftigte", None],
            ["Nr.", "Firma", "Name", "E-Mail", "2025", 2026],
            ["1", "A GmbH", "Frau B", "a@b.example", 3, 4],
        )
    )
    assert found.head_row == 2
    assert [column.field for column in found.columns] == [
        Field.NUMBER, Field.NAME, Field.CONTACT, Field.EMAIL, Field.HEADCOUNT, Field.HEADCOUNT,
    ]  # fmt: skip
    assert [column.use for column in found.columns[4:]] == [Use.OLDER, Use.TAKEN]


def test_a_head_that_is_divided_downwards_is_read_as_one():
    found = recognise_columns(
        table(
            ["Nr.", "Firma", "Anschrift", None, None, "MA"],
            [None, None, "Straße", "PLZ", "Ort", None],
            [1, "A"],
        )
    )
    assert found.head_row == 2
    assert list(fields(found).values()) == [
        Field.NUMBER, Field.NAME, Field.STREET, Field.POSTCODE, Field.CITY, Field.HEADCOUNT,
    ]  # fmt: skip


def test_a_hidden_column_loses_against_a_visible_one_even_when_it_is_newer():
    found = recognise_columns(table(["Firma", "Ort", "MA 2025", "MA 2026"], ["A", "B", 1, 2], hidden=[3]))
    assert [column.use for column in found.columns] == [Use.TAKEN, Use.TAKEN, Use.TAKEN, Use.HIDDEN]


def test_a_hidden_column_without_a_rival_is_read():
    found = recognise_columns(table(["Firma", "Ort", "MA"], ["A", "B", 1], hidden=[2]))
    assert found.has(Field.HEADCOUNT)


def test_of_two_columns_of_one_kind_the_left_one_counts_but_mail_is_never_lost():
    found = recognise_columns(
        table(["Firma", "Name", "E-Mail", "E-Mail 2"], ["A", "B", "a@b.example", "c@d.example"])
    )
    assert [column.use for column in found.columns] == [Use.TAKEN, Use.DOUBLED, Use.TAKEN, Use.TAKEN]


def test_unknown_columns_are_listed_with_their_samples():
    found = recognise_columns(
        table(["Firma", "Ort", "Wiedervorlage"], ["A", "B", "gut"], ["C", "D", None], ["E", "F", "neu"])
    )
    (ignored,) = found.ignored
    assert (ignored.heading, ignored.use, ignored.samples) == ("Wiedervorlage", Use.UNKNOWN, ("gut", "neu"))


def test_without_a_head_the_first_row_is_offered():
    found = recognise_columns(table(["Alpha AG", "Bremen"], ["Beta KG", "Bonn"]))
    assert (found.is_head_found, found.head_row) == (False, 1)
    assert [column.heading for column in found.columns] == ["Alpha AG", "Bremen"]
    with pytest.raises(InputError, match="names of the companies"):
        require_columns(found)


def test_a_list_needs_an_address_or_mail():
    with pytest.raises(InputError, match="address or the e-mail"):
        require_columns(recognise_columns(table(["Firma", "MA"], ["A", 3])))


def test_data_rows_full_of_numbers_and_dates_are_no_head():
    found = recognise_columns(table(["Firma", "PLZ", "seit"], ["Stadt", 28195, date(2020, 1, 1)]))
    assert found.head_row == 1


def test_english_headings_make_an_english_list():
    assert recognise_columns(table(["Company", "City", "Employees"], ["A", "B", 1])).is_english
    assert not recognise_columns(table(["Firma", "Ort", "Status"], ["A", "B", "aktiv"])).is_english


MAPPING = """
[columns]
"Kunde" = "name"
"Sitz der Firma" = "city"
"Bemerkung" = "headcount"
"MA" = "ignore"

[values.category]
"Goldpartner" = "FOE"
"""


def test_a_mapping_file_goes_before_what_is_recognised():
    choices = read_choices(MAPPING)
    found = recognise_columns(
        table(["Kunde", "Sitz der Firma", "Bemerkung", "MA"], ["A", "B", 5, 6]), choices=choices
    )
    assert fields(found) == {"Kunde": Field.NAME, "Sitz der Firma": Field.CITY, "Bemerkung": Field.HEADCOUNT}
    assert found.columns[3].use is Use.LEFT_OUT
    assert found.values[Field.CATEGORY] == {"goldpartner": "FOE"}


@pytest.mark.parametrize(
    ("word", "field"),
    [
        ("member_no", Field.NUMBER),
        ("number", Field.NUMBER),
        ("turnover", Field.TURNOVER),
        ("basis.headcount", Field.HEADCOUNT),
        ("address.street", Field.STREET),
        ("invoice_email", Field.INVOICE_EMAIL),
        ("vat_id", Field.VAT_ID),
        ("Firma", Field.NAME),
    ],
)
def test_a_mapping_may_name_a_field_by_its_word_or_by_a_heading(word, field):
    assert choices_of({"columns": {"X": word}}).field_of("X") is field


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[columns", "mapping"),
        ("[columns]\nX = 5", "/columns/X"),
        ("[columns]\nX = 'quark'", "/columns/X"),
        ("[values]\ncategory = 'x'", "/values/category"),
        ("columns = 5", "/columns"),
        ("[rows]", "/rows"),
    ],
)
def test_a_wrong_mapping_names_its_place(text, where):
    with pytest.raises(InputError) as caught:
        read_choices(text)
    assert caught.value.where == where


def test_a_mapping_of_a_column_that_is_not_there_is_said():
    with pytest.raises(InputError, match="Kunde"):
        recognise_columns(
            table(["Firma", "Ort"], ["A", "B"]), choices=choices_of({"columns": {"Kunde": "name"}})
        )


ODD = (["Unsere Betriebe"], ["Ident", "Betriebsstätte", "Gegend"], ["B1", "A GmbH", "28195"])


def test_without_known_headings_the_first_full_row_is_offered():
    found = recognise_columns(table(*ODD))
    assert (found.head_row, found.is_head_found) == (2, False)


@pytest.mark.parametrize("first", [["A GmbH", 5], ["A GmbH", "a@a.example"], ["A GmbH", "28195"]])
def test_a_row_that_looks_like_a_member_is_never_offered_as_the_headings(first):
    found = recognise_columns(table(first, ["B GmbH", 6]))
    assert (found.head_row, found.is_head_found) == (0, False)
    assert found.columns[0].samples == ("A GmbH", "B GmbH")


def test_a_person_names_the_head_row_and_it_counts_as_found():
    found = recognise_columns(table(*ODD), choices=Choices(head_row=1))
    assert (found.head_row, found.is_head_found, found.columns[0].heading) == (1, True, "Unsere Betriebe")
    named = recognise_columns(table(["Firma", "PLZ"], ["A", 28195], ["B", 1]), choices=Choices(head_row=2))
    assert [column.heading for column in named.columns] == ["A", "28195"]
    with pytest.raises(HeadRowMissing):
        recognise_columns(table(*ODD), choices=Choices(head_row=9))


def test_a_named_head_keeps_the_group_headings_above_it():
    rows = (["Mitglied", "Ansprechpartner"], ["Firma", "Name"], ["A GmbH", "Frau B"])
    found = recognise_columns(table(*rows), choices=Choices(head_row=2))
    assert [column.field for column in found.columns] == [Field.NAME, Field.CONTACT]


def test_a_list_without_headings_calls_its_columns_by_letters_and_loses_no_row():
    found = recognise_columns(table(["A GmbH", "28195"], ["B GmbH", "26122"]), choices=Choices(head_row=0))
    assert [column.heading for column in found.columns] == ["A", "B"]
    assert (found.head_row, found.is_head_found) == (0, True)
    assert found.columns[0].samples == ("A GmbH", "B GmbH")


@pytest.mark.parametrize(
    ("index", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (702, "AAA")]
)
def test_columns_have_the_letters_of_a_spreadsheet(index, letter):
    assert column_letter(index) == letter


def test_a_choice_by_place_goes_before_the_heading_and_may_leave_out():
    choices = Choices(places={0: None, 1: Field.NAME, 2: Field.POSTCODE}, head_row=2)
    found = recognise_columns(table(*ODD), choices=choices)
    assert [(column.field, column.use) for column in found.columns] == [
        (None, Use.LEFT_OUT), (Field.NAME, Use.CHOSEN), (Field.POSTCODE, Use.CHOSEN),
    ]  # fmt: skip


def test_two_chosen_columns_fill_one_mail_field_even_when_one_is_hidden():
    rows = (["Firma", "Post 2025", "Post 2026"], ["A GmbH", "a@a.example", "b@a.example"])
    choices = Choices(places={1: Field.EMAIL, 2: Field.EMAIL})
    found = recognise_columns(table(*rows, hidden=[1]), choices=choices)
    assert len(found.of(Field.EMAIL)) == 2


def test_what_an_earlier_list_said_helps_to_find_the_head_and_is_no_choice_of_now():
    choices = Choices(remembered={"ident": Field.NUMBER, "betriebsstaette": Field.NAME, "gegend": None})
    found = recognise_columns(table(*ODD), choices=choices)
    assert (found.head_row, found.is_head_found) == (2, True)
    assert [column.use for column in found.columns] == [Use.REMEMBERED, Use.REMEMBERED, Use.LEFT_OUT]


def test_of_two_years_the_newer_counts_whatever_an_earlier_list_said():
    choices = Choices(remembered={"ma2026": Field.HEADCOUNT})
    found = recognise_columns(table(["Firma", "MA 2026", "MA 2027"], ["A", 1, 2]), choices=choices)
    assert [column.heading for column in found.of(Field.HEADCOUNT)] == ["MA 2027"]


def test_two_columns_for_one_field_are_refused_except_where_several_may_fill_it():
    require_distinct({0: Field.NAME, 1: Field.EMAIL, 2: Field.EMAIL, 3: None, 4: None})
    with pytest.raises(FieldTwice) as refused:
        require_distinct({2: Field.NAME, 0: Field.NAME, 1: Field.CITY})
    assert (refused.value.values["column"], refused.value.values["other"]) == (2, "A")


@pytest.mark.parametrize("place", [("PLZ / Ort",), ("PLZ", "Ort")])
@pytest.mark.parametrize("heading", ["Anschrift", "Adresse"])
def test_an_address_beside_the_place_is_the_street(heading, place):
    cells = ["28195 Bremen"] if len(place) == 1 else ["28195", "Bremen"]
    found = recognise_columns(table(["Firma", heading, *place], ["A GmbH", "Weg 1", *cells]))
    assert fields(found)[heading] is Field.STREET


@pytest.mark.parametrize(("cell", "field"), [("Weg 1", Field.STREET), ("Weg 1, 28195 Bremen", Field.ADDRESS)])
def test_an_address_without_a_postcode_in_it_is_the_street(cell, field):
    found = recognise_columns(table(["Firma", "Anschrift", "E-Mail"], ["A GmbH", cell, "a@a.example"]))
    assert fields(found)["Anschrift"] is field


def test_a_whole_address_stays_one_beside_a_city_and_a_street_is_not_doubled():
    whole = recognise_columns(
        table(["Firma", "Anschrift", "PLZ", "Ort"], ["A", "Weg 1, 28195 Bremen", "28195", "Bremen"])
    )
    assert fields(whole)["Anschrift"] is Field.ADDRESS
    beside = recognise_columns(table(["Firma", "Anschrift", "Straße"], ["A", "Herrn B", "Weg 1"]))
    assert fields(beside)["Straße"] is Field.STREET


def test_who_says_that_the_column_is_the_whole_address_is_believed():
    choices = choices_of({"columns": {"Anschrift": "address"}})
    found = recognise_columns(
        table(["Firma", "Anschrift", "Ort"], ["A GmbH", "Weg 1", "Bremen"]), choices=choices
    )
    assert fields(found)["Anschrift"] is Field.ADDRESS


def test_a_column_of_remarks_becomes_the_note():
    found = recognise_columns(table(["Firma", "Ort", "Bemerkungen"], ["A GmbH", "Bremen", "zahlt spät"]))
    assert fields(found)["Bemerkungen"] is Field.NOTE
