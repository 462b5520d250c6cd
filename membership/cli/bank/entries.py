"""Entries of the bank as the contract shows them: what is decided about each, or what matching suggests.

Source: `interfaces.md`, `bank import`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from membership.cli.values import cents
from membership.domain.banking.facts import Candidate, Certainty, Rule
from membership.domain.banking.signs import POINTS, reasons_of
from membership.domain.banking.statements import CATEGORY_NAMES, Category
from membership.domain.errors import N_
from membership.domain.money import Money, decimal_text
from membership.persistence.db import Session
from membership.persistence.queries import refunds
from membership.persistence.queries.bank_lines import LineView
from membership.persistence.queries.bank_settled import (
    Settled,
    list_members,
    list_returned,
    list_settled,
)
from membership.services.banking.matching import Match, parts_of
from membership.wording import Wording

Document = dict[str, Any]
_WIDTH: Final = 14
_STATES: Final = {
    "open": N_("open"),
    "posted": N_("posted"),
    "recorded": N_("recorded before"),
    "not_dues": N_("no dues"),
    "collected": N_("own direct debits"),
    "returned": N_("returned"),
    "refunded": N_("refunded"),
    "paid_out": N_("payout of Stripe"),
}


def decided_documents(session: Session, views: Sequence[LineView], words: Wording) -> list[Document]:
    """Return lines with what is decided about them; the signs are those of the moment of the decision."""
    ids = [view.decision.id for view in views if view.decision is not None]
    settled = list_settled(session, ids) if ids else {}
    for decision_id, paid in refunds.list_paid(session, ids).items() if ids else ():
        settled[decision_id] = [Settled(each.member, each.number, each.cents) for each in paid]
    for decision_id, back in list_returned(session, ids).items() if ids else ():
        settled[decision_id] = [Settled(each.member, each.document, -each.cents) for each in back]
    return [
        _decided(view, settled.get(view.decision.id, []) if view.decision else [], words) for view in views
    ]


def _decided(view: LineView, settled: Sequence[Settled], words: Wording) -> Document:
    decision = view.decision
    documents = [each for each in settled if each.document is not None]
    rules = [Rule(sign) for sign in decision.signs] if decision is not None else []
    similar = (documents[0].document or "") if documents else ""
    return {
        **_plain(view),
        "member": settled[0].member if settled else None,
        "allocations": [
            {"document": each.document, "amount": decimal_text(each.cents)} for each in documents
        ],
        "points": sum(POINTS[rule] for rule in rules),
        "reasons": _reasons(reasons_of(rules, similar=similar), words),
        "state": "open" if decision is None else str(decision.kind),
        "category": str(decision.category) if decision is not None and decision.category else None,
        "certainty": None,
        "doubts": [],
        "automatic": decision is not None and decision.is_automatic,
    }


def suggested_documents(session: Session, found: Iterable[Match], words: Wording) -> list[Document]:
    """Return open lines with the best that may explain each; a line without that has no member and no allocations."""
    matches = list(found)
    wanted = {member for match in matches for each in match.candidates[:1] for member in each.members}
    members = list_members(session, wanted) if wanted else {}
    numbers = {number for match in matches for each in match.candidates[:1] for number in each.refunds}
    cents = refunds.cents_of(session, numbers) if numbers else {}
    return [_suggested(match, members, cents, words) for match in matches]


def _suggested(
    match: Match, members: Mapping[int, str], refunded: Mapping[str, int], words: Wording
) -> Document:
    best = match.candidates[0] if match.candidates else None
    return {
        **_plain(match.view),
        "member": members.get(best.members[0]) if best is not None and best.members else None,
        "allocations": _allocations(match, best, refunded) if best is not None else [],
        "points": best.points if best is not None else 0,
        "reasons": _reasons(best.reasons if best is not None else (), words),
        "state": "open",
        "category": str(match.category) if match.category is not None else None,
        "certainty": best.certainty.name.lower() if best is not None else None,
        "doubts": [words.value(each) for each in best.doubts] if best is not None else [],
        "automatic": False,
    }


def has_suggestion(match: Match) -> bool:
    """Return whether there is something to confirm: at least two signs, or a rule that says it is no dues."""
    best = match.candidates[0] if match.candidates else None
    return match.category is not None or (best is not None and best.certainty >= Certainty.LIKELY)


def _allocations(match: Match, best: Candidate, refunded: Mapping[str, int]) -> list[Document]:
    return [
        {"document": part.reference, "amount": decimal_text(part.cents)} for part in parts_of(match, best)
    ] + [{"document": number, "amount": decimal_text(-refunded[number])} for number in best.refunds]


def _reasons(reasons: Iterable[Any], words: Wording) -> list[Document]:
    return [{"rule": str(reason.rule), "text": words.value(reason.text)} for reason in reasons]


def _plain(view: LineView) -> Document:
    line = view.line
    return {
        "entry": line.id,
        "amount": decimal_text(line.amount_cents),
        "booked_on": line.booked_on.isoformat(),
        "name": line.name or None,
        "iban": line.iban_shown or None,
        "remittance": line.remittance or line.creditor_reference or line.booking_text or None,
        "statement": line.statement_id,
    }


def entry_lines(document: Document, words: Wording) -> Iterator[str]:
    """Yield an entry for people: the movement, then what is decided or suggested."""

    def amount(text: str) -> str:
        return words.value(Money(cents(text)))

    number = "–" if document["entry"] is None else str(document["entry"])
    day = words.value(date.fromisoformat(document["booked_on"]))
    said = " · ".join(each for each in (document["name"], document["remittance"]) if each)
    yield f"{number:>6}  {day}  {amount(document['amount']):>{_WIDTH}}  {said}"
    parts = [words.text(_STATES[document["state"]])]
    if document["category"]:
        parts.append(words.text(CATEGORY_NAMES[Category(document["category"])]))
    if document["member"]:
        parts.append(document["member"])
    parts += [f"{each['document']} {amount(each['amount'])}" for each in document["allocations"]]
    parts += [each["text"] for each in document["reasons"]] + document["doubts"]
    yield " " * 8 + " · ".join(parts)
