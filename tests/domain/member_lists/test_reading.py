"""Rows of a list become members or problems; a bad row never hides a good one."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from membership.domain.errors import InputError
from membership.domain.member_lists import (
    Address,
    DraftState,
    Field,
    Function,
    ProblemKind,
    choices_of,
    problem_sentence,
    read_members,
    recognise_columns,
    rejected_rows_table,
)
from membership.domain.money import Money
from membership.domain.phrases import phrase
from membership.domain.tables import Row, Table, with_corrections

TODAY = date(2026, 11, 25)
CATEGORIES = {"ORD": ["Ordentliches Mitglied"], "FOE": ["Fördermitglied"]}
HEAD = ["Nr.", "Firma", "Straße", "PLZ", "Ort", "E-Mail", "Eintritt", "MA", "Kategorie"]


def table(*rows, head=HEAD):
    return Table(tuple(Row(number, tuple(row)) for number, row in enumerate([head, *rows], 1)))


def read(*rows, head=HEAD, choices=None):
    found = table(*rows, head=head)
    return read_members(found, recognise_columns(found, choices=choices), categories=CATEGORIES, today=TODAY)


def row(**changes):
    values = dict(
        zip(
            HEAD,
            ["1", "A GmbH", "Weg 1", "28195", "Bremen", "a@a.example", "1.4.14", "120", "ordentlich"],
            strict=True,
        )
    )
    return list({**values, **{key.replace("_", "."): value for key, value in changes.items()}}.values())


def only_problem(members):
    (problem,) = members.problems
    assert not members.drafts
    return problem


def test_a_good_row_becomes_a_member():
    (draft,) = read(row()).drafts
    assert (draft.row, draft.number, draft.name, draft.legal_form, draft.category) == (
        2,
        "1",
        "A GmbH",
        "GmbH",
        "ORD",
    )
    assert draft.address == Address("Weg 1", "28195", "Bremen", "DE")
    assert (draft.start, draft.basis, draft.state) == (date(2014, 4, 1), {"headcount": Fraction(120)}, None)
    assert draft.given == {
        Field.NUMBER, Field.NAME, Field.STREET, Field.POSTCODE, Field.CITY, Field.EMAIL, Field.START, Field.HEADCOUNT,
        Field.CATEGORY,
    }  # fmt: skip


def test_empty_cells_give_nothing_and_are_not_given():
    (draft,) = read(row(MA="k. A.", Eintritt="-")).drafts
    assert (draft.basis, draft.start) == ({}, None)
    assert Field.HEADCOUNT not in draft.given


@pytest.mark.parametrize(
    ("changes", "column", "kind"),
    [
        ({"MA": "1.234,5x"}, "MA", ProblemKind.NUMBER),
        ({"MA": "-5"}, "MA", ProblemKind.NUMBER),
        ({"Eintritt": "31.02.2019"}, "Eintritt", ProblemKind.DATE),
        ({"E-Mail": "info(at)a.de"}, "E-Mail", ProblemKind.EMAIL),
        ({"Firma": None}, "Firma", ProblemKind.NAME),
        ({"PLZ": "281955"}, "PLZ", ProblemKind.ADDRESS),
        ({"Kategorie": "Goldpartner"}, "Kategorie", ProblemKind.CATEGORY),
        ({"Firma": "#REF!"}, "Firma", ProblemKind.CODE),
        ({"Firma": "x" * 300}, "Firma", ProblemKind.CODE),
    ],
)
def test_a_problem_names_row_column_and_what_was_found(changes, column, kind):
    members = read(row(Nr_="9", Firma="Gut AG"), row(**changes))
    (problem,) = members.problems
    assert (problem.row, problem.column, problem.kind) == (3, column, kind)
    assert problem.found == (next(iter(changes.values())) or "")
    assert [draft.name for draft in members.drafts] == ["Gut AG"]


def test_all_problems_of_a_row_are_told_at_once():
    members = read(row(MA="viele", Eintritt="31.02.2019", Kategorie="Quark"))
    assert {problem.column for problem in members.problems} == {"MA", "Eintritt", "Kategorie"}
    assert members.rejected_rows == (2,)


def test_neither_address_nor_mail_is_a_problem_but_one_of_them_is_enough():
    nobody = {"Straße": None, "PLZ": None, "Ort": None, "E-Mail": None}
    assert only_problem(read(row(**nobody))).kind is ProblemKind.ADDRESS
    assert len(read(row(**{**nobody, "E-Mail": "a@b.example"})).drafts) == 1
    assert len(read(row(**{"E-Mail": None})).drafts) == 1


def test_half_an_address_is_a_warning_when_there_is_mail():
    (draft,) = read(row(Ort=None)).drafts
    assert [warning.text.message for warning in draft.warnings] == ["The address is incomplete."]


def test_two_rows_with_one_number_are_both_named_and_the_second_is_rejected():
    members = read(row(), row(Firma="B GmbH"))
    assert [draft.name for draft in members.drafts] == ["A GmbH"]
    (problem,) = members.problems
    assert problem.row == 3
    assert problem.problem.values == {"number": "1", "first": "2", "name": "A GmbH", "second": "3"}


def test_a_number_of_a_rejected_row_is_taken_all_the_same():
    members = read(row(MA="viele"), row(Firma="B GmbH"))
    assert [(problem.row, problem.kind) for problem in members.problems] == [
        (2, ProblemKind.NUMBER),
        (3, ProblemKind.DUPLICATE),
    ]


def test_one_company_in_two_spellings_and_one_place_is_one_member():
    first, second = row(Nr_=None, Firma="A GmbH & Co. KG"), row(Nr_=None, Firma="A  GMBH&Co.KG")
    members = read(first, second)
    assert (len(members.drafts), members.problems[0].problem.values) == (1, {"first": "2"})
    assert len(read(first, row(Nr_=None, Firma="A GmbH & Co. KG", PLZ="26721", Ort="Emden")).drafts) == 2


def test_a_corrected_second_row_of_a_company_is_taken():
    members = read(row(Nr_=None, MA="viele"), row(Nr_=None))
    assert ([draft.row for draft in members.drafts], members.rejected_rows) == ([3], (2,))


SIMPLE = ["Firma", "Ort", "PLZ", "MA"]


def test_sections_give_their_category_to_the_rows_below():
    members = read(
        ["Ordentliche Mitglieder"], ["A GmbH", "Bremen", "28195", 5], [None], ["Fördermitglieder (2)"],
        ["B GmbH", "Bremen", "28195", 5], ["Mitglieder Region Nord"], ["C GmbH", "Bremen", "28195", 5],
        head=SIMPLE,
    )  # fmt: skip
    assert [(draft.name, draft.category) for draft in members.drafts] == [
        ("A GmbH", "ORD"),
        ("B GmbH", "FOE"),
        ("C GmbH", None),
    ]
    assert [skipped.row for skipped in members.skipped] == [2, 5, 7]


def test_sums_remarks_and_repeated_heads_are_no_members():
    members = read(
        ["A GmbH", "Bremen", "28195", 5], SIMPLE, ["Summe", None, None, 5], ["Gesamt:", None, None, 5],
        ["11 Mitglieder, davon 8 ordentlich"], ["Stand: 30.06.2026"], ["Anzahl: 11"], ["* nur bis 2027"],
        ["Summe Mitglieder", None, None, 11],
        head=SIMPLE,
    )  # fmt: skip
    assert [draft.name for draft in members.drafts] == ["A GmbH"]
    assert not members.problems
    assert len(members.skipped) == 8


def test_companies_whose_names_sound_like_sums_are_members():
    members = read(
        ["Gesamtbau Total GmbH", "Bremen", "28195", 5], ["Total", "Bremen", "28195", 5], head=SIMPLE
    )
    assert len(members.drafts) == 2


def test_a_name_alone_in_its_row_is_rejected_and_not_lost():
    assert only_problem(read(["Shortrow Ltd"], head=SIMPLE)).row == 2


def test_last_years_amount_and_open_items_are_optional_columns():
    head = [*SIMPLE, "Beitrag 2025", "Beitrag 2026", "offen"]
    (draft,) = read(["A GmbH", "Bremen", "28195", 5, "100,00", "1.200,00 €", "600"], head=head).drafts
    assert (draft.previous_amount, draft.previous_year, draft.open_amount) == (
        Money(120000),
        2026,
        Money(60000),
    )
    members = read(["A GmbH", "Bremen", "28195", 5, None, "1.234,5x", None], head=head)
    assert only_problem(members).kind is ProblemKind.AMOUNT


@pytest.mark.parametrize(
    ("status", "left", "state", "end"),
    [
        ("aktiv", None, DraftState.ACTIVE, None),
        (None, None, None, None),
        ("ausgetreten 31.12.2024", None, DraftState.ENDED, date(2024, 12, 31)),
        ("former", "2023-12-31", DraftState.ENDED, date(2023, 12, 31)),
        (None, "31.12.2024", DraftState.ENDED, date(2024, 12, 31)),
        ("aktiv", "31.12.2024", DraftState.ENDED, date(2024, 12, 31)),
        (None, "31.12.2099", DraftState.NOTICE_GIVEN, date(2099, 12, 31)),
    ],
)
def test_who_left_is_never_active(status, left, state, end):
    (draft,) = read(
        ["A GmbH", "Bremen", "28195", status, left], head=["Firma", "Ort", "PLZ", "Status", "Austritt"]
    ).drafts
    assert (draft.state, draft.end) == (state, end)


def test_who_left_on_an_unknown_day_or_before_joining_is_rejected():
    head = ["Firma", "Ort", "PLZ", "Status", "Eintritt", "Austritt"]
    assert (
        only_problem(read(["A GmbH", "Bremen", "28195", "ausgetreten", None, None], head=head)).kind
        is ProblemKind.STATE
    )
    problem = only_problem(read(["A GmbH", "Bremen", "28195", None, "1.1.2020", "1.1.2019"], head=head))
    assert (problem.kind, problem.column) == (ProblemKind.DATE, "Austritt")


def test_no_address_of_a_cell_is_lost_and_the_invoice_column_goes_first():
    head = ["Firma", "Ansprechpartner", "Telefon", "E-Mail", "Rechnungs-E-Mail"]
    (draft,) = read(
        ["A GmbH", "Frau Petra B (Buchhaltung)", "+49 1", "p@a.example; x@a.example", "re@a.example"],
        head=head,
    ).drafts
    assert draft.invoice_email == "re@a.example"
    assert [(contact.name, contact.email, contact.functions) for contact in draft.contacts] == [
        ("Petra B", "p@a.example", (Function.MAIN, Function.BILLING)),
        ("", "re@a.example", (Function.BILLING,)),
        ("", "x@a.example", ()),
    ]
    assert draft.contacts[0].phone == "+49 1"


def test_first_and_last_name_in_two_columns_are_one_person():
    head = ["Firma", "E-Mail", "Anrede", "Titel", "Vorname", "Nachname"]
    (draft,) = read(["A GmbH", "a@a.example", "Frau", "Dr.", "Petra", "Berg"], head=head).drafts
    assert (draft.contacts[0].salutation, draft.contacts[0].name) == ("Frau", "Dr. Petra Berg")


def test_words_of_the_list_are_translated_by_the_mapping():
    choices = choices_of({"values": {"category": {"Goldpartner": "FOE"}}})
    (draft,) = read(row(Kategorie="goldpartner "), choices=choices).drafts
    assert draft.category == "FOE"


def test_a_table_in_which_no_company_can_be_found_is_one_error():
    with pytest.raises(InputError):
        read(["a", "b"], head=["Dies", "Das"])


def test_an_empty_list_is_an_empty_list():
    assert read().drafts == ()


def test_rejected_rows_come_back_with_their_cells_and_the_problem_and_can_be_imported_again():
    found = table(row(), row(Nr_="2", Firma="B GmbH", MA="viele", Eintritt=date(2019, 1, 1)))
    mapping = recognise_columns(found)
    members = read_members(found, mapping, categories=CATEGORIES, today=TODAY)
    rejected = rejected_rows_table(found, mapping, members, worded=lambda phrase: phrase.message)
    assert rejected.headings == (*HEAD, "Problem")
    (cells,) = rejected.rows
    assert cells[:8] == ("2", "B GmbH", "Weg 1", "28195", "Bremen", "a@a.example", date(2019, 1, 1), "viele")
    assert cells[-1].startswith("MA: ")
    corrected = table([*cells[:7], "12", *cells[8:]], head=list(rejected.headings))
    again = recognise_columns(corrected)
    assert [column.heading for column in again.ignored] == ["Problem"]
    assert len(read_members(corrected, again, categories=CATEGORIES, today=TODAY).drafts) == 1


def test_a_cell_can_be_corrected_in_place():
    found = table(row(MA="viele"))
    mapping = recognise_columns(found)
    (problem,) = read_members(found, mapping, categories=CATEGORIES, today=TODAY).problems
    better = with_corrections(found, {(problem.row, problem.column_index): "12"})
    assert read_members(better, mapping, categories=CATEGORIES, today=TODAY).drafts[0].basis == {
        "headcount": 12
    }


def test_a_problem_says_what_is_expected():
    problem = only_problem(read(row(MA="viele")))
    assert problem_sentence(problem).values["expected"] == problem.expected


def test_invisible_and_odd_blanks_do_not_make_another_company():
    (draft,) = read(row(Firma="\u202eA\u00a0\u200b GmbH\n")).drafts
    assert draft.name == "A GmbH"


def test_a_status_in_the_column_of_the_category_is_called_one():
    problem = only_problem(read(row(Kategorie="ruhend")))
    assert problem.problem == phrase("This is a status of the membership, not a category.")
