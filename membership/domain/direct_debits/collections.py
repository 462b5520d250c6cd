"""What may be debited when, and why not: notice, mandate, due day; how the debits of a file are grouped and counted.

Source: SEPA-6 to SEPA-8, SEPA-12, SEPA-14; INV-14, INV-15; FI-49.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Final, NamedTuple

from membership.domain.bank_days import is_target_day, next_target_day, target_days_after
from membership.domain.direct_debits.mandates import MandateState, Recurrence, Scheme, Standing, state_of
from membership.domain.direct_debits.returns import may_collect_again
from membership.domain.errors import N_, Conflict, DomainError, InputError
from membership.domain.phrases import Phrase, phrase

LATEST_DAYS: Final = 40
"""A file may be handed in no earlier than so many days before its due day (6.3, table)."""


class CollectionState(StrEnum):
    """Where a collection stands; money moves by `settled` alone."""

    PLANNED = "planned"
    EXPORTED = "exported"
    SUBMITTED = "submitted"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


COLLECTION_WORDS: Final = {
    CollectionState.PLANNED: N_("File created"),
    CollectionState.EXPORTED: N_("File downloaded"),
    CollectionState.SUBMITTED: N_("Handed in at the bank"),
    CollectionState.SETTLED: N_("Credited"),
    CollectionState.WITHDRAWN: N_("Withdrawn"),
}


class ItemState(StrEnum):
    """Where one debit stands: under way, credited, come back, or never handed in."""

    OPEN = "open"
    SETTLED = "settled"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


STANDING: Final = (ItemState.OPEN, ItemState.SETTLED)
"""An open item is in at most one debit of these states (INV-14)."""


class Sequence(StrEnum):
    """The sequence type of a debit; first ones are recurrent too since 2016 (SEPA-6)."""

    RECURRENT = "RCUR"
    ONE_OFF = "OOFF"
    FINAL = "FNAL"


class NotBankDay(InputError):
    """Banks do not settle on this day."""

    message = N_("Banks do not settle on %(day)s. The next day on which they do is %(next)s.")
    code = "not_bank_day"


class TooEarly(DomainError):
    """The bank needs the file at least one bank day before."""

    message = N_(
        "%(day)s is too early: the file must reach the bank one bank day before. The earliest day is %(first)s."
    )
    code = "collection_too_early"


class TooLate(DomainError):
    """The bank takes no file so far ahead."""

    message = N_("%(day)s is too far away: banks take a file at most 40 days ahead, so until %(last)s.")
    code = "collection_too_late"


class NothingToCollect(DomainError):
    """No invoice may be debited on that day."""

    message = N_("No invoice can be collected on %(day)s.")
    code = "nothing_to_collect"


class CreditorIncomplete(DomainError):
    """The association cannot collect yet."""

    message = N_("Before the first collection the settings need: %(missing)s.")
    code = "creditor_incomplete"


class StateOther(Conflict):
    """The collection is in another state than the step needs."""

    message = N_("The collection %(number)s is in the state “%(state)s”; this step is not possible there.")
    code = "collection_state"


def require_day(day: date, *, today: date) -> None:
    """Raise unless a file made today can carry this due day: a bank day, at least one and at most 40 days ahead."""
    if not is_target_day(day):
        raise NotBankDay(day=day, next=next_target_day(day))
    first = target_days_after(today, 1)
    if day < first:
        raise TooEarly(day=day, first=first)
    last = today + timedelta(days=LATEST_DAYS)
    if day > last:
        raise TooLate(day=day, last=last)


def announced_day(due_on: date, *, notified_on: date, notice_days: int) -> date:
    """Return the day that an invoice announces for its debit: a bank day, due, and after the notice (SEPA-7, 8)."""
    return next_target_day(max(due_on, notified_on + timedelta(days=notice_days)))


class Notice(NamedTuple):
    """What the member was told of a debit: when, for which day, by which mandate, and how much."""

    notified_on: date
    due_on: date
    mandate_id: int
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An open item as a collection sees it.

    Args:
        notice: the latest one; None when the member was told nothing.
        is_waiting: the invoice is still to go out, or came back.
        is_sent: a sending of the invoice is known; else only its day is.
        under_way: the collection that holds it already, empty when none does.
        returned: the return codes of its debits that came back, the last one last.
        has_plan: it is paid in instalments that were agreed.
    """

    id: int
    document: str
    member_id: int
    member_number: str
    member_name: str
    open_cents: int
    due_on: date
    notice: Notice | None = None
    is_waiting: bool = False
    is_sent: bool = True
    under_way: str = ""
    returned: tuple[str, ...] = ()
    has_plan: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """A mandate as a collection sees it."""

    id: int
    reference: str
    scheme: Scheme
    recurrence: Recurrence
    standing: Standing
    account_shown: str
    amended_on: date | None = None


class Reason(StrEnum):
    """Why an invoice is left out of a collection; what solves it stands beside it on the page."""

    NO_MANDATE = "no_mandate"
    MANDATE = "mandate"
    UNDER_WAY = "under_way"
    RETURNED = "returned"
    PLAN = "plan"
    NOT_DUE = "not_due"
    NOT_SENT = "not_sent"
    NOT_ANNOUNCED = "not_announced"
    NOTICE = "notice"
    MORE_THAN_ANNOUNCED = "more_than_announced"
    HELD = "held"


class Refusal(NamedTuple):
    """Why an item is left out, in words, and the first day on which it could be collected, when a day is the reason."""

    reason: Reason
    text: Phrase
    earliest: date | None = None


_STATES: Final = {
    MandateState.REQUESTED: N_("The mandate %(reference)s is not signed yet."),
    MandateState.BLOCKED: N_("The mandate %(reference)s is blocked since a debit came back."),
    MandateState.USED: N_("The mandate %(reference)s was for one collection and is used."),
    MandateState.EXPIRED: N_("The mandate %(reference)s has expired: nothing was collected for 36 months."),
    MandateState.REVOKED: N_("The mandate %(reference)s is revoked."),
}


def refusal_of(
    claim: Claim, mandate: Mandate | None, *, on: date, notice_days: int, is_again: bool = False
) -> Refusal | None:
    """Return why an item may not be debited on a day, None when it may (INV-15).

    Args:
        claim: the item.
        mandate: the member's mandate that would be used.
        on: the due day, a bank day.
        notice_days: how many calendar days the member must know of it before.
        is_again: somebody spoke with the member after a debit came back.
    """
    if claim.under_way:
        return _no(Reason.UNDER_WAY, N_("It is in the collection %(number)s."), number=claim.under_way)
    if mandate is None:
        return _no(Reason.NO_MANDATE, N_("The member has given no mandate."))
    state = state_of(mandate.standing, on)
    if state is not MandateState.ACTIVE:
        return _no(Reason.MANDATE, _STATES[state], reference=mandate.reference)
    if claim.has_plan:
        return _no(Reason.PLAN, N_("Instalments were agreed; they are not collected."))
    if claim.returned and not (is_again and may_collect_again(claim.returned)):
        text = N_("The last debit came back (%(code)s). Speak with the member before it is collected again.")
        if not may_collect_again(claim.returned):
            text = N_("The last debit came back (%(code)s). It is not collected again.")
        return _no(Reason.RETURNED, text, code=claim.returned[-1])
    return _before_time(claim, mandate, on=on, notice_days=notice_days)


def _before_time(claim: Claim, mandate: Mandate, *, on: date, notice_days: int) -> Refusal | None:
    """Return why the member does not know early enough of a debit, or does not owe it yet."""
    notice = claim.notice
    if claim.is_waiting:
        return _no(Reason.NOT_SENT, N_("The invoice has not been sent: the member knows of no debit."))
    if notice is None or notice.mandate_id != mandate.id:
        text = N_("Nothing told the member of a debit by the mandate %(reference)s.")
        return _no(Reason.NOT_ANNOUNCED, text, reference=mandate.reference)
    if claim.open_cents > notice.cents:
        return _no(Reason.MORE_THAN_ANNOUNCED, N_("More is open than was announced."))
    first = next_target_day(notice.notified_on + timedelta(days=notice_days))
    if on < first:
        text = N_("The member was told on %(day)s only; the earliest day is %(first)s.")
        return Refusal(Reason.NOTICE, phrase(text, day=notice.notified_on, first=first), first)
    due_on = next_target_day(max(claim.due_on, notice.due_on))
    if on < due_on:
        return Refusal(
            Reason.NOT_DUE, phrase(N_("It is collected on %(day)s at the earliest."), day=due_on), due_on
        )
    return None


def _no(reason: Reason, text: str, **values: str) -> Refusal:
    return Refusal(reason, phrase(text, **values))


def expected_day(claim: Claim, mandate: Mandate | None, *, today: date) -> date | None:
    """Return the day on which a member may expect the debit that it was told of; None when it should pay itself.

    A day that has passed without a debit is none any more, nor is one after a return.
    """
    notice = claim.notice
    if notice is None or mandate is None or notice.mandate_id != mandate.id:
        return None
    day = next_target_day(max(claim.due_on, notice.due_on))
    is_held = claim.under_way or claim.has_plan or claim.returned or claim.open_cents > notice.cents
    is_active = state_of(mandate.standing, day) is MandateState.ACTIVE
    return day if is_active and not is_held and day >= today else None


class Chosen(NamedTuple):
    """An item that may be debited, with its mandate and what should be looked at first."""

    claim: Claim
    mandate: Mandate
    doubts: tuple[Phrase, ...]


class LeftOut(NamedTuple):
    """An item that may not."""

    claim: Claim
    refusal: Refusal
    mandate: Mandate | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a collection on a day would hold."""

    on: date
    chosen: tuple[Chosen, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def cents(self) -> int:
        """Return the sum of all debits."""
        return sum(each.claim.open_cents for each in self.chosen)


def proposal(
    claims: Iterable[Claim],
    mandates: dict[int, Mandate],
    *,
    on: date,
    notice_days: int,
    held: frozenset[str] = frozenset(),
    again: frozenset[str] = frozenset(),
) -> Proposal:
    """Return which items are debited on a day and which are left out, each with its reason, by document.

    Args:
        claims: open items of members that pay by direct debit, or have a mandate.
        mandates: member -> the mandate to use.
        on: the due day.
        notice_days: the notice before a debit.
        held: documents that a person leaves out.
        again: documents of which a debit came back, after somebody spoke with the member.
    """
    chosen, left_out = [], []
    one_off: set[int] = set()
    for claim in sorted(claims, key=lambda claim: claim.document):
        mandate = mandates.get(claim.member_id)
        refused = refusal_of(claim, mandate, on=on, notice_days=notice_days, is_again=claim.document in again)
        if refused is None and claim.document in held:
            refused = _no(Reason.HELD, N_("It was left out by hand."))
        if refused is None and mandate is not None and mandate.id in one_off:
            refused = _no(Reason.MANDATE, _STATES[MandateState.USED], reference=mandate.reference)
        if refused is not None or mandate is None:
            assert refused is not None, claim
            left_out.append(LeftOut(claim, refused, mandate))
            continue
        if mandate.recurrence is Recurrence.ONE_OFF:
            one_off.add(mandate.id)
        chosen.append(Chosen(claim, mandate, doubts_of(claim, mandate, on=on)))
    return Proposal(on, tuple(chosen), tuple(left_out))


def doubts_of(claim: Claim, mandate: Mandate, *, on: date) -> tuple[Phrase, ...]:
    """Return what a person should look at before an item is debited."""
    notice = claim.notice
    if notice is None:
        return ()
    found = []
    if not claim.is_sent:
        found.append(phrase(N_("No sending is known: make sure that the member has the invoice.")))
    if on > next_target_day(notice.due_on):
        text = N_("%(day)s was announced; the member should be told the new day.")
        found.append(phrase(text, day=notice.due_on))
    if claim.open_cents < notice.cents:
        found.append(phrase(N_("Less is open than was announced.")))
    if mandate.amended_on is not None and mandate.amended_on > notice.notified_on:
        found.append(
            phrase(N_("The mandate was changed after the notice, on %(day)s."), day=mandate.amended_on)
        )
    return tuple(found)


def sequence_of(recurrence: Recurrence) -> Sequence:
    """Return the sequence type of a debit by a mandate (SEPA-6)."""
    return Sequence.ONE_OFF if recurrence is Recurrence.ONE_OFF else Sequence.RECURRENT


def blocks_of(chosen: Iterable[Chosen]) -> list[tuple[Scheme, Sequence, list[Chosen]]]:
    """Return the debits of a file by scheme and sequence type; both never stand in one block (SEPA-1, SEPA-12)."""

    def key(each: Chosen) -> tuple[str, str]:
        return (each.mandate.scheme, sequence_of(each.mandate.recurrence))

    return [
        (Scheme(scheme), Sequence(sequence), list(group))
        for (scheme, sequence), group in groupby(sorted(chosen, key=key), key=key)
    ]


REFUND_WEEKS: Final = 8


def refundable_until(due_on: date, scheme: Scheme) -> date | None:
    """Return until when the debtor may have a debit refunded without a reason; never with B2B (SEPA-13)."""
    return due_on + timedelta(weeks=REFUND_WEEKS) if scheme is Scheme.CORE else None
