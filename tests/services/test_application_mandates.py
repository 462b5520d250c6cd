"""A mandate given in an application: sealed until it is decided, taken down with the admission, gone without one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select

from membership.domain.applications import ApplicationState, TermsChanged, terms_version
from membership.domain.direct_debits.mandates import MandateState
from membership.domain.member_fields import FieldWrong
from membership.domain.member_lists.company_names import company_key
from membership.persistence.db import read_as, write
from membership.persistence.models.applications import Application
from membership.persistence.models.chain import AuditValue
from membership.persistence.models.direct_debits import Mandate, MandateDocument
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.invoicing import Invoice
from membership.persistence.queries import applications as queries
from membership.persistence.queries.direct_debits import mandates as mandate_queries
from membership.persistence.queries.members import get_member
from membership.services import admissions, applications, direct_debits, invoicing, settings
from membership.services.admissions import Admission
from membership.services.applications.documents import application_document
from membership.services.applications.mails import words_of
from membership.services.verify import verify
from tests.conftest import NOW, TODAY
from tests.factories import make_association, make_mandate, make_member
from tests.services.test_applications import BASE, KEEPER, MAIL, OPEN, TYPED, VISITOR, found, link_of

IBAN = "DE02120300000000202051"
CREDITOR = "DE98ZZZ09999999999"
GIVEN = {"payment": "direct_debit", "iban": "DE02 1203 0000 0000 2020 51"}


@pytest.fixture
def books(app, treasurer):
    make_association(treasurer)
    write(treasurer, settings.change_settings, {**MAIL, **OPEN, "bank.creditor_id": CREDITOR})
    return treasurer


def terms(iban=IBAN):
    return applications.terms_with(read_as(VISITOR), "de", today=TODAY, iban=iban)


def submit(*, agreed=None, **changes):
    return write(
        VISITOR, applications.submit, {**TYPED, **GIVEN, **changes}, category="ORD",
        sizes={"headcount": Fraction(60)}, terms=terms_version(agreed or terms()), today=TODAY,
    )  # fmt: skip


def confirmed(**changes):
    reference = submit(**changes)
    write(VISITOR, applications.confirm, link_of(reference))
    return reference


def accept(books, reference, **changes):
    return write(
        books,
        admissions.accept,
        reference,
        Admission(TODAY, TODAY, bills=True),
        category="ORD",
        **BASE,
        **changes,
    )


def welcome(books):
    session = read_as(books)
    row = session.execute(select(Dispatch).where(Dispatch.kind == "application_accepted")).scalar_one()
    return words_of(session, row, zone="Europe/Berlin").body


def mandates(books):
    return read_as(books).execute(select(Mandate)).scalars().all()


def test_nothing_of_it_exists_before_the_admission_and_the_account_is_kept_sealed(books):
    reference = confirmed()
    application = found(reference)
    assert application.data["iban_shown"] == "DE•• •••• 2051"
    assert "iban" not in application.data
    assert IBAN.encode() not in application.iban_sealed
    assert mandates(books) == []
    assert [each["kind"] for each in application.terms][-1] == "mandate"
    assert CREDITOR in application.terms[-1]["text"]
    document = application_document(queries.get_line(read_as(books), reference))
    assert IBAN not in str(document)
    assert document["company"]["iban_shown"] == "DE•• •••• 2051"
    assert read_as(books).execute(select(AuditValue.new).where(AuditValue.new.contains("2020"))).all() == []


def test_sepa_3_with_the_admission_the_mandate_holds_and_the_first_invoice_announces_its_debit(books):
    """Kept are the words, the person, the moment of consent and the one of the click that proves the address."""
    said = terms()[-1].text
    reference = confirmed(iban_holder="Neue Werke Holding GmbH")
    made = accept(books, reference)
    assert made["mandate"] == "M0001-01"
    view = mandate_queries.get_mandate(read_as(books), made["mandate"])
    assert (view.state_on(TODAY), view.terms.name) == (MandateState.ACTIVE, "Neue Werke Holding GmbH")
    assert (view.row.origin, view.row.signatory) == ("online", "Maren Brandt")
    (kept,) = read_as(books).execute(select(MandateDocument.id)).scalars()
    text = direct_debits.read_document(read_as(books), made["mandate"], kept).content.decode()
    assert said in text
    for part in ("M0001-01", "Brandt@neu.example", reference, NOW.isoformat(), "DE•• •••• 2051"):
        assert part in text
    session = read_as(books)
    invoice_id = session.execute(select(Invoice.id)).scalar_one()
    assert invoicing.frozen_documents(session, [invoice_id])[invoice_id].debit.mandate == "M0001-01"
    assert get_member(read_as(books), "M0001").payment_method == "direct_debit"
    assert get_member(read_as(books), "M0001").note == ""
    assert found(reference).iban_sealed is None
    words = welcome(books)
    assert "M0001-01" in words
    assert "DE•• •••• 2051" in words
    assert verify(read_as(books), full=True).findings == []


@pytest.mark.parametrize("way", ["reject", "withdraw", "withdraw_by_link", "unconfirmed"])
def test_d_acc_24_without_an_admission_the_account_goes_at_once(books, way):
    reference = submit() if way == "unconfirmed" else confirmed()
    if way == "reject":
        write(books, admissions.reject, reference, decided_on=TODAY, tells=True)
    elif way == "withdraw":
        write(books, admissions.withdraw, reference)
    elif way == "withdraw_by_link":
        write(VISITOR, applications.withdraw_by_link, f"{reference}{'0' * 55}"[:64])
    else:
        later = replace(KEEPER, at=NOW + timedelta(days=8))
        write(later, applications.erase_old, today=date(2027, 1, 19), zone="Europe/Berlin")
    rows = read_as(books).execute(select(Application.iban_sealed)).scalars().all()
    assert rows in ([], [None])
    assert mandates(books) == []


def test_only_who_read_the_text_gives_it_and_only_where_it_is_offered(books):
    with pytest.raises(TermsChanged):
        submit(agreed=terms(iban=""))
    write(books, settings.change_settings, {"bank.creditor_id": ""})
    reference = submit(agreed=terms())
    assert (found(reference).iban_sealed, found(reference).data["payment"]) == (None, "direct_debit")
    assert "mandate" not in {each["kind"] for each in found(reference).terms}


def test_with_another_creditor_id_by_now_it_is_only_a_wish(books):
    reference = confirmed()
    write(books, settings.change_settings, {"bank.creditor_id": "DE98ABC09999999999"})
    made = accept(books, reference)
    assert (made["mandate"], mandates(books), found(reference).iban_sealed) == (None, [], None)
    assert "SEPA-Lastschriftmandat" in get_member(read_as(books), "M0001").note
    assert "M0001-01" not in welcome(books)


def test_without_the_click_that_proves_the_address_it_is_only_a_wish(books):
    """The mail server was taken away before anybody confirmed, and the office let the application count."""
    reference = submit()
    write(books, lambda session: setattr(queries.get_application(session, reference), "state", "waiting"))
    assert (accept(books, reference)["mandate"], mandates(books)) == (None, [])
    assert "SEPA-Lastschriftmandat" in get_member(read_as(books), "M0001").note


def test_of_a_company_that_returns_the_newest_consent_counts(books):
    make_member(
        books,
        number="M0007",
        name="Neue Werke GmbH",
        name_key=company_key("Neue Werke GmbH"),
        end=date(2025, 12, 31),
    )
    make_mandate(books, "M0007")
    assert accept(books, confirmed(), into="M0007")["mandate"] == "M0007-02"
    views = mandate_queries.list_mandates(read_as(books))
    assert [(each.row.reference, each.state_on(TODAY)) for each in sorted(views, key=lambda each: each.row.reference)] == [
        ("M0007-01", MandateState.REVOKED), ("M0007-02", MandateState.ACTIVE),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"iban": "DE02120300000000202052"}, "iban"),
        ({"iban": "BR1500000000000010932840814P2"}, "iban"),
        ({"iban_holder": "株式会社"}, "iban_holder"),
    ],
)
def test_an_account_that_no_debit_reaches_is_refused_at_its_field(books, changes, field):
    with pytest.raises(FieldWrong) as refused:
        submit(**changes)
    assert refused.value.field == field


def test_who_pays_by_transfer_gives_no_account(books):
    reference = submit(payment="transfer", agreed=terms(iban=""))
    assert found(reference).iban_sealed is None
    assert found(reference).state is ApplicationState.UNCONFIRMED
