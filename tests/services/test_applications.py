"""An application comes in, is confirmed, and becomes a member in one step, or goes again; on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import func, select, update

from membership.domain.applications import (
    ApplicationLinkEnded,
    ApplicationsClosed,
    ApplicationState,
    ApplicationStateWrong,
    LooksKnown,
    TermsChanged,
    terms_version,
)
from membership.domain.declarations.questions import AnswerMissing
from membership.domain.errors import NotFound
from membership.domain.member_lists.company_names import company_key
from membership.domain.policy import Actor, Job, Role
from membership.persistence.db import db, read_as, rehearse, write
from membership.persistence.models.applications import Application, ApplicationLink
from membership.persistence.models.chain import AuditValue
from membership.persistence.models.companies import CompanyInvitation
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.members import Contact, Member
from membership.persistence.queries import applications as queries
from membership.persistence.queries.members import find_record
from membership.services import admissions, applications, members, schedules, settings
from membership.services.admissions import Admission
from membership.services.applications import links
from membership.services.applications.mails import words_of
from membership.services.single_invoices import AmountChanged
from membership.services.verify import verify
from tests.conftest import NOW, TODAY
from tests.factories import SCHEDULE, keep_resolution, make_association, make_member

VISITOR = Actor(name="applicant", at=NOW, request_id="test", job=Job.SIGN_IN)
KEEPER = Actor(name="keeper", at=NOW, request_id="test", job=Job.KEEPER)
MAIL = {"mail.host": "localhost", "mail.sender": "v@verein.example"}
OPEN = {"application.open": True, "application.statutes": "Satzung vom 12.03.2024"}
TYPED = {
    "name": "Neue Werke GmbH", "street": "Am Kai 1", "postcode": "28195", "city": "Bremen", "country": "DE",
    "tax_number": "60/145/12345", "register_entry": "HRB 1", "signatory_name": "Maren Brandt",
    "email": "Brandt@neu.example", "order_number": "4711", "language": "de",
}  # fmt: skip
BASE = {"today": TODAY, "base_url": "http://localhost"}


@pytest.fixture
def books(app, treasurer):
    make_association(treasurer)
    write(treasurer, settings.change_settings, {**MAIL, **OPEN})
    return treasurer


def terms(language="de"):
    return terms_version(applications.terms_of(read_as(VISITOR), language, today=TODAY))


def submit(actor=VISITOR, *, agreed=None, heads=60, **changes):
    return write(
        actor, applications.submit, {**TYPED, **changes}, category="ORD",
        sizes={"headcount": Fraction(heads)}, terms=agreed or terms(), today=TODAY,
    )  # fmt: skip


def confirmed(**changes):
    reference = submit(**changes)
    secret = link_of(reference)
    assert write(VISITOR, applications.confirm, secret)
    return reference


def link_of(reference):
    """Make the link as the mail worker does, and return its secret."""
    secret = f"{reference}{'0' * 55}"[:64]
    write(VISITOR, add_link, reference, secret)
    return secret


def add_link(session, reference, secret):
    application = queries.get_application(session, reference)
    links.add_link(session, secret, application=application, dispatch_id=None)


def found(reference):
    return queries.get_application(read_as(VISITOR), reference)


def mails(kind):
    statement = select(Dispatch.recipient).where(Dispatch.kind == f"application_{kind}")
    return read_as(VISITOR).execute(statement).scalars().all()


def test_an_application_becomes_a_member_with_invoice_and_mail_in_one_step(books):
    reference = confirmed()
    admission = Admission(
        TODAY, TODAY, organ="Vorstand", minutes="3/2027, 5 : 0", bills=True, bills_cents=135_000
    )
    made = write(books, admissions.accept, reference, admission, category="ORD", **BASE)
    assert made["invoices"] == ["RE2027-0001"]
    record = find_record(read_as(books), made["member"], today=TODAY, year=2027)
    assert (record.state, record.categories[0].code, record.member.order_number) == ("active", "ORD", "4711")
    assert record.member.invoice_email == "Brandt@neu.example"
    assert (record.member.register_entry, record.member.tax_number) == ("HRB 1", "60/145/12345")
    session = read_as(books)
    person = session.execute(select(Contact)).scalar_one()
    assert (person.name, person.functions) == ("Maren Brandt", ["representative", "main"])
    invoice = session.execute(select(Invoice)).scalar_one()
    kinds = [line["kind"] for line in invoice.assessment["lines"]]
    assert (invoice.gross_cents, kinds) == (135_000, ["dues", "admission_fee"])
    application = found(reference)
    assert (application.state, application.member_id) == (ApplicationState.ACCEPTED, record.member.id)
    assert (application.organ, application.minutes, application.decided_on) == (
        "Vorstand",
        "3/2027, 5 : 0",
        TODAY,
    )
    assert mails("accepted") == ["Brandt@neu.example"]
    invited = session.execute(select(CompanyInvitation.email, CompanyInvitation.role)).all()
    assert [tuple(each) for each in invited] == [("brandt@neu.example", Role.COMPANY_ADMIN)]
    assert verify(read_as(books), full=True).findings == []


def test_when_the_invoice_comes_to_something_else_nothing_at_all_is_done(books):
    reference = confirmed()
    admission = Admission(TODAY, TODAY, bills=True, bills_cents=1)
    with pytest.raises(AmountChanged):
        write(books, admissions.accept, reference, admission, category="ORD", **BASE)
    session = read_as(books)
    counts = [
        session.execute(select(func.count()).select_from(each)).scalar_one() for each in (Member, Invoice)
    ]
    assert (counts, found(reference).state) == ([0, 0], ApplicationState.WAITING)
    assert mails("accepted") == []


def test_who_owes_nothing_gets_no_invoice(books):
    reference = confirmed()
    admission = Admission(TODAY, TODAY, bills=True)
    made = write(books, admissions.accept, reference, admission, category="EHR", tells=False, **BASE)
    assert (made["invoices"], mails("accepted")) == ([], [])


@pytest.mark.parametrize(("bills", "invites"), [(True, True), (True, False), (False, False)])
def test_the_welcome_promises_what_comes_and_nothing_else(books, bills, invites):
    reference = confirmed()
    admission = Admission(TODAY, TODAY, bills=bills)
    write(books, admissions.accept, reference, admission, category="ORD", invites=invites, **BASE)
    session = read_as(books)
    welcome = session.execute(select(Dispatch).where(Dispatch.kind == "application_accepted")).scalar_one()
    body = words_of(session, welcome, zone="Europe/Berlin").body
    assert ("Die erste Rechnung kommt" in body, "Mitgliederbereich" in body) == (bills, invites)


def test_the_dues_are_those_that_the_applicant_was_shown(books):
    reference = confirmed()
    first, whole = applications.shown_then(found(reference).expected)
    assert (first.gross.cents, whole) == (135_000, 120_000)
    tried = rehearse(
        books,
        admissions.try_acceptance,
        reference,
        start=TODAY,
        category="ORD",
        decided_on=TODAY,
        today=TODAY,
    )
    assert tried.gross == first.gross
    assert found(reference).state is ApplicationState.WAITING


def test_what_is_agreed_to_is_kept_word_for_word_and_must_be_what_was_shown(books):
    said = {each["kind"]: each["text"] for each in found(submit()).terms}
    assert said["statutes"].endswith("erkennen die Satzung an: Satzung vom 12.03.2024.")
    assert "„Beitragsordnung 2027“ an, beschlossen am 12.05.2026" in said["schedule"]
    before = terms()
    write(books, settings.change_settings, {"application.statutes": "Satzung vom 01.01.2027"})
    with pytest.raises(TermsChanged):
        submit(agreed=before)


def test_due_2_who_joins_today_is_offered_the_schedule_for_new_members_alone(sqlite_app, treasurer):
    """Whoever was a member before keeps its own schedule, which comes first in the books."""
    categories = {
        "ALT": {"method": "FIXED", "amount": "100.00"},
        "SCI": {"method": "FIXED", "amount": "200.00"},
    }
    make_association(
        treasurer, {**SCHEDULE, "categories": categories, "cohort": {"joined_before": "2026-07-01"}}
    )
    kept = write(
        treasurer, schedules.import_schedule,
        {**SCHEDULE, "code": "NEU", "name": "Ordnung für neue", "cohort": {"joined_from": "2026-07-01"}},
    )  # fmt: skip
    keep_resolution(treasurer, SCHEDULE)
    write(treasurer, schedules.activate_schedule, kept)
    session = read_as(VISITOR)
    offered = {each.code for each in applications.find_offer(session, today=TODAY).kinds}
    assert offered == {"FOE", "ORD", "SCI"}
    agreed = applications.terms_of(session, "de", today=TODAY)
    assert "Ordnung für neue" in next(each.text for each in agreed if each.kind == "schedule")
    found = applications.expected_dues(session, "SCI", {}, today=TODAY)
    assert (found.first.gross.cents, found.whole.gross.cents) == (50_000, 50_000)


def test_a_size_that_the_dues_rest_on_must_be_said(books):
    given = {"category": "ORD", "sizes": {}, "terms": terms(), "today": TODAY}
    with pytest.raises(AnswerMissing):
        write(VISITOR, applications.submit, TYPED, **given)
    assert write(VISITOR, applications.submit, TYPED, **{**given, "category": "SCI"})


def test_nobody_applies_while_the_form_is_off(books):
    write(books, settings.change_settings, {"application.open": False})
    with pytest.raises(ApplicationsClosed):
        submit()


def test_a_company_that_is_known_is_told_to_the_office_alone(books):
    make_member(books, number="M0007", name="Neue Werke GmbH", name_key=company_key("Neue Werke GmbH"))
    reference = confirmed()
    assert [each.number for each in queries.list_known_companies(read_as(books), found(reference))] == [
        "M0007"
    ]
    admission = Admission(TODAY, TODAY)
    with pytest.raises(LooksKnown):
        write(books, admissions.accept, reference, admission, category="ORD", **BASE)
    made = write(books, admissions.accept, reference, admission, category="ORD", is_another=True, **BASE)
    assert made["member"] != "M0007"


def test_a_former_member_returns_under_its_number_with_what_it_says_now(books):
    make_member(
        books, number="M0007", name="Neue Werke GmbH", name_key=company_key("Neue Werke GmbH"), category="SCI",
        end=date(2025, 12, 31), city="Emden", note="zahlt pünktlich",
    )  # fmt: skip
    make_member(books, number="M0008", name="Ganz andere AG", end=date(2025, 12, 31))
    reference = confirmed()
    admission = Admission(TODAY, TODAY, bills=True)
    with pytest.raises(NotFound):
        write(books, admissions.accept, reference, admission, category="ORD", into="M0008", **BASE)
    made = write(books, admissions.accept, reference, admission, category="ORD", into="M0007", **BASE)
    assert (made["member"], made["invoices"]) == ("M0007", ["RE2027-0001"])
    record = find_record(read_as(books), "M0007", today=TODAY, year=2027)
    assert (record.state, len(record.periods), record.member.city) == ("active", 2, "Bremen")
    assert record.member.note.splitlines()[:2] == ["zahlt pünktlich"]
    assert {each.code for each in record.categories} == {"SCI", "ORD"}
    assert read_as(books).execute(select(Invoice.gross_cents)).scalar_one() >= 120_000


def test_somebody_elses_address_gets_few_mails_and_nobody_sees_a_difference(books):
    references = [submit(name=f"Firma {place} GmbH") for place in range(5)]
    assert len(set(references)) == 5
    assert len(mails("confirm")) == 3


def test_without_a_mail_server_an_application_counts_at_once(books):
    write(books, settings.change_settings, {"mail.host": ""})
    reference = submit()
    assert found(reference).state is ApplicationState.WAITING
    assert mails("confirm") == []


def test_the_link_of_the_mail_confirms_once_and_ends_after_a_week(books):
    secret = link_of(submit())
    assert write(VISITOR, applications.confirm, secret)
    assert not write(VISITOR, applications.confirm, secret)
    late = link_of(submit(name="Zu spät GmbH"))
    with pytest.raises(ApplicationLinkEnded):
        write(replace(VISITOR, at=NOW + timedelta(days=7)), applications.confirm, late)


def test_what_was_decided_is_not_decided_again(books):
    reference = confirmed()
    write(books, admissions.reject, reference, decided_on=TODAY, organ="Vorstand", tells=True)
    assert mails("rejected") == ["Brandt@neu.example"]
    for step, more in (
        (admissions.reject, {"decided_on": TODAY, "tells": False}),
        (admissions.withdraw, {}),
    ):
        with pytest.raises(ApplicationStateWrong):
            write(books, step, reference, **more)
    with pytest.raises(ApplicationStateWrong):
        write(books, admissions.accept, reference, Admission(TODAY, TODAY), category="ORD", **BASE)


def test_an_applicant_takes_it_back_by_the_link(books):
    reference = submit()
    secret = link_of(reference)
    write(VISITOR, applications.withdraw_by_link, secret)
    assert found(reference).state is ApplicationState.WITHDRAWN
    assert not write(VISITOR, applications.confirm, secret)


def erase(day):
    at = NOW + (day - TODAY)
    return write(replace(KEEPER, at=at), applications.erase_old, today=day, zone="Europe/Berlin")


def test_d_acc_24_what_led_to_nothing_is_erased_after_half_a_year(books):
    nothing = confirmed()
    write(books, admissions.reject, nothing, decided_on=TODAY, tells=True)
    kept = confirmed(name="Bleibt GmbH", email="b@bleibt.example")
    write(books, admissions.accept, kept, Admission(TODAY, TODAY), category="ORD", **BASE)
    open_one = submit(name="Vergessen GmbH", email="v@v.example")
    link_of(open_one)
    assert erase(date(2027, 7, 10)) == {"unconfirmed": 1, "erased": 0}
    assert erase(date(2027, 7, 11)) == {"unconfirmed": 0, "erased": 1}
    session = read_as(books)
    left = {each.reference: each.data for each in session.execute(select(Application)).scalars()}
    assert left[nothing] is None
    assert left.keys() == {nothing, kept}
    assert left[kept]["email"] == "b@bleibt.example"
    links_left = session.execute(select(func.count()).select_from(ApplicationLink)).scalar_one()
    assert links_left == 1
    personal = "Maren Brandt", "Brandt@neu.example", "Neue Werke GmbH"
    told = session.execute(select(Dispatch.recipient, Dispatch.body, AuditValue.new)
                           .outerjoin(AuditValue, AuditValue.new.in_(personal))
                           .where(Dispatch.document == nothing)).all()  # fmt: skip
    assert told == []
    assert verify(read_as(books), full=True).findings == []


def test_inv_35_an_erased_contact_is_gone_from_every_application_too_also_after_a_merge(books):
    """The company came twice; in between its first record went into another one."""
    said = {
        "signatory_function": "Prokuristin",
        "message": "Rückruf erbeten",
        "invoice_extra": "z. Hd. Maren Brandt",
    }
    place = {"invoice_city": "Emden", "invoice_postcode": "26721"}
    first, again = confirmed(**said, **place), confirmed(**said, **place)
    admission = Admission(TODAY, TODAY)
    gone = write(books, admissions.accept, first, admission, category="ORD", **BASE)["member"]
    number = write(books, admissions.accept, again, admission, category="ORD", is_another=True, **BASE)[
        "member"
    ]
    for each in (gone, number):
        person = find_record(read_as(books), each, today=TODAY, year=2027).contacts[0].id
        write(books, members.end_contact, each, person, today=TODAY)
    write(books, members.merge_members, number, gone, taken=())
    member_id = find_record(read_as(books), number, today=TODAY, year=2027).member.id
    known = queries.list_of_member(read_as(books), member_id)
    assert [each.reference for each in known] == [again, first]
    write(books, members.erase_contact, number, person)
    for each in (first, again):
        application = found(each)
        left = {name: application.data[name] for name in ("signatory_name", "email", *said)}
        assert (set(left.values()), application.email_key) == ({""}, "")
        assert application.data["name"] == "Neue Werke GmbH"


def test_who_waited_for_the_lock_sees_what_was_decided_meanwhile(books):
    """On SQLite there is one writer at a time, so nothing can happen in between."""
    if db.engine.dialect.name != "postgresql":
        pytest.skip("one writer at a time")
    reference = confirmed()

    def decide_late(session):
        read = queries.get_application(session, reference)
        before = read.state
        with db.engine.begin() as other:
            other.execute(update(Application).values(state="withdrawn"))
        return before, queries.get_application(session, reference, lock=True).state

    assert write(books, decide_late) == (ApplicationState.WAITING, ApplicationState.WITHDRAWN)
