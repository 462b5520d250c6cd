"""A collection is proposed and made: which invoices are debited, and the file for the bank, in one transaction.

Source: SEPA-7 to SEPA-12; INV-14, INV-15, INV-03; FI-07, FI-26; `reliability.md` 5.1, 42.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import date
from hashlib import sha256
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from invoices.formats import Language
from membership.domain import approvals
from membership.domain.approvals import Go, Waiting
from membership.domain.direct_debits.collections import (
    Chosen,
    CollectionState,
    CreditorIncomplete,
    ItemState,
    LeftOut,
    NothingToCollect,
    Proposal,
    blocks_of,
    proposal,
    require_day,
)
from membership.domain.direct_debits.mandates import Terms
from membership.domain.direct_debits.signs import end_to_end_id
from membership.domain.errors import N_
from membership.domain.money import Money
from membership.domain.phrases import phrase
from membership.domain.policy import require
from membership.gateways.sepa import Block, Debit, DebitFile, pain008
from membership.persistence import chain, crypto
from membership.persistence.db import actor_of, insert_missing
from membership.persistence.models.direct_debits import Collection, CollectionItem, CollectionStep
from membership.persistence.models.ledger import NumberSeries
from membership.persistence.models.members import Member
from membership.persistence.queries.direct_debits import claims as claim_queries
from membership.persistence.queries.direct_debits import collections as queries
from membership.persistence.queries.direct_debits import mandates as mandate_queries
from membership.persistence.queries.direct_debits.mandates import MandateView
from membership.persistence.queries.settings import AssociationSettings, get_settings
from membership.services import ledger
from membership.services.approvals import require_second
from membership.services.direct_debits.changes import changes_of, opened
from membership.wording import Wording

SERIES: Final = "LS"
WRITE: Final = "collection.write"
_NOBODY: Final[frozenset[str]] = frozenset()
_ITEMS = cast("Table", CollectionItem.__table__)
_BATCH: Final = 2000


class Collected(NamedTuple):
    """A collection that was made, or that was there already; `left_out` as it is now."""

    id: int
    number: str
    due_on: date
    count_of_debits: int
    cents: int
    left_out: tuple[LeftOut, ...]
    is_new: bool


def propose_collection(
    session: Session,
    on: date,
    *,
    held: frozenset[str] = _NOBODY,
    again: frozenset[str] = _NOBODY,
    members: frozenset[int] | None = None,
) -> Proposal:
    """Return what a collection with this due day would debit and what it leaves out, each with its reason.

    `members` are the only ones looked at, those whose rows are locked; None means all.
    """
    claims = [
        claim for claim in claim_queries.list_claims(session) if members is None or claim.member_id in members
    ]
    views = mandate_queries.list_mandates(session, member_ids={claim.member_id for claim in claims})
    best = mandate_queries.best_of(views, on=on)
    return proposal(
        claims,
        {member_id: view.for_rules for member_id, view in best.items()},
        on=on,
        notice_days=get_settings(session).number("sepa.notice_days"),
        held=held,
        again=again,
    )


def announced(session: Session) -> list[tuple[date, int, int]]:
    """Return (day, debits, cents) that members were told of and that no collection holds yet, by day."""
    found: dict[date, tuple[int, int]] = {}
    for claim in claim_queries.list_claims(session):
        if claim.notice is None or claim.under_way or claim.has_plan:
            continue
        count, cents = found.get(claim.notice.due_on, (0, 0))
        found[claim.notice.due_on] = (count + 1, cents + claim.open_cents)
    return [(day, *sums) for day, sums in sorted(found.items())]


def create_collection(
    session: Session,
    on: date,
    *,
    today: date,
    held: frozenset[str] = _NOBODY,
    again: frozenset[str] = _NOBODY,
) -> Collected | Waiting:
    """Make the file of a collection with its debits, or return the one of that day when nothing is to be added.

    Where the settings ask for a second person it is submitted, and `Waiting` says so (SEPA-14, MEM-18).

    Args:
        session: the session of the unit of work.
        on: the due day, a bank day.
        today: the day in the association's zone.
        held: documents that are left out.
        again: documents of which a debit came back, after somebody spoke with the member.

    Raises `NotBankDay`, `TooEarly`, `TooLate`, `CreditorIncomplete`, `NothingToCollect`, `DebitFileWrong`.
    """
    require(actor_of(session), WRITE)
    settings = get_settings(session)
    _require_creditor(settings)
    members = _lock_members(session)
    found = propose_collection(session, on, held=held, again=again, members=members)
    if not found.chosen:
        known = queries.find_for_day(session, on)
        if known is None:
            require_day(on, today=today)
            raise NothingToCollect(day=on)
        row = known.row
        return Collected(
            row.id, row.number, row.due_on, row.item_count, row.sum_cents, found.left_out, is_new=False
        )
    require_day(on, today=today)
    go = require_second(session, _submitted(found, held=held, again=again))
    return go if isinstance(go, Waiting) else _made(session, settings, found, go, today=today)


def _submitted(found: Proposal, *, held: frozenset[str], again: frozenset[str]) -> approvals.Proposal:
    """Return what a second person is asked: exactly these debits, with these amounts and mandates."""
    day = found.on.isoformat()
    return approvals.Proposal(
        approvals.Action.COLLECTION,
        "create_collection",
        "collection_day",
        day,
        phrase("Collect %(amount)s on %(day)s", amount=Money(found.cents), day=found.on),
        {"on": day, "held": sorted(held), "again": sorted(again)},
        shown=(
            (N_("Due on"), found.on),
            (N_("Direct debits"), len(found.chosen)),
            (N_("Sum"), Money(found.cents)),
            (N_("Left out"), len(found.left_out)),
        ),
        rests_on={
            "debits": [
                [each.claim.document, each.claim.open_cents, each.mandate.reference] for each in found.chosen
            ]
        },
    )


_NEEDED: Final[Mapping[str, str]] = {
    "bank.creditor_id": N_("the creditor ID"),
    "bank.holder": N_("the account holder"),
    "bank.iban": N_("the IBAN"),
}


def _require_creditor(settings: AssociationSettings) -> None:
    missing = [words for key, words in _NEEDED.items() if not settings.text(key)]
    if missing:
        words = Wording(cast("Language", settings.text("association.language")))
        raise CreditorIncomplete(missing=", ".join(map(words.text, missing)))


def _lock_members(session: Session) -> frozenset[int]:
    """Lock every member that could be debited, in the order of their ids: who revokes a mandate waits, or was first."""
    ids = claim_queries.list_members(session)
    for start in range(0, len(ids), _BATCH):
        part = select(Member.id).where(Member.id.in_(ids[start : start + _BATCH]))
        session.execute(part.order_by(Member.id).with_for_update()).all()
    return frozenset(ids)


class _Part(NamedTuple):
    """One debit on its way into the file and into the books."""

    chosen: Chosen
    view: MandateView
    debit: Debit
    attempt: int


def _made(
    session: Session, settings: AssociationSettings, found: Proposal, go: Go, *, today: date
) -> Collected:
    """Number, write, check and keep the file with its debits and its first step (INV-14)."""
    year, actor = today.year, actor_of(session)
    insert_missing(session, NumberSeries, {"series": SERIES, "year": year, "first": 1, "last": 0})
    running = ledger.next_number(session, SERIES, year)
    number = f"{SERIES}{year}-{running:04d}"
    parts = {part.chosen.claim.id: part for part in _parts(session, settings, found.chosen)}
    blocks = [
        (f"{number}-{at}", scheme, sequence, [parts[each.claim.id] for each in group])
        for at, (scheme, sequence, group) in enumerate(blocks_of(found.chosen), start=1)
    ]
    content = pain008(
        DebitFile(
            message_id=number, made_at=actor.at, due_on=found.on, creditor_name=settings.text("bank.holder"),
            creditor_id=settings.text("bank.creditor_id"), iban=settings.text("bank.iban"),
            bic=settings.text("bank.bic"),
            blocks=tuple(
                Block(id=block, scheme=scheme, sequence=sequence, debits=tuple(part.debit for part in group))
                for block, scheme, sequence, group in blocks
            ),
        )
    )  # fmt: skip
    booked = claim_queries.ledger_cents(session, list(parts))
    assert booked == found.cents, (number, booked, found.cents)
    collection_id = _keep_file(session, settings, found, content, number=number, running=running, year=year)
    rows = [
        _row(collection_id, block, part, scheme=scheme, sequence=sequence)
        for block, scheme, sequence, group in blocks
        for part in group
    ]
    for position, row in enumerate(rows, start=1):
        row["position"] = position
    for start in range(0, len(rows), _BATCH):
        session.connection().execute(insert(_ITEMS), rows[start : start + _BATCH])
    add_step(session, collection_id, CollectionState.PLANNED, step=1, on=today)
    facts = {"count": len(rows), "cents": found.cents, "due_on": found.on, **go.facts}
    chain.note(session, "collection.create", "collection", number, facts=facts)
    return Collected(collection_id, number, found.on, len(rows), found.cents, found.left_out, is_new=True)


def _parts(session: Session, settings: AssociationSettings, chosen: Iterable[Chosen]) -> list[_Part]:
    """Return the debits with their accounts in clear, for the file alone."""
    chosen = list(chosen)
    views = {
        view.row.id: view
        for view in mandate_queries.list_mandates(session, ids=[each.mandate.id for each in chosen])
    }
    sealed = mandate_queries.sealed_accounts(session, views.values())
    accounts = {key: opened(session, account) for key, account in sealed.items()}
    attempts = queries.next_attempts(session, [each.claim.id for each in chosen])
    creditor = (settings.text("bank.creditor_id"), settings.text("bank.holder"))
    changes = changes_of(session, views, accounts, creditor=creditor)
    found = []
    for each in chosen:
        view, iban = views[each.mandate.id], accounts[each.mandate.id]
        attempt = attempts.get(each.claim.id, 1)
        terms, signed_on = view.terms, view.signed_on
        assert signed_on is not None, view.reference
        debit = Debit(
            end_to_end_id=end_to_end_id(each.claim.document, item_id=each.claim.id, attempt=attempt),
            cents=each.claim.open_cents,
            mandate=view.reference,
            signed_on=signed_on,
            debtor=Terms(
                name=terms.name, iban=iban, bic=terms.bic, street=terms.street, building=terms.building,
                postcode=terms.postcode, city=terms.city, country=terms.country,
            ),
            remittance=f"{each.claim.document} {each.claim.member_number}",
            amendment=changes.get(view.row.id),
        )  # fmt: skip
        found.append(_Part(each, view, debit, attempt))
    return found


def _keep_file(
    session: Session, settings: AssociationSettings, found: Proposal, content: bytes, *, number: str,
    running: int, year: int,
) -> int:  # fmt: skip
    uid, actor = secrets.token_hex(16), actor_of(session)
    sealed = crypto.seal_bytes(
        session, content, table=Collection.__tablename__, column="content_sealed", uid=uid
    )
    return chain.append(
        session,
        Collection,
        uid=uid,
        number=number,
        year=year,
        running=running,
        due_on=found.on,
        item_count=len(found.chosen),
        sum_cents=found.cents,
        creditor_id=settings.text("bank.creditor_id"),
        creditor_name=settings.text("bank.holder"),
        creditor_iban=settings.text("bank.iban"),
        content_sealed=sealed,
        sha256=sha256(content).hexdigest(),
        actor_key=actor.key,
        actor_name=actor.name,
        made_at=actor.at,
    )


def _row(collection_id: int, block: str, part: _Part, *, scheme: str, sequence: str) -> dict[str, Any]:
    claim = part.chosen.claim
    return {
        "collection_id": collection_id, "position": 0, "open_item_id": claim.id, "member_id": claim.member_id,
        "mandate_id": part.view.row.id, "terms_id": part.view.terms_id, "document": claim.document,
        "attempt": part.attempt, "cents": claim.open_cents, "end_to_end_id": part.debit.end_to_end_id,
        "block": block, "scheme": scheme, "sequence": sequence, "iban_shown": part.view.terms.iban_shown,
        "state": ItemState.OPEN, "payment_id": None, "settled_on": None, "return_code": "", "returned_on": None,
        "fee_cents": 0, "fee_entry_id": None, "fee_item_id": None,
    }  # fmt: skip


def add_step(
    session: Session, collection_id: int, kind: CollectionState, *, step: int, on: date, reason: str = ""
) -> None:
    """Append a step of a collection; two at once cannot both be the next (unique)."""
    actor = actor_of(session)
    chain.append(
        session, CollectionStep, collection_id=collection_id, step=step, kind=kind, done_on=on, reason=reason,
        actor_key=actor.key, actor_name=actor.name, at=actor.at,
    )  # fmt: skip
