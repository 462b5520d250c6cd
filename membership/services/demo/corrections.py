"""Corrections of the demonstration's last dues year: one of each kind, so that every page has something on it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from membership.domain.corrections import Cause, Reason
from membership.domain.dues.year import months_later
from membership.domain.policy import Actor, Role
from membership.persistence.db import read_as, write
from membership.persistence.queries.approvals import list_deciders, list_open
from membership.persistence.queries.invoicing import InvoiceView, list_invoices
from membership.services import corrections
from membership.services.approving import approve

BOARD: Final = "Vorstand, Sitzung im Frühjahr, TOP 4"
_LARGE: Final = 100_000
Step = Callable[[Actor, str, date], object]


def correct_year(actor: Actor, year: int, *, on: date, base_url: str, apart: Collection[str]) -> int:
    """Correct some invoices of a year on a day, but none of the members named, and return how many."""
    views = [view for view in list_invoices(read_as(actor), year=year) if view.member.number not in apart]
    unpaid = [view for view in views if view.open_cents and not view.standing.paid_cents]
    partly = [view for view in views if view.open_cents and view.standing.paid_cents]
    paid = [view for view in views if not view.open_cents and view.invoice.gross_cents > _LARGE]
    steps: list[tuple[InvoiceView, Step]] = [
        *zip(unpaid, (_defer, _plan, _write_off, _reissue(base_url)), strict=False),
        *zip(partly, (_waive,), strict=False),
        *zip(paid, (_correct,), strict=False),
    ]
    for view, step in steps:
        step(actor, view.invoice.number, on)
    approve_all(actor, base_url=base_url)
    for view in partly[1:2]:
        _waive(actor, view.invoice.number, on)
    return len(steps)


def approve_all(actor: Actor, *, base_url: str) -> None:
    """Let the board approve all that waits, on the actor's day."""
    session = read_as(actor)
    waiting = [line.approval.id for line in list_open(session)]
    for user_id, name in list_deciders(session, without=actor.key)[:1]:
        board = replace(actor, user_id=user_id, name=name, roles=frozenset({Role.BOARD}))
        for number in waiting:
            write(board, approve, number, today=actor.at.date(), base_url=base_url)


def _defer(actor: Actor, number: str, on: date) -> None:
    until = on + timedelta(days=60)
    write(actor, corrections.defer, number, until=until, reason="Engpass, telefonisch vereinbart", today=on)


def _plan(actor: Actor, number: str, on: date) -> None:
    days = [months_later(date(on.year, on.month, 1), months) for months in (2, 3, 4)]
    write(actor, corrections.plan_instalments, number, days, reason="Bitte um Raten, E-Mail", today=on)


def _write_off(actor: Actor, number: str, on: date) -> None:
    why = {"reason": "Insolvenz, keine Quote zu erwarten", "resolution": BOARD}
    write(actor, corrections.write_off, number, today=on, **why)


def _waive(actor: Actor, number: str, on: date) -> None:
    view = next(one for one in list_invoices(read_as(actor)) if one.invoice.number == number)
    why = {"reason": "Kurzarbeit im halben Jahr", "resolution": BOARD}
    write(actor, corrections.waive, number, view.open_cents, today=on, **why)


def _correct(actor: Actor, number: str, on: date) -> None:
    reason = Reason(Cause.WRONG_AMOUNT, "Nachlass für den Messestand vergessen")
    write(actor, corrections.correct_invoice, number, 10_000, reason=reason, today=on)


def _reissue(base_url: str) -> Step:
    def step(actor: Actor, number: str, on: date) -> None:
        reason = Reason(Cause.WRONG_RECIPIENT, "Neue Rechnungsanschrift")
        write(actor, corrections.reissue_invoice, number, reason=reason, today=on, base_url=base_url)

    return step
