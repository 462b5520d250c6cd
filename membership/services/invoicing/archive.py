"""Issued invoices as they are kept: the frozen document, the stored bytes of its PDF (INV-06)."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from invoices import pdf
from invoices.document import (
    Document,
)
from membership.domain.dues.stored import from_stored
from membership.domain.errors import N_, Conflict
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.models.invoicing import Invoice, StoredDocument
from membership.persistence.models.settings import Logo
from membership.persistence.queries import invoicing as queries
from membership.services import outbox
from membership.services.invoicing.documents import proof_of
from membership.wording import Wording


class PdfNotReady(Conflict):
    """The invoice is issued, its PDF is still being made."""

    message = N_("The PDF of %(number)s is being made. Please try again in a moment.")
    code = "pdf_not_ready"


def frozen_documents(session: Session, invoice_ids: list[int]) -> dict[int, Document]:
    """Return invoice id -> the document as it was frozen, with the logo of that day."""
    contents = queries.list_contents(session, invoice_ids)
    logos = {content["logo"] for content in contents.values()} - {None}
    images = dict(
        session.execute(select(Logo.sha256, Logo.content).where(Logo.sha256.in_(logos))).all()
        if logos
        else ()
    )
    found = {}
    for invoice_id, content in contents.items():
        document = Document.from_content(content["document"])
        if content["logo"] is not None:
            document = replace(document, issuer=replace(document.issuer, logo=images[content["logo"]]))
        found[invoice_id] = document
    return found


def store_pdfs(session: Session, made: list[tuple[int, bytes]]) -> int:
    """Keep rendered PDFs by invoice id, each once, with their SHA-256; return how many were new (INV-06)."""
    known = set(
        session.execute(
            select(StoredDocument.invoice_id).where(
                StoredDocument.invoice_id.in_([invoice_id for invoice_id, _data in made]),
                StoredDocument.kind == queries.PDF,
            )
        ).scalars()
    )
    at = actor_of(session).at
    for invoice_id, data in made:
        if invoice_id not in known:
            chain.append(
                session,
                StoredDocument,
                invoice_id=invoice_id,
                kind=queries.PDF,
                media_type="application/pdf",
                content=data,
                sha256=sha256(data).hexdigest(),
                stored_at=at,
            )
    return len(made) - len(known)


def keep_pdfs(session: Session, fence: str, row_ids: list[int], made: list[tuple[int, bytes]]) -> int:
    """Keep rendered PDFs and settle their rows of the outbox in one transaction; return how many were new."""
    stored = store_pdfs(session, made)
    outbox.settle(session, fence, row_ids)
    return stored


def calculation_pdf(session: Session, invoice: Invoice) -> bytes:
    """Return the invoice with its calculation on a page of its own, made on demand and not kept (DUE-19)."""
    document = frozen_documents(session, [invoice.id])[invoice.id]
    words = Wording(document.language)
    proof = tuple(proof_of(from_stored(invoice.assessment), words))
    basis = words.text("Basis: %(schedule)s.", schedule=invoice.schedule_code)
    return pdf.render(replace(document, proof=proof, proof_basis=basis))


def stored_pdf(session: Session, number: str) -> bytes:
    """Return the stored bytes of a document, checked against their hash; raise `PdfNotReady` before they are made."""
    invoice, _sha256 = queries.get_document(session, number)
    stored = queries.find_stored(session, invoice.id)
    if stored is None:
        raise PdfNotReady(number=invoice.number)
    assert sha256(stored.content).hexdigest() == stored.sha256, number
    return stored.content
