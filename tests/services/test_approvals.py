"""A second person: who may decide, that what was approved is what is done, and that of two at once one decides."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from membership.domain.approvals import (
    AlreadyDecided,
    ApprovalOutdated,
    JobsDecideNothing,
    NotPossibleNow,
    ReasonMissing,
    SecondPersonNeeded,
    State,
    Waiting,
)
from membership.domain.billing import RunState
from membership.domain.corrections import Cause, Reason
from membership.domain.errors import NotAllowed
from membership.domain.payments import Method
from membership.domain.phrases import sentence_of
from membership.domain.policy import Job, Role
from membership.persistence.db import db, read_as, write
from membership.persistence.models.chain import AuditRecord
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.users import User, UserRole
from membership.persistence.queries.approvals import get_approval, list_deciders, list_open
from membership.persistence.queries.billing import get_run
from membership.persistence.queries.invoicing import get_invoice, list_invoices
from membership.services import approvals, billing, corrections, payments, schedules
from membership.services.approving import approve
from membership.services.members.facts import record_basis_value
from membership.services.settings import change_settings
from membership.services.verify import verify
from tests.conftest import NOW, person
from tests.factories import SCHEDULE, bill_year, keep_resolution, make_association, make_member

DAY = date(2027, 1, 11)
BOARD, OTHER = person(Role.BOARD, user_id=7), person(Role.BOARD, user_id=8)
SAID = {"reason": "Vergleich", "resolution": "Vorstand 4/2027", "today": DAY}
NUMBER = "RE2027-0001"


def add_people(actor, **people: Role) -> None:
    """Add accounts named `u7=Role.BOARD`: the number is that of the account."""

    def add(session):
        for name, role in people.items():
            user_id = int(name.removeprefix("u"))
            made = {"uid": name, "email": f"{name}@b.example", "name": name, "created_at": NOW}
            session.add(User(id=user_id, **made))
            session.flush()
            session.add(UserRole(user_id=user_id, role=role))

    write(actor, add)


@pytest.fixture
def billed(app, treasurer):
    """One member with one invoice, and a treasurer who is alone."""
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    bill_year(treasurer, with_papers=False)
    add_people(treasurer, u1=Role.TREASURER, u2=Role.ADMIN)
    return treasurer


@pytest.fixture
def two(billed):
    """The same with two people of the board."""
    add_people(billed, u7=Role.BOARD, u8=Role.BOARD)
    return billed


def waive(actor, cents=20000, **changes):
    return write(actor, corrections.waive, NUMBER, cents, **{**SAID, **changes})


def approved(actor, approval, day=DAY):
    return write(actor, approve, approval, today=day, base_url="http://localhost")


def waived(actor) -> int:
    return get_invoice(read_as(actor), NUMBER).standing.waived_cents


def state(actor, approval) -> State:
    return get_approval(read_as(actor), approval).state


def facts(actor, action) -> list[dict]:
    statement = select(AuditRecord.facts).where(AuditRecord.action == action).order_by(AuditRecord.id)
    return list(read_as(actor).execute(statement).scalars())


def test_while_nobody_else_holds_the_right_it_goes_through_and_the_log_says_so(billed):
    assert waive(billed) == NUMBER
    assert facts(billed, "claim.waiver") == [{"cents": 20000, "second_person": "nobody else holds the right"}]


def test_up_to_the_limit_nobody_is_asked_and_parts_count_together(two):
    assert waive(two, 6000) == NUMBER
    assert waive(two, 4000) == NUMBER
    assert facts(two, "claim.waiver")[1] == {"cents": 4000, "second_person": "not required"}
    assert waive(two, 1) == Waiting(1)


def test_what_waits_changes_nothing_until_it_is_approved_and_then_exactly_that_is_done(two):
    assert waive(two) == Waiting(1)
    assert (waived(two), state(two, 1)) == (0, State.OPEN)
    approved(BOARD, 1)
    assert (waived(two), state(two, 1)) == (20000, State.APPROVED)
    assert facts(two, "claim.waiver") == [{"cents": 20000, "second_person": "user:1", "approval": 1}]
    assert verify(read_as(two), full=True).findings == []


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        (person(Role.TREASURER, Role.BOARD, user_id=1), SecondPersonNeeded),
        (person(Role.TREASURER, user_id=3), NotAllowed),
        (person(Role.ADMIN, user_id=3), NotAllowed),
        (person(Role.AUDITOR, user_id=3), NotAllowed),
        (replace(BOARD, user_id=None, job=Job.CLI), NotAllowed),
    ],
    ids=["who submitted it", "treasurer", "admin", "auditor", "a job"],
)
def test_inv_20_only_another_person_with_the_right_decides(two, who, refusal):
    waive(two)
    with pytest.raises(refusal):
        approved(who, 1)
    with pytest.raises(refusal):
        write(who, approvals.return_approval, 1, reason="nein")
    assert (waived(two), state(two, 1)) == (0, State.OPEN)


def test_a_job_decides_nothing_even_if_it_held_the_right(two):
    waive(two)
    with pytest.raises(JobsDecideNothing):
        approvals.require_decider(replace(BOARD, user_id=None, job=Job.CLI), submitted_by="user:1")
    with db.engine.connect().execution_options(write=True) as connection:
        with pytest.raises(DBAPIError):
            connection.execute(
                text(
                    "INSERT INTO approval_decisions (approval_id, state, reason, actor_key, actor_name, at) "
                    "VALUES (1, 'approved', '', 'job:cli', 'cli', '2027-01-11 00:00:00')"
                )
            )
        connection.rollback()


def test_a_command_without_a_person_submits_and_the_board_decides(two):
    cli = replace(two, user_id=None, job=Job.CLI, roles=frozenset())
    assert waive(cli) == Waiting(1)
    approved(BOARD, 1)
    assert waived(two) == 20000


def test_what_rests_on_other_figures_now_is_not_done_and_becomes_outdated(two):
    waive(two)
    paid = {"received_on": DAY, "method": Method.CASH, "today": DAY}
    write(two, payments.record_payment, 1, 5000, **paid)
    with pytest.raises(ApprovalOutdated) as refused:
        approved(BOARD, 1)
    assert waived(two) == 0
    why = sentence_of(refused.value)
    write(BOARD, approvals.expire_approval, 1, why=why)
    write(OTHER, approvals.expire_approval, 1, why=why)
    assert state(two, 1) is State.OUTDATED
    assert waive(two) == Waiting(2)


def test_what_a_rule_refuses_now_says_why(two):
    waive(two)
    write(two, corrections.cancel_invoice, NUMBER, reason=Reason(Cause.OTHER, "x"), today=DAY)
    with pytest.raises(NotPossibleNow, match="no longer possible"):
        approved(BOARD, 1)


def test_who_lost_the_right_since_takes_what_was_submitted_along(two):
    waive(two)
    write(two, lambda session: setattr(session.get_one(User, 1), "is_active", False))
    with pytest.raises(NotPossibleNow, match="right"):
        approved(BOARD, 1)
    assert waived(two) == 0


def test_the_same_submitted_twice_waits_once_and_another_takes_its_place(two):
    assert [waive(two), waive(two)] == [Waiting(1)] * 2
    assert waive(two, 30000) == Waiting(2)
    assert [line.approval.id for line in list_open(read_as(two))] == [2]
    assert state(two, 1) is State.OUTDATED


def test_a_form_sent_twice_says_waiting_twice(two):
    form = replace(two, form_token="f-1")
    assert [waive(form), waive(form)] == [Waiting(1)] * 2


def test_returned_and_withdrawn_ones_are_over(two):
    waive(two)
    with pytest.raises(ReasonMissing):
        write(BOARD, approvals.return_approval, 1, reason=" ")
    write(BOARD, approvals.return_approval, 1, reason="Beleg fehlt")
    with pytest.raises(AlreadyDecided, match="faster"):
        approved(OTHER, 1)
    waive(two)
    write(two, approvals.withdraw_approval, 2)
    with pytest.raises(AlreadyDecided):
        approved(BOARD, 2)
    assert [state(two, number) for number in (1, 2)] == [State.RETURNED, State.WITHDRAWN]
    assert waived(two) == 0


def test_switching_an_approval_off_needs_one_itself(two):
    off = {"approval.claim": False}
    assert write(two, change_settings, off) == Waiting(1)
    assert write(two, change_settings, {"approval.claim_limit_cents": 99999999}) == Waiting(2)
    assert write(two, change_settings, {"approval.claim_limit_cents": 5}) == ["approval.claim_limit_cents"]
    approved(BOARD, 1)
    assert waive(two) == NUMBER


def test_another_account_of_the_association_waits(two):
    iban = {"bank.iban": "DE02120300000000202051"}
    assert write(two, change_settings, iban) == Waiting(1)
    approved(BOARD, 1)
    assert write(two, change_settings, iban) == []


WHY = {"reason": Reason(Cause.WRONG_AMOUNT), "today": DAY}
ANEW = {**WHY, "base_url": "http://localhost"}
CORRECTIONS = {
    "cancel": (corrections.cancel_invoice, (), WHY),
    "correct": (corrections.correct_invoice, (20000,), WHY),
    "reissue": (corrections.reissue_invoice, (), ANEW),
    "replace": (corrections.replace_invoice, (), ANEW),
    "adjust": (corrections.adjust_invoice, (), {"today": DAY, "base_url": "http://localhost"}),
}


@pytest.mark.parametrize("step", CORRECTIONS)
def test_a_correction_waits_where_the_settings_say_so_and_is_then_done(two, step):
    use_case, args, kwargs = CORRECTIONS[step]
    write(two, change_settings, {"approval.correction": True})
    write(two, record_basis_value, "M0001", "headcount", Fraction(70), as_of=date(2026, 6, 30))
    before = len(list_invoices(read_as(two)))
    assert write(two, use_case, NUMBER, *args, **kwargs) == Waiting(1)
    assert len(list_invoices(read_as(two))) == before
    assert get_invoice(read_as(two), NUMBER).standing.counted_cents == 60000
    approved(BOARD, 1)
    done = get_invoice(read_as(two), NUMBER).standing.counted_cents
    assert done == {"correct": 40000, "adjust": 60000}.get(step, 0)
    assert len(list_invoices(read_as(two))) == before + {"cancel": 0, "correct": 0}.get(step, 1)
    assert verify(read_as(two), full=True).findings == []


def test_a_run_that_waits_is_released_as_it_was_seen_or_not_at_all(two):
    write(two, change_settings, {"approval.run": True})
    member_id = make_member(two, number="M0002")
    make_member(two, number="M0003")
    run_id = write(two, billing.plan_run, 2027, issued_on=DAY, today=DAY)
    assert write(two, billing.release_run, run_id, today=DAY) == Waiting(1)
    assert get_run(read_as(two), run_id).state is RunState.DRAFT
    write(two, billing.hold_item, run_id, member_id, reason="wartet")
    with pytest.raises(ApprovalOutdated):
        approved(BOARD, 1)
    assert write(two, billing.release_run, run_id, today=DAY, sends=True, send_at=NOW) == Waiting(2)
    approved(BOARD, 2)
    run = get_run(read_as(two), run_id)
    assert (run.state, run.sends, run.send_at) == (RunState.RUNNING, True, NOW)


def test_a_fee_schedule_waits_and_comes_into_force_as_it_was_read(two):
    keep_resolution(two, SCHEDULE)
    write(two, schedules.import_schedule, {**SCHEDULE, "code": "DEMO-2028", "valid_from": "2028-01-01"})
    assert write(two, schedules.activate_schedule, "DEMO-2028") == Waiting(1)
    write(two, schedules.import_schedule, {**SCHEDULE, "code": "DEMO-2028", "valid_from": "2029-01-01"})
    with pytest.raises(ApprovalOutdated):
        approved(BOARD, 1)
    assert write(two, schedules.activate_schedule, "DEMO-2028") == Waiting(2)
    approved(BOARD, 2)
    assert write(two, schedules.activate_schedule, "DEMO-2028") == "in_force"


def test_of_two_people_at_once_one_decides_and_the_other_reads_who_was_faster(app, two):
    waive(two)
    start, said = threading.Barrier(2), []

    def decide(actor):
        with app.app_context():
            start.wait(10)
            try:
                approved(actor, 1)
                said.append("done")
            except AlreadyDecided as error:
                said.append(error.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=decide, args=(actor,)) for actor in (BOARD, OTHER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["already_decided", "done"]
    assert waived(two) == 20000
    assert len(facts(two, "claim.waiver")) == 1


def test_those_who_decide_and_who_submitted_hear_of_it_by_mail(two):
    write(two, change_settings, {"mail.host": "localhost", "mail.sender": "kasse@verein.example"})
    waive(two)
    approved(BOARD, 1)
    put = read_as(two).execute(
        select(Dispatch.recipient).where(Dispatch.kind == "approval").order_by(Dispatch.id)
    )
    assert list(put.scalars()) == ["u7@b.example", "u8@b.example", "u1@b.example"]


def test_whose_right_has_ended_does_not_count_as_a_second_person(two):
    assert list_deciders(read_as(two), without="user:7") == [(8, "u8")]
    write(
        two,
        lambda session: [
            setattr(row, "ends_on", date(2027, 1, 10))
            for row in session.execute(select(UserRole).where(UserRole.role == Role.BOARD)).scalars()
        ],
    )
    assert waive(two) == NUMBER
