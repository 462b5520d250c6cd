"""The report about a round of declarations: who had declared what at the end of a day.

Source: REP-11; `ux.md` 8.2 "Self-declarations".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from fractions import Fraction
from typing import Final

from sqlalchemy.orm import Session

from membership.domain.declarations.plausibility import Outcome
from membership.domain.declarations.questions import Answer, weighted
from membership.domain.dues.schedule.bases import Basis, default_basis
from membership.domain.errors import N_
from membership.domain.reports.declarations import DeclaredSize, declarations_table
from membership.persistence.models.declarations import DeclarationRound
from membership.persistence.queries import declarations as queries
from membership.persistence.queries.declarations import RequestView
from membership.services.declarations import mails
from membership.services.declarations.expected import answers_from, asked_of_all, band_of, outcome_from
from membership.services.declarations.links import end_of_day
from membership.services.dues import known_sizes
from membership.services.reports import Report

NAME: Final = "declarations"


def report_year(session: Session, wanted: int | None, *, as_of: date) -> int | None:
    """Return the dues year of the round that is reported: the wanted one, else the newest; None while none was open."""
    opened = [each.dues_year for each in queries.list_rounds(session) if each.opened_on <= as_of]
    return wanted if wanted in opened else next(iter(opened), None)


def declarations_report(session: Session, *, year: int | None, as_of: date, zone: str) -> Report:
    """Return REP-11 of a dues year, without rows when nobody had been asked by that day.

    What members declared, what was decided and which mails went out is that of the day; of those that had not declared
    the size before is the one known today.
    """
    found = queries.find_round(session, year) if year is not None else None
    is_there = found is not None and found.opened_on <= as_of
    rows = _rows(session, found, until=end_of_day(as_of, zone)) if found is not None and is_there else []
    period = (date(year, 1, 1), date(year, 12, 31)) if year is not None else (None, None)
    return Report(NAME, N_("Declarations"), as_of, declarations_table(rows), {}, *period)


def _rows(session: Session, found: DeclarationRound, *, until: datetime) -> list[DeclaredSize]:
    year = found.dues_year
    views = queries.list_requests(session, found.id, until=until)
    bases = known_sizes(session, year)
    silent = {view.member.id for view in views if view.version is None}
    asked = asked_of_all(
        session, year, turnover_class=bool(found.asks.get("turnover_class")), member_ids=silent
    )
    mailed = queries.mails_until(session, mails.document_of(year, ""), until=until)
    rows: list[DeclaredSize] = []
    for view in views:
        known = asked[view.member.id].known if view.member.id in asked else {}
        rows += _of_request(view, bases, known, mailed, document=mails.document_of(year, view.member.number))
    return rows


def _of_request(
    view: RequestView,
    bases: Mapping[str, Basis],
    known: Mapping[str, Answer],
    mailed: set[tuple[str, str]],
    *,
    document: str,
) -> list[DeclaredSize]:
    version, decision = view.version, view.decision
    before = answers_from(version.known) if version else known
    stored = version.answers if version else decision.answers if decision else {}
    now = answers_from(stored)
    bands = (Outcome(), Outcome())
    if version is not None:
        bands = (outcome_from(version.before), outcome_from(version.expected))
    is_reminded = (document, mails.REMINDER) in mailed
    state = view.state_after(
        is_asked=is_reminded or (document, mails.REQUEST) in mailed, is_reminded=is_reminded
    )
    return [
        DeclaredSize(
            view.member.number, view.member.name, name, _size(name, before, bases), _size(name, now, bases),
            band_of(bands[0]), band_of(bands[1]), state,
        )
        for name in sorted({*before, *now}) or [""]
    ]  # fmt: skip


def _size(name: str, answers: Mapping[str, Answer], bases: Mapping[str, Basis]) -> Fraction | None:
    if name not in answers:
        return None
    return weighted(bases.get(name) or default_basis(name), answers[name])
