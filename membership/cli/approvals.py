"""`membership approvals list|approve ID|return ID|withdraw ID`: what waits for a second person.

Source: `interfaces.md`; MEM-18.
"""

from __future__ import annotations

import argparse
from typing import Any

from membership import clock
from membership.cli.command import DONE, Out, verb
from membership.cli.values import row_id
from membership.domain.approvals import STATE_WORDS, ApprovalOutdated
from membership.domain.phrases import sentence_of
from membership.jobs.billing import render_waiting
from membership.persistence.queries.approvals import ApprovalLine, get_approval, list_all, list_open
from membership.services import approvals
from membership.services.approving import approve


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """Add the verbs of `approvals`."""
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    listed = verb(verbs, "list", _list, purpose="what waits for a second person")
    listed.add_argument("--all", action="store_true", help="what was decided too")
    for name, action, purpose in (
        ("approve", _approve, "do what was submitted; --as names the second person"),
        ("return", _return, "give it back; --reason says why"),
        ("withdraw", _withdraw, "take it back before it is decided"),
    ):
        each = verb(verbs, name, action, purpose=purpose, changing=True)
        each.add_argument("approval", type=row_id, metavar="ID")


def _list(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        session = out.read("approval.read")
        lines = list_all(session) if args.all else list_open(session)
        documents = [_document(line, out) for line in lines]
    out.emit(documents, [_words(document) for document in documents])
    return DONE


def _approve(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        today = clock.today(out.settings.time_zone)
        try:
            out.change(approve, args.approval, today=today, base_url=out.settings.base_url)
        except ApprovalOutdated as error:
            out.change(approvals.expire_approval, args.approval, why=sentence_of(error))
            raise
        if not args.dry_run:
            render_waiting(out.actor())
        return _say(args, out)


def _return(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        out.change(approvals.return_approval, args.approval, reason=args.reason)
        return _say(args, out)


def _withdraw(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        out.change(approvals.withdraw_approval, args.approval)
        return _say(args, out)


def _say(args: argparse.Namespace, out: Out) -> int:
    document = _document(get_approval(out.read("approval.read"), args.approval), out)
    out.emit(document, [_words(document)])
    return DONE


def _document(line: ApprovalLine, out: Out) -> dict[str, Any]:
    row, end = line.approval, line.decision
    why = approvals.why_of(line)
    return {
        "approval": row.id,
        "action": str(row.action),
        "object": row.object_ref,
        "title": out.words.value(approvals.title_of(row)),
        "state": str(line.state),
        "state_words": out.words.text(STATE_WORDS[line.state]),
        "submitted_by": row.actor_name,
        "submitted_at": f"{row.at:%Y-%m-%dT%H:%M:%SZ}",
        "decided_by": end.actor_name if end else None,
        "decided_at": f"{end.at:%Y-%m-%dT%H:%M:%SZ}" if end else None,
        "reason": (end.reason or (out.words.value(why) if why else "") or None) if end else None,
    }


def _words(document: dict[str, Any]) -> str:
    return f"{document['approval']:>4}  {document['state_words']}  {document['title']}  {document['submitted_by']}"
