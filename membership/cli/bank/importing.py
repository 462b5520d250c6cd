"""`membership bank import|match`: statements are taken in and matched; what is sure is posted.

The very first sure matches wait for `bank match` or a person; later statements are posted at once (`decisions.md` 15).
"""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, Final

from membership import clock
from membership.cli.bank.entries import decided_documents, entry_lines, has_suggestion, suggested_documents
from membership.cli.bank.reading import mapping_text, name_of
from membership.cli.command import DONE, Out, verb
from membership.cli.files import read_file
from membership.domain.banking.lines import BankFile
from membership.domain.banking.statements import StatementKnown
from membership.domain.errors import N_, NotFound
from membership.domain.members import hidden_iban
from membership.domain.money import decimal_text
from membership.domain.policy import require
from membership.jobs.banking import foresee_all_sure, post_all_sure
from membership.persistence.db import Session
from membership.persistence.queries import bank_lines
from membership.persistence.queries.bank import find_account, get_account
from membership.services.bank_files import COMMAND_LIMIT, read_bank_file
from membership.services.banking.importing import list_known, require_account, take_in
from membership.services.banking.mappings import remember_mapping, remembered_mapping
from membership.services.banking.matching import is_posted_at_once, match_open
from membership.wording import Wording

_LISTS: Final = {
    "posted": N_("Posted:"),
    "suggested": N_("Suggested:"),
    "open": N_("Without a suggestion:"),
    "known": N_("Known before:"),
}
_CSV: Final = "csv"


def add_import(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `bank import` and `bank match`."""
    bring = verb(verbs, "import", _import, purpose="take a statement in and match its entries", changing=True)
    bring.add_argument("file", metavar="FILE", help="CAMT, MT940, CSV or a ZIP of them; - is standard input")
    bring.add_argument("--account", metavar="IBAN", help="the account of a list that names none")
    bring.add_argument(
        "--mapping",
        metavar="FILE.toml",
        help="what the columns of a CSV list mean; remembered for the account",
    )
    bring.add_argument(
        "--accept-difference",
        action="store_true",
        help="take it in although it does not add up; needs --reason",
    )
    match = verb(verbs, "match", _match, purpose="match what is open, and post what is sure", changing=True)
    match.add_argument(
        "--sure", action="store_true", help="post what is sure although the settings leave it to a person"
    )


@dataclass(frozen=True, slots=True)
class Result:
    """What an import did: its statements, the entries known before, and whether anything is new."""

    statements: tuple[int, ...]
    known: tuple[int, ...]
    is_new: bool


def _import(args: argparse.Namespace, out: Out) -> int:
    data = read_file(args.file, limit=COMMAND_LIMIT)
    given = mapping_text(args.mapping)
    with out.app():
        require(out.actor(), "bank.write")
        session = out.read("bank.write")
        account_id = _account(session, args.account)
        mapping = given or remembered_mapping(session, account_id)
        is_posted = is_posted_at_once(session)
        found = read_bank_file(data, filename=name_of(args.file), mapping=mapping)
        require_account(session, found, account_id)
        session.rollback()
        today = clock.today(out.settings.time_zone)
        kept = {
            "file_hash": sha256(data).hexdigest(),
            "file_name": name_of(args.file),
            "account_id": account_id,
            "accepted": args.reason if args.accept_difference else "",
        }
        if args.dry_run:
            document = out.change(foreseen, found, kept, mapping=given, today=today, words=out.words)
        else:
            result = out.change(kept_as, found, kept, mapping=given)
            posted = post_all_sure(out.actor(), today=today) if result.is_new and is_posted else []
            document = _told(out.read("bank.read"), result, posted, today=today, words=out.words)
    out.emit(document, _lines(document, out.words))
    return DONE


def _account(session: Session, iban: str | None) -> int | None:
    if iban is None:
        return None
    account = find_account(session, "".join(iban.split()).upper())
    if account is None:
        raise NotFound(what="bank account", key=iban, where="--account")
    return account.id


def kept_as(session: Session, found: BankFile, kept: dict[str, Any], *, mapping: str) -> Result:
    """Take a file in, and remember the mapping it was read with; the very same file is said to be known."""
    known = list_known(session, found, account_id=kept["account_id"])
    is_new = True
    try:
        ids = take_in(session, found, **kept)
    except StatementKnown:
        is_new = False
        ids = [statement.id for statement in bank_lines.list_of_file(session, kept["file_hash"])]
    session.flush()
    if mapping:
        statements = [bank_lines.get_statement(session, each) for each in ids]
        lists = [statement.account_id for statement in statements if statement.format == _CSV]
        remember_mapping(session, lists, mapping)
    return Result(tuple(ids), tuple(known), is_new)


def foreseen(
    session: Session, found: BankFile, kept: dict[str, Any], *, mapping: str, today: date, words: Wording
) -> dict[str, Any]:
    """Return what taking a file in would say; entries and statements that are not kept have no number."""
    result = kept_as(session, found, kept, mapping=mapping)
    document = _told(session, result, [], today=today, words=words)
    if result.is_new:
        for each in [*document["suggested"], *document["open"]]:
            each.update(entry=None, statement=None)
        for each in document["statements"]:
            each["id"] = None
        document["statement"] = None
    return document


def _match(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        actor = out.actor()
        require(actor, "bank.write")
        today = clock.today(out.settings.time_zone)
        out.require_writable()
        run = foresee_all_sure if args.dry_run else post_all_sure
        posted = run(actor, today=today, is_asked=args.sure)
        document = _told(
            out.read("bank.read"), Result((), (), is_new=True), posted, today=today, words=out.words
        )
    out.emit(document, _lines(document, out.words))
    return DONE


def _told(
    session: Session, result: Result, posted: Collection[int], *, today: date, words: Wording
) -> dict[str, Any]:
    """Return the document of an import or of matching; with statements, what is open of them alone."""
    matches = match_open(session, today=today) if result.is_new else []
    done = [match for match in matches if match.view.line.id in posted]
    waiting = [
        match
        for match in matches
        if match.view.line.id not in posted
        and (not result.statements or match.view.line.statement_id in result.statements)
    ]
    likely = [match for match in waiting if has_suggestion(match)]
    others = [match for match in waiting if not has_suggestion(match)]
    foretold = {match.view.line.id for match in done}
    decided = [each for each in sorted(posted) if each not in foretold]
    return {
        "statement": result.statements[0] if result.statements else None,
        "posted": _by_day([*_documents(session, decided, words), *suggested_documents(session, done, words)]),
        "suggested": suggested_documents(session, likely, words),
        "open": suggested_documents(session, others, words),
        "known": _by_day(_documents(session, result.known, words)),
        "statements": [_statement(session, each) for each in result.statements],
    }


def _documents(session: Session, ids: Sequence[int], words: Wording) -> list[dict[str, Any]]:
    return decided_documents(session, [bank_lines.get_line(session, each) for each in ids], words)


def _by_day(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(documents, key=lambda each: (each["booked_on"], each["entry"]))


def _statement(session: Session, statement_id: int) -> dict[str, Any]:
    kept = bank_lines.get_statement(session, statement_id)
    return {
        "id": kept.id,
        "account": hidden_iban(get_account(session, kept.account_id).iban),
        "format": kept.format,
        "number": kept.number or None,
        "from": kept.from_on.isoformat() if kept.from_on else None,
        "until": kept.until_on.isoformat() if kept.until_on else None,
        "opening": None if kept.opening_cents is None else decimal_text(kept.opening_cents),
        "closing": None if kept.closing_cents is None else decimal_text(kept.closing_cents),
        "new": kept.line_count,
        "known": kept.known_count,
        "pending": kept.pending_count,
        "difference": decimal_text(kept.difference_cents),
        "gap": decimal_text(kept.gap_cents),
        "accepted": kept.accepted or None,
    }


def _lines(document: dict[str, Any], words: Wording) -> Iterator[str]:
    for each in document["statements"]:
        yield words.text(
            "Account %(account)s: %(new)s new entries, %(known)s known before, %(pending)s pending.",
            account=each["account"], new=each["new"], known=each["known"], pending=each["pending"],
        )  # fmt: skip
    yield words.text(
        "%(posted)s posted, %(suggested)s suggested, %(open)s without a suggestion.",
        posted=len(document["posted"]), suggested=len(document["suggested"]), open=len(document["open"]),
    )  # fmt: skip
    for key, title in _LISTS.items():
        if document[key]:
            yield words.text(title)
            for each in document[key]:
                yield from entry_lines(each, words)
