"""Open entries with their suggestions: one key each, the exact ones together, the sure ones of the first statement.

Source: `ux.md` 6.9.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.banking.facts import Candidate, Certainty
from membership.domain.banking.statements import Rest
from membership.domain.direct_debits.returns import REACTIONS, reaction_to
from membership.domain.errors import DomainError
from membership.domain.money import Money
from membership.jobs.banking import post_all_sure
from membership.persistence.db import write
from membership.persistence.queries import bank_lines, bank_questions
from membership.persistence.queries.bank_lines import Choice
from membership.persistence.queries.members.rows import numbers_of
from membership.persistence.queries.online_payments import find_payout
from membership.persistence.queries.settings import get_settings
from membership.services.banking.deciding import Origin, post_line, reason_of
from membership.services.banking.matching import (
    Match,
    is_posted_at_once,
    match_open,
    may_post_alone,
    parts_of,
)
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.frame import today
from membership.web.language import _, ngettext, words
from membership.web.treasurer.banking.blueprint import blueprint
from membership.web.treasurer.banking.statements import account_rows
from membership.web.treasurer.paging import page_number, pager

PAGE: Final = 20
_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A candidate in words: what it is called, what its button says and does.

    `parts` are (document, cents); `rest` is what becomes of a difference; `note` names that difference; `refunds` are
    the own refunds that it is, `collection` the own collection.
    """

    place: int
    kind: str
    tone: str
    icon: str
    label: str
    note: str
    button: str
    parts: tuple[tuple[str, int], ...]
    rest: Rest
    credit_to: str
    reasons: tuple[str, ...]
    doubts: tuple[str, ...]
    endpoint: str = "treasurer.banking.post"
    refunds: tuple[str, ...] = ()
    payout: str = ""
    collection: str = ""

    @property
    def typed(self) -> list[str]:
        """Return the parts as the address of the page that divides an entry names them."""
        return [f"{reference}={cents}" for reference, cents in self.parts]


@dataclass(frozen=True, slots=True)
class Row:
    """An open entry as the page shows it."""

    match: Match
    suggestions: tuple[Suggestion, ...]
    member: str = ""
    asked: Any = None
    """The one member of the first suggestion, if it is one, and the last mail that asked about the entry."""

    @property
    def over_cents(self) -> int:
        """Return what the first suggestion leaves of the entry."""
        return (
            self.match.candidates[0].rest_cents
            if self.suggestions and self.suggestions[0].kind == "over"
            else 0
        )

    @property
    def is_exact(self) -> bool:
        """Return whether the first suggestion fits to the cent and a second sign speaks for it (BNK-10).

        Only then it may be posted together with others; an amount alone is decided one by one.
        """
        candidates = self.match.candidates
        is_likely = bool(candidates) and candidates[0].certainty is not Certainty.POSSIBLE
        return is_likely and bool(self.suggestions) and self.suggestions[0].kind in {"exact", "split"}


def rows_of(found: list[Match]) -> list[Row]:
    """Return matches with their suggestions in words."""
    members = {
        member
        for match in found
        for place, candidate in enumerate(match.candidates)
        if not candidate.shares or not place
        for member in candidate.members[:1]
    }
    asked = bank_questions.last_questions(read(), [match.view.line.id for match in found])
    numbers = numbers_of(read(), members)
    opened = bank_lines.open_cents_of(read(), {name for match in found for name in match.numbers.values()})
    small = get_settings(read()).number("payment.tolerance_cents")
    return [
        Row(
            match,
            tuple(
                _suggestion(place, match, candidate, numbers, opened, small=small)
                for place, candidate in enumerate(match.candidates, start=1)
            ),
            next((numbers[best.members[0]] for best in match.candidates[:1] if len(best.members) == 1), ""),
            asked.get(match.view.line.id),
        )
        for match in found
    ]


def _suggestion(
    place: int,
    match: Match,
    candidate: Candidate,
    numbers: dict[int, str],
    opened: dict[str, int],
    *,
    small: int,
) -> Suggestion:
    parts = tuple((part.reference, part.cents) for part in parts_of(match, candidate))
    left = sum(opened.get(reference, cents) - cents for reference, cents in parts)
    credit_to = numbers.get(candidate.members[0], "") if not parts and candidate.members else ""
    endpoint = "treasurer.banking.post"
    if candidate.is_return:
        kind, tone, icon, label, note, button = _return_words(match, candidate.rest_cents)
        endpoint = "treasurer.banking.give_back"
    elif candidate.payout:
        kind, tone, icon, label, note = (
            "payout",
            "ok",
            "card",
            _("Payout recognised"),
            _payout_note(candidate),
        )
        button, endpoint = _("Post"), "treasurer.banking.payout"
    elif candidate.refunds:
        label = _("Refund to %(member)s", member=match.view.line.name or numbers[candidate.members[0]])
        kind, tone, icon, note, button = "refund", "ok", "undo", "", _("Post")
        endpoint = "treasurer.banking.refund"
    elif candidate.is_collection:
        label = ngettext("Direct debit, %(n)s invoice", "Direct debit, %(n)s invoices", len(parts))
        kind, tone, icon, note, button = "collection", "ok", "bank", candidate.collection, _("Post")
        endpoint = "treasurer.banking.collect"
    else:
        kind, tone, icon, label, note, button = _words(parts, left, candidate.rest_cents, small=small)
    return Suggestion(
        place, kind, tone, icon, label, note, button, parts,
        Rest.WAIVE if kind == "small" else Rest.CREDIT if candidate.rest_cents else Rest.OPEN, credit_to,
        tuple(words().value(reason.text) for reason in candidate.reasons),
        tuple(words().value(doubt) for doubt in candidate.doubts), endpoint, candidate.refunds,
        candidate.payout, candidate.collection,
    )  # fmt: skip


def _payout_note(candidate: Candidate) -> str:
    """Return what a payout consists of: payments and fee (`ux.md` 6.9 “Stripe payout”)."""
    payout = find_payout(read(), candidate.payout)
    if payout is None:
        return ""
    return _(
        "payments %(gross)s, fees %(fees)s", gross=Money(payout.gross_cents), fees=Money(payout.fee_cents)
    )


def return_words(code: str) -> str:
    """Return what a return code means, with the code; a number that stands for none is named as such."""
    if not code:
        return ""
    if code in REACTIONS:
        return f"{words().text(reaction_to(code).meaning)} ({code})"
    return _("reason unknown, key %(code)s of the bank", code=code)


def _return_words(match: Match, fee: int) -> tuple[str, str, str, str, str, str]:
    """Return kind, tone, icon, label, note and button of a debit that came back (`ux.md` 6.9 “Return debit”)."""
    code = reason_of(match.view.line)
    note = return_words(code)
    if fee:
        note = ", ".join(filter(None, (note, _("fee %(amount)s", amount=Money(fee)))))
    return "return", "danger", "undo", _("Return debit"), note, _("Open the invoice again")


def _words(
    parts: tuple[tuple[str, int], ...], left: int, over: int, *, small: int
) -> tuple[str, str, str, str, str, str]:
    """Return kind, tone, icon, label, note and button of a suggestion (`ux.md` 6.9 “Cases”)."""
    if not parts:
        return "credit", "info", "info", _("Nothing open"), "", _("Keep as credit balance")
    if over > 0:
        note = _("%(amount)s too much", amount=Money(over))
        return "over", "warning", "plus", _("Overpayment"), note, _("Keep the rest as credit balance")
    if left > 0:
        note = _("%(amount)s remain open", amount=Money(left))
        if left <= small:
            return (
                "small",
                "warning",
                "half-circle",
                _("Small difference"),
                note,
                _("Post and waive the rest"),
            )
        return "part", "warning", "half-circle", _("Part payment"), note, _("Post part payment")
    if len(parts) > 1:
        label = ngettext("Split into %(n)s invoice", "Split into %(n)s invoices", len(parts))
        return "split", "info", "more", label, _("adds up"), _("Post the split")
    return "exact", "ok", "tick", _("Exact"), "", _("Post")


def _later() -> set[int]:
    return {
        int(text)
        for text in request.args.getlist("later")
        if text.isascii() and text.isdigit() and len(text) <= _DIGITS
    }


@blueprint.get("/entries")
@policy("bank.read")
def match() -> ResponseReturnValue:
    """Show what waits for a decision; what was put off stands last."""
    later = _later()
    found = sorted(match_open(read(), today=today()), key=lambda each: each.view.line.id in later)
    is_first = not is_posted_at_once(read())
    sure = [each for each in found if each.is_sure]
    waiting = [each for each in found if not each.is_sure] if is_first else found
    page = page_number()
    total, _cents = bank_lines.count_lines(read())
    _count, open_cents = bank_lines.count_lines(read(), Choice(is_open=True))
    shown = rows_of(waiting[(page - 1) * PAGE : page * PAGE])
    return render_template(
        "treasurer/banking/match.html",
        rows=shown,
        sure=sure if is_first else [],
        is_alone=may_post_alone(read()),
        waiting=len(waiting),
        suggested=sum(bool(each.candidates) for each in waiting),
        decided=total - len(found),
        total=total,
        open_cents=open_cents,
        exact=sum(row.is_exact for row in rows_of(waiting)) if waiting else 0,
        later=sorted(later),
        last=bank_lines.find_last_decided(read()),
        accounts=account_rows(),
        pager=pager(page, len(waiting), size=PAGE),
    )


@blueprint.route("/exact", methods=["GET", "POST"])
@policy("bank.write")
def exact() -> ResponseReturnValue:
    """Show all suggestions that fit to the cent, and post them together."""
    rows = [
        row
        for row in rows_of([each for each in match_open(read(), today=today()) if not each.unseen])
        if row.is_exact
    ]
    if request.method == "POST":
        wanted = set(request.form.getlist("line"))
        chosen = [row for row in rows if str(row.match.view.line.id) in wanted]
        sessions.notice("ok", ngettext("%(n)s entry posted.", "%(n)s entries posted.", _post_each(chosen)))
        return redirect(url_for(".match"), code=303)
    return render_template("treasurer/banking/exact.html", rows=rows)


def _post_each(rows: list[Row]) -> int:
    actor, done = replace(current_actor(), form_token=None), 0
    for row in rows:
        best = row.match.candidates[0]
        origin = Origin(signs=tuple(str(reason.rule) for reason in best.reasons))
        parts = parts_of(row.match, best)
        try:
            write(
                actor, post_line, row.match.view.line.id, parts,
                today=today(), origin=origin,
            )  # fmt: skip
        except DomainError:
            continue
        done += 1
    return done


@blueprint.post("/sure")
@policy("bank.write")
def post_sure() -> ResponseReturnValue:
    """Post the sure matches of the first statement, after a person has seen their list."""
    done = post_all_sure(current_actor(), today=today(), is_asked=True)
    sessions.notice("ok", ngettext("%(n)s entry posted.", "%(n)s entries posted.", len(done)))
    return redirect(url_for(".match"), code=303)
