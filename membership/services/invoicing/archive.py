"""Issued invoices as they are kept: the frozen document, the stored bytes of its PDF (INV-06)."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from invoices import einvoice, pdf
from invoices.attached import attached_xml
from invoices.checking import check, report_content
from invoices.document import Document
from invoices.page_image import NoPicture, page_count, page_image
from membership.domain.dues.stored import from_stored
from membership.domain.errors import N_, Conflict, DomainError
from membership.persistence import chain, crypto
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


class PageNotDrawn(DomainError):
    """There is no such page in the PDF, or it cannot be drawn."""

    message = N_("There is no picture of page %(page)s of %(number)s. The PDF itself can be opened.")
    code = "page_not_drawn"


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


class RulesBroken(DomainError):
    """The finished e-invoice breaks a rule of the standard; it is not kept and does not leave the house."""

    message = N_("The e-invoice breaks the rule %(rule)s: %(why)s")
    code = "rules_broken"


class Made(NamedTuple):
    """The files of one invoice: its PDF, its XRechnung where the member gets one, what checking them found.

    With `names_account` the XRechnung holds the account of the member that is debited.
    """

    invoice_id: int
    pdf: bytes
    xrechnung: bytes | None = None
    report: bytes | None = None
    names_account: bool = False


_MEDIA_TYPES: Final = {
    queries.PDF: "application/pdf",
    queries.XRECHNUNG: "application/xml",
    queries.REPORT: "application/json",
}


def make_files(invoice_id: int, document: Document, *, debited_iban: str = "") -> Made:
    """Return the files of an invoice, checked as their readers will read them (D-INV-22).

    An XRechnung is made where the recipient gets one (EIN-1, output B); it names a debited account.
    Raises `RulesBroken`.
    """
    made = Made(invoice_id, pdf.render(document))
    if document.exchange is None:
        return made
    found = attached_xml(made.pdf)
    xrechnung = None
    if document.exchange.as_xrechnung:
        xrechnung = einvoice.xml_of(document, "xrechnung", debited_iban=debited_iban)
    files = {queries.PDF: found and found.content, queries.XRECHNUNG: xrechnung}
    reports = {}
    for kind, data in files.items():
        if data is None:
            continue
        report = check(data, "en", with_official=False)
        wrong = next((each for each in report.findings if each.level == "error"), None)
        if wrong is not None:
            raise RulesBroken(rule=wrong.rule, why=wrong.text)
        reports[kind] = {"sha256": sha256(data).hexdigest(), **report_content(report)}
    return made._replace(
        xrechnung=xrechnung,
        report=json.dumps(reports, ensure_ascii=False).encode(),
        names_account=bool(xrechnung and debited_iban),
    )


_TABLE: Final = StoredDocument.__tablename__
_SEALED: Final = "; sealed"
"""What the media type of a file ends with that is kept encrypted, because it names the account of a member."""


def store_pdfs(session: Session, made: list[Made]) -> int:
    """Keep rendered invoices, each file once, with the SHA-256 of what is kept; return how many PDFs were new (INV-06).

    An XRechnung that names a member's account is kept encrypted as a whole (INV-27).
    """
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
        files = {queries.PDF: each.pdf, queries.XRECHNUNG: each.xrechnung, queries.REPORT: each.report}
        for kind, data in files.items():
            if data is None or (each.invoice_id, kind) in known:
                continue
            new += kind == queries.PDF
            media_type = _MEDIA_TYPES[kind]
            kept = data
            if kind == queries.XRECHNUNG and each.names_account:
                media_type += _SEALED
                kept = crypto.seal_bytes(
                    session, data, table=_TABLE, column="content", uid=_uid(each.invoice_id, kind)
                )
            chain.append(
                session,
                StoredDocument,
                invoice_id=each.invoice_id,
                kind=kind,
                media_type=media_type,
                content=kept,
                sha256=sha256(kept).hexdigest(),
                stored_at=at,
            )
    return new


def _uid(invoice_id: int, kind: str) -> str:
    """Return the name of a row for its seal; it is known before the row is there, and never another row's."""
    return f"{invoice_id}:{kind}"


def plain_content(session: Session, stored: queries.StoredFile) -> bytes:
    """Return a stored file as it left the house."""
    if not stored.media_type.endswith(_SEALED):
        return stored.content
    uid = _uid(stored.invoice_id, stored.kind)
    return crypto.unseal_bytes(session, stored.content, table=_TABLE, column="content", uid=uid)


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


def stored_pages(session: Session, invoice_id: int) -> int:
    """Return how many pages the PDF of a document has; 0 before it is made, and where it cannot be read.

    Its hash is compared when a page is drawn: a page that shows all the rest does not fall over a file.
    """
    stored = queries.find_stored(session, invoice_id, queries.PDF)
    return page_count(stored.content) if stored is not None else 0


def stored_page(session: Session, number: str, page: int) -> bytes:
    """Return one page of the stored PDF, from 1, as a PNG; raise `PdfNotReady` or `PageNotDrawn`."""
    content = stored_pdf(session, number)
    try:
        return page_image(content, page)
    except NoPicture as error:
        raise PageNotDrawn(number=number, page=page) from error


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
    return plain_content(session, queries.StoredFile(invoice_id, kind, stored.media_type, stored.content))
