"""Things that tests need, made through the services."""

from __future__ import annotations

import secrets
from datetime import date
from fractions import Fraction

from membership.domain.applications import ApplicationState, checked_application
from membership.domain.policy import Actor
from membership.domain.resolutions import Key, Resolution
from membership.domain.search_text import folded
from membership.persistence.db import write
from membership.persistence.models.applications import Application
from membership.persistence.models.members import BasisValue, CategoryPeriod, Member, Membership, Origin
from membership.services import billing, direct_debits, resolutions, schedules, settings
from membership.services.billing import plan_run, release_run

ASSOCIATION = {
    "association.name": "Fahrzeugcluster Musterland e. V.",
    "association.street": "Am Werkstor 5",
    "association.postcode": "26380",
    "association.city": "Musterhafen",
    "association.register_court": "Amtsgericht Musterstadt",
    "association.register_number": "VR 123456",
    "association.email": "beitrag@cluster-musterland.example",
    "bank.holder": "Fahrzeugcluster Musterland e.V.",
    "bank.iban": "DE89370400440532013000",
    "bank.bic": "COBADEFFXXX",
    "bank.name": "Musterbank Nord",
    "invoice.signatory_name": "Birgit Wessels",
    "invoice.signatory_function": "Schatzmeisterin",
}

SCHEDULE = {
    "code": "DEMO-2027",
    "name": "Beitragsordnung 2027",
    "valid_from": "2027-01-01",
    "resolution": {"organ": "MV", "date": "2026-05-12", "item": "7"},
    "due": {"rule": "fixed_day", "day": "01-31", "in_statutes": True, "new_member_days": 30},
    "bases": {"headcount": {"reference": "prev_year:06-30", "exclude": ["apprentice"]}},
    "prorata": {"join": "MONTH_INCL", "date": "start_date", "leave": "NO_REFUND"},
    "categories": {
        "ORD": {
            "method": "BANDS_FLAT",
            "basis": "headcount",
            "admission_fee": "150.00",
            "rows": [
                {"from": 0, "amount": "300.00"},
                {"from": 10, "amount": "600.00"},
                {"from": 50, "amount": "1200.00"},
                {"from": 250, "amount": "2400.00"},
            ],
        },
        "SCI": {"method": "FIXED", "amount": "500.00"},
        "FOE": {"method": "AGREED", "min": "1500.00"},
        "EHR": {"method": "FREE"},
    },
}


LEVY = {
    "code": "DACH", "title": "Umlage Hallendach", "year": 2027, "due": "2027-03-31", "amount": "90.00",
    "resolution": {"organ": "MV", "date": "2026-11-20"},
}  # fmt: skip


def make_member(actor: Actor, **changes) -> int:
    """Return the id of a new member: ordinary, 37 heads, member since 2014, address in Bremen."""
    return write(actor, add_member, **changes)


def add_member(
    session,
    *,
    number: str | None = None,
    name: str = "Hansa Blechformteile GmbH",
    category: str | None = "ORD",
    headcount: int | None = 37,
    start: date | None = date(2014, 4, 1),
    end: date | None = None,
    origin: Origin = Origin.DECLARED,
    **changes,
) -> int:
    number = number or f"M{secrets.randbelow(10**9):09d}"
    fields = {
        "name_key": name.casefold(),
        "search_text": folded(f"{name} {number}"),
        "street": "Werftstraße 12",
        "postcode": "28195",
        "city": "Bremen",
        "invoice_email": "a@b.example",
        **changes,
    }
    created_at = session.info["actor"].at
    member = Member(uid=secrets.token_hex(8), number=number, name=name, created_at=created_at, **fields)
    session.add(member)
    session.flush()
    session.add(Membership(member_id=member.id, state="active", start=start, end=end))
    if category:
        session.add(
            CategoryPeriod(member_id=member.id, category=category, valid_from=start or date(2000, 1, 1))
        )
    if headcount is not None:
        session.add(
            BasisValue(
                member_id=member.id, basis="headcount", as_of=date(2026, 6, 30), value=Fraction(headcount),
                origin=origin, recorded_at=session.info["actor"].at,
            )
        )  # fmt: skip
    return member.id


def make_mandate(actor: Actor, number: str, **changes) -> str:
    """Return the reference of a new mandate of a member, signed on 1 March 2026."""
    given = {"iban": "DE02120300000000202051", "signed_on": date(2026, 3, 1), **changes}
    return write(
        actor, direct_debits.add_mandate, number, direct_debits.Draft(**given), today=date(2027, 1, 4)
    )


def make_application(actor: Actor, **changes) -> str:
    """Return the reference of an application of Neue Werke GmbH for an ordinary membership that waits."""
    return write(actor, add_application, **changes)


def add_application(session, *, reference: str = "K7QW-3MXA", **changes) -> str:
    at = session.info["actor"].at
    fields = {
        "state": ApplicationState.WAITING, "data": application_data(), "category": "ORD",
        "sizes": {"headcount": {"as_of": "2026-06-30", "answer": "60"}},
        "terms": [{"kind": "statutes", "text": "Wir erkennen die Satzung an.", "version": "2024", "address": ""}],
        "name_key": "neuewerkegmbh", "email_key": "brandt@neu.example", "confirmed_at": at, **changes,
    }  # fmt: skip
    session.add(Application(reference=reference, language="de", submitted_at=at, **fields))
    return reference


def application_data(**changes) -> dict:
    """Return what a company says in the form, as it is kept."""
    said = {
        "name": "Neue Werke GmbH", "street": "Am Kai 1", "postcode": "28195", "city": "Bremen", "country": "DE",
        "tax_number": "60/145/12345", "signatory_name": "Maren Brandt", "email": "brandt@neu.example",
    }  # fmt: skip
    return checked_application({**said, **changes})


def make_association(actor: Actor, schedule: dict | None = None) -> None:
    """Fill in the association and put a fee schedule into force, in one unit of work."""
    write(actor, found_association, schedule or SCHEDULE)


def found_association(session, schedule: dict) -> None:
    settings.change_settings(session, ASSOCIATION)
    schedules.activate_schedule(session, schedules.import_schedule(session, schedule))


def keep_resolution(actor: Actor, schedule: dict, content: bytes | None = b"%PDF-1.7 %%EOF") -> int:
    """Record the resolution that a schedule names, with its PDF: no version but the first comes into force without it."""
    said = schedule["resolution"]
    key = Key(date.fromisoformat(said["date"]), said["organ"], said.get("item", ""))
    said = Resolution(key, schedule["name"], "beschluss.pdf")
    return write(actor, resolutions.put_resolution, said, content)


def bill_year(
    actor: Actor, year: int = 2027, today: date = date(2027, 1, 11), *, with_papers: bool = True
) -> int:
    """Plan and release the run of a year, issue and (with papers) render all of it; return the run's id."""
    from membership.jobs.billing import issue_run, render_waiting

    run_id = write(actor, plan_run, year, issued_on=today, today=today)
    write(actor, release_run, run_id, today=today)
    issue_run(actor, run_id, base_url="http://localhost", today=today)
    if with_papers:
        render_waiting(actor)
    return run_id


__all__ = [
    "ASSOCIATION",
    "LEVY",
    "SCHEDULE",
    "application_data",
    "bill_year",
    "billing",
    "make_application",
    "make_association",
    "make_mandate",
    "make_member",
]
