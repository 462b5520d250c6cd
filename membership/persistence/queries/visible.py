"""Own rows only: every SELECT of a portal actor is limited to its companies, and an object of others is not found.

A listener adds the condition to each SELECT, so that a view cannot forget it; `persistence/db.py` registers it where
the database handle is made, so that commands and workers have it too.
Source: `reliability.md` 5.10 no. 44, INV-18.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Executable, Integer, Select, bindparam, false, select
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.orm.interfaces import CriteriaOption
from sqlalchemy.orm.util import LoaderCriteriaOption

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


_MEMBERS: Final = bindparam("portal_member_ids", expanding=True, type_=Integer)
_USER: Final = bindparam("portal_user_id", type_=Integer)
"""Who reads: values given with each statement, so that its text and its limits are the same for everybody."""


class Limit(LoaderCriteriaOption):
    """What holds for all rows of a table that are read, under each name that a statement gives the table."""

    __slots__ = ()

    def _resolve_where_criteria(self, ext_info: Any) -> ColumnElement[bool]:  # noqa: ANN401 - a table or its alias
        condition = super()._resolve_where_criteria(ext_info)
        return ext_info._adapter.traverse(condition) if ext_info.is_aliased_class else condition  # noqa: SLF001


def _limits() -> Iterator[Limit]:
    """Yield the limit of each table."""
    invoices = select(Invoice.id).where(Invoice.member_id.in_(_MEMBERS))
    payments = select(Payment.id).where(Payment.member_id.in_(_MEMBERS))
    entries = select(EntryLine.entry_id).where(EntryLine.member_id.in_(_MEMBERS))
    rounds = select(DeclarationRequest.round_id).where(DeclarationRequest.member_id.in_(_MEMBERS))
    colleagues = select(UserCompany.user_id).where(UserCompany.member_id.in_(_MEMBERS))
    limits: dict[type[Any], ColumnElement[bool]] = {
        **{model: getattr(model, column).in_(_MEMBERS) for model, column in _OWN},
        **{model: false() for model in _CLOSED},
        StoredDocument: StoredDocument.invoice_id.in_(invoices),
        Allocation: Allocation.payment_id.in_(payments),
        DeclarationRound: DeclarationRound.id.in_(rounds),
        Entry: Entry.id.in_(entries),
        User: User.id.in_(colleagues) | (User.id == _USER),
        UserRole: UserRole.user_id == _USER,
    }
    for model, limit in limits.items():
        yield Limit(model, limit, include_aliases=True)


class OwnRows(CriteriaOption):
    """All limits as one option: they are applied when a statement is compiled, and its cached text has them.

    As an option each, `with_loader_criteria` would be looked through and hashed for every statement that is sent.
    """

    inherit_cache = True
    _cache_key_traversal: Any = ()
    propagate_to_loaders = False
    limits = tuple(_limits())

    def process_compile_state(self, compile_state: Any) -> None:  # noqa: ANN401 - a private class
        """Add the limits to a statement that is compiled."""
        self.get_global_criteria(compile_state.global_attributes)

    def get_global_criteria(self, attributes: dict[Any, Any]) -> None:
        """Add the limits to what holds for the whole statement, with all its parts."""
        for limit in self.limits:
            limit.get_global_criteria(attributes)


_OWN_ROWS: Final = OwnRows()
_LIMITED: Final = WeakKeyDictionary[Executable, Executable]()
"""Statement -> the same with the limits, so that one which a module prepared keeps the key of its compiled text."""


def limit_reads(state: ORMExecuteState) -> None:
    """Add the limits of a portal actor to a SELECT; staff and jobs read without."""
    actor = state.session.info.get("actor")
    if not isinstance(actor, Actor) or not actor.is_portal or not state.is_select:
        return
    limited = _LIMITED.get(state.statement)
    if limited is None:
        limited = _LIMITED[state.statement] = state.statement.options(_OWN_ROWS)
    state.statement = limited
    assert state.parameters is None or isinstance(state.parameters, Mapping), state.parameters
    state.parameters = {
        **(state.parameters or {}),
        _MEMBERS.key: sorted(actor.member_ids),
        _USER.key: actor.user_id,
    }


def find_visible(session: Session, model: type[M], row_id: int) -> M | None:
    """Return the row if the session's actor may see it, else None."""
    return session.execute(_by_id(model), {"row_id": row_id}).scalar_one_or_none()


@cache
def _by_id(model: type[M]) -> Select[M]:
    return select(model).where(model.__table__.c.id == bindparam("row_id"))


def get_visible(session: Session, model: type[M], row_id: int, *, what: str) -> M:
    """Return the row; a foreign and a missing one raise the same `NotFound`."""
    found = find_visible(session, model, row_id)
    if found is None:
        raise NotFound(what=what, key=row_id)
    return found
