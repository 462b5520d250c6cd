"""The yearly declaration from the first mail to the basis of the billing run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from sqlalchemy import select

from membership.domain.declarations.campaigns import Dates, RoundEnded
from membership.domain.declarations.states import DeclarationState
from membership.domain.policy import Actor, Job
from membership.persistence.db import read_as, write
from membership.persistence.models.chain import AuditValue
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.queries import declarations as queries
from membership.persistence.queries.invoicing import get_invoice, list_invoices
from membership.persistence.queries.members import list_contacts
from membership.services import corrections, declarations, dues, members
from membership.services.declarations import DeclarationLinkEnded, Declared
from membership.services.declarations.deciding import EstimateAsked, SilenceBlocked
from tests.factories import SCHEDULE, bill_year, make_association, make_member

TODAY = date(2027, 10, 1)
AT = datetime(2027, 10, 1, 9, 30, tzinfo=UTC)
VISITOR = Actor(name="link", at=AT, request_id="test", job=Job.SIGN_IN)
DATES = Dates(date(2027, 11, 30), date(2028, 3, 31))
ZONE = "Europe/Berlin"
SECRET = "ab" * 32


@pytest.fixture
def asked(app, treasurer):
    """A round for 2028: two ordinary members are asked, one of them without an address; the honorary one is not."""
    actor = replace(treasurer, at=AT)
    make_association(actor)
    make_member(actor, number="M0001", invoice_email="a@werk.example")
    make_member(actor, number="M0002", name="Beta Guss AG", headcount=60, invoice_email="")
    make_member(actor, number="M0003", name="Ehrensenat", category="EHR", headcount=None)
    opened = write(
        actor, declarations.open_round, 2028, dates=DATES, asks={}, reminds=True, today=TODAY, seen=1
    )
    assert opened == {"requests": 2, "by_mail": 1, "mails": 1}
    return actor


def link_of(actor, number="M0001", secret=SECRET):
    """Return the secret of a link to the request of a member, as a mail would carry it."""
    write(actor, declarations.make_link, 2028, number, secret=secret, zone=ZONE)
    return secret


def state(actor, number="M0001"):
    return queries.get_request(read_as(actor), 2028, number).state


def test_from_the_mail_to_the_basis_of_the_run(asked):
    actor = asked
    (mail,) = read_as(actor).execute(select(Dispatch)).scalars()
    assert (mail.kind, mail.recipient, mail.document) == ("declaration", "a@werk.example", "SA2028-M0001")
    assert state(actor) is DeclarationState.ASKED
    assert state(actor, "M0002") is DeclarationState.NOT_ASKED

    secret = link_of(actor)
    opened = declarations.find_link(read_as(VISITOR), secret, at=AT)
    shown = declarations.open_request(read_as(VISITOR), opened.request_id)
    (question,) = shown.asked.questions
    assert (question.name, question.as_of) == ("headcount", date(2027, 6, 30))
    assert shown.asked.known == {"headcount": Fraction(37)}

    answers = {"headcount": Fraction(126)}
    preview = declarations.expected(read_as(VISITOR), 2028, shown.asked, answers)
    assert (preview.before.cents, preview.now.cents) == (60000, 120000)
    assert (preview.before.row, preview.now.row) == (2, 3)

    declared = Declared(answers, name="Maren Brandt")
    assert write(VISITOR, declarations.declare_by_link, secret, declared, today=TODAY) == 1
    view = queries.get_request(read_as(actor), 2028, "M0001")
    assert view.state is DeclarationState.TO_REVIEW
    assert view.version.oddities == ["leap", "class_change"]
    assert view.request.declared_by == "Maren Brandt"

    accepted = write(actor, declarations.accept, 2028, "M0001", version=1)
    assert accepted == {"count": 1, "invoices": []}
    assert state(actor) is DeclarationState.TAKEN_OVER
    (found,) = [each for each in dues.assess(read_as(actor), 2028) if each.facts.number == "M0001"]
    assert found.result.dues.cents == 120000
    assert not found.result.is_estimated
    assert str(found.result.bases[0].origin) == "declared"


def late(actor, year, month, day):
    """Return the actor on another day, and that day."""
    return replace(actor, at=datetime(year, month, day, 9, 30, tzinfo=UTC)), date(year, month, day)


def heads(actor, number="M0001"):
    (found,) = [each for each in dues.assess(read_as(actor), 2028) if each.facts.number == number]
    return found.result


def test_members_are_reminded_on_their_days_each_once(asked):
    for day, count in ((15, 0), (16, 1), (17, 0), (27, 1), (28, 0)):
        actor, today = late(asked, 2027, 11, day)
        assert declarations.has_due_reminders(read_as(actor), today=today) == bool(count)
        assert write(actor, declarations.remind_due, today=today) == count, day
    actor, today = late(asked, 2027, 12, 7)
    assert write(actor, declarations.remind_due, today=today) == 1
    assert write(actor, declarations.remind_due, today=today) == 0
    mails = read_as(actor).execute(select(Dispatch.kind, Dispatch.round).order_by(Dispatch.id)).all()
    assert mails == [("declaration", 1)] + [("declaration_reminder", n) for n in (1, 2, 3)]
    assert state(actor) is DeclarationState.REMINDED


def test_a_machine_that_was_off_for_weeks_sends_one_reminder_not_three(asked):
    actor, today = late(asked, 2027, 12, 20)
    assert write(actor, declarations.remind_due, today=today) == 1
    assert write(actor, declarations.remind_due, today=today) == 0


def test_who_has_declared_is_not_reminded(asked):
    declared = Declared({"headcount": Fraction(40)}, name="A")
    write(asked, declarations.declare_by_office, 2028, "M0001", declared, today=TODAY)
    actor, today = late(asked, 2027, 11, 16)
    assert write(actor, declarations.remind_due, today=today) == 0


def test_silence_carries_the_last_size_over_and_the_invoice_will_say_estimated(asked):
    done = write(asked, declarations.end_silence, 2028)
    assert done == {"done": ["M0001", "M0002"], "unknown": []}
    assert state(asked) is DeclarationState.ESTIMATED
    result = heads(asked)
    assert result.is_estimated
    assert (result.dues.cents, str(result.bases[0].origin)) == (60000, "carried_over")


def test_a_late_declaration_takes_the_place_of_the_estimate_and_leads_to_a_credit(asked):
    given = {"headcount": Fraction(300)}
    write(asked, declarations.estimate, 2028, "M0001", given, reason="Geschäftsbericht")
    write(asked, declarations.end_silence, 2028)
    actor, today = late(asked, 2028, 1, 11)
    bill_year(actor, 2028, today)
    (view,) = [each for each in list_invoices(read_as(actor)) if each.member.number == "M0001"]
    assert (view.invoice.gross_cents, view.invoice.is_estimated) == (240000, True)
    declared = Declared({"headcount": Fraction(126)}, name="Maren Brandt", comment="gezählt")
    write(actor, declarations.declare_by_office, 2028, "M0001", declared, today=today)
    assert "late" in queries.get_request(read_as(actor), 2028, "M0001").version.oddities
    assert write(actor, declarations.accept, 2028, "M0001")["invoices"] == [view.invoice.number]
    number = write(
        actor, corrections.adjust_invoice, view.invoice.number, today=today, base_url="http://localhost"
    )
    assert get_invoice(read_as(actor), view.invoice.number).open_cents == 120000
    assert number != view.invoice.number
    secret = link_of(actor)
    ended, last = late(asked, 2028, 4, 1)
    with pytest.raises((RoundEnded, DeclarationLinkEnded)):
        write(replace(VISITOR, at=ended.at), declarations.declare_by_link, secret, declared, today=last)


@pytest.mark.parametrize(("missing", "refusal"), [("block", SilenceBlocked), ("estimate", EstimateAsked)])
def test_where_the_schedule_wants_it_silence_is_decided_member_by_member(
    sqlite_app, treasurer, missing, refusal
):
    make_association(treasurer, {**SCHEDULE, "declaration": {"missing": missing}})
    make_member(treasurer, number="M0001")
    actor = replace(treasurer, at=AT)
    write(actor, declarations.open_round, 2028, dates=DATES, asks={}, reminds=True, today=TODAY)
    with pytest.raises(refusal):
        write(actor, declarations.end_silence, 2028)
    assert state(actor) is DeclarationState.ASKED


def test_the_next_class_counts_by_the_run_where_the_schedule_says_so(sqlite_app, treasurer):
    make_association(treasurer, {**SCHEDULE, "declaration": {"missing": "next_band"}})
    make_member(treasurer, number="M0001")
    actor = replace(treasurer, at=AT)
    write(actor, declarations.open_round, 2028, dates=DATES, asks={}, reminds=True, today=TODAY)
    write(actor, declarations.end_silence, 2028)
    result = heads(actor)
    assert (result.dues.cents, result.is_estimated) == (120000, True)


def test_a_contact_of_the_declaration_is_erased_with_everything_that_names_it(asked):
    declared = Declared(
        {"headcount": Fraction(40)}, name="Otto Fremd", contact={"name": "Otto Fremd", "email": "o@f.example"}
    )
    write(asked, declarations.declare_by_office, 2028, "M0001", declared, today=TODAY)
    write(asked, declarations.accept, 2028, "M0001")
    (contact,) = list_contacts(read_as(asked), queries.get_request(read_as(asked), 2028, "M0001").member.id)
    write(asked, members.end_contact, "M0001", contact.id, today=TODAY)
    write(asked, members.erase_contact, "M0001", contact.id)
    session = read_as(asked)
    assert queries.get_request(session, 2028, "M0001").request.declared_by == ""
    left = session.execute(select(AuditValue.new).where(AuditValue.new == "Otto Fremd")).all()
    assert left == []
