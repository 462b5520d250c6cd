"""A document as PDF, in one pass: the same content gives the same bytes, in any process and at any time.

Every file is PDF/A-3b; one that carries the parts for an e-invoice has its XML attached (ZUGFeRD, profile EN 16931).
"""

from __future__ import annotations

import hashlib
from threading import Lock
from typing import Any

from reportlab.pdfbase.pdfdoc import PDFPage, PDFStream

from invoices import account_table, einvoice, items, letter, payment, proof
from invoices.account import AccountStatement
from invoices.document import Document
from invoices.hybrid import PACKED, About, File
from invoices.layout import HEIGHT, MM, WIDTH, Face
from invoices.page import Ink, Page, registered
from invoices.pictures import Picture
from invoices.sheets import Sheets

FACES: tuple[Face, ...] = ("semibold", "regular", "medium")
ONE_AT_A_TIME = (
    Lock()
)  # the library reads a font file at one place of it, so a font serves one document at a time


def render(document: Document | AccountStatement) -> bytes:
    """Return the PDF of a document. Source: `reliability.md` 5.4 no. 16 (deterministic)."""
    return render_sheets(document)[0]


def render_sheets(document: Document | AccountStatement) -> tuple[bytes, Sheets]:
    """Return the PDF and the pages it was made of, for checks that look at what was placed where."""
    xml = _xml(document)
    with ONE_AT_A_TIME:
        for face in FACES:
            registered(face)
        file = File(document.language)
        sheets = _written(document, file)
        for page in sheets.pages:
            place(file, page)
        about = _about(sheets)
        file.describe(about)
        file.add_metadata(about, has_invoice=xml is not None)
        if xml is not None:
            file.attach(xml, about, purpose=sheets.words("einvoice")["purpose"])
        data = file.data(_identifier(sheets, about, xml or b""))
    return data, sheets


def _xml(document: Document | AccountStatement) -> bytes | None:
    if isinstance(document, AccountStatement) or document.exchange is None or document.is_draft:
        return None
    return einvoice.xml_of(document)


def _written(document: Document | AccountStatement, file: File) -> Sheets:
    sheets = Sheets(document, {face: Ink(face, file) for face in FACES})
    letter.write_top(sheets)
    if isinstance(document, AccountStatement):
        account_table.write_account(sheets, document)
    else:
        items.write_items(sheets)
        items.write_totals(sheets)
        payment.write_payment(sheets)
        proof.write_proof(sheets)
    letter.write_footers(sheets)
    return sheets


def place(file: File, page: Page) -> None:
    """Add a page with its operators; it names no other font than ours, and no change of pages."""
    placed: Any = PDFPage()
    placed.pagewidth, placed.pageheight = round(WIDTH * MM, 4), round(HEIGHT * MM, 4)
    placed.Contents = PDFStream(content="\n".join(page.operators), filters=[PACKED])
    placed.ExtGState, placed._shadingUsed = None, {}  # noqa: SLF001 - the library's canvas sets both
    if page.images:
        for picture in page.images:
            _register(file, picture)
        placed.XObjects = file.xobjDict([picture.name for picture in page.images])
    file.addPage(placed)


def _register(file: Any, picture: Picture) -> None:  # noqa: ANN401 - the library's document has no types
    if picture.transparency is not None:
        picture.colours.dictionary["SMask"] = file.Reference(picture.transparency)
    file.Reference(picture.colours, file.getXObjectName(picture.name))


def _about(sheets: Sheets) -> About:
    document = sheets.letter
    return About(
        title=sheets.title(),
        subject=document.subject,
        author=document.issuer.name,
        language=document.language,
        day=document.issued_on,
    )


def _identifier(sheets: Sheets, about: About, xml: bytes) -> str:
    """Return the identifier of the file, which follows from all that stands in it."""
    placed = "\n".join(line for page in sheets.pages for line in page.operators)
    return hashlib.sha256(f"{about}\n{placed}\n".encode() + xml).hexdigest()[:32]
