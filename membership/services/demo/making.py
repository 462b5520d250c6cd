"""Makes the demonstration's data: people, companies, schedules, runs, payments, each at its own moment in the past."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Final

from membership.domain.payments import Method
from membership.domain.phrases import Phrase, phrase
from membership.domain.policy import Actor, Job, Role
from membership.persistence.db import read_as, write
from membership.persistence.queries import invoicing as invoice_queries
from membership.persistence.queries.invoicing import InvoiceView
from membership.persistence.queries.users import find_actor
from membership.services import payments, resolutions, schedules, settings, tokens, users
from membership.services.demo import applications, debits, declarations, online, story, wishes
from membership.services.demo import members as demo_members
from membership.services.demo.bank import Account, Match, keep_statement, owed_of, waiting_file
from membership.services.demo.companies import Company, companies
from membership.services.demo.conference import guests_of, invoice_guests, twice_the_first
from membership.services.demo.corrections import approve_all, correct_year
from membership.services.demo.papers import keep_papers
from membership.services.demo.statements import Move, dues_paid

_WAITING_DAYS: Final = 20
PASSWORD: Final = "Hafen Wiese Laterne"  # noqa: S105 - printed at the start of the demonstration, for invented data
TREASURER: Final = "schatzmeisterei@fahrzeugcluster.example"

ASSOCIATION: Final[dict[str, object]] = {
    "association.name": "Fahrzeugcluster Musterland e. V.",
    "association.claim": "Netzwerk der Fahrzeug- und Zulieferindustrie",
    "association.street": "Am Werkstor 5",
    "association.postcode": "26380",
    "association.city": "Musterhafen",
    "association.phone": "04400 123456",
    "association.email": "beitrag@fahrzeugcluster.example",
    "association.web": "www.fahrzeugcluster.example",
    "association.register_court": "Amtsgericht Musterstadt",
    "association.register_number": "VR 123456",
    "association.tax_number": "12/345/67890",
    "association.board_members": "Dr. Jan Ahrens (Vorsitz), Birgit Wessels",
    "bank.holder": "Fahrzeugcluster Musterland e.V.",
    "bank.iban": "DE89370400440532013000",
    "bank.bic": "COBADEFFXXX",
    "bank.name": "Musterbank Nord",
    "bank.creditor_id": "DE98ZZZ09999999999",
    "invoice.contact_name": "Birgit Wessels",
    "invoice.signatory_name": "Birgit Wessels",
    "invoice.signatory_function": "Schatzmeisterin",
    "portal.help_name": "Birgit Wessels",
    "portal.help_phone": "04400 123456",
    "portal.help_email": "beitrag@fahrzeugcluster.example",
    "application.open": True,
    "application.intro": "Schön, dass Sie mitmachen wollen. Alles hier ist erfunden; gesendet wird nichts.",
    "application.statutes": "Satzung vom 12.05.2023",
    "application.statutes_address": "www.fahrzeugcluster.example/satzung",
    "application.privacy_version": "01.01.2026",
    "imprint.text": "Fahrzeugcluster Musterland e. V.\nAm Werkstor 5, 26380 Musterhafen\nAlles hier ist erfunden.",
    "privacy.text": "Diese Vorführung enthält nur erfundene Daten. Sie verschickt nichts.",
}


@dataclass(frozen=True, slots=True)
class Login:
    """A person of the demonstration and what they are."""

    mail: str
    name: str
    roles: tuple[Role, ...]
    member: str = ""


PEOPLE: Final = (
    (TREASURER, "Birgit Wessels", {Role.TREASURER: None, Role.ADMIN: None}),
    ("geschaeftsstelle@fahrzeugcluster.example", "Okko Harms", {Role.OFFICE: None}),
    ("vorstand@fahrzeugcluster.example", "Dr. Jan Ahrens", {Role.BOARD: None}),
    ("kassenpruefung@fahrzeugcluster.example", "Insa Tapken", {Role.AUDITOR: None}),
    ("verwaltung@fahrzeugcluster.example", "Rainer Focken", {Role.ADMIN: None}),
)
PORTAL: Final = (
    ("mitglied@fahrzeugcluster.example", "Maren Brandt", "M0001", Role.COMPANY_ADMIN),
    ("buchhaltung@fahrzeugcluster.example", "Dirk Sanders", "M0009", Role.COMPANY_USER),
)

Issue = Callable[[Actor, int, date], None]
"""Plans, releases, issues and renders the run of a year on a day; the command line brings it from `jobs`."""
Keep = Callable[[bytes], object]
"""Keeps the statement that waits as a file where people find it."""
Render = Callable[[Actor], None]
"""Makes the PDFs that wait, at the actor's moment."""
Progress = Callable[[Phrase], None]


def make(
    *,
    today: date,
    password_hash: str,
    issue: Issue,
    render: Render,
    match: Match,
    keep: Keep,
    base_url: str,
    progress: Progress,
) -> None:
    """Fill an empty database with the demonstration, as of a day."""
    years = story.dues_years(today)
    setup = _at(
        Actor(name="demo", at=datetime.now(UTC), request_id="demo", job=Job.CLI), date(years[0] - 1, 11, 16)
    )
    write(setup, settings.change_settings, ASSOCIATION)
    _people(setup, password_hash)
    treasurer = _treasurer(setup)
    progress(phrase("Making the demonstration: fee schedules"))
    _schedule(treasurer, f"BO-{years[0]}", years[0], 100, base_url=base_url)
    listed = companies(years[-1])
    progress(phrase("Making the demonstration: companies"))
    before = [company for company in listed if company.start.year < years[0]]
    write(_at(treasurer, date(years[0] - 1, 12, 1)), demo_members.add_companies, before)
    write(_at(treasurer, date(years[0] - 1, 12, 1)), demo_members.record_sizes, before, year=years[0])
    _portal_people(setup, password_hash)
    account = Account(str(ASSOCIATION["bank.iban"]))
    for year in years:
        progress(phrase("Making the demonstration: dues year %(year)s", year=str(year)))
        if year == years[-1]:
            _schedule(_at(treasurer, date(year - 1, 6, 2)), f"BO-{year}", year, 105, base_url=base_url)
        _year(treasurer, listed, year, _Story(years, today, issue, match, account))
    progress(phrase("Making the demonstration: corrections"))
    corrected_on = min(today, date(years[-1], *story.CORRECTION_DAY))
    if date(years[-1], *story.SECOND_RUN_DAY) <= today:
        corrected_on = min(today, date(years[-1], *story.LAST_CORRECTION_DAY))
    moment = _at(treasurer, corrected_on)
    by_debit = [demo_members.number_of(each) for each in debits.collected(listed, years[-1])]
    apart = [*by_debit, *(each[2] for each in PORTAL)]
    correct_year(moment, years[-1], on=corrected_on, base_url=base_url, apart=apart)
    debits.add_other_mandates(partial(_at, treasurer), listed, year=years[-1], today=today)
    first = before[0]
    keep_papers(moment, demo_members.number_of(first), name=first.name, joined=first.start)
    render(moment)
    progress(phrase("Making the demonstration: a bank statement that waits"))
    billed_on = max(corrected_on, today - timedelta(days=_WAITING_DAYS))
    keep(
        _bill_conference(
            _at(treasurer, billed_on),
            listed,
            account,
            years[-1],
            on=billed_on,
            today=today,
            base_url=base_url,
        )
    )
    render(_at(treasurer, billed_on))
    progress(phrase("Making the demonstration: sizes for next year"))
    last = date(years[-1], 6, 30)
    if last <= today:
        write(
            _at(treasurer, min(today, date(years[-1], 7, 15))),
            demo_members.record_sizes,
            listed,
            year=years[-1] + 1,
        )
    progress(phrase("Making the demonstration: declarations for next year"))
    declarations.ask(_at, treasurer, years[-1] + 1, today=today)
    progress(phrase("Making the demonstration: an application for membership"))
    applications.apply(_at, treasurer, today=today)
    wishes.ask(_at, setup, PORTAL[0][0], PORTAL[0][2], today=today)


def _at(actor: Actor, day: date) -> Actor:
    return replace(
        actor, at=datetime.combine(day, time(9, 30), UTC), request_id=f"demo-{secrets.token_hex(4)}"
    )


def _people(setup: Actor, password_hash: str) -> None:
    code = tokens.new_code()
    write(setup, users.offer_first_admin, code=code)
    mail, name, _roles = PEOPLE[0]
    write(
        setup,
        users.create_first_admin,
        code=code,
        email=mail,
        name=name,
        language="de",
        password_hash=password_hash,
    )
    for mail, name, roles in PEOPLE[1:]:
        secret = tokens.new_secret()
        write(setup, users.invite, email=mail, name=name, secret=secret, roles=roles)
        _accept(setup, secret, name, password_hash)


def _portal_people(setup: Actor, password_hash: str) -> None:
    for mail, name, number, role in PORTAL:
        secret = tokens.new_secret()
        write(setup, users.invite, email=mail, name=name, secret=secret, roles={}, companies={number: role})
        _accept(setup, secret, name, password_hash)


def _accept(setup: Actor, secret: str, name: str, password_hash: str) -> None:
    write(
        setup, users.accept_invitation, secret=secret, name=name, language="de", password_hash=password_hash
    )


def _treasurer(setup: Actor) -> Actor:
    return find_actor(read_as(setup), TREASURER, at=setup.at, request_id="demo")


def _schedule(actor: Actor, code: str, first_year: int, factor_percent: int, *, base_url: str) -> None:
    document = story.schedule_document(code, first_year, factor_percent)
    write(actor, schedules.import_schedule, document)
    said, minutes = story.minutes_of(document)
    write(actor, resolutions.put_resolution, said, minutes)
    write(actor.because("Beschluss der Mitgliederversammlung"), schedules.activate_schedule, code)
    approve_all(actor, base_url=base_url)


@dataclass(frozen=True, slots=True)
class _Story:
    """The years that are told, up to today, and how invoices and statements are worked off."""

    years: tuple[int, int, int]
    today: date
    issue: Issue
    match: Match
    account: Account

    @property
    def bank_since(self) -> date:
        """Return from when on payments come by statements."""
        return date(self.years[-1], *story.RUN_DAY)


def _year(treasurer: Actor, listed: list[Company], year: int, told: _Story) -> None:
    today = told.today
    run_day, second_day = date(year, *story.RUN_DAY), date(year, *story.SECOND_RUN_DAY)
    moves: list[Move] = []
    if year == told.years[-1]:
        debits.take_mandates_down(partial(_at, treasurer), listed, year=year)
    if year != told.years[0]:
        present = [company for company in listed if company.start.year < year]
        write(_at(treasurer, date(year - 1, 7, 15)), demo_members.record_sizes, present, year=year)
    told.issue(_at(treasurer, run_day), year, run_day)
    if year == told.years[-1]:
        moves = debits.collect_dues(partial(_at, treasurer), made_on=debits.first_day(run_day))
    if date(year, 6, 20) <= today:
        write(_at(treasurer, date(year, 6, 20)), demo_members.record_notices, listed, year=year)
    _pay(treasurer, listed, year, told, since=run_day, until=min(second_day, today), moves=moves)
    joined = [company for company in listed if company.start.year == year]
    if joined and second_day <= today:
        write(_at(treasurer, second_day), demo_members.add_companies, joined)
        write(_at(treasurer, second_day), demo_members.record_sizes, joined, year=year)
        told.issue(_at(treasurer, second_day), year, second_day)
        _pay(treasurer, listed, year, told, since=second_day, until=today)


def _pay(
    treasurer: Actor,
    listed: list[Company],
    year: int,
    told: _Story,
    *,
    since: date,
    until: date,
    moves: Sequence[Move] = (),
) -> None:
    by_number = {demo_members.number_of(company): company for company in listed}
    is_last_year = year == told.years[-1]
    debited = (
        {demo_members.number_of(each) for each in debits.collected(listed, year)} if is_last_year else set()
    )
    wanted: list[tuple[date, int, int, InvoiceView]] = []
    for view in invoice_queries.list_invoices(read_as(treasurer), year=year):
        company = by_number[view.member.number]
        if view.member.number in debited:
            continue
        for paid in story.payments_of(
            company, view.invoice.number, year, today=told.today, is_last_year=is_last_year
        ):
            on = max(paid.on, view.invoice.issued_on)
            if not is_last_year:
                on = min(on, told.bank_since - timedelta(days=1))
            if since <= on < until and view.open_cents:
                wanted.append((on, view.invoice.id, view.invoice.gross_cents * paid.percent // 100, view))
    wanted.sort(key=lambda each: each[:2])
    if is_last_year and wanted:
        last = wanted[-1][0]
        is_first = since < date(year, *story.SECOND_RUN_DAY)
        by_card = online.chosen(wanted, apart=[each[2] for each in PORTAL]) if is_first else []
        moves = [*moves, *online.pay(_at, treasurer, by_card, until=last)]
        wanted = [each for each in wanted if each not in by_card]
        paid_in = [dues_paid(owed_of(view), cents, on) for on, _id, cents, view in wanted]
        keep_statement(_at(treasurer, last), told.account, [*paid_in, *moves], match=told.match)
        return
    for on, _id, cents, view in wanted:
        write(
            _at(treasurer, on), payments.record_payment, view.member.id, cents,
            received_on=on, method=Method.TRANSFER, today=on, note=view.invoice.number,
        )  # fmt: skip


def _bill_conference(
    treasurer: Actor,
    listed: list[Company],
    account: Account,
    year: int,
    *,
    on: date,
    today: date,
    base_url: str,
) -> bytes:
    """Bill those who came to the conference and return the statement by which they pay; some are debited instead."""
    payers = debits.collected(listed, year)
    apart = {demo_members.number_of(each) for each in (*payers, *debits.with_other_mandates(listed, year))}
    if on < date(year, *story.SECOND_RUN_DAY):
        apart |= {demo_members.number_of(each) for each in listed if each.start.year == year}
    guests = twice_the_first(guests_of(listed, on, apart=apart))
    numbers = write(treasurer, invoice_guests, guests, today=on, base_url=base_url)
    debited = [(demo_members.number_of(each), 1) for each in payers]
    early, late = debited[debits.LATE_GUESTS : -2], debited[: debits.LATE_GUESTS]
    write(treasurer, invoice_guests, early, today=on, base_url=base_url)
    held = write(treasurer, invoice_guests, late, today=on, base_url=base_url)
    debits.collect_guests(_at(treasurer, today), today=today, held=held)
    since = min(on + timedelta(days=1), today)
    return waiting_file(treasurer, account, numbers, since=since, until=today)


def logins() -> list[Login]:
    """Return the people of the demonstration, for the lines that are printed at the start."""
    staff = [Login(mail, name, tuple(sorted(roles))) for mail, name, roles in PEOPLE]
    return staff + [Login(mail, name, (role,), number) for mail, name, number, role in PORTAL]
