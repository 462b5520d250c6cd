"""What is released is what the members owe on that day, with a date that an invoice may carry."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select

from membership.domain.billing import ItemState, RunState
from membership.domain.dues.facts import OverrideKind
from membership.jobs.billing import issue_run
from membership.persistence.db import read_as, write
from membership.persistence.models.billing import BillingRun
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.members import BasisValue, CategoryPeriod, Member, Membership, PreviousDues
from membership.persistence.queries import billing as queries
from membership.services import billing, invoicing, members, run_review
from tests.conftest import TODAY
from tests.factories import add_member, bill_year, make_association, make_member

TOMORROW = TODAY + timedelta(days=1)
A_WEEK_AGO = TODAY - timedelta(days=7)


@pytest.fixture
def books(app, treasurer):
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    make_member(treasurer, number="M0002", headcount=300)
    make_member(treasurer, number="M0003", category=None)
    return treasurer


def planned(actor, year=2027, day=TODAY):
    return write(actor, billing.plan_run, year, issued_on=day, today=TODAY)


def release(actor, run_id):
    return write(actor, billing.release_run, run_id, today=TODAY)


def items(actor, run_id):
    """Return what the run says of each member, without its row ids."""
    views = queries.list_items(read_as(actor), run_id)
    return {
        view.member.number: (view.item.state, *(getattr(view.item, name) for name in queries.SAID))
        for view in views
    }


def first(session, model):
    return session.execute(
        select(model).join(Member, Member.id == model.member_id).where(Member.number == "M0001")
    ).scalar_one()


def ended(session):
    first(session, Membership).end = date(2026, 12, 31)


def ended_later(session):
    first(session, Membership).end = date(2027, 6, 30)


def begun_later(session):
    first(session, Membership).start = date(2027, 1, 5)


def grown(session):
    first(session, BasisValue).value = Fraction(60)


def grown_within_its_class(session):
    first(session, BasisValue).value = Fraction(38)


def made_free(session):
    first(session, CategoryPeriod).category = "EHR"


def waived(session):
    members.set_override(
        session, "M0001", kind=OverrideKind.WAIVE, value=None, from_year=2027, reason="Vorstand"
    )


def paid_before(session):
    member = session.execute(select(Member.id).where(Member.number == "M0001")).scalar_one()
    session.add(PreviousDues(member_id=member, dues_year=2026, amount_cents=30000))


def joined(session):
    add_member(session, number="M0004", start=TODAY)


def decided(session):
    member = session.execute(select(Member.id).where(Member.number == "M0003")).scalar_one()
    session.add(CategoryPeriod(member_id=member, category="SCI", valid_from=date(2014, 4, 1)))


CHANGES = [
    ended, ended_later, begun_later, grown, grown_within_its_class, made_free, waived, paid_before, joined, decided,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_draft_that_is_no_longer_true_is_not_released_before_it_is_worked_out_anew(books, change):
    run_id = planned(books)
    before = items(books, run_id)
    write(books, change)
    with pytest.raises(billing.RunChanged):
        release(books, run_id)
    assert items(books, run_id) == before
    assert queries.get_run(read_as(books), run_id).state is RunState.DRAFT
    write(books, billing.refresh_run, run_id)
    assert items(books, run_id) != before
    assert release(books, run_id) > 0


def moved(session):
    session.execute(select(Member).where(Member.number == "M0001")).scalar_one().street = "Neue Straße 1"


def held(session):
    hold(session, "M0001")


def held_undecided(session):
    hold(session, "M0003")


def hold(session, number):
    member = session.execute(select(Member.id).where(Member.number == number)).scalar_one()
    billing.hold_item(session, open_run(session), member, reason="warten")


def confirmed(session):
    billing.confirm_items(session, open_run(session), [1, 2])


def worded(session):
    billing.change_run(session, open_run(session), issued_on=A_WEEK_AGO, text="Guten Tag", today=TODAY)


def open_run(session):
    return queries.find_open_run(session, 2027).id


@pytest.mark.parametrize("change", [moved, held, held_undecided, confirmed, worded])
def test_what_somebody_decided_about_a_draft_is_released_as_it_is(books, change):
    run_id = planned(books)
    write(books, change)
    said = items(books, run_id)
    write(books, billing.refresh_run, run_id)
    assert items(books, run_id) == said
    assert release(books, run_id) == (1 if change is held else 2)


def test_a_member_that_left_after_the_plan_gets_no_invoice_from_the_page(books):
    run_id = planned(books)
    write(books, ended)
    seen = {"documents": 2, "cents": 60000 + 240000}
    with pytest.raises(billing.RunChanged):
        write(books, run_review.release_seen, run_id, **seen, today=TODAY)
    write(books, billing.refresh_run, run_id)
    write(books, run_review.release_seen, run_id, documents=1, cents=240000, today=TODAY)
    assert issue_run(books, run_id, base_url="http://localhost", today=TODAY) == 1
    assert list(items(books, run_id)) == ["M0002", "M0003"]


def test_a_released_run_is_not_compared_again(books):
    run_id = planned(books)
    release(books, run_id)
    write(books, ended)
    assert release(books, run_id) == 2
    assert items(books, run_id)["M0001"][0] is ItemState.TODO


def test_inv_05_an_invoice_date_in_the_future_is_refused_by_name(books):
    with pytest.raises(invoicing.IssueDateWrong) as refused:
        planned(books, day=TOMORROW)
    assert refused.value.values == {"day": TOMORROW, "first": date(2027, 1, 1)}
    with pytest.raises(invoicing.IssueDateWrong) as refused:
        planned(books, day=date(2028, 2, 1))
    assert refused.value.values["first"] == date(2027, 1, 1)
    assert read_as(books).execute(select(BillingRun.id)).all() == []


def test_inv_05_a_date_before_the_last_invoice_is_refused_at_the_plan_and_at_a_change(books):
    bill_year(books)
    with pytest.raises(invoicing.IssueDateWrong) as refused:
        planned(books, 2028, day=A_WEEK_AGO)
    assert refused.value.values == {"day": A_WEEK_AGO, "first": TODAY}
    run_id = planned(books, 2028, day=TODAY)
    with pytest.raises(invoicing.IssueDateWrong):
        write(books, billing.change_run, run_id, issued_on=A_WEEK_AGO, text="", today=TODAY)


def test_inv_05_a_draft_whose_date_was_overtaken_is_not_released_but_its_date_can_be_changed(books):
    run_id = planned(books, 2028, day=A_WEEK_AGO)
    bill_year(books)
    with pytest.raises(invoicing.IssueDateWrong) as refused:
        release(books, run_id)
    assert refused.value.values == {"day": A_WEEK_AGO, "first": TODAY}
    write(books, billing.change_run, run_id, issued_on=TODAY, text="", today=TODAY)
    assert release(books, run_id) == 2
    assert issue_run(books, run_id, base_url="http://localhost", today=TODAY) == 2


def test_the_open_run_of_a_year_is_continued_whatever_date_is_asked_for(books):
    assert planned(books) == planned(books, day=TOMORROW)
    assert read_as(books).execute(select(BillingRun.issued_on)).scalar_one() == TODAY


def test_decision_36_an_earlier_date_is_free_before_the_first_invoice_of_its_year(books):
    run_id = planned(books, day=date(2026, 12, 30))
    release(books, run_id)
    assert issue_run(books, run_id, base_url="http://localhost", today=TODAY) == 2
    assert read_as(books).execute(select(Invoice.number).order_by(Invoice.id)).scalars().all() == [
        "RE2026-0001",
        "RE2026-0002",
    ]
