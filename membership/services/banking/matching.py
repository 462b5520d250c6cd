"""Open lines are matched: what is sure is posted, what is likely suggested, the rest asks a person.

Source: BNK-8 to BNK-11, `decisions.md` 15, `ux.md` 6.8 and 6.9.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from membership.domain.banking.facts import Candidate, Certainty, Rule
from membership.domain.banking.matching import match_lines
from membership.domain.banking.statements import Category, Part
from membership.domain.policy import require
from membership.persistence.db import actor_of, guard
from membership.persistence.queries import bank_known, bank_lines, refunds
from membership.persistence.queries.payments import item_of
from membership.persistence.queries.settings import get_settings
from membership.services.banking.deciding import Origin, collect_line, post_line, refund_line, set_aside
from membership.services.banking.importing import GUARD
from membership.services.banking.learning import party_key


@dataclass(frozen=True, slots=True)
class Match:
    """An open line with what may explain it.

    Args:
        line_id: the line, known without reading it again.
        candidates: the best first, at most five.
        category: what a remembered rule says it is.
        unseen: payments recorded by hand that this line may be.
        numbers: open item -> the number of its document, for the items of the candidates.
    """

    line_id: int
    view: bank_lines.LineView
    candidates: tuple[Candidate, ...]
    category: Category | None
    unseen: tuple[bank_known.Unseen, ...]
    numbers: dict[int, str]

    @property
    def is_sure(self) -> bool:
        """Return whether this may be posted without a person."""
        if self.unseen:
            return False
        best = self.candidates[0] if self.candidates else None
        return best is not None and best.certainty is Certainty.SURE and not best.is_return


def match_open(session: Session, *, today: date, account_id: int | None = None) -> list[Match]:
    """Return all open lines with their candidates, by day; lines compete for a document as if posted in order."""
    require(actor_of(session), "bank.read")
    views = bank_lines.list_lines(session, bank_lines.Choice(is_open=True, account_id=account_id))
    if not views:
        return []
    known = bank_known.list_known(session, today=today)
    numbers = {item.id: item.number for item in known.items}
    rules = {(rule.party_key, rule.is_credit): rule.category for rule in bank_known.list_rules(session)}
    unseen = bank_known.list_unseen(session)
    found = match_lines([view.entry for view in views], known)
    return [
        Match(
            view.line.id,
            view,
            candidates,
            rules.get((party_key(view.line), view.line.amount_cents > 0)),
            bank_known.seen_by(view.line, unseen),
            {share.item_id: numbers[share.item_id] for each in candidates for share in each.shares},
        )
        for view, candidates in zip(views, found, strict=True)
    ]


def is_posted_at_once(session: Session) -> bool:
    """Return whether sure matches of a new statement are posted at once: from the second one on, if that is wished.

    The very first ones are looked at by a person once. Source: `decisions.md` 15.
    """
    return bank_lines.was_matched(session) and may_post_alone(session)


def may_post_alone(session: Session) -> bool:
    """Return whether the settings let sure matches be posted without a person."""
    return bool(get_settings(session).values["bank.post_sure"])


def parts_of(match: Match, candidate: Candidate) -> list[Part]:
    """Return the parts that a candidate stands for."""
    return [Part(match.numbers[share.item_id], share.cents) for share in candidate.shares]


def post_sure(session: Session, found: Iterable[Match], *, today: date) -> list[int]:
    """Post the sure ones of these matches, and those that a rule names; return the lines that were decided.

    What was decided or paid otherwise meanwhile is left for a person. Raises `DomainError` when one cannot be posted
    for another reason: then none is, and the caller goes on one by one.
    """
    require(actor_of(session), "bank.write")
    guard(session, GUARD)
    matches = list(found)
    still_open = bank_lines.which_are_open(session, [match.line_id for match in matches])
    return [
        match.line_id
        for match in matches
        if match.line_id in still_open and _post(session, match, today=today)
    ]


def _post(session: Session, match: Match, *, today: date) -> bool:
    line_id = match.line_id
    if match.is_sure:
        best = match.candidates[0]
        signs = tuple(str(reason.rule) for reason in best.reasons)
        origin = Origin(is_automatic=True, signs=signs)
        if best.refunds:
            if not refunds.are_under_way(session, best.refunds):
                return False
            refund_line(session, line_id, best.refunds, origin=origin)
            return True
        if Rule.COLLECTION in best.rules:
            collect_line(session, line_id, today=today, origin=origin)
            return True
        parts = parts_of(match, best)
        if any(item_of(session, part.reference)[2] < part.cents for part in parts):
            return False
        post_line(session, line_id, parts, today=today, origin=origin)
    elif match.category is not None:
        set_aside(session, line_id, match.category, origin=Origin(is_automatic=True))
    return match.is_sure or match.category is not None
