"""The overview: set-up before the first run, figures with their ways to the list, work, charts, what happened."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import update

from membership.domain.policy import Actor, Job, Role
from membership.persistence.db import read_as, write
from membership.persistence.models.billing import OutboxRow
from membership.persistence.models.dues import FeeScheduleVersion
from membership.services import daily, mail_server, outbox, payments
from membership.services.billing import plan_run
from tests.factories import SCHEDULE, bill_year, keep_resolution, make_association, make_member
from tests.web.treasurer.conftest import BOOKKEEPER, main_of, said_by

OVERVIEW = "/treasurer/overview"
DAY = date(2027, 2, 16)


@pytest.fixture(autouse=True)
def _on_a_day_in_february(monkeypatch):
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-02-16")


@pytest.mark.parametrize("role", [Role.TREASURER, Role.OFFICE, Role.BOARD, Role.AUDITOR, Role.ADMIN])
@pytest.mark.parametrize("state", ["empty", "billed"])
def test_everybody_of_the_staff_has_an_overview(request, web, role, state):
    if state == "billed":
        request.getfixturevalue("billed")
    page = web.signed_in(role).get(OVERVIEW)
    assert page.status_code == 200
    assert page.text.count("button-primary") <= 1
    assert "Dienstag, 16. Februar 2027" in said_by(page)


def test_sec_07_a_member_has_no_overview_of_the_staff(web):
    assert web.signed_in(Role.COMPANY_ADMIN).get(OVERVIEW).status_code == 404


@pytest.mark.parametrize("role", [Role.TREASURER, Role.OFFICE, Role.BOARD, Role.AUDITOR, Role.ADMIN])
def test_every_link_of_the_overview_may_be_opened(web, billed, role):
    billed.pay(billed.alpha, 65000)
    browser = web.signed_in(role)
    links = set(re.findall(r'href="(/[^"#]+)"', main_of(browser.get(OVERVIEW)).replace("&amp;", "&")))
    assert {link: status for link in links if (status := browser.get(link).status_code) != 200} == {}


def care(web, **outcome):
    """Keep what the daily tasks of a day came to."""
    keeper = Actor(name="keeper", at=datetime(2027, 2, 12, 3, tzinfo=UTC), request_id="t", job=Job.KEEPER)
    for name, found in outcome.items():
        fence = write(keeper, daily.claim_task, name, keeper.at.date())
        state = daily.FAILED if "error" in found else daily.DONE
        write(keeper, daily.settle_task, name, keeper.at.date(), fence=fence, state=state, outcome=found)


def test_fi_58_the_overview_says_that_the_check_found_something_and_how_old_the_backup_is(web, billed):
    care(web, check={"findings": 2}, backup={"file": "2027-02-12.bbk"})
    for role in (Role.ADMIN, Role.AUDITOR, Role.TREASURER):
        said = said_by(web.signed_in(role).get(OVERVIEW))
        assert "Die Prüfung der Bücher hat 2 Abweichungen gefunden" in said
        assert "Die letzte Sicherung ist vom 12.02.2027" in said
    assert "Abweichungen" not in said_by(web.signed_in(Role.OFFICE).get(OVERVIEW))


def test_a_backup_that_failed_says_why(web, billed):
    care(web, check={"findings": 0}, backup={"error": "OSError: No space left on device"})
    said = said_by(web.signed_in(Role.ADMIN).get(OVERVIEW))
    assert "Es gibt noch keine Sicherung" in said
    assert "No space left" in said
    assert "Abweichung" not in said


def test_before_the_first_run_stands_the_set_up_list(web):
    said = said_by(web.signed_in(Role.TREASURER, Role.ADMIN).get(OVERVIEW))
    assert "Einrichtung: 0 von 8 erledigt" in said
    assert "Weiter: Verein" in said
    assert re.search(r"Verein Name, Anschrift und Vorstand: .{20,40} Offen Eintragen", said)
    assert re.search(r"Logo und Farbe .{20,60} Kann warten Auswählen", said)
    assert "Sobald Verein, Bankkonto, Mitglieder, Beitragsordnung" in said
    assert "Das steht an" not in said


def test_the_list_of_tasks_names_what_each_person_may_do(web):
    said = said_by(web.signed_in(Role.TREASURER).get(OVERVIEW))
    assert "E-Mail Das erledigt die Verwaltung. Offen" in said
    assert "Benutzer einladen Das erledigt die Verwaltung. Kann warten" in said


def test_without_a_mail_server_the_first_run_can_start_all_the_same(web):
    make_association(BOOKKEEPER)
    make_member(BOOKKEEPER, number="M0001")
    page = web.signed_in(Role.TREASURER, Role.ADMIN).get(OVERVIEW)
    said = said_by(page)
    assert "Weiter: E-Mail" in said
    assert "Ohne E-Mail-Server drucken Sie die Rechnungen." in said
    assert 'href="/treasurer/billing/start"' in main_of(page)


def test_when_all_is_set_up_the_first_run_is_next(web):
    make_association(BOOKKEEPER)
    make_member(BOOKKEEPER, number="M0001")
    write(BOOKKEEPER, mail_server.note_test)
    page = web.signed_in(Role.TREASURER, Role.ADMIN).get(OVERVIEW)
    assert "Ersten Beitragslauf starten" in said_by(page)
    assert "Alles eingerichtet. Sie können den ersten Beitragslauf starten." in said_by(page)
    assert "Einrichtung: 6 von 8 erledigt, 2 können warten" in said_by(page)
    assert 'href="/treasurer/billing/start"' in main_of(page)


def test_a_prepared_run_is_to_be_continued(web):
    make_association(BOOKKEEPER)
    make_member(BOOKKEEPER, number="M0001")
    write(BOOKKEEPER, plan_run, 2027, issued_on=DAY, today=DAY)
    page = web.signed_in(Role.TREASURER).get(OVERVIEW)
    assert "Beitragslauf 2027 ist vorbereitet" in said_by(page)
    assert 'href="/treasurer/billing/1"' in main_of(page)


def test_the_figures_of_the_year_lead_to_the_lists_that_they_sum_up(web, billed):
    billed.pay(billed.alpha, 60000)
    billed.pay(billed.beta, 20000)
    browser = web.signed_in(Role.TREASURER)
    page = browser.get(OVERVIEW)
    said = said_by(page)
    assert "In Rechnung gestellt 2.250,00 € 3 Rechnungen" in said
    assert "Eingegangen 800,00 € 36 % · 1 vollständig bezahlt" in said
    assert "Noch nicht fällig 0,00 € 0 Rechnungen" in said
    assert "Überfällig 1.450,00 € 2 Rechnungen" in said
    overdue = browser.get("/treasurer/invoices?tab=overdue")
    assert 'href="/treasurer/invoices?tab=overdue"' in main_of(page)
    assert "Offen 1.450,00 €" in said_by(overdue)


def test_what_is_not_due_yet_has_a_list_of_its_own(web, billed, monkeypatch):
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-01-20")
    browser = web.signed_in(Role.TREASURER)
    assert "Noch nicht fällig 2.250,00 € 3 Rechnungen" in said_by(browser.get(OVERVIEW))
    assert "Noch nicht fällig 3" in said_by(browser.get("/treasurer/invoices?tab=not_due"))


def test_the_year_can_be_changed_and_is_kept(web, billed, monkeypatch):
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2028-01-05")
    browser = web.signed_in(Role.TREASURER)
    said = said_by(browser.get(OVERVIEW))
    assert "Noch keine Rechnungen für 2028" in said
    assert "Beitragslauf 2028 starten" in said
    page = browser.get(f"{OVERVIEW}?year=2027")
    assert "In Rechnung gestellt 2.250,00 €" in said_by(page)
    assert "/treasurer/invoices?tab=overdue&amp;year=2027" in main_of(page)


def test_overdue_invoices_and_credits_and_failed_pdfs_are_work(web, billed):
    payment = billed.pay(billed.beta, 20000)
    write(BOOKKEEPER, payments.unallocate, payment, "RE2027-0002", today=DAY)

    def give_up(session):
        session.execute(update(OutboxRow).where(OutboxRow.ref_id == 3).values(state=outbox.FAILED))

    write(BOOKKEEPER, give_up)
    said = said_by(web.signed_in(Role.TREASURER).get(OVERVIEW))
    assert "3 Rechnungen sind überfällig Offen sind 2.250,00 €." in said
    assert "1 Mitglied hat Guthaben und eine offene Rechnung" in said
    assert "1 PDF konnte nicht erstellt werden RE2027-0003" in said
    assert said.index("konnte nicht") < said.index("überfällig Offen sind") < said.index("Guthaben und eine")


def test_when_nothing_is_to_do_it_says_so_with_the_newest_payment(web, billed):
    for member_id, cents in ((billed.alpha, 60000), (billed.beta, 120000), (billed.gamma, 45000)):
        billed.pay(member_id, cents)
    keep_resolution(BOOKKEEPER, SCHEDULE)
    said = said_by(web.signed_in(Role.TREASURER).get(OVERVIEW))
    assert "Nichts zu tun. Die letzte erfasste Zahlung kam am 10.02.2027." in said


def test_classes_and_weeks_are_drawn_and_stand_in_tables(web, billed):
    billed.pay(billed.alpha, 60000)
    page = web.signed_in(Role.BOARD).get(OVERVIEW)
    said = said_by(page)
    assert "Zahlungseingang nach Wochen: Bisher sind 600,00 € eingegangen." in said
    assert re.search(r"10–49 Eingegangen 600,00 € Offen 0,00 €", said)
    assert re.search(r" 6 2027 600,00 € 2026", said)
    assert re.search(r" 5 2027 0,00 € 2026", said)
    assert "Als Tabelle" in said


def test_what_has_no_class_stands_under_its_category(web, monkeypatch):
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-02-16")
    make_association(BOOKKEEPER)
    make_member(BOOKKEEPER, number="M0001")
    make_member(BOOKKEEPER, number="M0002", name="Beta Institut", category="SCI", headcount=None)
    bill_year(BOOKKEEPER)
    said = said_by(web.signed_in(Role.TREASURER).get(OVERVIEW))
    assert "Ohne Klasse" not in said
    assert re.search(r"10–49 Eingegangen 0,00 € Offen 600,00 € Wissenschaft\S* .*?Offen 500,00 €", said), said


def test_what_happened_is_told_in_sentences(web, billed):
    payment = billed.pay(billed.gamma, 1000)
    write(BOOKKEEPER, payments.reverse_payment, payment, reason="vertippt", today=DAY)
    page = web.signed_in(Role.TREASURER).get(OVERVIEW)
    said = said_by(page)
    assert "10,00 € von Gamma &lt;b&gt;&amp; Söhne&lt;/b&gt; KG zurückgenommen" in said
    assert "Gamma &lt;b&gt;&amp; Söhne&lt;/b&gt; KG hat 10,00 € gezahlt" in said
    assert "Beitragslauf beendet" in said
    assert f'href="/treasurer/payments/{payment}"' in main_of(page)
    assert "Zuletzt passiert" not in said_by(web.signed_in(Role.OFFICE).get(OVERVIEW))


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        ("2027-02-16T06:00", "Guten Morgen"),
        ("2027-02-16T12:00", "Guten Tag"),
        ("2027-02-16T19:00", "Guten Abend"),
    ],
)
def test_the_greeting_follows_the_hour_of_the_association(web, monkeypatch, clock, words):
    at = datetime.fromisoformat(clock).replace(tzinfo=UTC)
    monkeypatch.setattr("membership.web.treasurer.overview.page.moment", lambda: at)
    assert f"{words}, Birgit Wessels" in said_by(web.signed_in(Role.TREASURER).get(OVERVIEW))


def test_members_without_a_category_are_named_before_and_after_the_first_run(web, treasurer):
    make_association(BOOKKEEPER)
    make_member(BOOKKEEPER, number="M0001")
    make_member(BOOKKEEPER, number="M0002", category=None)
    browser = web.signed_in(Role.TREASURER, Role.ADMIN)
    assert "1 Mitglied hat keine Kategorie" in said_by(browser.get(OVERVIEW))
    bill_year(BOOKKEEPER, 2027, date(2027, 1, 11))
    page = browser.get(OVERVIEW)
    said = said_by(page)
    assert "1 Mitglied hat keine Kategorie" in said
    assert "1 Mitglied hat keine Rechnung für 2027" in said
    assert "Nichts zu tun" not in said
    assert "M0002" in said_by(browser.get("/treasurer/members?lacks=category"))


def test_what_a_run_left_out_is_no_work_once_it_is_billed(web, billed):
    assert "hat keine Rechnung" not in said_by(web.signed_in(Role.TREASURER).get(OVERVIEW))


def test_who_begins_with_next_years_dues_is_shown_next_year(web):
    """In autumn an association is set up for January: this year has no dues and is not asked for."""
    make_association(BOOKKEEPER)
    make_member(BOOKKEEPER, number="M0001")
    session = read_as(BOOKKEEPER)
    session.execute(update(FeeScheduleVersion).values(valid_from=date(2028, 1, 1)))
    session.commit()
    browser = web.signed_in(Role.TREASURER, Role.ADMIN)
    assert "Beitragsjahr 2028" in browser.get(OVERVIEW).text
    assert 'value="2028"' in main_of(browser.get("/treasurer/billing/start"))
