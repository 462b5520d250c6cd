"""`membership outbox list|retry|settle|bounces`: mails that need a person, and the mailbox of those that came back.

Source: `interfaces.md`.
"""

from __future__ import annotations

import argparse
from typing import Any, Final

from membership.cli.command import DONE, Out, verb
from membership.cli.sending import send_now
from membership.cli.values import row_id
from membership.domain.bounces import MailboxAway
from membership.domain.dispatch import NEEDS_PERSON, Channel
from membership.domain.errors import N_
from membership.domain.policy import require
from membership.jobs.bounces import read_bounces
from membership.persistence.queries import dispatch as queries
from membership.persistence.queries.dispatch import DispatchFilter, DispatchRow
from membership.services import dispatch, schema
from membership.wording import Wording

_MOST: Final = 10_000
STATE_WORDS: Final = {
    "new": N_("Queued"), "retry": N_("Queued"), "sending": N_("Running"), "sent": N_("Sent"),
    "failed": N_("Failed"), "unknown": N_("Unclear"), "withdrawn": N_("Withdrawn"),
}  # fmt: skip


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """Add the verbs of `outbox`."""
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    show = verb(verbs, "list", _list, purpose="list mails that need a person")
    show.add_argument("--all", action="store_true", help="every sending, not only those that need a person")
    retry = verb(verbs, "retry", _retry, purpose="send a failed or unclear mail again", changing=True)
    retry.add_argument("id", type=row_id, metavar="ID")
    settle = verb(verbs, "settle", _settle, purpose="say what became of an unclear mail", changing=True)
    settle.add_argument("id", type=row_id, metavar="ID")
    settle.add_argument("outcome", choices=("sent", "failed"))
    verb(verbs, "bounces", _bounces, purpose="read the mailbox for mails that came back")


def _list(args: argparse.Namespace, out: Out) -> int:
    chosen = (
        DispatchFilter(with_staff=True)
        if args.all
        else DispatchFilter(states=NEEDS_PERSON, channel=Channel.MAIL, with_staff=True)
    )
    with out.app():
        rows = queries.list_page(out.read("invoice.read"), chosen, page=1, size=_MOST)
        documents = [_document(row, out.words) for row in reversed(rows)]
    out.emit(documents, [_line(document, out.words) for document in documents])
    return DONE


def _retry(args: argparse.Namespace, out: Out) -> int:
    with out.app() as app:
        out.change(dispatch.retry_dispatch, args.id)
        send_now(app, out)
        return _show(args.id, out)


def _settle(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        out.change(dispatch.settle_dispatch, args.id, arrived=args.outcome == "sent")
        return _show(args.id, out)


def _bounces(_args: argparse.Namespace, out: Out) -> int:
    """Read the mailbox now; exit code 4 when it cannot be read."""
    with out.app() as app:
        schema.require_present(out.read_as_job())
        require(out.actor(), "invoice.send")
        reading = read_bounces(app, out.actor())
    if reading.reason:
        raise MailboxAway(reading.reason)
    line = out.words.count("%(n)s mail came back", "%(n)s mails came back", reading.marked)
    looked_at = out.words.count("%(n)s mail looked at", "%(n)s mails looked at", reading.looked_at)
    out.emit({"looked_at": reading.looked_at, "marked": reading.marked}, [f"{looked_at}. {line}."])
    return DONE


def _show(dispatch_id: int, out: Out) -> int:
    row = queries.get_row(out.read("invoice.read"), dispatch_id)
    document = _document(row, out.words)
    out.emit(document, [_line(document, out.words)])
    return DONE


def _document(row: DispatchRow, words: Wording) -> dict[str, Any]:
    """Return a sending as JSON; instants in UTC with `Z`."""
    found = row.dispatch
    return {
        "id": found.id,
        "document": found.document,
        "member": row.member_number,
        "channel": str(found.channel),
        "recipient": found.recipient or None,
        "state": str(found.state),
        "attempts": found.attempts,
        "reason": words.text(found.reason) if found.reason else None,
        "answer": found.answer or None,
        "created_at": f"{found.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "sent_at": f"{found.sent_at:%Y-%m-%dT%H:%M:%SZ}" if found.sent_at else None,
        "bounced_at": f"{found.bounced_at:%Y-%m-%dT%H:%M:%SZ}" if found.bounced_at else None,
    }


def _line(document: dict[str, Any], words: Wording) -> str:
    parts = (
        str(document["id"]),
        document["document"],
        document["recipient"] or words.text("by post"),
        words.text(STATE_WORDS[document["state"]]),
        document["reason"] or "",
    )
    return "  ".join(part for part in parts if part)
