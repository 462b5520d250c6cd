"""Working off a released run: one transaction an invoice, then the PDFs in small batches."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import partial

from invoices.document import Document
from membership import clock
from membership.domain.errors import DomainError
from membership.domain.policy import Actor
from membership.persistence.db import read_as, write
from membership.services import billing, invoicing, outbox
from membership.services.direct_debits import debited_ibans

BATCH = 25
_logger = logging.getLogger(__name__)
Progress = Callable[[int], None]
Moment = Callable[[], datetime]


def issue_run(
    actor: Actor,
    run_id: int,
    *,
    base_url: str,
    today: date,
    progress: Progress | None = None,
    moment: Moment = clock.now,
) -> int:
    """Issue the invoices of a run until none is left, it is paused, or another worker has the lane.

    Returns how many were issued. An item that cannot be issued is marked as failed with its reason. `moment` tells
    the time by which the leases are measured; the demonstration issues at moments of the past.
    Raises `LaneTaken` when another worker is at it.
    """

    def now() -> Actor:
        return replace(actor, at=moment(), form_token=None)

    lane = write(now(), billing.take_lane, run_id, base_url=base_url)
    issued = 0
    try:
        while True:
            try:
                invoice_id = write(now(), billing.issue_next, lane, today=today)
            except billing.LaneTaken:
                return issued
            except billing.ItemNotIssued as failed:
                if not isinstance(failed.__cause__, DomainError):
                    _logger.exception("run %s, item %s", run_id, failed.item_id)
                write(now(), billing.fail_item, lane, failed.item_id, reason=failed.reason)
                continue
            if invoice_id is None:
                return issued
            issued += 1
            if progress is not None:
                progress(issued)
    finally:
        write(now(), billing.leave_lane, lane)


def render_waiting(actor: Actor, *, progress: Progress | None = None, moment: Moment = clock.now) -> int:
    """Make and keep the PDFs that the outbox waits for, outside of any transaction; return how many.

    One that cannot be made is put back with the reason, and the others of its batch are kept.
    """

    def now() -> Actor:
        return replace(actor, at=moment(), form_token=None)

    made = 0
    while True:
        fence, rows = write(now(), outbox.claim, invoicing.RENDER, BATCH)
        if not rows:
            return made
        ready: list[invoicing.Made] = []
        done: list[int] = []
        documents = _frozen(actor, [invoice_id for _row, invoice_id in rows])
        accounts = debited_ibans(read_as(actor), [invoice_id for _row, invoice_id in rows])
        for row_id, invoice_id in rows:
            try:
                document = documents[invoice_id]()
                account = accounts.get(invoice_id, "")
                ready.append(invoicing.make_files(invoice_id, document, debited_iban=account))
                done.append(row_id)
            except Exception as error:
                _logger.exception("the PDF of invoice %s", invoice_id)
                write(now(), outbox.give_back, fence, row_id, f"{type(error).__name__}: {error}")
        made += write(now(), invoicing.keep_pdfs, fence, done, ready)
        if progress is not None:
            progress(made)


def _frozen(actor: Actor, invoice_ids: list[int]) -> Mapping[int, Callable[[], Document]]:
    """Return how each invoice is had: all read at once, or each for itself where one of them cannot be read."""
    try:
        documents = invoicing.frozen_documents(read_as(actor), invoice_ids)
    except Exception:
        _logger.exception("some of these invoices cannot be read: %s", invoice_ids)
        read_as(actor).rollback()
        return {each: partial(_frozen_alone, actor, each) for each in invoice_ids}
    return {each: partial(documents.__getitem__, each) for each in invoice_ids}


def _frozen_alone(actor: Actor, invoice_id: int) -> Document:
    return invoicing.frozen_documents(read_as(actor), [invoice_id])[invoice_id]
