"""The pages of special levies: recorded as resolved, billed by a run of their own (DUE-15)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from membership.domain.policy import Role
from membership.persistence.models.billing import BillingRun, Levy
from tests.factories import make_association, make_member
from tests.web.treasurer.conftest import BOOKKEEPER, main_of, said_by

LIST = "/treasurer/billing/levies"
TYPED = {
    "title": "Umlage Hallendach", "code": "DACH", "year": "2027", "due_on": "31.03.2027", "organ": "MV",
    "resolved_on": "20.11.2026", "way": "amount", "amount": "90,00",
}  # fmt: skip


@pytest.fixture
def treasurer(web, monkeypatch):
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-01-11")
    make_association(BOOKKEEPER)
    make_member(BOOKKEEPER, number="M0001")
    return web.signed_in(Role.TREASURER, Role.ADMIN)


def test_a_levy_is_recorded_and_its_run_prepared(web, treasurer):
    assert "Noch keine Umlage" in said_by(treasurer.get(LIST))
    assert treasurer.send(f"{LIST}/new", **TYPED).location == LIST
    shown = said_by(treasurer.get(LIST))
    assert "Umlage Hallendach" in shown
    assert "90,00 € je Mitglied" in shown
    run = treasurer.send(f"{LIST}/DACH/run")
    assert run.status_code == 303
    assert "2027 (Umlage DACH)" in main_of(treasurer.get(run.location))
    assert web.rows(select(BillingRun.kind, BillingRun.dues_year)) == [("levy:DACH", 2027)]


def test_a_levy_by_category_names_the_categories_of_the_association(web, treasurer):
    page = treasurer.get(f"{LIST}/new").text
    assert "Denselben Betrag" in page
    fields = {"way": "by_category", "amount": "", "category_0": "50,00"}
    assert treasurer.send(f"{LIST}/new", **{**TYPED, **fields}).status_code == 303
    [(document,)] = web.rows(select(Levy.document))
    assert list(document["by_category"].values()) == ["50.00"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"amount": ""}, "Eine Umlage verlangt mehr als nichts."),
        ({"amount": "1,234"}, "1,234"),
        ({"way": "percent", "percent": "7x"}, "Bitte geben Sie eine Zahl wie 7,5 ein."),
        ({"way": "percent", "percent": "101"}, "100"),
        ({"way": "by_category"}, "Eine Umlage verlangt mehr als nichts."),
        ({"code": "a b"}, "Ein Kürzel besteht aus Buchstaben"),
        ({"due_on": "31.02.2027"}, "31.02.2027"),
        ({"title": ""}, "Bitte geben Sie einen Titel ein."),
    ],
)
def test_bad_input_is_said_at_its_field_and_kept(web, treasurer, changes, sentence):
    answer = treasurer.send(f"{LIST}/new", **{**TYPED, **changes})
    assert answer.status_code == 422
    assert sentence in said_by(answer)
    assert 'value="20.11.2026"' in answer.text
    assert web.rows(select(Levy.code)) == []


def test_who_may_not_bill_sees_levies_but_records_none(web, treasurer):
    treasurer.send(f"{LIST}/new", **TYPED)
    reader = web.signed_in(Role.AUDITOR)
    assert "Umlage Hallendach" in said_by(reader.get(LIST))
    assert reader.get(f"{LIST}/new").status_code == 403
    assert reader.send(f"{LIST}/DACH/run").status_code == 403
