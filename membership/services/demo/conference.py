"""The association bills its autumn conference: a single invoice for each company that came."""

from __future__ import annotations

import random
from collections.abc import Container, Mapping, Sequence
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from membership.domain.dues.assessment import LineKind
from membership.domain.single_invoices import DraftKind, FreeLine, Vat
from membership.services.demo.companies import Company
from membership.services.demo.members import number_of
from membership.services.demo.statements import STEPS
from membership.services.single_invoices import DraftText, change_draft, issue_draft, start_draft

GUESTS: Final = len(STEPS) + 2
"""One for each payment that waits, one that pays in two parts, and one that pays two invoices at once."""
GROSS_CENTS: Final = 11_900
_NET_CENTS: Final = 10_000
_SEED: Final = 4711


def guests_of(listed: Sequence[Company], day: date, *, apart: Container[str]) -> dict[str, int]:
    """Return the members that came to the conference, with the number of their people: the same for the same day.

    Those `apart` let their invoices be collected.
    """
    chance = random.Random(f"{_SEED}-{day.year}")  # noqa: S311 - a seed for invented data, no secret
    present = [
        each
        for each in listed
        if each.start <= day and (each.end is None or each.end >= day) and number_of(each) not in apart
    ]
    came = chance.sample([each for each in present if each.category != "EHR"], GUESTS)
    return {
        number_of(each): chance.choice((1, 1, 2, 2, 3, 4))
        for each in sorted(came, key=lambda each: each.number)
    }


def twice_the_first(guests: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return the guests and the first of them once more, who registered somebody late."""
    return [*guests.items(), (next(iter(guests)), 1)]


def invoice_guests(
    session: Session, guests: Sequence[tuple[str, int]], *, today: date, base_url: str
) -> list[str]:
    """Issue an invoice for each guest with so many people; return the numbers."""
    title = f"Zulieferertag {today.year}"
    numbers: list[str] = []
    for member, count in guests:
        draft_id = start_draft(session, member, DraftKind.ITEMS, dues_year=today.year)
        line = FreeLine(
            f"{title}, Teilnahme, Personen: {count}", count * _NET_CENTS, LineKind.SERVICE_FEE, Vat.REGULAR
        )
        version = change_draft(session, draft_id, DraftText(today.year, title=title, lines=[line]), version=1)
        cents = count * GROSS_CENTS
        numbers += issue_draft(
            session, draft_id, version=version, cents=cents, today=today, base_url=base_url
        )
    return numbers
