"""Own rows only: every SELECT of a portal actor is limited to its companies, and an object of others is not found.

A listener adds the condition to each SELECT, so that a view cannot forget it; `persistence/db.py` registers it where
the database handle is made, so that commands and workers have it too.
Source: `reliability.md` 5.10 no. 44, INV-18.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, false, select
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from membership.domain.errors import NotFound
from membership.domain.policy import Actor
from membership.persistence.columns import Base
from membership.persistence.models.applications import Application, ApplicationLink
from membership.persistence.models.approvals import Approval, ApprovalDecision
from membership.persistence.models.bank import (
    BankBatch,
    BankDecision,
    BankDivision,
    BankDivisionEnd,
    BankLine,
    BankPart,
    BankPosting,
    BankRule,
    BankStatement,
    MemberIban,
)
from membership.persistence.models.billing import BillingRun, OutboxRow, RunItem
from membership.persistence.models.chain import AuditRecord
from membership.persistence.models.closings import Closing
from membership.persistence.models.companies import CompanyInvitation, CompanyRequest
from membership.persistence.models.corrections import ItemEvent
from membership.persistence.models.declarations import (
    DeclarationDecision,
    DeclarationEvidence,
    DeclarationLink,
    DeclarationRequest,
    DeclarationRound,
    DeclarationVersion,
)
from membership.persistence.models.direct_debits import (
    Collection,
    CollectionItem,
    CollectionStep,
    DebitNotice,
    Mandate,
    MandateDocument,
    MandateStep,
)
from membership.persistence.models.dispatch import (
    Dispatch,
    DispatchAttempt,
    InvoiceLink,
    MailboxMark,
    MailLane,
    MailText,
    SealedSetting,
)
from membership.persistence.models.drafts import InvoiceDraft
from membership.persistence.models.dues import FeeScheduleVersion
from membership.persistence.models.invoicing import Invoice, StoredDocument
from membership.persistence.models.ledger import Entry, EntryLine, OpenItem
from membership.persistence.models.member_papers import MemberFile, MemberNote
from membership.persistence.models.members import (
    AgreedAmount,
    BasisValue,
    CategoryPeriod,
    Contact,
    GroupMembership,
    Insolvency,
    Member,
    MemberImport,
    MemberImportRow,
    MemberMerge,
    Membership,
    OrderNumber,
    Override,
    PreviousDues,
    Succession,
)
from membership.persistence.models.online_payments import (
    OnlineAttempt,
    OnlineEvent,
    OnlineItem,
    OnlinePayout,
    OnlinePosting,
    RefusedMessages,
)
from membership.persistence.models.operation import DailyTask, KeyMark
from membership.persistence.models.payments import Allocation, Payment
from membership.persistence.models.refunds import Refund, RefundFile, RefundStep
from membership.persistence.models.resolutions import ResolutionRecord
from membership.persistence.models.users import ListView, User, UserCompany, UserRole

M = TypeVar("M", bound=Base)

_OWN: Final[tuple[tuple[type[Any], str], ...]] = (
    (Member, "id"),
    (Membership, "member_id"),
    (Insolvency, "member_id"),
    (Succession, "member_id"),
    (MemberMerge, "member_id"),
    (CategoryPeriod, "member_id"),
    (BasisValue, "member_id"),
    (AgreedAmount, "member_id"),
    (Override, "member_id"),
    (PreviousDues, "member_id"),
    (OrderNumber, "member_id"),
    (Contact, "member_id"),
    (GroupMembership, "member_id"),
    (Invoice, "member_id"),
    (OpenItem, "member_id"),
    (ItemEvent, "member_id"),
    (Payment, "member_id"),
    (EntryLine, "member_id"),
    (Mandate, "member_id"),
    (MandateStep, "member_id"),
    (MandateDocument, "member_id"),
    (DebitNotice, "member_id"),
    (CollectionItem, "member_id"),
    (Refund, "member_id"),
    (DeclarationRequest, "member_id"),
    (DeclarationVersion, "member_id"),
    (DeclarationDecision, "member_id"),
    (DeclarationEvidence, "member_id"),
    (AuditRecord, "member_id"),
    (UserCompany, "member_id"),
    (CompanyInvitation, "member_id"),
    (CompanyRequest, "member_id"),
    (MemberIban, "member_id"),
    (OnlineAttempt, "member_id"),
    (OnlineItem, "member_id"),
    (OnlinePosting, "member_id"),
)
"""Tables of which a portal person sees the rows of own companies: model and the column that names the company."""

_CLOSED: Final[tuple[type[Any], ...]] = (
    Application,
    ApplicationLink,
    Approval,
    ApprovalDecision,
    Closing,
    Collection,
    CollectionStep,
    RefundFile,
    RefundStep,
    DailyTask,
    DeclarationLink,
    KeyMark,
    MemberImport,
    MemberImportRow,
    BillingRun,
    RunItem,
    OutboxRow,
    FeeScheduleVersion,
    MemberNote,
    MemberFile,
    ResolutionRecord,
    InvoiceDraft,
    Dispatch,
    DispatchAttempt,
    InvoiceLink,
    MailboxMark,
    MailLane,
    MailText,
    SealedSetting,
    ListView,
    BankStatement,
    BankLine,
    BankBatch,
    BankPart,
    BankDivision,
    BankDivisionEnd,
    BankDecision,
    BankPosting,
    BankRule,
    OnlineEvent,
    OnlinePayout,
    RefusedMessages,
)
"""Tables of which a portal person sees nothing."""


@lru_cache(maxsize=256)
def _criteria(member_ids: frozenset[int], user_id: int | None) -> tuple[Any, ...]:
    """Return the limits of a person of these companies; a page reads dozens of times with the same ones."""
    ids = sorted(member_ids)
    limits: list[Any] = [
        with_loader_criteria(model, getattr(model, column).in_(ids)) for model, column in _OWN
    ]
    limits += [with_loader_criteria(model, _nothing(model)) for model in _CLOSED]
    invoices = select(Invoice.id).where(Invoice.member_id.in_(ids))
    payments = select(Payment.id).where(Payment.member_id.in_(ids))
    entries = select(EntryLine.entry_id).where(EntryLine.member_id.in_(ids))
    rounds = select(DeclarationRequest.round_id).where(DeclarationRequest.member_id.in_(ids))
    colleagues = select(UserCompany.user_id).where(UserCompany.member_id.in_(ids))
    limits += [
        with_loader_criteria(StoredDocument, StoredDocument.invoice_id.in_(invoices)),
        with_loader_criteria(Allocation, Allocation.payment_id.in_(payments)),
        with_loader_criteria(DeclarationRound, DeclarationRound.id.in_(rounds)),
        with_loader_criteria(Entry, Entry.id.in_(entries)),
        with_loader_criteria(User, User.id.in_(colleagues) | (User.id == user_id)),
        with_loader_criteria(UserRole, UserRole.user_id == user_id),
    ]
    return tuple(limits)


def _nothing(_model: type[Any]) -> ColumnElement[bool]:
    return false()


def limit_reads(state: ORMExecuteState) -> None:
    """Add the limits of a portal actor to a SELECT; staff and jobs read without."""
    actor = state.session.info.get("actor")
    if not isinstance(actor, Actor) or not actor.is_portal or not state.is_select:
        return
    state.statement = state.statement.options(*_criteria(actor.member_ids, actor.user_id))


def find_visible(session: Session, model: type[M], row_id: int) -> M | None:
    """Return the row if the session's actor may see it, else None."""
    column = model.__table__.c.id
    return session.execute(select(model).where(column == row_id)).scalar_one_or_none()


def get_visible(session: Session, model: type[M], row_id: int, *, what: str) -> M:
    """Return the row; a foreign and a missing one raise the same `NotFound`."""
    found = find_visible(session, model, row_id)
    if found is None:
        raise NotFound(what=what, key=row_id)
    return found
