"""Recording, matching and taking back payments on pages: what is read back, what is refused, what happens once."""

from __future__ import annotations

import re
import secrets
from datetime import date

import pytest
from sqlalchemy import func, select

from membership.domain.policy import Role
from membership.persistence.db import write
from membership.persistence.models.chain import AuditRecord, AuditValue
from membership.persistence.models.ledger import Entry, OpenItem
from membership.persistence.models.payments import Payment
from membership.services import ledger
from tests.web.treasurer.conftest import BOOKKEEPER, main_of, said_by

PAYMENTS = "/treasurer/payments"
FIRST = "/treasurer/invoices/RE2027-0001/payment"


@pytest.fixture
def treasurer(web, billed):
    return web.signed_in(Role.TREASURER)


def form(**changes):
    return {"received_on": "10.02.2027", "amount": "600,00", "method": "transfer", "note": "", **changes}


def seen_in(response):
    return re.search(r'name="seen"[^>]*value="([^"]*)"', response.text)[1]


def open_of(web, number="RE2027-0001"):
    return web.rows(select(OpenItem.open_cents).where(OpenItem.reference == number))[0][0]


def recorded(web):
    columns = (Payment.amount_cents, Payment.method, Payment.received_on, Payment.note)
    return [tuple(row) for row in web.rows(select(*columns).order_by(Payment.id))]


@pytest.mark.parametrize(
    ("page", "role", "status"),
    [
        (page, role, status)
        for page, statuses in {
            PAYMENTS: (200, 403, 200, 200, 403),
            f"{PAYMENTS}/1": (200, 403, 200, 200, 403),
            f"{PAYMENTS}/1/reverse": (200, 403, 403, 403, 403),
            f"{PAYMENTS}/new": (200, 403, 403, 403, 403),
            f"{PAYMENTS}/new/M0001": (200, 403, 403, 403, 403),
            FIRST: (200, 403, 403, 403, 403),
        }.items()
        for role, status in zip(
            (Role.TREASURER, Role.OFFICE, Role.BOARD, Role.AUDITOR, Role.ADMIN), statuses, strict=True
        )
    ],
)
def test_sec_07_only_the_treasurer_records_and_board_and_auditor_look(web, billed, page, role, status):
    billed.pay(billed.beta, 100)
    assert web.signed_in(role).get(page).status_code == status


@pytest.mark.parametrize("step", ["allocate", "unallocate", "reverse", "undo"])
def test_sec_07_who_may_look_cannot_change_a_payment(web, billed, step):
    billed.pay(billed.beta, 100)
    assert web.signed_in(Role.BOARD).send(f"{PAYMENTS}/1/{step}", document="RE2027-0002").status_code == 403


def test_the_form_is_filled_in_with_today_and_the_open_amount(billed, treasurer):
    html = main_of(treasurer.get(FIRST))
    assert 'value="16.02.2027"' in html
    assert 'value="600,00"' in html


def test_a_payment_in_full_is_recorded_at_once_and_can_be_undone(web, billed, treasurer):
    response = treasurer.send(FIRST, **form(note="bar im Büro", method="cash"))
    assert response.status_code == 303
    page = treasurer.get(response.location)
    assert "Zahlung über 600,00 € erfasst. RE2027-0001 ist bezahlt." in said_by(page)
    assert [(cents, method, note) for cents, method, _day, note in recorded(web)] == [
        (60000, "cash", "bar im Büro")
    ]
    undo = re.search(r'action="(/treasurer/payments/1/undo)"', page.text)[1]
    assert treasurer.send(undo).status_code == 303
    assert open_of(web) == 60000
    assert "Die Zahlung ist zurückgenommen." in said_by(treasurer.get(f"{PAYMENTS}/1"))


def test_a_part_payment_is_read_back_first(web, billed, treasurer):
    first = treasurer.send(FIRST, **form(amount="250"))
    assert first.status_code == 200
    assert "250,00 € gehen auf RE2027-0001. Offen bleiben 350,00 €." in said_by(first)
    assert "Teilzahlung über 250,00 € erfassen" in said_by(first)
    assert recorded(web) == []
    second = treasurer.send(FIRST, **form(amount="250", seen=seen_in(first)))
    assert second.status_code == 303
    assert "Von RE2027-0001 bleiben 350,00 € offen." in said_by(treasurer.get(second.location))
    assert open_of(web) == 35000


def test_an_over_payment_becomes_a_credit_balance_and_is_said_before(web, billed, treasurer):
    first = treasurer.send(FIRST, **form(amount="650,00"))
    said = said_by(first)
    assert "600,00 € bezahlen RE2027-0001 vollständig." in said
    assert "50,00 € werden Guthaben von Alpha Werke GmbH." in said
    treasurer.send(FIRST, **form(amount="650,00", seen=seen_in(first)))
    assert open_of(web) == 0
    assert "Daraus als Guthaben 50,00 €" in said_by(treasurer.get(f"{PAYMENTS}/1"))


def test_what_was_read_back_counts_only_for_what_was_read(web, billed, treasurer):
    first = treasurer.send(FIRST, **form(amount="250"))
    again = treasurer.send(FIRST, **form(amount="260", seen=seen_in(first)))
    assert again.status_code == 200
    assert "260,00 € gehen auf RE2027-0001." in said_by(again)
    assert recorded(web) == []


def test_inv_09_a_double_click_pays_once_and_says_so_once(web, billed, treasurer):
    data = form(form_token=secrets.token_urlsafe(8), csrf_token=treasurer.token())
    for _click in range(2):
        assert treasurer.post(FIRST, data=data).status_code == 303
    assert len(recorded(web)) == 1
    said = said_by(treasurer.get("/treasurer/invoices/RE2027-0001"))
    assert said.count("Zahlung über 600,00 € erfasst.") == 1


def test_the_same_amount_of_the_same_day_is_asked_about(web, billed, treasurer):
    billed.pay(billed.alpha, 10000)
    first = treasurer.send(FIRST, **form(amount="100"))
    assert "Für den 10.02.2027 ist schon eine Zahlung dieses Mitglieds über 100,00 € erfasst." in said_by(
        first
    )
    assert len(recorded(web)) == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"amount": "1.234,5x"}, "„1.234,5x“ ist kein Betrag."),
        ({"amount": "1,234"}, "„1,234“ ist kein Betrag."),
        ({"amount": ""}, "Bitte geben Sie einen Betrag ein."),
        ({"amount": "-5,00"}, "Der Betrag muss größer als 0,00 € sein."),
        ({"amount": "0"}, "Der Betrag muss größer als 0,00 € sein."),
        ({"amount": "10000000,01"}, "ist zu groß"),
        ({"received_on": "17.02.2027"}, "Die Zahlung vom 17.02.2027 liegt in der Zukunft."),
        ({"received_on": "30.02.2027"}, "„30.02.2027“ ist kein Tag."),
        ({"received_on": "01.01.1027"}, "Dieser Tag liegt vor dem Jahr 2000."),
        ({"received_on": ""}, "Bitte geben Sie ein Datum ein."),
        ({"note": "x" * 201}, "zu lang"),
    ],
)
def test_a_wrong_input_gets_one_sentence_and_is_kept(web, billed, treasurer, changes, sentence):
    response = treasurer.send(FIRST, **form(**changes))
    assert response.status_code == 422
    assert sentence in said_by(response)
    assert f'value="{next(iter(changes.values()))}"' in main_of(response)
    assert "<title>Fehler:" in response.text
    assert recorded(web) == []


@pytest.mark.parametrize("typed", ["10.2.27", "100227", "2027-02-10"])
def test_a_day_may_be_typed_as_people_write_it(web, billed, treasurer, typed):
    treasurer.send(FIRST, **form(received_on=typed))
    assert [day.isoformat() for _cents, _method, day, _note in recorded(web)] == ["2027-02-10"]


@pytest.fixture
def old_debt(billed):
    """Alpha also owes 300.00 from books before ours."""
    write(
        BOOKKEEPER,
        ledger.book_opening_item,
        billed.alpha,
        30000,
        reference="R-2026-17",
        dues_year=2026,
        due_on=date(2026, 2, 28),
        today=date(2027, 1, 11),
    )


def test_the_invoice_one_comes_from_is_paid_before_older_ones(web, old_debt, treasurer):
    first = treasurer.send(FIRST, **form(amount="700"))
    said = said_by(first)
    assert "600,00 € bezahlen RE2027-0001 vollständig." in said
    assert "100,00 € gehen auf R-2026-17. Offen bleiben 200,00 €." in said


def test_of_a_member_all_that_is_open_is_filled_in_and_the_oldest_is_paid_first(web, old_debt, treasurer):
    page = treasurer.get(f"{PAYMENTS}/new/M0001")
    assert 'value="900,00"' in main_of(page)
    first = treasurer.send(f"{PAYMENTS}/new/M0001", **form(amount="400"))
    assert "300,00 € bezahlen R-2026-17 vollständig." in said_by(first)
    assert "100,00 € gehen auf RE2027-0001. Offen bleiben 500,00 €." in said_by(first)


def shares(page):
    return re.findall(r'name="(share_\d+)"', page.text)


def test_a_payment_can_be_split_by_hand(web, old_debt, treasurer):
    old, new = shares(treasurer.get(FIRST))
    split = {**form(amount="500"), old: "50,00", new: "400,00"}
    first = treasurer.send(FIRST, **split)
    said = said_by(first)
    assert "50,00 € gehen auf R-2026-17. Offen bleiben 250,00 €." in said
    assert "50,00 € werden Guthaben von Alpha Werke GmbH." in said
    treasurer.send(FIRST, **split, seen=seen_in(first))
    assert open_of(web) == 20000
    assert open_of(web, "R-2026-17") == 25000


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        (("300,00", "400,00"), "Die Teile ergeben 700,00 €, mehr als der Zahlbetrag von 500,00 €."),
        (("300,01", ""), "lassen sich R-2026-17 nicht zuordnen: Möglich sind höchstens 300,00 €."),
        (("abc", ""), "„abc“ ist kein Betrag."),
    ],
)
def test_a_split_that_cannot_be_is_named(web, old_debt, treasurer, parts, sentence):
    names = shares(treasurer.get(FIRST))
    response = treasurer.send(FIRST, **form(amount="500"), **dict(zip(names, parts, strict=True)))
    assert response.status_code == 422
    assert sentence in said_by(response)
    assert "<details open>" in response.text
    assert recorded(web) == []


def test_a_document_of_other_books_is_no_link(old_debt, treasurer):
    html = main_of(treasurer.get(FIRST))
    assert "R-2026-17" in html
    assert "/treasurer/invoices/R-2026-17" not in html


def test_one_finds_the_payer_by_number_name_or_amount(billed, treasurer):
    assert (
        treasurer.get(f"{PAYMENTS}/new?q=re2027-0002").location == "/treasurer/invoices/RE2027-0002/payment"
    )
    assert treasurer.get(f"{PAYMENTS}/new?q=m0002").location == f"{PAYMENTS}/new/M0002"
    assert "Beta Guss AG" in said_by(treasurer.get(f"{PAYMENTS}/new?q=guss"))
    assert "RE2027-0002" in said_by(treasurer.get(f"{PAYMENTS}/new?q=1200"))
    assert "Nichts gefunden zu „xyz“" in said_by(treasurer.get(f"{PAYMENTS}/new?q=xyz"))


def test_a_year_without_payments_says_so(treasurer):
    said = said_by(treasurer.get(PAYMENTS))
    assert "Noch keine Zahlungen in 2027" in said


def test_the_list_tells_what_each_payment_settles(billed, treasurer):
    billed.pay(billed.alpha, 65000)
    billed.pay(billed.beta, 20000)
    page = treasurer.get(PAYMENTS)
    said = said_by(page)
    assert "Alle 2 Mit Guthaben 1 Zurückgenommen 0" in said
    assert "Summe aller 2 Zahlungen" in said
    assert "850,00 €" in said
    assert 'href="/treasurer/invoices/RE2027-0002"' in main_of(page)
    assert "Beta" not in said_by(treasurer.get(f"{PAYMENTS}?tab=free"))
    assert "Keine Zahlung passt zu diesem Filter" in said_by(treasurer.get(f"{PAYMENTS}?method=cash"))
    assert treasurer.get(f"{PAYMENTS}?from=quatsch").status_code == 422


def test_a_payment_taken_off_an_invoice_is_a_credit_balance_and_can_be_used(web, billed, treasurer):
    payment = billed.pay(billed.beta, 20000)
    page = treasurer.send(f"{PAYMENTS}/{payment}/unallocate", document="RE2027-0002")
    said = said_by(treasurer.get(page.location))
    assert "RE2027-0002 ist mit 200,00 € wieder offen." in said
    assert "Guthaben verwenden" in said
    assert open_of(web, "RE2027-0002") == 120000
    treasurer.send(f"{PAYMENTS}/{payment}/allocate", document="RE2027-0002", amount="150,00")
    assert open_of(web, "RE2027-0002") == 105000
    assert "150,00 € sind jetzt RE2027-0002 zugeordnet." in said_by(treasurer.get(f"{PAYMENTS}/{payment}"))


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        ("200,01", "Möglich sind höchstens 200,00 €"),
        ("x", "„x“ ist kein Betrag."),
        ("", "Bitte geben Sie einen Betrag ein."),
    ],
)
def test_more_than_is_free_cannot_be_used(web, billed, treasurer, amount, sentence):
    payment = billed.pay(billed.beta, 20000, shares=[])
    response = treasurer.send(f"{PAYMENTS}/{payment}/allocate", document="RE2027-0002", amount=amount)
    assert response.status_code == 422
    assert sentence in said_by(response)
    assert open_of(web, "RE2027-0002") == 120000


def test_a_payment_never_settles_the_document_of_another_member(web, billed, treasurer):
    payment = billed.pay(billed.beta, 20000, shares=[])
    response = treasurer.send(f"{PAYMENTS}/{payment}/allocate", document="RE2027-0001", amount="10")
    assert response.status_code == 422
    assert open_of(web) == 60000


def test_a_mistyped_payment_is_taken_back_with_a_reason_after_a_look(web, billed, treasurer):
    payment = billed.pay(billed.beta, 20000)
    said = said_by(treasurer.get(f"{PAYMENTS}/{payment}/reverse"))
    assert "Zurückgebucht 200,00 €" in said
    assert "Wieder offen RE2027-0002 200,00 €" in said
    refused = treasurer.send(f"{PAYMENTS}/{payment}/reverse", reason=" ")
    assert refused.status_code == 422
    assert "Nennen Sie den Grund" in said_by(refused)
    done = treasurer.send(f"{PAYMENTS}/{payment}/reverse", reason="falsches Mitglied")
    shown = said_by(treasurer.get(done.location))
    assert "Zurückgenommen falsches Mitglied" in shown
    assert "Nichts: Die Zahlung wurde zurückgenommen." in shown
    assert open_of(web, "RE2027-0002") == 120000
    assert web.rows(select(AuditValue.new).where(AuditValue.field == "reason")) == [("falsches Mitglied",)]


def test_what_is_taken_back_stays_so(web, billed, treasurer):
    payment = billed.pay(billed.beta, 20000)
    treasurer.send(f"{PAYMENTS}/{payment}/undo")
    entries = web.rows(select(func.count()).select_from(Entry))
    assert treasurer.get(f"{PAYMENTS}/{payment}/reverse").location == f"{PAYMENTS}/{payment}"
    assert treasurer.send(f"{PAYMENTS}/{payment}/undo").status_code == 409
    assert treasurer.send(f"{PAYMENTS}/{payment}/unallocate", document="RE2027-0002").status_code == 409
    assert web.rows(select(func.count()).select_from(Entry)) == entries


def test_inv_16_every_movement_has_a_person_and_a_reason(web, billed, treasurer):
    treasurer.send(FIRST, **form())
    rows = web.rows(
        select(AuditRecord.action, AuditRecord.actor_name, AuditRecord.reason).order_by(AuditRecord.id.desc())
    )
    newest = {action: (name, reason) for action, name, reason in reversed(rows)}
    assert newest["payment.record"] == ("Birgit Wessels", "record_payment")
    assert newest["payment.allocate"] == ("Birgit Wessels", "record_payment")
    assert all(name and reason for _action, name, reason in rows)


def test_a_payment_that_is_not_there_is_not_found(treasurer):
    assert treasurer.get(f"{PAYMENTS}/99").status_code == 404
    assert treasurer.send(f"{PAYMENTS}/99/undo").status_code == 404
    assert treasurer.get(f"{PAYMENTS}/new/M9999").status_code == 404


def test_the_audit_log_names_the_amount_of_a_payment(web, billed):
    billed.pay(billed.alpha, 12345)
    said = said_by(web.signed_in(Role.TREASURER).get("/treasurer/audit?kind=payment"))
    assert "Zahlung erfasst 123,45 €" in said


def test_d_inv_15_an_offset_uses_the_credit_balance_and_says_so(web, billed, treasurer):
    paid = billed.pay(billed.alpha, 40000, shares=[])
    first = treasurer.send(FIRST, **form(method="offset", amount="250"))
    said = said_by(first)
    assert "250,00 € werden dem Guthaben von Alpha Werke GmbH entnommen." in said
    assert "250,00 € verrechnen" in said
    done = treasurer.send(FIRST, **form(method="offset", amount="250", seen=seen_in(first)))
    page = treasurer.get(done.location)
    assert "250,00 € des Guthabens verwendet." in said_by(page)
    assert f"/treasurer/payments/{paid}/undo" not in page.text
    assert len(recorded(web)) == 1
    assert open_of(web) == 35000
    assert "Daraus als Guthaben 150,00 €" in said_by(treasurer.get(f"{PAYMENTS}/{paid}"))


@pytest.mark.parametrize(
    ("credit", "amount", "note", "sentence"),
    [
        (10000, "250", "Saalmiete", "Alpha Werke GmbH hat ein Guthaben von 100,00 €."),
        (90000, "700", "", "Offen sind nur 600,00 €."),
        (0, "250", " ", "Alpha Werke GmbH hat kein Guthaben."),
    ],
)
def test_an_offset_that_cannot_be_is_named(web, billed, treasurer, credit, amount, note, sentence):
    if credit:
        billed.pay(billed.alpha, credit, shares=[])
    before = recorded(web)
    response = treasurer.send(FIRST, **form(method="offset", amount=amount, note=note))
    assert response.status_code == 422
    assert sentence in said_by(response)
    assert (recorded(web), open_of(web)) == (before, 60000)


def test_another_claim_is_offset_only_after_a_look(web, billed, treasurer):
    asked = form(method="offset", note="Ihre Rechnung 17, Saalmiete")
    first = treasurer.send(FIRST, **asked)
    assert "So verrechnen Sie die Forderung, die in der Bemerkung steht." in said_by(first)
    assert recorded(web) == []
    treasurer.send(FIRST, **asked, seen=seen_in(first))
    assert [row[:2] for row in recorded(web)] == [(60000, "offset")]
    assert open_of(web) == 0
