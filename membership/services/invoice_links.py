"""Links that open one invoice without signing in: for 90 days, kept as a hash, revocable.

Source: `decisions.md` 10; `reliability.md` 47; `ux.md` 7 "Access".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from membership.domain.errors import N_, NotFound
from membership.domain.policy import require
from membership.persistence import chain, crypto
from membership.persistence.db import actor_of
from membership.persistence.models.dispatch import InvoiceLink
from membership.persistence.models.invoicing import Invoice
from membership.persistence.queries.invoicing import get_invoice

LIVES: Final = timedelta(days=90)


class LinkEnded(NotFound):
    """A link does not work (any more); the text is the same whatever the reason."""

    message = N_("This link does not work any more.")
    code = "link_ended"


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """What a link opens: one invoice."""

    invoice_number: str
    member_id: int
    expires_at: datetime
    was_opened: bool


def add_link(session: Session, secret: str, *, invoice_id: int, dispatch_id: int | None) -> None:
    """Keep a new link of an invoice; who asks for it was asked before."""
    at = actor_of(session).at
    session.execute(
        insert(InvoiceLink),
        {
            "token_hash": crypto.session_hash(session, secret), "invoice_id": invoice_id, "dispatch_id": dispatch_id,
            "created_at": at, "expires_at": at + LIVES, "revoked_at": None, "opened_at": None,
        },
    )  # fmt: skip


def make_link(session: Session, number: str, *, secret: str) -> None:
    """Make a link of an invoice for a person to pass on."""
    require(actor_of(session), "invoice.send")
    invoice = get_invoice(session, number).invoice
    add_link(session, secret, invoice_id=invoice.id, dispatch_id=None)
    chain.note(session, "invoice.link", "invoice", invoice.number, member_id=invoice.member_id)


def revoke_links(session: Session, number: str) -> int:
    """End every link of an invoice that still works; return how many there were."""
    require(actor_of(session), "invoice.send")
    invoice = get_invoice(session, number).invoice
    at = actor_of(session).at
    ended = session.execute(
        update(InvoiceLink)
        .where(
            InvoiceLink.invoice_id == invoice.id,
            InvoiceLink.revoked_at.is_(None),
            InvoiceLink.expires_at > at,
        )
        .values(revoked_at=at)
        .returning(InvoiceLink.id)
    ).all()
    if ended:
        chain.note(session, "invoice.revoke_links", "invoice", invoice.number, member_id=invoice.member_id)
    return len(ended)


def find_link(session: Session, secret: str, *, at: datetime) -> OpenedLink:
    """Return what a link opens; raise `LinkEnded` for an unknown, revoked or old one."""
    row = session.execute(
        select(Invoice.number, Invoice.member_id, InvoiceLink.expires_at, InvoiceLink.opened_at)
        .join(Invoice, Invoice.id == InvoiceLink.invoice_id)
        .where(
            InvoiceLink.token_hash == crypto.session_hash(session, secret),
            InvoiceLink.revoked_at.is_(None),
            InvoiceLink.expires_at > at,
        )
    ).first()
    if row is None:
        raise LinkEnded
    return OpenedLink(row.number, row.member_id, row.expires_at, row.opened_at is not None)


def note_opened(session: Session, secret: str) -> None:
    """Keep when a link was opened for the first time; whoever holds it may open it."""
    session.execute(
        update(InvoiceLink)
        .where(
            InvoiceLink.token_hash == crypto.session_hash(session, secret), InvoiceLink.opened_at.is_(None)
        )
        .values(opened_at=actor_of(session).at)
    )


def count_open_links(session: Session, invoice_id: int, *, at: datetime) -> int:
    """Return how many links of an invoice still work."""
    statement = select(InvoiceLink.id).where(
        InvoiceLink.invoice_id == invoice_id, InvoiceLink.revoked_at.is_(None), InvoiceLink.expires_at > at
    )
    return len(session.execute(statement).all())
