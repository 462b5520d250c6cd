"""Mandates with what came later: which terms hold, in which state each is, who could be debited by which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

from sqlalchemy import Select, bindparam, false, func, or_, select, union
from sqlalchemy.orm import Session, load_only

from membership.domain.direct_debits import collections as rules
from membership.domain.direct_debits.collections import ItemState
from membership.domain.direct_debits.mandates import (
    MandateState,
    Standing,
    StepKind,
    expires_on,
    state_of,
)
from membership.domain.errors import NotFound
from membership.domain.search_text import folded
from membership.persistence.models.direct_debits import (
    Collection,
    CollectionItem,
    Mandate,
    MandateDocument,
    MandateStep,
)
from membership.persistence.models.members import Member

_BATCH: Final = 2000
_PLAIN: Final = tuple(
    getattr(Mandate, column.name) for column in Mandate.__table__.c if column.name != "iban_sealed"
)
_STEP_PLAIN: Final = tuple(
    getattr(MandateStep, column.name) for column in MandateStep.__table__.c if column.name != "iban_sealed"
)


@dataclass(slots=True)
class MandateView:
    """A mandate with its member, its steps in their order, and the last day on which it was presented."""

    row: Mandate
    member: Member
    steps: list[MandateStep] = field(default_factory=list)
    last_presented_on: date | None = None
    documents: int = 0

    @property
    def reference(self) -> str:
        """Return the reference that holds: the last one that an amendment gave, else the first."""
        return self.reference_at(None)

    def reference_at(self, step_id: int | None) -> str:
        """Return the reference as it was after a step; None: as it is now, 0: as the mandate was taken down."""
        given = (
            step.reference
            for step in reversed(self.steps)
            if step.reference and (step_id is None or step.id <= step_id)
        )
        return next(given, self.row.reference)

    @property
    def terms(self) -> MandateStep | Mandate:
        """Return the row whose terms hold: the last amendment, else the mandate itself."""
        return next((step for step in reversed(self.steps) if step.kind is StepKind.AMENDED), self.row)

    @property
    def terms_id(self) -> int | None:
        """Return the id of the amendment whose terms hold, None while those of the mandate itself do."""
        terms = self.terms
        return terms.id if isinstance(terms, MandateStep) else None

    @property
    def signature(self) -> MandateStep | Mandate:
        """Return the row that says who signed when and where."""
        return next((step for step in self.steps if step.kind is StepKind.SIGNED), self.row)

    @property
    def signed_on(self) -> date | None:
        """Return the day of the signature, None while it is awaited."""
        signature = self.signature
        return signature.done_on if isinstance(signature, MandateStep) else signature.signed_on

    @property
    def standing(self) -> Standing:
        """Return what the state follows from; a block or a revocation that was taken back does not count."""
        ending = (StepKind.BLOCKED, StepKind.REVOKED)
        since = max(
            (at for at, step in enumerate(self.steps) if step.kind is StepKind.REINSTATED), default=-1
        )
        held = [step for step in self.steps[since + 1 :] if step.kind in ending]
        revoked = next((step for step in held if step.kind is StepKind.REVOKED), None)
        return Standing(
            recurrence=self.row.recurrence,
            signed_on=self.signed_on,
            last_presented_on=self.last_presented_on,
            is_blocked=bool(held),
            revoked_on=revoked.done_on if revoked else None,
        )

    def state_on(self, day: date) -> MandateState:
        """Return the state on a day."""
        return state_of(self.standing, day)

    @property
    def expires_on(self) -> date | None:
        """Return the last day of the mandate if nothing is collected before."""
        return expires_on(self.standing)

    @property
    def for_rules(self) -> rules.Mandate:
        """Return the mandate as a collection sees it."""
        terms = self.terms
        return rules.Mandate(
            id=self.row.id,
            reference=self.reference,
            scheme=self.row.scheme,
            recurrence=self.row.recurrence,
            standing=self.standing,
            account_shown=terms.iban_shown,
            amended_on=terms.done_on if isinstance(terms, MandateStep) else None,
        )


class MandateFilter(NamedTuple):
    """What a list of mandates shows: a state (None: all), and words of the member, the reference or the account."""

    state: MandateState | None = None
    text: str = ""


class MandatePage(NamedTuple):
    """One page of mandates, how many there are in all, and how many in each state."""

    rows: list[MandateView]
    total: int
    counts: dict[MandateState, int]


_MANDATES: Final = (
    select(Mandate, Member)
    .join(Member, Member.id == Mandate.member_id)
    .options(
        load_only(*_PLAIN),
        load_only(Member.number, Member.name, Member.payment_method, Member.language),
    )
    .order_by(Mandate.reference)
)


_BY_ID: Final = _MANDATES.where(Mandate.id.in_(bindparam("chosen", expanding=True)))
_BY_MEMBER: Final = _MANDATES.where(Mandate.member_id.in_(bindparam("chosen", expanding=True)))


def list_mandates(
    session: Session, *, member_ids: Iterable[int] | None = None, ids: Iterable[int] | None = None
) -> list[MandateView]:
    """Return mandates by reference, without their encrypted accounts: all, those of members, or these ones."""
    if member_ids is None and ids is None:
        return _viewed(session, _MANDATES)
    statement, wanted = (_BY_ID, ids) if member_ids is None else (_BY_MEMBER, member_ids)
    numbers = sorted(set(wanted or ()))
    found = [
        view
        for start in range(0, len(numbers), _BATCH)
        for view in _viewed(session, statement, chosen=numbers[start : start + _BATCH])
    ]
    return sorted(found, key=lambda view: view.reference)


def get_mandate(session: Session, reference: str) -> MandateView:
    """Return a mandate by its reference, be it a former one; raise `NotFound` when there is none."""
    later = select(MandateStep.mandate_id).where(MandateStep.reference == reference.strip())
    named = (
        or_(Mandate.reference == reference.strip(), Mandate.id.in_(later)) if reference.strip() else false()
    )
    found = _viewed(session, _MANDATES.where(named))
    if not found:
        raise NotFound(what="mandate", key=reference)
    return found[0]


def _viewed(session: Session, statement: Select[Mandate, Member], **values: object) -> list[MandateView]:
    rows = session.execute(statement, values).all()
    found = {mandate.id: MandateView(mandate, member) for mandate, member in rows}
    if not found:
        return []
    chosen = statement.with_only_columns(Mandate.id).order_by(None)
    steps = (
        select(MandateStep)
        .where(MandateStep.mandate_id.in_(chosen))
        .options(load_only(*_STEP_PLAIN))
        .order_by(MandateStep.id)
    )
    for step in session.execute(steps, values).scalars():
        found[step.mandate_id].steps.append(step)
    presented = (
        select(CollectionItem.mandate_id, func.max(Collection.due_on))
        .join(Collection, Collection.id == CollectionItem.collection_id)
        .where(CollectionItem.mandate_id.in_(chosen), CollectionItem.state != ItemState.WITHDRAWN)
        .group_by(CollectionItem.mandate_id)
    )
    for mandate_id, day in session.execute(presented, values).all():
        found[mandate_id].last_presented_on = day
    kept = (
        select(MandateDocument.mandate_id, func.count())
        .where(MandateDocument.mandate_id.in_(chosen))
        .group_by(MandateDocument.mandate_id)
    )
    for mandate_id, count in session.execute(kept, values).all():
        found[mandate_id].documents = count
    return list(found.values())


def list_page(session: Session, chosen: MandateFilter, *, today: date, page: int, size: int) -> MandatePage:
    """Return one page of the mandates that a filter chooses, by reference; states are those of today."""
    words = folded(chosen.text).split()
    fitting = [
        view
        for view in list_mandates(session)
        if all(
            word
            in folded(f"{view.reference} {view.member.number} {view.member.name} {view.terms.iban_shown}")
            for word in words
        )
    ]
    counts: dict[MandateState, int] = {}
    for view in fitting:
        state = view.state_on(today)
        counts[state] = counts.get(state, 0) + 1
    shown = [view for view in fitting if chosen.state is None or view.state_on(today) is chosen.state]
    return MandatePage(shown[(page - 1) * size : page * size], len(shown), counts)


def best_of(views: Iterable[MandateView], *, on: date) -> dict[int, MandateView]:
    """Return member -> the mandate to debit by on a day: the newest active one, else the newest of all."""
    found: dict[int, MandateView] = {}
    for view in sorted(views, key=lambda view: view.row.id):
        known = found.get(view.row.member_id)
        is_active = view.state_on(on) is MandateState.ACTIVE
        if known is None or is_active or known.state_on(on) is not MandateState.ACTIVE:
            found[view.row.member_id] = view
    return found


class SealedAccount(NamedTuple):
    """An encrypted IBAN with the place that it is bound to."""

    sealed: bytes
    table: str
    uid: str


def sealed_accounts(session: Session, views: Iterable[MandateView]) -> dict[int, SealedAccount]:
    """Return mandate -> the encrypted account of the terms that hold."""
    return sealed_of(session, {view.row.id: view.terms_id for view in views})


def sealed_of(session: Session, terms: Mapping[int, int | None]) -> dict[int, SealedAccount]:
    """Return mandate -> the encrypted account of the amendment that is named, of its own first terms for None."""
    found: dict[int, SealedAccount] = {}
    firsts = sorted(mandate_id for mandate_id, step_id in terms.items() if step_id is None)
    later = {step_id: mandate_id for mandate_id, step_id in terms.items() if step_id is not None}
    for part in _parts(firsts):
        rows = session.execute(
            select(Mandate.id, Mandate.iban_sealed, Mandate.uid).where(Mandate.id.in_(part))
        )
        found |= {row.id: SealedAccount(row.iban_sealed, Mandate.__tablename__, row.uid) for row in rows}
    for part in _parts(sorted(later)):
        steps = session.execute(
            select(MandateStep.id, MandateStep.iban_sealed, MandateStep.uid).where(MandateStep.id.in_(part))
        )
        found |= {
            later[row.id]: SealedAccount(row.iban_sealed, MandateStep.__tablename__, row.uid) for row in steps
        }
    return found


def _parts(numbers: list[int]) -> list[list[int]]:
    return [numbers[start : start + _BATCH] for start in range(0, len(numbers), _BATCH)]


def list_references(session: Session, *, but: int = 0) -> list[str]:
    """Return every reference that was ever given, but those of one mandate; whoever asks: all members share them."""
    firsts, steps = Mandate.__table__.c, MandateStep.__table__.c
    first = select(firsts.reference).where(firsts.id != but)
    later = select(steps.reference).where(steps.reference != "", steps.mandate_id != but)
    return list(session.execute(union(first, later)).scalars())


def all_references(session: Session) -> dict[int, set[str]]:
    """Return member -> the references, also former ones, of the mandates of it."""
    first = select(Mandate.member_id, Mandate.reference)
    later = select(MandateStep.member_id, MandateStep.reference).where(MandateStep.reference != "")
    found: dict[int, set[str]] = {}
    for member_id, reference in session.execute(union(first, later)):
        found.setdefault(member_id, set()).add(reference)
    return found


def list_documents(session: Session, mandate_id: int) -> list[MandateDocument]:
    """Return what is kept of a mandate, the oldest first, without the bytes."""
    statement = (
        select(MandateDocument)
        .where(MandateDocument.mandate_id == mandate_id)
        .options(
            load_only(
                MandateDocument.kind, MandateDocument.file_name, MandateDocument.media_type, MandateDocument.sha256,
                MandateDocument.stored_at,
            )
        )
        .order_by(MandateDocument.id)
    )  # fmt: skip
    return list(session.execute(statement).scalars())


def get_document(session: Session, mandate_id: int, document_id: int) -> MandateDocument:
    """Return a kept document of a mandate; raise `NotFound`."""
    statement = select(MandateDocument).where(
        MandateDocument.id == document_id, MandateDocument.mandate_id == mandate_id
    )
    found = session.execute(statement).scalar_one_or_none()
    if found is None:
        raise NotFound(what="document", key=document_id)
    return found
