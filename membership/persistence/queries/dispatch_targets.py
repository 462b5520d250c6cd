"""Who gets which invoice: by mail to everybody who is to have it, else by post; with what was sent before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from membership.domain.dispatch import (
    Channel,
    DispatchState,
    Mailbox,
    Person,
    declaration_recipients,
    recipients_of,
)
from membership.domain.member_fields import BY_POST
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.invoicing import Invoice, StoredDocument
from membership.persistence.models.ledger import OpenItem
from membership.persistence.models.members import Contact, Member
from membership.persistence.queries.invoicing import IS_CANCELLED, PDF


@dataclass(frozen=True, slots=True)
class Target:
    """An invoice that can be sent, with its member and who gets it by mail; nobody means by post."""

    invoice_id: int
    number: str
    kind: str
    gross_cents: int
    member_id: int
    member_number: str
    member_name: str
    language: str
    has_pdf: bool
    wants_paper: bool
    mailboxes: tuple[Mailbox, ...]
    sendings: tuple[Dispatch, ...] = ()

    @property
    def live(self) -> tuple[Dispatch, ...]:
        """Return the sendings that count: all but those that were withdrawn."""
        return tuple(each for each in self.sendings if each.state is not DispatchState.WITHDRAWN)

    @property
    def channel(self) -> Channel:
        """Return how the invoice would go out: by mail unless nobody has an address, or the member wants paper."""
        return Channel.MAIL if self.mailboxes and not self.wants_paper else Channel.POST


def list_targets(
    session: Session,
    *,
    run_id: int | None = None,
    numbers: Sequence[str] | None = None,
    is_standing: bool = False,
) -> list[Target]:
    """Return the invoices of a run that still stand, or the documents with these numbers, as they could be sent.

    With `is_standing` those that were cancelled are left out of the numbers too.
    """
    has_pdf = exists().where(StoredDocument.invoice_id == Invoice.id, StoredDocument.kind == PDF)
    statement = (
        select(
            Invoice.id, Invoice.number, Invoice.kind, Invoice.gross_cents, Member, has_pdf.label("has_pdf")
        )
        .join(Member, Member.id == Invoice.member_id)
        .order_by(Invoice.id)
    )
    if run_id is not None:
        statement = statement.where(Invoice.run_id == run_id, ~_is_cancelled())
    if is_standing:
        statement = statement.where(~_is_cancelled())
    if numbers is not None:
        statement = statement.where(Invoice.number.in_([number.strip().upper() for number in numbers]))
    rows = session.execute(statement).all()
    people = _people_of(session, {row.Member.id for row in rows})
    sendings = sendings_of(session, [row.id for row in rows])
    return [
        Target(
            row.id, row.number, row.kind, row.gross_cents, row.Member.id, row.Member.number, row.Member.name,
            row.Member.language, row.has_pdf, row.Member.invoice_way == BY_POST,
            tuple(recipients_of(row.Member.invoice_email, people.get(row.Member.id, []))),
            tuple(sendings.get(row.id, ())),
        )
        for row in rows
    ]  # fmt: skip


_CHUNK: Final = 5000
"""So many ids go into one statement."""


def _is_cancelled() -> ColumnElement[bool]:
    return exists().where(OpenItem.invoice_id == Invoice.id, IS_CANCELLED)


def _people_of(session: Session, member_ids: Iterable[int]) -> dict[int, list[Person]]:
    found: dict[int, list[Person]] = {}
    for ids in _chunks(sorted(member_ids)):
        statement = (
            select(Contact).where(Contact.member_id.in_(ids), Contact.ended_on.is_(None)).order_by(Contact.id)
        )
        for each in session.execute(statement).scalars():
            person = Person(each.name, each.salutation, each.email, tuple(each.functions or ()))
            found.setdefault(each.member_id, []).append(person)
    return found


def sendings_of(session: Session, invoice_ids: Sequence[int]) -> dict[int, list[Dispatch]]:
    """Return invoice id -> its sendings, the oldest first."""
    found: dict[int, list[Dispatch]] = {}
    for ids in _chunks(invoice_ids):
        statement = select(Dispatch).where(Dispatch.invoice_id.in_(ids)).order_by(Dispatch.id)
        for each in session.execute(statement).scalars():
            assert each.invoice_id is not None, each.id
            found.setdefault(each.invoice_id, []).append(each)
    return found


def _chunks(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK)]


def recipients_of_member(session: Session, member_id: int) -> list[Mailbox]:
    """Return who gets the invoices of a member by mail; nobody means by post, for want of an address or as wished."""
    statement = select(Member.invoice_email, Member.invoice_way).where(Member.id == member_id)
    found = session.execute(statement).one()
    if found.invoice_way == BY_POST:
        return []
    people = _people_of(session, [member_id]).get(member_id, [])
    return recipients_of(found.invoice_email, people)


def mailboxes_for_invoices(session: Session, member_ids: Sequence[int]) -> dict[int, list[Mailbox]]:
    """Return member id -> who gets its invoices by mail, or could be written to where they go by post."""
    people = _people_of(session, member_ids)
    found: dict[int, list[Mailbox]] = {}
    for ids in _chunks(sorted(member_ids)):
        rows = session.execute(select(Member.id, Member.invoice_email).where(Member.id.in_(ids)))
        found |= {row.id: recipients_of(row.invoice_email, people.get(row.id, [])) for row in rows}
    return found


def mailboxes_for_declarations(session: Session, member_ids: Sequence[int]) -> dict[int, list[Mailbox]]:
    """Return member id -> who is asked for its declaration; nobody means by telephone."""
    people = _people_of(session, member_ids)
    found: dict[int, list[Mailbox]] = {}
    for ids in _chunks(sorted(member_ids)):
        rows = session.execute(select(Member.id, Member.invoice_email).where(Member.id.in_(ids)))
        found |= {row.id: declaration_recipients(row.invoice_email, people.get(row.id, [])) for row in rows}
    return found


def count_unsent(session: Session, run_id: int) -> int:
    """Return how many invoices of a run were not handed over."""
    is_live = exists().where(Dispatch.invoice_id == Invoice.id, Dispatch.state != DispatchState.WITHDRAWN)
    statement = (
        select(func.count()).select_from(Invoice).where(Invoice.run_id == run_id, ~is_live, ~_is_cancelled())
    )
    return session.execute(statement).scalar_one()


def count_channels(session: Session, member_ids: Sequence[int]) -> tuple[int, int]:
    """Return how many of these members get invoices by mail, and how many by post."""
    people = _people_of(session, member_ids)
    mails = 0
    for ids in _chunks(sorted(member_ids)):
        wants_mail = (Member.id.in_(ids), Member.invoice_way != BY_POST)
        rows = session.execute(select(Member.id, Member.invoice_email).where(*wants_mail))
        mails += sum(bool(recipients_of(row.invoice_email, people.get(row.id, []))) for row in rows)
    return mails, len(member_ids) - mails
