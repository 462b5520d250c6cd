"""What the dues of a member rest on, on pages: sizes, category, group, agreements, decisions; each shown and undone."""

from __future__ import annotations

import re
import secrets
from datetime import date
from fractions import Fraction

import pytest
from sqlalchemy import select

from membership.domain.policy import Role
from membership.persistence.models.members import (
    AgreedAmount,
    BasisValue,
    CategoryPeriod,
    GroupMembership,
    Member,
    Override,
)
from tests.factories import SCHEDULE, make_association, make_member
from tests.web.treasurer.conftest import BOOKKEEPER, main_of, said_by

RECORD = "/treasurer/members/M0001"
SIZE = {"basis": "headcount", "value": "60", "as_of": "30.06.2026", "origin": "declared"}
AGREED = {"amount": "1.800,00", "from_year": "2028", "to_year": "", "reason": "Vertrag vom 1.2.2027"}
DECISION = {
    "kind": "percent", "value": "50", "from_year": "2027", "to_year": "2027", "organ": "Vorstand",
    "decided_on": "1.2.27", "reason": "Sanierung",
}  # fmt: skip


@pytest.fixture
def treasurer(web, billed):
    return web.signed_in(Role.TREASURER)


def of_first(web, model, *columns):
    owner = select(Member.id).where(Member.number == "M0001").scalar_subquery()
    return [
        tuple(row) for row in web.rows(select(*columns).where(model.member_id == owner).order_by(model.id))
    ]


def sizes(web):
    return of_first(web, BasisValue, BasisValue.as_of, BasisValue.value, BasisValue.origin)


def undo_of(response) -> str:
    return re.search(r'action="([^"]+)"(?:(?!</form>).)*Rückgängig', response.text, re.DOTALL)[1].replace(
        "&amp;", "&"
    )


@pytest.mark.parametrize(
    ("page", "office"),
    [("sizes/new", 200), ("category", 200), ("group", 200), ("agreed/new", 403), ("decisions/new", 403)],
)
def test_sec_07_the_office_writes_facts_only_the_treasurer_decides_on_money(web, billed, page, office):
    for role, status in (
        (Role.TREASURER, 200),
        (Role.OFFICE, office),
        (Role.BOARD, 403),
        (Role.AUDITOR, 403),
    ):
        assert web.signed_in(role).get(f"{RECORD}/{page}").status_code == status


def test_a_size_is_recorded_with_its_day_and_origin_and_undone(web, treasurer):
    page = treasurer.get(f"{RECORD}/sizes/new")
    assert 'value="30.06.2026"' in page.text
    sent = treasurer.send(f"{RECORD}/sizes/new", **{**SIZE, "as_of": "1.1.27", "origin": "estimated"})
    assert sent.location == RECORD
    record = treasurer.get(RECORD)
    assert "60 Beschäftigtenzahl zum 01.01.2027, geschätzt" in said_by(record)
    assert sizes(web)[1] == (date(2027, 1, 1), 60, "estimated")
    treasurer.send(undo_of(record))
    assert sizes(web) == [(date(2026, 6, 30), 37, "declared")]


def test_a_value_of_the_same_day_is_replaced_and_undoing_gives_the_old_one_back(web, treasurer):
    treasurer.send(f"{RECORD}/sizes/new", **SIZE)
    assert sizes(web) == [(date(2026, 6, 30), 60, "declared")]
    treasurer.send(undo_of(treasurer.get(RECORD)))
    assert sizes(web) == [(date(2026, 6, 30), 37, "declared")]


def test_a_mistyped_value_is_removed_and_can_be_put_back(web, treasurer):
    html = treasurer.get(RECORD).text
    forget = re.search(rf'action="({RECORD}/sizes/\d+/forget)"', html)[1]
    data = {"form_token": secrets.token_urlsafe(8), "csrf_token": treasurer.token()}
    assert [treasurer.post(forget, data=data).status_code for _click in range(2)] == [303, 303]
    assert sizes(web) == []
    record = treasurer.get(RECORD)
    assert said_by(record).count("Der Wert ist entfernt.") == 1
    treasurer.send(undo_of(record))
    assert sizes(web) == [(date(2026, 6, 30), 37, "declared")]
    assert treasurer.send(forget).status_code == 404


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"value": ""}, "Bitte geben Sie eine Zahl ein."),
        ({"value": "1,234"}, "„1,234“ ist keine Zahl."),
        ({"value": "99999999999999"}, "Eine Größe ist eine Zahl von 0 bis"),
        ({"as_of": ""}, "Bitte geben Sie ein Datum ein."),
        ({"as_of": "30.02.2026"}, "„30.02.2026“ ist kein Tag."),
        ({"basis": "moons"}, "Bitte prüfen Sie Ihre Angaben"),
    ],
)
def test_a_size_that_cannot_be_is_refused(web, treasurer, changes, sentence):
    refused = treasurer.send(f"{RECORD}/sizes/new", **{**SIZE, "note": "vom Telefon", **changes})
    assert refused.status_code == 422
    assert sentence in said_by(refused)
    assert 'value="vom Telefon"' in main_of(refused)
    assert sizes(web) == [(date(2026, 6, 30), 37, "declared")]


@pytest.mark.parametrize(
    "query", ["", "?basis=headcount&value=x&as_of=2026-06-30&origin=declared", "?basis=1"]
)
def test_putting_back_needs_what_stood_there(treasurer, query):
    assert treasurer.send(f"{RECORD}/sizes/restore{query}").status_code == 400


def test_heads_by_class_are_asked_for_where_the_fee_schedule_weighs_them(web, monkeypatch):
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-02-16")
    weights = {"over_30h": "1", "apprentice": "0.5"}
    bases = {"headcount": {"reference": "prev_year:06-30", "weights": weights}}
    make_association(BOOKKEEPER, {**SCHEDULE, "bases": bases})
    make_member(BOOKKEEPER, number="M0001", headcount=None)
    treasurer = web.signed_in(Role.TREASURER)
    by_class = {**SIZE, "value": "", "class_over_30h": "30", "class_apprentice": "4"}
    assert "über 30 Stunden" in said_by(treasurer.get(f"{RECORD}/sizes/new"))
    assert "entweder eine Zahl oder" in said_by(
        treasurer.send(f"{RECORD}/sizes/new", **{**by_class, "value": "34"})
    )
    treasurer.send(f"{RECORD}/sizes/new", **by_class)
    assert of_first(web, BasisValue, BasisValue.classes) == [({"apprentice": "4", "over_30h": "30"},)]
    record = treasurer.get(RECORD)
    assert "Auszubildende: 4, über 30 Stunden: 30 Beschäftigtenzahl" in said_by(record)
    forget = re.search(rf'action="({RECORD}/sizes/\d+/forget)"', record.text)[1]
    treasurer.send(forget)
    treasurer.send(undo_of(treasurer.get(RECORD)))
    assert of_first(web, BasisValue, BasisValue.classes) == [({"apprentice": "4", "over_30h": "30"},)]


def test_a_category_counts_from_its_day_stays_in_the_history_and_is_undone(web, treasurer):
    sent = treasurer.send(f"{RECORD}/category", category="SCI", valid_from="01.01.2028")
    assert sent.location == RECORD
    record = treasurer.get(RECORD)
    said = said_by(record)
    assert "ab 01.01.2028: Wissenschaft" in said
    assert "ab 01.04.2014: Ordentliches Mitglied" in said
    treasurer.send(undo_of(record))
    found = of_first(web, CategoryPeriod, CategoryPeriod.valid_from, CategoryPeriod.category)
    assert found[-1] == (date(2028, 1, 1), "ORD")
    treasurer.send(f"{RECORD}/category", category="ORD", valid_from="01.01.2029")
    assert "Nichts war anders." in said_by(treasurer.get(RECORD))
    assert treasurer.send(f"{RECORD}/category", category="XXX", valid_from="01.01.2029").status_code == 422
    assert treasurer.send(f"{RECORD}/category/undo?code=ORD&day=gestern").status_code == 400


def test_a_group_is_made_joined_left_and_undone(web, treasurer):
    treasurer.send(f"{RECORD}/group", group="", new_group="Nordgruppe", valid_from="01.01.2027")
    treasurer.send(
        "/treasurer/members/M0002/group", group="Nordgruppe", new_group="", valid_from="01.01.2027"
    )
    record = treasurer.get(RECORD)
    assert "Nordgruppe Beta Guss AG" in said_by(record)
    treasurer.send(f"{RECORD}/group", group="", new_group="", valid_from="01.01.2028")
    columns = (GroupMembership.valid_from, GroupMembership.valid_to)
    assert of_first(web, GroupMembership, *columns) == [(date(2027, 1, 1), date(2027, 12, 31))]
    record = treasurer.get(RECORD)
    assert "In keiner Gruppe ab 01.01.2028." in said_by(record)
    treasurer.send(undo_of(record))
    assert of_first(web, GroupMembership, *columns)[-1] == (date(2028, 1, 1), None)


def test_an_amount_is_agreed_shown_and_ended(web, treasurer):
    assert treasurer.send(f"{RECORD}/agreed/new", **AGREED).location == RECORD
    assert "Vereinbarter Betrag: 1.800,00 € im Jahr, ab 2028 Vertrag vom 1.2.2027" in said_by(
        treasurer.get(RECORD)
    )
    end = re.search(rf'href="({RECORD}/agreed/\d+/end)"', treasurer.get(RECORD).text)[1]
    assert "1.800,00 € im Jahr, ab 2028" in said_by(treasurer.get(end))
    data = {"last_year": "2029", "form_token": secrets.token_urlsafe(8), "csrf_token": treasurer.token()}
    assert [treasurer.post(end, data=data).status_code for _click in range(2)] == [303, 303]
    assert of_first(web, AgreedAmount, AgreedAmount.amount_cents, AgreedAmount.to_year) == [(180000, 2029)]
    assert "2028 bis 2029" in said_by(treasurer.get(RECORD))
    treasurer.send(end, last_year="2027")
    assert of_first(web, AgreedAmount, AgreedAmount.id) == []
    assert treasurer.get(end).status_code == 404


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"amount": "x"}, "„x“"),
        ({"amount": "-5"}, "Der Betrag darf nicht negativ sein."),
        ({"from_year": ""}, "Bitte geben Sie ein Jahr ein."),
        ({"from_year": "1066"}, "Ein Jahr von 2000 bis 2100."),
        ({"to_year": "2027"}, "Das letzte Jahr"),
        ({"reason": ""}, "Nennen Sie den Grund"),
        ({"reason": "   "}, "Nennen Sie den Grund"),
    ],
)
def test_an_agreement_that_cannot_be_is_refused_with_the_input_kept(web, treasurer, changes, sentence):
    refused = treasurer.send(f"{RECORD}/agreed/new", **{**AGREED, **changes})
    assert refused.status_code == 422
    assert sentence in said_by(refused)
    assert of_first(web, AgreedAmount, AgreedAmount.id) == []


def test_a_decision_changes_the_calculation_of_the_year_and_can_be_ended(web, treasurer):
    assert treasurer.send(f"{RECORD}/decisions/new", **DECISION).location == RECORD
    said = said_by(treasurer.get(RECORD))
    assert "Beschluss: 50 % des Beitrags, 2027 Sanierung · Vorstand, 01.02.2027" in said
    assert "Einzelfallbeschluss: 50 % des Beitrags (Sanierung) → 300,00 €" in said
    assert "Nach den heutigen Angaben wären es 300,00 €. Die Rechnung bleibt, wie sie ist." in said
    end = re.search(rf'href="({RECORD}/decisions/\d+/end)"', treasurer.get(RECORD).text)[1]
    treasurer.send(end, last_year="2026")
    assert of_first(web, Override, Override.id) == []


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"kind": "waive", "value": ""}, ("waive", None)),
        ({"kind": "amount", "value": "1.200,50"}, ("amount", Fraction(120050, 100))),
        ({"kind": "percent", "value": "33,5 %"}, ("percent", Fraction(67, 2))),
    ],
)
def test_each_kind_of_decision_is_kept(web, treasurer, changes, kept):
    treasurer.send(f"{RECORD}/decisions/new", **{**DECISION, **changes})
    assert of_first(web, Override, Override.kind, Override.value) == [kept]


@pytest.mark.parametrize(
    "changes",
    [{"value": ""}, {"value": "150"}, {"value": "x"}, {"kind": "waive"}, {"kind": "double"}, {"reason": ""}],
)
def test_a_decision_that_cannot_be_is_refused(web, treasurer, changes):
    refused = treasurer.send(f"{RECORD}/decisions/new", **{**DECISION, **changes})
    assert refused.status_code == 422
    assert "Bitte prüfen Sie Ihre Angaben" in said_by(refused)
    assert of_first(web, Override, Override.id) == []
