"""`membership sepa …`: collections as files for the bank, and mandates.

Source: `interfaces.md`; `ux.md` 6.10.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import date
from typing import Any, Final, NamedTuple

from membership import clock
from membership.cli.command import DONE, Out, verb
from membership.cli.files import STANDARD, read_file, write_file
from membership.cli.values import day
from membership.domain.approvals import Waiting
from membership.domain.direct_debits.collections import COLLECTION_WORDS, CollectionState, ItemState
from membership.domain.direct_debits.document import MandateDocument, MandateDocumentWrong, read_mandate
from membership.domain.direct_debits.mandates import STATE_WORDS, MandateState
from membership.domain.dues.json_text import parse_json
from membership.domain.errors import AlreadyDone
from membership.domain.money import Money, decimal_text
from membership.domain.policy import require
from membership.persistence.db import Session
from membership.persistence.queries.direct_debits.collections import (
    CollectionView,
    get_collection,
    list_collections,
)
from membership.persistence.queries.direct_debits.mandates import MandateView, get_mandate, list_mandates
from membership.services import direct_debits
from membership.wording import Wording

_WRITE: Final = "collection.write"


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """Add the verbs of `sepa`."""
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    create = verb(
        verbs, "create", _create, purpose="make the file of a collection with this due day", changing=True
    )
    create.add_argument("day", type=day, metavar="DATE")
    create.add_argument("-o", "--output", required=True, metavar="FILE", help="where the file goes")
    create.add_argument(
        "--hold", action="append", default=[], metavar="NUMBER", help="an invoice to leave out"
    )
    create.add_argument("--again", action="append", default=[], metavar="NUMBER",
                        help="an invoice whose debit came back, after speaking with the member")  # fmt: skip
    verb(verbs, "list", _list, purpose="list the collections")
    submitted = verb(verbs, "submitted", _submitted, purpose="note that the bank has the file", changing=True)
    withdraw = verb(
        verbs, "withdraw", _withdraw, purpose="withdraw a file that the bank does not have", changing=True
    )
    for each in (submitted, withdraw):
        each.add_argument("collection", metavar="ID")
    notify = verb(verbs, "notify", _notify, purpose="note that a member was told of a debit", changing=True)
    notify.add_argument("number", metavar="NUMBER")
    notify.add_argument(
        "--on", type=day, required=True, metavar="D", help="the day on which the member was told"
    )
    notify.add_argument("--due", type=day, required=True, metavar="D", help="the day of the debit")
    verb(verbs, "mandates", _mandates, purpose="list the mandates")
    add = verb(verbs, "mandate-add", _mandate_add, purpose="take a mandate down from a file", changing=True)
    add.add_argument("file", metavar="FILE.json")
    revoke = verb(verbs, "mandate-revoke", _mandate_revoke, purpose="end a mandate", changing=True)
    revoke.add_argument("reference", metavar="REF")


def _today(out: Out) -> date:
    return clock.today(out.settings.time_zone)


class _File(NamedTuple):
    """A collection with its bytes, as it was made or found."""

    collected: direct_debits.Collected
    content: bytes


def _create(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        require(out.actor(), _WRITE)
        made = out.change(created, args.day, today=_today(out), held=args.hold, again=args.again)
    if isinstance(made, Waiting):
        out.is_waiting(made)
        return DONE
    document, lines = _created(made.collected, out)
    if not args.dry_run:
        write_file(args.output, made.content)
    if args.output != STANDARD or args.dry_run:
        out.emit(document, lines)
    return DONE


def created(session: Session, on: date, *, today: date, held: list[str], again: list[str]) -> _File | Waiting:
    """Make or find the collection of a day and return it with its file, which counts as fetched."""
    collected = direct_debits.create_collection(
        session, on, today=today, held=_numbers(held), again=_numbers(again)
    )
    if isinstance(collected, Waiting):
        return collected
    session.flush()
    return _File(collected, direct_debits.export_collection(session, collected.id, today=today))


def _numbers(given: list[str]) -> frozenset[str]:
    return frozenset(each.strip().upper() for each in given)


def _created(made: direct_debits.Collected, out: Out) -> tuple[dict[str, Any], list[str]]:
    words = out.words
    left_out = [
        {"document": each.claim.document, "reason": words.value(each.refusal.text)} for each in made.left_out
    ]
    document = {
        "collection": None if out.args.dry_run else made.id,
        "number": made.number,
        "count": made.count_of_debits,
        "sum": decimal_text(made.cents),
        "date": made.due_on.isoformat(),
        "left_out": left_out,
    }
    done = [] if made.is_new else [words.text("This has been done already.")]
    count = words.count("%(n)s direct debit", "%(n)s direct debits", made.count_of_debits)
    head = "  ".join((made.number, words.value(made.due_on), count, words.value(Money(made.cents))))
    return document, [*done, head, *(f"  {each['document']}  {each['reason']}" for each in left_out)]


def _list(_args: argparse.Namespace, out: Out) -> int:
    with out.app():
        documents = [collection_document(view) for view in list_collections(out.read("collection.read"))]
    out.emit(documents, (_collection_line(each, out.words) for each in documents))
    return DONE


def collection_document(view: CollectionView) -> dict[str, Any]:
    """Return a collection with its state and what came back of it."""
    returned = view.sum_of(ItemState.RETURNED)
    return {
        "collection": view.row.id,
        "number": view.row.number,
        "date": view.row.due_on.isoformat(),
        "count": view.row.item_count,
        "sum": decimal_text(view.row.sum_cents),
        "state": str(view.state),
        "returned": returned.number,
        "sha256": view.row.sha256,
    }


def _collection_line(document: dict[str, Any], words: Wording) -> str:
    state = words.text(COLLECTION_WORDS[CollectionState(document["state"])])
    on = words.value(date.fromisoformat(document["date"]))
    count = words.count("%(n)s direct debit", "%(n)s direct debits", document["count"])
    return f"{document['collection']}  {document['number']}  {on}  {count}  {document['sum']}  {state}"


def _submitted(args: argparse.Namespace, out: Out) -> int:
    return _step(args, out, submitted)


def submitted(session: Session, key: str, *, on: date) -> tuple[dict[str, Any], bool]:
    """Note that the bank has a file; return the collection and whether that is new."""
    return _after(session, key, lambda: direct_debits.mark_submitted(session, key, on=on))


def _withdraw(args: argparse.Namespace, out: Out) -> int:
    return _step(args, out, withdrawn)


def withdrawn(session: Session, key: str, *, on: date) -> tuple[dict[str, Any], bool]:
    """Withdraw a file; return the collection and whether that is new."""
    return _after(session, key, lambda: direct_debits.withdraw_collection(session, key, on=on))


def _after(session: Session, key: str, step: Any) -> tuple[dict[str, Any], bool]:  # noqa: ANN401 - either step
    is_changed = True
    try:
        step()
    except AlreadyDone:
        is_changed = False
    session.flush()
    return collection_document(get_collection(session, key)), is_changed


def _step(args: argparse.Namespace, out: Out, step: Any) -> int:  # noqa: ANN401 - either step
    with out.app():
        require(out.actor(), _WRITE)
        document, is_changed = out.change(step, args.collection, on=_today(out))
    done = [] if is_changed else [out.words.text("This has been done already.")]
    out.emit(document, [*done, _collection_line(document, out.words)])
    return DONE


def _notify(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        on = out.change(
            direct_debits.record_notice, args.number, notified_on=args.on, due_on=args.due, way="command",
            today=_today(out),
        )  # fmt: skip
    document = {
        "document": args.number.strip().upper(),
        "notified_on": args.on.isoformat(),
        "date": on.isoformat(),
    }
    out.emit(document, [f"{document['document']}  {out.words.value(on)}"])
    return DONE


def _mandates(_args: argparse.Namespace, out: Out) -> int:
    with out.app():
        today = _today(out)
        documents = [mandate_document(view, today=today) for view in list_mandates(out.read("mandate.read"))]
    out.emit(documents, (_mandate_line(each, out.words) for each in documents))
    return DONE


def mandate_document(view: MandateView, *, today: date) -> dict[str, Any]:
    """Return a mandate in the shape of the contract."""
    last, expires_on = view.last_presented_on, view.expires_on
    return {
        "reference": view.reference,
        "member": view.member.number,
        "scheme": str(view.row.scheme),
        "recurrence": str(view.row.recurrence),
        "state": str(view.state_on(today)),
        "signed_on": view.signed_on.isoformat() if view.signed_on else None,
        "last_used_on": last.isoformat() if last else None,
        "expires_on": expires_on.isoformat() if expires_on else None,
        "iban": view.terms.iban_shown,
    }


def _mandate_line(document: dict[str, Any], words: Wording) -> str:
    state = words.text(STATE_WORDS[MandateState(document["state"])])
    parts = (document["reference"], document["member"], document["scheme"], document["iban"], state)
    return "  ".join(parts)


def _mandate_add(args: argparse.Namespace, out: Out) -> int:
    parsed = parse_json(read_file(args.file, limit=out.settings.max_command_file), MandateDocumentWrong)
    with out.app():
        require(out.actor(), "mandate.write")
        document, is_new = out.change(added, read_mandate(parsed), today=_today(out))
    return _say(document, out, is_changed=is_new)


def added(session: Session, given: MandateDocument, *, today: date) -> tuple[dict[str, Any], bool]:
    """Take a mandate down and return it; one of this member with this reference is there already."""
    draft = direct_debits.Draft(
        reference=given.reference, scheme=given.scheme, recurrence=given.recurrence, name=given.name,
        iban=given.iban, bic=given.bic, signed_on=given.signed_on, place=given.place, signatory=given.signatory,
    )  # fmt: skip
    known = direct_debits.find_same(session, given.member, draft)
    reference = known or direct_debits.add_mandate(session, given.member, draft, today=today)
    session.flush()
    return mandate_document(get_mandate(session, reference), today=today), known is None


def _mandate_revoke(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        require(out.actor(), "mandate.write")
        document, is_changed = out.change(revoked, args.reference, on=_today(out), reason=args.reason)
    return _say(document, out, is_changed=is_changed)


def revoked(session: Session, reference: str, *, on: date, reason: str) -> tuple[dict[str, Any], bool]:
    """End a mandate and return it with the collections under way that hold a debit by it."""
    under_way: list[str] = []
    is_changed = True
    try:
        under_way = direct_debits.revoke_mandate(session, reference, on=on, reason=reason)
    except AlreadyDone:
        is_changed = False
    session.flush()
    document = mandate_document(get_mandate(session, reference), today=on)
    return {**document, "under_way": under_way}, is_changed


def _say(document: dict[str, Any], out: Out, *, is_changed: bool) -> int:
    done = [] if is_changed else [out.words.text("This has been done already.")]
    out.emit(document, [*done, *_after_mandate(document, out.words)])
    return DONE


def _after_mandate(document: dict[str, Any], words: Wording) -> Iterator[str]:
    yield _mandate_line(document, words)
    for number in document.get("under_way", ()):
        yield "  " + words.text("A debit by it stands in the collection %(number)s.", number=number)
