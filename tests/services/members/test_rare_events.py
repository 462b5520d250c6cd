"""What happens rarely: an application turned down, a return, exclusion, insolvency, a successor."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from membership.domain.errors import NotAllowed, NotFound
from membership.domain.members import (
    EndCause,
    MemberState,
    ReturnTooEarly,
    StateWrong,
    SuccessionKind,
    SuccessorWrong,
    state_of,
)
from membership.domain.policy import Role
from membership.persistence.db import read_as, write
from membership.persistence.models.members import Insolvency, Membership, Succession
from membership.persistence.queries import members as queries
from membership.services import members, settings
from membership.services.members.insolvency import InsolvencyDayWrong, NoInsolvency
from tests.conftest import TODAY, person

LATER = date(2028, 3, 1)


def make(actor, name="Hansa Blechformteile GmbH", **options) -> str:
    return write(actor, members.create_member, {"name": name}, **options)


def run(actor, use_case, number="M0001", **options):
    options.setdefault("today", TODAY)
    return write(actor, use_case, number, **options)


def period(actor, number="M0001", day=TODAY):
    session = read_as(actor)
    return queries.find_period(session, queries.get_member(session, number).id, day)


def state(actor, number="M0001", day=TODAY):
    return state_of(period(actor, number, day), day)


def test_mem_2_a_decision_keeps_day_organ_and_minutes(app, treasurer):
    make(treasurer, state=MemberState.APPLIED)
    run(
        treasurer, members.accept_member, start=date(2027, 2, 1), decided_on=date(2027, 1, 20),
        organ="Vorstand", minutes=" Protokoll 1/2027,  5 : 0 ",
    )  # fmt: skip
    found = period(treasurer)
    assert (found.state, found.start, found.decided_on) == ("active", date(2027, 2, 1), date(2027, 1, 20))
    assert (found.organ, found.minutes) == ("Vorstand", "Protokoll 1/2027, 5 : 0")


def test_mem_2_an_application_is_turned_down_reopened_and_accepted_after_all(app, treasurer):
    make(treasurer, state=MemberState.APPLIED)
    run(treasurer, members.reject_applicant, decided_on=TODAY, organ="Vorstand")
    assert state(treasurer) is MemberState.REJECTED
    with pytest.raises(StateWrong):
        run(treasurer, members.reject_applicant, decided_on=TODAY)
    run(treasurer, members.reopen_application)
    found = period(treasurer)
    assert (found.state, found.decided_on, found.organ) == ("applied", None, "")
    run(treasurer, members.reject_applicant, decided_on=TODAY)
    run(treasurer, members.accept_member, start=TODAY, decided_on=TODAY)
    assert state(treasurer) is MemberState.ACTIVE


def test_mem_5_a_former_member_returns_with_a_new_period_and_its_old_number(app, treasurer):
    make(treasurer, start=date(2014, 4, 1), end=date(2025, 12, 31))
    assert state(treasurer) is MemberState.ENDED
    with pytest.raises(ReturnTooEarly, match=r"2025"):
        run(treasurer, members.accept_member, start=date(2025, 12, 31), decided_on=None)
    run(treasurer, members.accept_member, start=date(2027, 2, 1), decided_on=TODAY)
    session = read_as(treasurer)
    periods = queries.list_periods(session, queries.get_member(session, "M0001").id)
    assert [(each.start, each.end) for each in periods] == [
        (date(2014, 4, 1), date(2025, 12, 31)), (date(2027, 2, 1), None),
    ]  # fmt: skip
    with pytest.raises(StateWrong):
        run(treasurer, members.accept_member, start=date(2029, 1, 1), decided_on=None, today=LATER)


def test_mem_6_the_period_of_notice_is_that_of_the_settings(app, treasurer):
    make(treasurer, start=date(2014, 4, 1))
    write(
        treasurer,
        settings.change_settings,
        {"membership.notice_months": 6, "membership.notice_to": "quarter"},
    )
    last = run(treasurer, members.record_notice, received_on=date(2027, 1, 2), today=LATER)
    assert last == "2027-09-30"


def test_mem_10_proceedings_to_exclude_hold_until_they_are_dropped_or_decided(app, treasurer):
    make(treasurer, start=date(2014, 4, 1))
    run(treasurer, members.begin_exclusion, since=TODAY, note="Rückstand")
    assert state(treasurer) is MemberState.EXCLUSION_PENDING
    with pytest.raises(StateWrong):
        run(treasurer, members.begin_exclusion, since=TODAY, note="noch einmal")
    run(treasurer, members.resume_member)
    assert (state(treasurer), period(treasurer).state_note) == (MemberState.ACTIVE, "")
    run(treasurer, members.suspend_member, since=TODAY, note="ruht")
    run(treasurer, members.begin_exclusion, since=TODAY, note="Rückstand")
    run(treasurer, members.end_membership, on=TODAY, cause=EndCause.EXCLUSION)
    assert state(treasurer) is MemberState.EXCLUSION_PENDING
    assert state(treasurer, day=LATER) is MemberState.ENDED


def test_mem_12_a_successor_is_recorded_and_taken_back(app, session, treasurer):
    make(treasurer, start=date(2014, 4, 1))
    make(treasurer, name="Werft AG", start=date(2014, 4, 1))
    end = {"on": TODAY, "cause": EndCause.MERGER, "succession": SuccessionKind.ASSET_DEAL}
    with pytest.raises(SuccessorWrong):
        run(treasurer, members.end_membership, successor="m0001", **end)
    with pytest.raises(NotFound):
        run(treasurer, members.end_membership, successor="M0099", **end)
    run(treasurer, members.end_membership, successor="M0002", **end)
    run(treasurer, members.end_membership, successor="m0002", **end)
    assert state(treasurer, day=LATER) is MemberState.SUCCEEDED
    reading = read_as(treasurer)
    ids = [queries.get_member(reading, number).id for number in ("M0001", "M0002")]
    found = [queries.list_followers(reading, member_id)[0] for member_id in ids]
    assert [(each.number, each.kind, each.follows) for each in found] == [
        ("M0002", "asset_deal", True), ("M0001", "asset_deal", False),
    ]  # fmt: skip
    run(treasurer, members.withdraw_notice)
    assert state(treasurer, day=LATER) is MemberState.ACTIVE
    assert read_as(treasurer).execute(select(Succession)).all() == []


def test_a_notice_after_all_forgets_the_successor(app, treasurer):
    make(treasurer, start=date(2014, 4, 1))
    make(treasurer, name="Werft AG")
    run(treasurer, members.end_membership, on=TODAY, cause=EndCause.MERGER, successor="M0002")
    run(treasurer, members.record_notice, received_on=TODAY, end=date(2027, 12, 31))
    assert period(treasurer).state == "active"
    assert read_as(treasurer).execute(select(Succession)).all() == []


def test_mem_11_an_insolvency_is_recorded_changed_closed_and_opened_again(app, treasurer):
    make(treasurer)
    opened = {
        "opened_on": date(2027, 1, 4),
        "details": {"court": "Amtsgericht Bremen", "file_number": "5 IN 1/27"},
    }
    with pytest.raises(InsolvencyDayWrong):
        run(treasurer, members.record_insolvency, opened_on=LATER, details={})
    run(treasurer, members.record_insolvency, **opened)
    run(treasurer, members.record_insolvency, **{**opened, "details": {"administrator": "RA Behrens"}})
    rows = read_as(treasurer).execute(select(Insolvency)).scalars().all()
    assert [(row.court, row.administrator, row.closed_on) for row in rows] == [("", "RA Behrens", None)]
    for wrong in (date(2027, 1, 3), LATER):
        with pytest.raises(InsolvencyDayWrong):
            run(treasurer, members.close_insolvency, closed_on=wrong)
    run(treasurer, members.close_insolvency, closed_on=TODAY)
    with pytest.raises(NoInsolvency):
        run(treasurer, members.close_insolvency, closed_on=TODAY)
    write(treasurer, members.reopen_insolvency, "M0001")
    assert read_as(treasurer).execute(select(Insolvency.closed_on)).scalars().all() == [None]
    with pytest.raises(NoInsolvency):
        write(treasurer, members.reopen_insolvency, "M0001")


@pytest.mark.parametrize("role", [Role.BOARD, Role.AUDITOR])
def test_who_only_reads_records_nothing(app, treasurer, role):
    make(treasurer)
    reader = person(role)
    for use_case, options in (
        (members.record_insolvency, {"opened_on": TODAY, "details": {}}),
        (members.close_insolvency, {"closed_on": TODAY}),
        (members.begin_exclusion, {"since": TODAY, "note": ""}),
        (members.reject_applicant, {"decided_on": TODAY}),
    ):
        with pytest.raises(NotAllowed):
            run(reader, use_case, **options)
    with pytest.raises(NotAllowed):
        write(reader, members.reopen_insolvency, "M0001")
    assert read_as(treasurer).execute(select(Membership.state)).scalars().all() == ["active"]
