"""A draft of a single invoice is started, changed and thrown away; nothing is numbered or booked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from membership.domain.dues.assessment import LineKind
from membership.domain.errors import N_, Conflict
from membership.domain.policy import require
from membership.domain.single_invoices import DraftKind, FreeLine, Vat, checked_lines
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.models.drafts import InvoiceDraft
from membership.persistence.queries.drafts import DraftView, get_draft
from membership.persistence.queries.members.rows import get_member


class DraftIssued(Conflict):
    """The draft became an invoice in the meantime."""

    message = N_("This draft became invoice %(number)s. An invoice is corrected, not changed.")
    code = "draft_issued"


class DraftChanged(Conflict):
    """Somebody else changed the draft while it was open here."""

    message = N_(
        "Somebody changed this draft while you had it open. Please look at it again; what you typed was not saved."
    )
    code = "draft_changed"


@dataclass(frozen=True, slots=True)
class DraftText:
    """What a person writes in a draft; lines count only where it bills no dues of a year."""

    dues_year: int
    title: str = ""
    text: str = ""
    due_on: date | None = None
    lines: Sequence[FreeLine] = ()


def start_draft(session: Session, member_number: str, kind: DraftKind, *, dues_year: int) -> int:
    """Begin a single invoice for a member and return the id of the draft."""
    require(actor_of(session), "invoice.issue")
    member = get_member(session, member_number)
    actor = actor_of(session)
    draft = InvoiceDraft(
        member_id=member.id,
        kind=kind,
        dues_year=dues_year,
        title="",
        text="",
        lines=[],
        version=1,
        created_at=actor.at,
        created_by=actor.name,
        changed_at=actor.at,
    )
    session.add(draft)
    session.flush()
    chain.note(session, "draft.start", "draft", draft.id, member_id=member.id, facts={"kind": str(kind)})
    return draft.id


def change_draft(session: Session, draft_id: int, text: DraftText, *, version: int) -> int:
    """Save what was written and return the new version.

    Raises `DraftIssued`, `DraftChanged` when the draft is no longer the one that was opened, and what is wrong with the
    lines (`NoLines`, `LineIncomplete`, `VatMixed`, `DuesWithVat`).
    """
    require(actor_of(session), "invoice.issue")
    draft = open_draft(session, draft_id).draft
    if draft.version != version:
        raise DraftChanged
    if draft.kind is DraftKind.ITEMS:
        draft.lines = [_stored(line) for line in checked_lines(text.lines)]
    draft.dues_year, draft.due_on = text.dues_year, text.due_on
    draft.title, draft.text = text.title.strip(), text.text.strip()
    draft.version, draft.changed_at = version + 1, actor_of(session).at
    return draft.version


def discard_draft(session: Session, draft_id: int) -> None:
    """Throw a draft away; nothing of it was ever issued."""
    require(actor_of(session), "invoice.issue")
    view = open_draft(session, draft_id)
    session.delete(view.draft)
    chain.note(session, "draft.discard", "draft", draft_id, member_id=view.member.id)


def open_draft(session: Session, draft_id: int) -> DraftView:
    """Return a draft, locked; raise `DraftIssued` for one that became an invoice."""
    view = get_draft(session, draft_id, lock=True)
    if view.number is not None:
        raise DraftIssued(number=view.number)
    return view


def lines_of(draft: InvoiceDraft) -> tuple[FreeLine, ...]:
    """Return the free lines of a draft."""
    return tuple(
        FreeLine(line["text"], line["cents"], LineKind(line["kind"]), Vat(line["vat"]))
        for line in draft.lines
    )


def _stored(line: FreeLine) -> dict[str, Any]:
    return {
        "text": line.text.strip(), "cents": line.cents, "kind": str(line.kind), "vat": str(line.vat),
    }  # fmt: skip
