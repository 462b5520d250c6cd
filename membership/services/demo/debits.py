"""Direct debits of the demonstration: mandates of every state, a collection that was credited, one that waits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date, timedelta
from typing import Final

from membership.domain.bank_days import next_target_day, target_days_after
from membership.domain.direct_debits.collections import LATEST_DAYS, ItemState
from membership.domain.direct_debits.mandates import Recurrence, Scheme
from membership.domain.policy import Actor
from membership.persistence.db import read_as, write
from membership.persistence.queries.direct_debits import collections as queries
from membership.persistence.queries.direct_debits.mandates import list_mandates
from membership.services import direct_debits
from membership.services.demo.companies import Company
from membership.services.demo.corrections import approve_all
from membership.services.demo.members import number_of
from membership.services.demo.statements import Debited, Move, iban_of

_EVERY: Final = 5
_PAYING, _OTHERS = 4, 3
"""Of five companies one lets its dues be collected; the few other mandates belong to a second one of the five."""
_USUAL: Final = frozenset({"early", "on_time", "late"})
_B2B, _ONE_OFF = 2, 1
_RETURN_FEE_CENTS: Final = 300
_RETURN_DAYS: Final = 4
_KEPT_MONTHS: Final = 36
LATE_GUESTS: Final = 6
"""Who registered so late that its debit is announced, and in no collection yet; the portal's second company is one."""
Day = Callable[[date], Actor]
"""Gives the treasurer at a day."""


def collected(listed: Sequence[Company], year: int) -> list[Company]:
    """Return the companies that let their dues of a year be collected."""
    return [
        each
        for each in listed
        if each.number % _EVERY == _PAYING and each.habit in _USUAL and each.start.year < year and not each.end
        and each.category != "EHR"
    ]  # fmt: skip


def with_other_mandates(listed: Sequence[Company], year: int) -> list[Company]:
    """Return the companies whose mandates are not, no longer or not yet used."""
    chosen = [
        each
        for each in listed
        if each.number % _EVERY == _OTHERS and each.habit in _USUAL and each.start.year < year and not each.end
    ]  # fmt: skip
    return chosen[:4]


def take_mandates_down(at: Day, listed: Sequence[Company], *, year: int) -> None:
    """Take down the mandates by which the dues of a year are collected, in the autumn before."""
    signed_on = date(year - 1, 11, 3)
    companies = collected(listed, year)
    for place, company in enumerate(companies):
        draft = direct_debits.Draft(
            scheme=Scheme.B2B if place < _B2B else None,
            recurrence=Recurrence.ONE_OFF if place == len(companies) - _ONE_OFF else Recurrence.RECURRENT,
            iban=iban_of(company.number), signed_on=signed_on + timedelta(days=place % 9), place=company.city,
            signatory=company.contact,
        )  # fmt: skip
        day = date(year - 1, 11, 16)
        write(at(day), direct_debits.add_mandate, number_of(company), draft, today=day)


def collect_dues(at: Day, *, made_on: date) -> list[Move]:
    """Collect what the invoices announced, and return what the bank shows of it: the credits, and one return."""
    treasurer = at(made_on)
    due_on = direct_debits.announced(read_as(treasurer))[0][0]
    number = _hand_in(treasurer, due_on, on=made_on)
    session = read_as(treasurer)
    view = queries.get_collection(session, number)
    items = queries.list_standing(session, view.row.id, state=ItemState.OPEN)
    moves = [
        Move(
            due_on, sum(item.cents for item in items if item.block == block), "", "", "Lastschriften",
            debited=Debited(payment_id=block, count=sum(item.block == block for item in items)),
        )
        for block in sorted({item.block for item in items})
    ]  # fmt: skip
    back = items[len(items) // 2]
    line = next(line for line in queries.list_items(session, view.row.id) if line.item.id == back.id)
    returned = Debited(
        end_to_end_id=back.end_to_end_id, mandate=line.mandate, reason="MS03", cents=back.cents,
        charges=_RETURN_FEE_CENTS,
    )  # fmt: skip
    text = f"{back.document} {line.member_number}"
    day = target_days_after(due_on, _RETURN_DAYS)
    account = iban_of(int(line.member_number.lstrip("M")))
    cents = -back.cents - _RETURN_FEE_CENTS
    return [*moves, Move(day, cents, line.member_name, account, text, debited=returned)]


def collect_guests(treasurer: Actor, *, today: date, held: Collection[str]) -> None:
    """Hand a collection in of what was announced and may be collected next; it waits for the bank's credit."""
    first, last = target_days_after(today, 1), today + timedelta(days=LATEST_DAYS)
    days = [
        day for day, _count, _cents in direct_debits.announced(read_as(treasurer)) if first <= day <= last
    ]
    if days:
        _hand_in(treasurer, days[0], on=today, held=frozenset(held))


def _hand_in(treasurer: Actor, due_on: date, *, on: date, held: frozenset[str] = frozenset()) -> int:
    """Make a file, let the board approve it, fetch it and hand it in."""
    write(treasurer, direct_debits.create_collection, due_on, today=on, held=held)
    approve_all(treasurer, base_url="")
    found = queries.find_for_day(read_as(treasurer), due_on)
    assert found is not None, due_on
    write(treasurer, direct_debits.export_collection, found.row.id, today=on)
    write(treasurer, direct_debits.mark_submitted, found.row.id, on=on)
    return found.row.id


def add_other_mandates(at: Day, listed: Sequence[Company], *, year: int, today: date) -> None:
    """Take down mandates that expire soon, have expired, were revoked, wait for their signature; one is blocked."""
    treasurer = at(today)
    soon, dead, revoked, asked = with_other_mandates(listed, year)
    signed = {
        soon: _years_before(today + timedelta(days=30)),
        dead: _years_before(today - timedelta(days=90)),
        revoked: date(year - 1, 11, 3),
        asked: None,
    }
    references = {}
    for company, day in signed.items():
        draft = direct_debits.Draft(
            iban=iban_of(company.number), signed_on=day, place=company.city if day else "",
            signatory=company.contact if day else "",
        )  # fmt: skip
        number = number_of(company)
        references[company] = write(treasurer, direct_debits.add_mandate, number, draft, today=today)
    write(
        treasurer, direct_debits.revoke_mandate, references[revoked], on=today,
        reason="Schreiben der Firma: überweist wieder selbst",
    )  # fmt: skip
    form = direct_debits.mandate_form(read_as(treasurer), references[soon], today=today)
    write(treasurer, direct_debits.keep_document, references[soon], form, file_name="Mandat.pdf")
    active = {view.member.number: view for view in list_mandates(read_as(treasurer))}
    blocked = collected(listed, year)[-2]
    write(
        treasurer, direct_debits.block_mandate, active[number_of(blocked)].reference, on=today,
        reason="Bank wird gewechselt, neue IBAN kommt",
    )  # fmt: skip


def _years_before(day: date) -> date:
    """Return the day on which a mandate was signed that ends on a day."""
    return date(day.year - _KEPT_MONTHS // 12, day.month, min(day.day, 28))


def first_day(run_day: date) -> date:
    """Return the day on which the collection of the run's invoices is handed in."""
    return next_target_day(run_day + timedelta(days=10))
