"""A released run is worked off: what fails is named, a worker that comes late changes nothing, trying again is safe."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from membership.domain.billing import ItemState, RunState
from membership.domain.dues.stored import phrase_of
from membership.domain.invoicing import TaxPart
from membership.domain.phrases import phrase
from membership.jobs import engine
from membership.jobs.billing import issue_run
from membership.persistence.db import read_as, write
from membership.persistence.models.chain import AuditRecord
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.members import Member, Membership
from membership.persistence.queries import billing as queries
from membership.services import billing, invoicing
from membership.services.settings import change_settings
from membership.wording import Wording
from tests.conftest import TODAY
from tests.factories import SCHEDULE, bill_year, make_association, make_member

LATE = phrase("Free of dues")
UNPRINTABLE = "Werk \U0001f697 GmbH"


@pytest.fixture
def books(app, treasurer):
    make_association(treasurer)
    return treasurer


def released(actor, year=2027):
    run_id = write(actor, billing.plan_run, year, issued_on=TODAY, today=TODAY)
    write(actor, billing.release_run, run_id, today=TODAY)
    return run_id


def issue(actor, run_id):
    return issue_run(actor, run_id, base_url="http://localhost", today=TODAY)


def items(actor, run_id):
    return {view.member.number: view.item.state for view in queries.list_items(read_as(actor), run_id)}


def reasons(actor, run_id, language="de"):
    """Return what the pages say of each item that has a reason."""
    return {
        view.member.number: Wording(language).value(phrase_of(view.item.reason_text))
        for view in queries.list_items(read_as(actor), run_id)
        if view.item.reason_text
    }


def state(actor, run_id):
    return queries.get_run(read_as(actor), run_id).state


def numbers(actor):
    rows = read_as(actor).execute(
        select(Member.number, Invoice.number)
        .join(Invoice, Invoice.member_id == Member.id)
        .order_by(Invoice.id)
    )
    return [tuple(row) for row in rows]


def rename(session, member, name):
    session.get(Member, member).name = name


def test_a_worker_whose_lane_was_taken_over_fails_no_item(books):
    for number in ("M0001", "M0002"):
        make_member(books, number=number)
    run_id = released(books)
    late = write(books, billing.take_lane, run_id, base_url="http://localhost")
    first = queries.list_items(read_as(books), run_id)[0].item.id
    later = replace(books, at=books.at + timedelta(minutes=5))
    write(later, billing.take_lane, run_id, base_url="http://localhost")
    write(books, billing.fail_item, late, first, reason=LATE)
    assert items(books, run_id) == {"M0001": ItemState.TODO, "M0002": ItemState.TODO}


def test_the_item_that_failed_is_marked_and_not_the_one_that_is_next(books):
    for number in ("M0001", "M0002"):
        make_member(books, number=number)
    run_id = released(books)
    lane = write(books, billing.take_lane, run_id, base_url="http://localhost")
    second = queries.list_items(read_as(books), run_id)[1].item.id
    write(books, billing.fail_item, lane, second, reason=LATE)
    assert items(books, run_id) == {"M0001": ItemState.TODO, "M0002": ItemState.FAILED}
    noted = select(AuditRecord.object_kind, AuditRecord.object_ref, Member.number)
    noted = noted.join(Member, Member.id == AuditRecord.member_id).where(AuditRecord.action == "billing.fail")
    assert read_as(books).execute(noted).all() == [("run", str(run_id), "M0002")]
    assert write(books, billing.issue_next, lane, today=TODAY) is not None
    write(books, billing.fail_item, lane, queries.list_items(read_as(books), run_id)[0].item.id, reason=LATE)
    assert items(books, run_id)["M0001"] is ItemState.DONE


def test_fi_19_a_database_that_is_away_makes_no_item_wrong(books):
    class Away(dict):
        def __getitem__(self, code):
            raise OperationalError(code, {}, ConnectionError("server closed the connection"))

    make_member(books, number="M0001")
    run_id = released(books)
    lane = write(books, billing.take_lane, run_id, base_url="http://localhost")
    with pytest.raises(OperationalError):
        write(books, billing.issue_next, replace(lane, schedules=Away()), today=TODAY)
    assert items(books, run_id) == {"M0001": ItemState.TODO}
    assert numbers(books) == []
    assert write(books, billing.issue_next, lane, today=TODAY) is not None


def test_why_an_invoice_was_not_made_is_said_in_the_language_of_who_reads_it(books):
    make_member(books, number="M0001", name=UNPRINTABLE, language="en")
    run_id = released(books)
    assert issue(books, run_id) == 0
    assert reasons(books, run_id, "de") == {
        "M0001": "Die Rechnung für M0001 lässt sich nicht drucken: "
        "„Werk \U0001f697 GmbH“ enthält Zeichen, die unsere Schriften nicht haben: \U0001f697"
    }
    assert "cannot be printed" in reasons(books, run_id, "en")["M0001"]


def test_an_error_of_the_program_stops_one_invoice_and_not_the_run(books, monkeypatch, caplog):
    for number in ("M0001", "M0002", "M0003"):
        make_member(books, number=number)
    run_id = released(books)
    issue_one = invoicing.issue

    def broken(session, bill, stationery, *, today):
        assert bill.member.number != "M0002", "a case that nobody thought of"
        return issue_one(session, bill, stationery, today=today)

    monkeypatch.setattr(invoicing, "issue", broken)
    assert issue(books, run_id) == 2
    assert items(books, run_id)["M0002"] is ItemState.FAILED
    assert state(books, run_id) is RunState.DONE_WITH_ERRORS
    assert "AssertionError" in reasons(books, run_id)["M0002"]
    assert "nobody thought of" in caplog.text
    monkeypatch.undo()
    write(books, billing.resume_run, run_id)
    assert issue(books, run_id) == 1
    assert state(books, run_id) is RunState.DONE


def failed_in_the_first_run(books):
    """Return (run, member): a run in which M0002 failed, and M0002 mended after it."""
    make_member(books, number="M0001")
    bad = make_member(books, number="M0002", name=UNPRINTABLE)
    first = bill_year(books)
    assert items(books, first)["M0002"] is ItemState.FAILED
    write(books, rename, bad, "Werk GmbH")
    return first, bad


def test_inv_12_trying_again_leaves_out_who_was_billed_in_another_run_in_the_meantime(books):
    first, _bad = failed_in_the_first_run(books)
    bill_year(books)
    write(books, billing.resume_run, first)
    assert issue(books, first) == 0
    assert state(books, first) is RunState.DONE
    assert items(books, first) == {"M0001": ItemState.DONE, "M0002": ItemState.HELD}
    assert reasons(books, first) == {"M0002": "Schon berechnet mit Rechnung RE2027-0002."}
    assert numbers(books) == [("M0001", "RE2027-0001"), ("M0002", "RE2027-0002")]
    write(books, billing.resume_run, first)
    assert state(books, first) is RunState.DONE


def test_inv_12_who_was_billed_for_another_period_of_the_year_is_not_billed_twice(books):
    first, bad = failed_in_the_first_run(books)
    write(books, begin, bad, date(2027, 1, 5))
    bill_year(books)
    write(books, billing.resume_run, first)
    assert issue(books, first) == 0
    assert [number for number, _invoice in numbers(books)] == ["M0001", "M0002"]


def begin(session, member, day):
    session.execute(select(Membership).where(Membership.member_id == member)).scalar_one().start = day


def test_inv_12_an_item_whose_invoice_exists_is_refused_and_the_run_ends(books):
    first, _bad = failed_in_the_first_run(books)
    bill_year(books)
    write(books, wait_again, first)
    assert issue(books, first) == 0
    assert state(books, first) is RunState.DONE_WITH_ERRORS
    assert "hat für dieses Beitragsjahr schon die Rechnung RE2027-0002" in reasons(books, first)["M0002"]


def wait_again(session, run_id):
    """Put a failed item back to work without looking, as no service does."""
    run = queries.get_run(session, run_id)
    run.state = RunState.RUNNING
    for view in queries.list_items(session, run_id):
        if view.item.state is ItemState.FAILED:
            view.item.state = ItemState.TODO


def test_fi_28_trying_again_waits_for_the_other_run_of_the_year(books):
    first, _bad = failed_in_the_first_run(books)
    draft = write(books, billing.plan_run, 2027, issued_on=TODAY, today=TODAY)
    with pytest.raises(billing.OtherRunOpen, match="2027"):
        write(books, billing.resume_run, first)
    assert state(books, first) is RunState.DONE_WITH_ERRORS
    write(books, billing.discard_run, draft)
    write(books, billing.resume_run, first)
    assert issue(books, first) == 1
    assert state(books, first) is RunState.DONE


def test_inv_05_a_run_with_a_date_before_later_invoices_is_not_tried_again(books):
    first, _bad = failed_in_the_first_run(books)
    make_member(books, number="M0003")
    later = date(2027, 2, 1)
    bill_year(books, 2028, today=later)
    with pytest.raises(billing.RunTooOld, match="new run"):
        write(books, billing.resume_run, first)
    second = bill_year(books, today=later)
    assert items(books, second) == {"M0002": ItemState.DONE, "M0003": ItemState.DONE}


def test_of_a_split_member_the_part_that_failed_is_billed_by_trying_again(app, treasurer, monkeypatch):
    split = {"treatment": "SPLIT", "taxable_percent": "90", "rate": "19"}
    category = {"method": "FIXED", "amount": "7200.00", "tax": split}
    make_association(treasurer, {**SCHEDULE, "categories": {**SCHEDULE["categories"], "SCI": category}})
    write(treasurer, change_settings, {"association.tax_number": "12/345/67890"})
    make_member(treasurer, number="M0001", category="SCI")
    run_id = released(treasurer)
    issue_one = invoicing.issue

    def broken(session, bill, stationery, *, today):
        assert bill.part.tax_part is not TaxPart.TAXED, "a case that nobody thought of"
        return issue_one(session, bill, stationery, today=today)

    monkeypatch.setattr(invoicing, "issue", broken)
    assert issue(treasurer, run_id) == 1
    monkeypatch.undo()
    write(treasurer, billing.resume_run, run_id)
    assert issue(treasurer, run_id) == 1
    assert state(treasurer, run_id) is RunState.DONE


def test_a_run_that_cannot_go_on_stops_no_other_run_and_no_pdf(app, books, monkeypatch):
    make_member(books, number="M0001")
    first, second = released(books), released(books, 2028)
    work_one = engine.loops.issue_run

    def broken(actor, run_id, **more):
        assert run_id != first, "a case that nobody thought of"
        return work_one(actor, run_id, **{**more, "today": TODAY})

    monkeypatch.setattr(engine.loops, "issue_run", broken)
    assert engine.work(app) == 2
    assert (state(books, first), state(books, second)) == (RunState.RUNNING, RunState.DONE)
