"""Issued invoices as they are kept: the frozen document, the stored bytes of its PDF (INV-06)."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from invoices import einvoice, pdf
from invoices.attached import attached_xml
from invoices.document import Document
from membership.domain.dues.stored import from_stored
from membership.domain.errors import N_, Conflict, DomainError
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


class NoXml(DomainError):
    """The PDF carries no data: it was made before invoices did."""

    message = N_("The PDF of %(number)s carries no data for an e-invoice.")
    code = "no_xml"


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


class Made(NamedTuple):
    """The files of one invoice: its PDF, and its XRechnung where the member gets one."""

    invoice_id: int
    pdf: bytes
    xrechnung: bytes | None = None


_MEDIA_TYPES: Final = {queries.PDF: "application/pdf", queries.XRECHNUNG: "application/xml"}


def xrechnung_of(document: Document) -> bytes | None:
    """Return the invoice as XRechnung where its recipient gets one (EIN-1, output B)."""
    if document.exchange is None or not document.exchange.as_xrechnung:
        return None
    return einvoice.xml_of(document, "xrechnung")


def store_pdfs(session: Session, made: list[Made]) -> int:
    """Keep rendered invoices, each file once, with its SHA-256; return how many PDFs were new (INV-06)."""
    known = {
        (invoice_id, kind)
        for invoice_id, kind in session.execute(
            select(StoredDocument.invoice_id, StoredDocument.kind).where(
                StoredDocument.invoice_id.in_([each.invoice_id for each in made])
            )
        )
    }
    at = actor_of(session).at
    new = 0
    for each in made:
        for kind, data in ((queries.PDF, each.pdf), (queries.XRECHNUNG, each.xrechnung)):
            if data is None or (each.invoice_id, kind) in known:
                continue
            new += kind == queries.PDF
            chain.append(
                session,
                StoredDocument,
                invoice_id=each.invoice_id,
                kind=kind,
                media_type=_MEDIA_TYPES[kind],
                content=data,
                sha256=sha256(data).hexdigest(),
                stored_at=at,
            )
    return new


def keep_pdfs(session: Session, fence: str, row_ids: list[int], made: list[Made]) -> int:
    """Keep rendered invoices and settle their rows of the outbox in one transaction; return how many PDFs were new."""
    stored = store_pdfs(session, made)
    outbox.settle(session, fence, row_ids)
    return stored


def calculation_pdf(session: Session, invoice: Invoice) -> bytes:
    """Return the invoice with its calculation on a page of its own, made on demand and not kept (DUE-19).

    It carries no XML: there is one e-invoice of each number, the stored one.
    """
    document = frozen_documents(session, [invoice.id])[invoice.id]
    words = Wording(document.language)
    proof = tuple(proof_of(from_stored(invoice.assessment), words))
    basis = words.text("Basis: %(schedule)s.", schedule=invoice.schedule_code)
    return pdf.render(replace(document, proof=proof, proof_basis=basis, exchange=None))


def stored_pdf(session: Session, number: str) -> bytes:
    """Return the stored bytes of a document, checked against their hash; raise `PdfNotReady` before they are made."""
    invoice, _sha256 = queries.get_document(session, number)
    stored = _checked(session, invoice.id, queries.PDF)
    if stored is None:
        raise PdfNotReady(number=invoice.number)
    return stored


def stored_xml(session: Session, number: str) -> bytes:
    """Return a document as the XML of an e-invoice: its XRechnung where it has one, else what its PDF carries.

    Raises:
        PdfNotReady: the files are still being made.
        NoXml: the invoice was made before invoices carried their data.
    """
    invoice, _sha256 = queries.get_document(session, number)
    xrechnung = _checked(session, invoice.id, queries.XRECHNUNG)
    if xrechnung is not None:
        return xrechnung
    found = attached_xml(stored_pdf(session, number))
    if found is None:
        raise NoXml(number=invoice.number)
    return found.content


def _checked(session: Session, invoice_id: int, kind: str) -> bytes | None:
    """Return stored bytes after comparing them with their hash; None while there are none."""
    stored = queries.find_stored(session, invoice_id, kind)
    if stored is None:
        return None
    assert sha256(stored.content).hexdigest() == stored.sha256, (invoice_id, kind)
    return stored.content
