"""What the association decides about declarations leaves what counts already as it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from membership.domain.declarations.campaigns import Dates
from membership.domain.declarations.states import DeclarationState
from membership.domain.errors import Conflict
from membership.persistence.db import read_as, write
from membership.persistence.queries import declarations as queries
from membership.persistence.queries.members import list_contacts
from membership.services import declarations, dues, members
from membership.services.declarations import Declared
from tests.factories import SCHEDULE, make_association, make_member

TODAY = date(2027, 10, 1)
AT = datetime(2027, 10, 1, 9, 30, tzinfo=UTC)
ZONE = "Europe/Berlin"
DATES = Dates(date(2027, 11, 30), date(2028, 3, 31))


def open_round(actor, schedule=None, *, dates=DATES, asks=None):
    """Return the treasurer of a round for 2028 in which M0001 (37 heads) and M0002 (60 heads) are asked."""
    actor = replace(actor, at=AT)
    make_association(actor, schedule)
    make_member(actor, number="M0001", invoice_email="a@werk.example")
    make_member(actor, number="M0002", name="Beta Guss AG", headcount=60, invoice_email="b@werk.example")
    write(actor, declarations.open_round, 2028, dates=dates, asks=asks or {}, reminds=True, today=TODAY)
    return actor


@pytest.fixture
def asked(sqlite_app, treasurer):
    return open_round(treasurer)


def with_rule(**rule):
    return {**SCHEDULE, "declaration": rule}


def on(actor, year, month, day):
    """Return the actor on another day, and that day."""
    return replace(actor, at=datetime(year, month, day, 9, 30, tzinfo=UTC)), date(year, month, day)


def declare(actor, heads, number="M0001", *, today=TODAY, name="Maren Brandt", **changes):
    declared = Declared({"headcount": Fraction(heads)}, name=name, **changes)
    return write(actor, declarations.declare_by_office, 2028, number, declared, today=today)


def view_of(actor, number="M0001"):
    return queries.get_request(read_as(actor), 2028, number)


def counted(actor, number="M0001"):
    """Return the size that counts for 2028 and where it comes from."""
    (found,) = [each for each in dues.assess(read_as(actor), 2028) if each.facts.number == number]
    (basis,) = found.result.bases
    return found.result.dues.cents, str(basis.origin)


@pytest.mark.parametrize("day", [date(2027, 6, 30), date(2027, 3, 31), date(2027, 9, 30)])
def test_silence_leaves_a_size_that_counts_already(asked, day):
    write(asked, members.record_basis_value, "M0001", "headcount", Fraction(126), as_of=day)
    assert write(asked, declarations.end_silence, 2028)["done"] == ["M0001", "M0002"]
    assert counted(asked) == (120000, "declared")
    assert counted(asked, "M0002") == (120000, "carried_over")
    assert view_of(asked).decision.answers["headcount"]["value"] == "126"
    assert view_of(asked).state is DeclarationState.ESTIMATED


@pytest.mark.parametrize(("rule", "cents"), [({"late_decrease": "ignored"}, 120000), ({}, 60000)])
@pytest.mark.parametrize("in_time", [55, None])
def test_a_lower_size_after_the_deadline_does_not_count_where_the_schedule_says_so(
    sqlite_app, treasurer, rule, cents, in_time
):
    actor = open_round(treasurer, with_rule(**rule))
    if in_time:
        declare(actor, in_time, "M0002")
        write(actor, declarations.accept, 2028, "M0002")
    actor, today = on(actor, 2027, 12, 5)
    declare(actor, 40, "M0002", today=today, comment="verkauft")
    done = write(actor, declarations.accept, 2028, "M0002")
    assert done.get("too_late", []) == (["M0002"] if rule else [])
    assert counted(actor, "M0002")[0] == cents
    assert view_of(actor, "M0002").state is DeclarationState.TAKEN_OVER


def test_a_late_decrease_within_the_class_is_looked_at_and_a_late_increase_is_not(sqlite_app, treasurer):
    actor = open_round(treasurer, with_rule(late_decrease="ignored"))
    actor, today = on(actor, 2027, 12, 5)
    declare(actor, 36, today=today, comment="weniger")
    declare(actor, 61, "M0002", today=today)
    assert view_of(actor).version.oddities == ["late", "late_less"]
    assert not declarations.is_unchanged(view_of(actor))
    assert declarations.is_unchanged(view_of(actor, "M0002"))
    write(actor, declarations.accept, 2028, "M0002")
    assert counted(actor, "M0002") == (120000, "declared")


def test_after_the_last_day_the_office_still_enters_and_estimates(asked):
    actor, today = on(asked, 2028, 4, 3)
    given = {"headcount": Fraction(70)}
    write(actor, declarations.estimate, 2028, "M0002", given, reason="Geschäftsbericht")
    assert declare(actor, 40, today=today) == 1
    assert view_of(actor).version.oddities == ["late"]
    write(actor, declarations.accept, 2028, "M0001")
    assert view_of(actor, "M0002").state is DeclarationState.ESTIMATED


def test_a_round_that_ended_without_its_reminders_has_none_due(sqlite_app, treasurer):
    actor = open_round(treasurer, dates=Dates(DATES.deadline, None))
    for day, is_due in ((date(2027, 11, 30), True), (date(2027, 12, 1), False), (date(2027, 12, 8), False)):
        assert declarations.has_due_reminders(read_as(actor), today=day) is is_due, day


def test_the_last_day_moves_after_the_deadline(asked):
    actor, today = on(asked, 2027, 12, 6)
    moved = Dates(DATES.deadline, date(2028, 4, 30))
    write(actor, declarations.change_dates, 2028, dates=moved, today=today, zone=ZONE)
    assert queries.get_round(read_as(actor), 2028).late_until == date(2028, 4, 30)


def test_the_same_numbers_answer_a_query_and_a_second_click_answers_nothing(asked):
    assert [declare(asked, 126), declare(asked, 126)] == [1, 1]
    write(asked, declarations.query, 2028, "M0001", "Mit Auszubildenden?", today=TODAY)
    assert [declare(asked, 126), declare(asked, 126)] == [2, 2]
    assert not view_of(asked).is_queried


def test_another_name_or_contact_is_kept_though_the_numbers_stay(asked):
    wish = {"name": "Otto Neu", "email": "o@neu.example"}
    declare(asked, 40)
    assert declare(asked, 40, name="Otto Neu") == 2
    assert view_of(asked).request.declared_by == "Otto Neu"
    assert [declare(asked, 40, name="Otto Neu", contact=wish) for _click in range(2)] == [3, 3]
    assert view_of(asked).request.contact == wish
    assert declare(asked, 40, name="Otto Neu") == 3
    assert declare(asked, 40, name="Otto Neu", contact={}) == 4
    assert view_of(asked).request.contact is None


@pytest.fixture
def declares_between(monkeypatch):
    """M0002 declares after the requests were listed, and before they are locked."""

    def listed(session, round_id, find=queries.list_requests):
        views = find(session, round_id)
        declared = Declared({"headcount": Fraction(300)}, name="Otto Neu")
        declarations.declare_by_office(session, 2028, "M0002", declared, today=TODAY)
        return views

    monkeypatch.setattr("membership.services.declarations.deciding.queries.list_requests", listed)


def test_what_was_declared_in_this_moment_is_not_taken_over_unseen(asked, declares_between):
    declare(asked, 61, "M0002")
    with pytest.raises(Conflict):
        write(asked, declarations.accept_all, 2028)


def test_who_declares_in_this_moment_is_not_silent(asked, declares_between):
    assert write(asked, declarations.end_silence, 2028)["done"] == ["M0001"]
    assert view_of(asked, "M0002").state is DeclarationState.TO_REVIEW


def test_who_is_asked_for_nothing_any_more_is_not_reminded(asked):
    write(asked, members.set_category, "M0001", "EHR", valid_from=date(2028, 1, 1))
    actor, today = on(asked, 2027, 11, 16)
    assert write(actor, declarations.remind_due, today=today) == 1
    assert view_of(actor).state is DeclarationState.ASKED
    assert view_of(actor, "M0002").state is DeclarationState.REMINDED


def test_the_highest_row_counts_for_a_member_of_whom_nothing_is_known(sqlite_app, treasurer):
    make_member(replace(treasurer, at=AT), number="M0003", name="Neu GmbH", headcount=None)
    actor = open_round(treasurer, with_rule(missing="highest_row"))
    assert write(actor, declarations.end_silence, 2028)["unknown"] == []
    assert view_of(actor, "M0003").state is DeclarationState.ESTIMATED
    assert [each.result.dues.cents for each in dues.assess(read_as(actor), 2028)] == [240000] * 3


def test_a_known_contact_gets_the_declarations_though_its_address_is_written_otherwise(asked):
    known = {"name": "Otto Alt", "email": "Otto@Werk.example", "functions": ["billing"]}
    write(asked, members.add_contact, "M0001", known)
    declare(asked, 40, contact={"name": "Otto Neu", "email": "otto@werk.example"})
    write(asked, declarations.accept, 2028, "M0001")
    (contact,) = list_contacts(read_as(asked), view_of(asked).member.id)
    assert (contact.name, sorted(contact.functions)) == ("Otto Neu", ["billing", "declaration"])


TURNOVER = {
    "method": "BANDS_FLAT", "basis": "turnover_eur",
    "rows": [{"from": 0, "amount": "300.00"}, {"from": 1000000, "amount": "600.00"}],
}  # fmt: skip


def test_the_lowest_turnover_class_is_no_0_and_a_chosen_class_is_compared_with_no_number(
    sqlite_app, treasurer
):
    schedule = {**SCHEDULE, "categories": {**SCHEDULE["categories"], "ORD": TURNOVER}}
    actor = open_round(treasurer, schedule, asks={"turnover_class": True})
    size = ("turnover_eur", Fraction(900000))
    write(actor, members.record_basis_value, "M0001", *size, as_of=date(2026, 12, 31))
    write(actor, members.record_basis_value, "M0002", *size, as_of=date(2026, 12, 31))
    opened = declarations.open_request(read_as(actor), view_of(actor).request.id)
    (question,) = opened.asked.questions
    assert [value for value, _label in question.bands] == [1, 1000000]
    for number, value in (("M0001", 1), ("M0002", 1000000)):
        declared = Declared({"turnover_eur": Fraction(value)}, name="Maren Brandt")
        write(actor, declarations.declare_by_office, 2028, number, declared, today=TODAY)
    assert view_of(actor).version.oddities == []
    assert view_of(actor, "M0002").version.oddities == ["class_change"]
    assert declarations.is_unchanged(view_of(actor))
