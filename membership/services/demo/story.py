"""What happened in the demonstration association, day by day: runs, joins and payments of three dues years."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from invoices.listing import Column, Listing, render
from membership.domain.resolutions import Key, Resolution
from membership.services.demo.companies import Company

SEED: Final = 2026
RUN_DAY: Final = (1, 11)
SECOND_RUN_DAY: Final = (10, 5)
CORRECTION_DAY: Final = (3, 16)
LAST_CORRECTION_DAY: Final = (10, 12)
DUE_DAY: Final = (1, 31)


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment that a company makes on a day for its invoice of a year, as a share of what it owes."""

    on: date
    number: str
    percent: int


def dues_years(today: date) -> tuple[int, int, int]:
    """Return the three dues years that lie behind: the last one is this year as soon as its invoices are due."""
    last = today.year if today >= date(today.year, 2, 10) else today.year - 1
    return last - 2, last - 1, last


def schedule_document(code: str, first_year: int, factor_percent: int) -> dict[str, object]:
    """Return the association's fee schedule; a later version has raised amounts."""

    def amount(euros: int) -> str:
        return f"{euros * factor_percent // 100}.00"

    bands = ((0, 300), (10, 600), (50, 1200), (250, 2400), (1000, 4800))
    return {
        "code": code,
        "name": f"Beitragsordnung {first_year}",
        "valid_from": f"{first_year}-01-01",
        "resolution": {"organ": "MV", "date": f"{first_year - 1}-05-12", "item": "7"},
        "due": {"rule": "fixed_day", "day": "01-31", "in_statutes": True, "new_member_days": 30},
        "bases": {"headcount": {"reference": "prev_year:06-30", "weights": None, "exclude": ["apprentice"]}},
        "prorata": {"join": "MONTH_INCL", "date": "start_date", "leave": "NO_REFUND"},
        "categories": {
            "ORD": {
                "method": "BANDS_FLAT",
                "basis": "headcount",
                "admission_fee": "150.00",
                "tax": "O",
                "rows": [{"from": low, "amount": amount(euros)} for low, euros in bands],
            },
            "SCI": {"method": "FIXED", "amount": amount(500), "tax": "O"},
            "PUB": {"method": "FIXED", "amount": amount(500), "tax": "O"},
            "FOE": {"method": "AGREED", "min": "1500.00", "tax": "O"},
            "STA": {
                "method": "FACTOR_OF",
                "category": "ORD",
                "factor": "1",
                "tax": "O",
                "discounts": [{"code": "startup", "percent": "50", "when": {"membership_year_max": 2}}],
            },
            "EHR": {"method": "FREE"},
        },
        "group": {"mode": "discount", "further_percent": "70"},
    }


def minutes_of(document: Mapping[str, Any]) -> tuple[Resolution, bytes]:
    """Return the resolution that a schedule names, with the page of the minutes that holds it."""
    said, name = document["resolution"], document["name"]
    key = Key(date.fromisoformat(said["date"]), said["organ"], said["item"])
    text = f"{name}: einstimmig beschlossen, in Kraft ab dem Beitragsjahr {document['valid_from'][:4]}."
    minutes = Listing(
        title="Auszug aus der Niederschrift der Mitgliederversammlung",
        author="Fahrzeugcluster Musterland e. V.",
        language="de",
        day=key.on,
        lines=[f"Sitzung vom {key.on.day}.{key.on.month}.{key.on.year}, Musterhafen"],
        columns=[Column("TOP", 0.1), Column("Beschluss", 0.9)],
        rows=[(key.item, text)],
    )
    return Resolution(key, text, f"niederschrift-{key.on}.pdf"), render(minutes)


def payments_of(company: Company, number: str, year: int, *, today: date, is_last_year: bool) -> list[Paid]:
    """Return how a company pays its invoice of a year, by its habit; what lies after today has not happened."""
    chance = random.Random(f"{SEED}-{company.number}-{year}")  # noqa: S311 - a seed for invented data, no secret
    due = date(year, *DUE_DAY) if company.start.year < year else _later(company.start)
    habit = company.habit
    if not is_last_year and habit in {"never", "part"}:
        habit = "late"
    days = {"early": (-15, -3), "on_time": (-4, 2), "late": (18, 75), "over": (-6, 1), "part": (-5, 5)}
    if habit == "never":
        return []
    paid_on = due + timedelta(days=chance.randint(*days[habit]))
    percent = {"part": 50, "over": 110}.get(habit, 100)
    return [Paid(paid_on, number, percent)] if paid_on <= today else []


def _later(joined: date) -> date:
    return joined + timedelta(days=60)
