"""The rows of a run as its pages need them: all of them without calculations, or the calculations of one page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from membership.domain.billing import ItemState, RunState, RunWarning
from membership.domain.dues.stored import phrase_of
from membership.domain.member_fields import BY_POST
from membership.domain.run_review import RunLine
from membership.persistence.models.billing import BillingRun, RunItem
from membership.persistence.models.invoicing import Invoice, StoredDocument
from membership.persistence.models.ledger import OpenItem
from membership.persistence.models.members import Member, MemberCategory
from membership.persistence.queries.invoicing import IS_CANCELLED, PDF, XRECHNUNG, StoredFile

_GOES_BY_MAIL: Final = (Member.invoice_email != "") & (Member.invoice_way != BY_POST)


def list_lines(session: Session, run_id: int) -> list[RunLine]:
    """Return the items of a run by member number, in one query whatever their number."""
    item = RunItem
    rows = session.execute(
        select(
            item.id, item.member_id, Member.number, Member.name, item.state, item.reason, item.reason_text,
            item.amount_cents, item.previous_cents, item.due_on, item.period_from, item.category,
            item.dues_class, item.is_estimated, item.warnings, item.confirmed, _GOES_BY_MAIL,
            Invoice.number,
        )
        .join(Member, Member.id == item.member_id)
        .outerjoin(Invoice, Invoice.id == item.invoice_id)
        .where(item.run_id == run_id)
        .order_by(Member.number, item.tax_part)
    )  # fmt: skip
    return [_line(row) for row in rows]


def _line(row: Any) -> RunLine:  # noqa: ANN401 - a row of eighteen columns
    return RunLine(
        id=row[0],
        member_id=row[1],
        number=row[2],
        name=row[3],
        state=ItemState(row[4]),
        reason=row[5],
        reason_text=phrase_of(row[6]) if row[6] else None,
        amount_cents=row[7],
        previous_cents=row[8],
        due_on=row[9],
        period_from=row[10],
        category=row[11],
        dues_class=phrase_of(row[12]) if row[12] else None,
        is_estimated=row[13],
        warnings=tuple(RunWarning(each["rule"], phrase_of(each["text"])) for each in row[14] or ()),
        confirmed=row[15],
        goes_by_mail=bool(row[16]),
        invoice=row[17],
    )


def find_item(session: Session, run_id: int, member_id: int) -> RunItem | None:
    """Return the first item of a member in a run, None when the run has none."""
    statement = select(RunItem).where(RunItem.run_id == run_id, RunItem.member_id == member_id)
    return session.execute(statement.order_by(RunItem.id).limit(1)).scalar_one_or_none()


def list_assessments(session: Session, item_ids: Iterable[int]) -> Mapping[int, Any]:
    """Return item id -> stored calculation of these items."""
    rows = session.execute(select(RunItem.id, RunItem.assessment).where(RunItem.id.in_(list(item_ids))))
    return {item_id: stored for item_id, stored in rows if stored}


def count_pdfs(session: Session, run_id: int) -> int:
    """Return how many invoices of a run have their PDF."""
    statement = (
        select(func.count(func.distinct(StoredDocument.invoice_id)))
        .join(Invoice, Invoice.id == StoredDocument.invoice_id)
        .where(Invoice.run_id == run_id, StoredDocument.kind == PDF)
    )
    return session.execute(statement).scalar_one()


def list_run_invoices(session: Session, run_id: int) -> list[int]:
    """Return the ids of the invoices of a run in the order of their numbers."""
    statement = select(Invoice.id).where(Invoice.run_id == run_id).order_by(Invoice.year, Invoice.running)
    return list(session.execute(statement).scalars())


def list_files(session: Session, invoice_ids: Sequence[int]) -> list[tuple[str, str, StoredFile]]:
    """Return number, name of the company and file of these invoices, as far as they are made."""
    file = StoredDocument
    rows = session.execute(
        select(Invoice.number, Member.name, file.invoice_id, file.kind, file.media_type, file.content)
        .join(StoredDocument, StoredDocument.invoice_id == Invoice.id)
        .join(Member, Member.id == Invoice.member_id)
        .where(Invoice.id.in_(invoice_ids), StoredDocument.kind.in_((PDF, XRECHNUNG)))
        .order_by(Invoice.year, Invoice.running, StoredDocument.kind)
    )
    return [(row.number, row.name, StoredFile(*row[2:])) for row in rows]


def count_billed_elsewhere(session: Session, year: int, *, run_id: int) -> int:
    """Return how many members have an invoice of the dues year that is not of this run."""
    counted = select(func.count(func.distinct(Invoice.member_id))).select_from(Invoice)
    statement = counted.join(OpenItem, OpenItem.invoice_id == Invoice.id).where(
        Invoice.dues_year == year, Invoice.run_id.is_(None) | (Invoice.run_id != run_id), ~IS_CANCELLED
    )
    return session.execute(statement).scalar_one()


def run_sums(session: Session) -> Mapping[int, tuple[int, int]]:
    """Return run id -> (documents, cents) of what each run bills."""
    billed = (ItemState.PLANNED, ItemState.TODO, ItemState.DONE)
    rows = session.execute(
        select(RunItem.run_id, func.count(), func.sum(RunItem.amount_cents))
        .join(BillingRun, BillingRun.id == RunItem.run_id)
        .where(RunItem.state.in_(billed), BillingRun.state != RunState.DISCARDED)
        .group_by(RunItem.run_id)
    )
    return {run_id: (documents, int(cents)) for run_id, documents, cents in rows}


def list_categories(session: Session) -> list[tuple[str, str, str]]:
    """Return code, German and English name of the member categories, in their order."""
    rows = session.execute(
        select(MemberCategory.code, MemberCategory.name_de, MemberCategory.name_en).order_by(
            MemberCategory.position
        )
    )
    return [(code, german, english) for code, german, english in rows]
