"""Invoices are handed over for sending: by mail to everybody who is to get them, else by post, each once.

Source: `reliability.md` 5.7 (32), INV-17; `ux.md` 6.6, 6.7 (sending).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from membership.domain.dispatch import (
    Channel,
    DispatchState,
    Mailbox,
    checked_address,
    dispatch_key,
)
from membership.domain.errors import N_, Conflict, NotFound
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of, insert_missing
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.queries.billing import get_run
from membership.persistence.queries.dispatch_targets import Target, list_targets

INVOICE: Final = "invoice"
DOCUMENT: Final = "document"
AGAIN: Final = "invoice_again"
_POST: Final = ""
_ASKS_FOR_MONEY: Final = frozenset({"invoice", "corrected"})
"""Kinds of documents that are sent with the text of an invoice; the others ask for nothing."""


class PlanChanged(Conflict):
    """Invoices, members or addresses changed after the check page was shown."""

    message = N_("What is to be sent has changed in the meantime. Please look at it again.")
    code = "dispatch_changed"


class NobodyChosen(Conflict):
    """No recipient was chosen."""

    message = N_("Choose at least one recipient.")
    code = "nobody_chosen"


@dataclass(frozen=True, slots=True)
class DispatchPlan:
    """What would be handed over: invoices by mail, invoices by post, and those that were handed over before."""

    by_mail: tuple[Target, ...]
    by_post: tuple[Target, ...]
    before: tuple[Target, ...]

    @property
    def mails(self) -> int:
        """Return how many mails that makes; an invoice goes to each of its recipients."""
        return sum(len(target.mailboxes) for target in self.by_mail)

    @property
    def invoices(self) -> int:
        """Return how many invoices are handed over."""
        return len(self.by_mail) + len(self.by_post)


def plan_dispatch(session: Session, *, run_id: int) -> DispatchPlan:
    """Return what of a run is still to be handed over."""
    targets = list_targets(session, run_id=run_id)
    fresh = [target for target in targets if not target.live]
    return DispatchPlan(
        by_mail=tuple(target for target in fresh if target.channel is Channel.MAIL),
        by_post=tuple(target for target in fresh if target.channel is Channel.POST),
        before=tuple(target for target in targets if target.live),
    )


def send_run(session: Session, run_id: int, *, mails: int | None = None, letters: int | None = None) -> int:
    """Hand over every invoice of a run that was not handed over before; return how many sendings that made.

    `mails` and `letters` are what the person saw on the check page; `PlanChanged` when it is no longer so.
    """
    require(actor_of(session), "invoice.send")
    plan = plan_dispatch(session, run_id=run_id)
    if (mails is not None and mails != plan.mails) or (letters is not None and letters != len(plan.by_post)):
        if not plan.invoices:
            return 0
        raise PlanChanged
    made = [_hand_over(session, target) for target in (*plan.by_mail, *plan.by_post)]
    facts = {"mails": plan.mails, "letters": len(plan.by_post)}
    if made:
        chain.note(session, "run.send", "run", run_id, facts=facts)
    return sum(made)


def send_finished_run(session: Session, run_id: int) -> int:
    """Hand over the invoices of a run that was released to be sent, once; return how many sendings that made.

    Before its time nothing is handed over.
    """
    require(actor_of(session), "invoice.send")
    run = get_run(session, run_id, lock=True)
    if not run.sends or (run.send_at is not None and run.send_at > actor_of(session).at):
        return 0
    run.sends = False
    return send_run(session, run_id)


def call_off_sending(session: Session, run_id: int) -> None:
    """Let the invoices of a run wait until a person sends them; what was handed over before stays so."""
    require(actor_of(session), "invoice.send")
    run = get_run(session, run_id, lock=True)
    if run.sends:
        run.sends = False
        chain.note(session, "run.call_off_sending", "run", run_id)


def send_invoices(session: Session, numbers: Sequence[str]) -> int:
    """Hand over these invoices unless they were handed over before; return how many sendings that made."""
    require(actor_of(session), "invoice.send")
    targets = list_targets(session, numbers=numbers)
    known = {target.number for target in targets}
    for number in numbers:
        if number.strip().upper() not in known:
            raise NotFound(what="invoice", key=number)
    made = 0
    for target in targets:
        if not target.live:
            made += _hand_over(session, target)
            chain.note(session, "invoice.send", "invoice", target.number, member_id=target.member_id)
    return made


def send_selected(session: Session, numbers: Sequence[str]) -> int:
    """Send these invoices, again where they were sent before, to everybody who is to get them; else by post.

    A cancelled one is left out, and so is a recipient to whom it is still on its way. Returns how many sendings that
    made.
    """
    require(actor_of(session), "invoice.send")
    made = 0
    for target in list_targets(session, numbers=numbers, is_standing=True):
        is_again = bool(target.live)
        count = sum(_put(session, target, mailbox, is_again=is_again) for mailbox in target.mailboxes)
        if not target.mailboxes:
            count = _put(session, target, None, is_again=False)
        if count:
            chain.note(session, "invoice.send", "invoice", target.number, member_id=target.member_id)
        made += count
    return made


def send_to(session: Session, number: str, addresses: Sequence[str], *, by_post: bool = False) -> int:
    """Send one invoice, again where it was sent before, to chosen addresses; what is sent are the stored bytes.

    A recipient to whom it is still on its way gets no second one. Returns how many sendings that made.
    """
    require(actor_of(session), "invoice.send")
    targets = list_targets(session, numbers=[number])
    if not targets:
        raise NotFound(what="invoice", key=number)
    target = targets[0]
    known = {mailbox.address.casefold(): mailbox for mailbox in target.mailboxes}
    wanted = {address.casefold(): checked_address(address) for address in addresses}
    if not wanted and not by_post:
        raise NobodyChosen
    made = 0
    for key, address in wanted.items():
        made += _put(session, target, known.get(key, Mailbox(address)), is_again=bool(target.live))
    if by_post:
        made += _put(session, target, None, is_again=False)
    if made:
        chain.note(
            session, "invoice.send", "invoice", target.number, member_id=target.member_id,
            values={"recipients": (None, ", ".join([*wanted.values(), *(["post"] if by_post else [])]))},
        )  # fmt: skip
    return made


def _hand_over(session: Session, target: Target) -> int:
    """Put the sendings of an invoice: one mail for each recipient, or one letter; return how many are new."""
    if target.channel is Channel.POST:
        return _put(session, target, None, is_again=False)
    return sum(_put(session, target, mailbox, is_again=False) for mailbox in target.mailboxes)


_ON_ITS_WAY: Final = frozenset(
    {DispatchState.NEW, DispatchState.RETRY, DispatchState.SENDING, DispatchState.UNKNOWN}
)


def _put(session: Session, target: Target, mailbox: Mailbox | None, *, is_again: bool) -> int:
    """Add one sending unless one to the same recipient is on its way; its key is unique (INV-17)."""
    recipient = mailbox.address if mailbox else _POST
    earlier = [each for each in target.sendings if each.recipient.casefold() == recipient.casefold()]
    if any(each.state in _ON_ITS_WAY for each in earlier):
        return 0
    number = 1 + max((each.round for each in earlier), default=0)
    kind = (AGAIN if is_again else INVOICE) if target.kind in _ASKS_FOR_MONEY else DOCUMENT
    actor = actor_of(session)
    insert_missing(
        session,
        Dispatch,
        {
            "key": dispatch_key(kind=target.kind, document=target.number, recipient=recipient or "post", number=number),
            "kind": kind, "channel": Channel.MAIL if mailbox else Channel.POST, "document": target.number,
            "invoice_id": target.invoice_id, "member_id": target.member_id, "round": number, "recipient": recipient,
            "recipient_name": mailbox.name if mailbox else "", "salutation": mailbox.salutation if mailbox else "",
            "language": target.language, "state": DispatchState.NEW, "attempts": 0, "reason": "", "answer": "",
            "message_id": "", "subject": "", "body": "", "created_at": actor.at, "created_by": actor.name,
            "settled_by": "",
        },
    )  # fmt: skip
    return 1
