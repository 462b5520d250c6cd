"""A document as PDF, in one pass: the same content gives the same bytes, in any process and at any time.

The file claims no conformity. What a later step adds to the same save goes into `_finish`: metadata, output intent
and an attachment are entries of the catalog, and everything of the file passes there.
"""

from __future__ import annotations

import hashlib
from datetime import date
from io import BytesIO
from threading import Lock
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfdoc import PDFDocument
from reportlab.pdfgen.canvas import Canvas

from invoices import items, letter, payment, proof
from invoices.document import Document
from invoices.layout import Face
from invoices.page import Ink, Page, font_name, registered
from invoices.pictures import Picture
from invoices.sheets import Sheets

_PRODUCER = "Beitragsbuch"
_FACES: tuple[Face, ...] = ("semibold", "regular", "medium")
_ONE_AT_A_TIME = (
    Lock()
)  # the library reads a font file at one place of it, so a font serves one document at a time


def render(document: Document) -> bytes:
    """Return the PDF of a document. Source: `reliability.md` 5.4 no. 16 (deterministic)."""
    return render_sheets(document)[0]


def render_sheets(document: Document) -> tuple[bytes, Sheets]:
    """Return the PDF and the pages it was made of, for checks that look at what was placed where."""
    with _ONE_AT_A_TIME:
        for face in _FACES:
            registered(face)
        canvas: Any = Canvas(
            BytesIO(),
            pagesize=A4,
            pageCompression=1,
            invariant=1,
            pdfVersion=(1, 7),
            initialFontName=font_name("regular"),  # type: ignore[arg-type]  # its types call it a number
            lang=document.language,
        )
        file: PDFDocument = canvas._doc  # noqa: SLF001 - the canvas has no public way to its document
        sheets = _written(document, file)
        for page in sheets.pages:
            _place(canvas, page)
        _finish(file, sheets)
        data: bytes = canvas.getpdfdata()
    return data, sheets


def _written(document: Document, file: PDFDocument) -> Sheets:
    sheets = Sheets(document, {face: Ink(face, file) for face in _FACES})
    letter.write_top(sheets)
    items.write_items(sheets)
    items.write_totals(sheets)
    payment.write_payment(sheets)
    proof.write_proof(sheets)
    letter.write_footers(sheets)
    return sheets


def _place(canvas: Any, page: Page) -> None:  # noqa: ANN401 - the canvas, with parts that its types do not name
    for picture in page.images:
        _register(canvas, picture)
    canvas.addLiteral("\n".join(page.operators))
    canvas.showPage()


def _register(canvas: Any, picture: Picture) -> None:  # noqa: ANN401 - as above
    file = canvas._doc  # noqa: SLF001 - as above
    if picture.transparency is not None:
        picture.colours.dictionary["SMask"] = file.Reference(picture.transparency)
    file.Reference(picture.colours, file.getXObjectName(picture.name))
    canvas._formsinuse.append(picture.name)  # noqa: SLF001 - what a page uses is kept there


def _finish(file: Any, sheets: Sheets) -> None:  # noqa: ANN401 - the library's document has no types
    """Set what describes the file: titles, dates of issue, and an identifier that follows from the content."""
    document = sheets.document
    info = file.info
    info.title, info.subject, info.author = sheets.title(), document.subject, document.issuer.name
    info.creator = info.producer = _PRODUCER
    _stamp(file, document.issued_on)
    placed = "\n".join(line for page in sheets.pages for line in page.operators)
    digest = hashlib.sha256(f"{info.title}\n{placed}".encode()).hexdigest()[:32]
    file._ID = f"[<{digest}><{digest}>]".encode()  # noqa: SLF001 - else it depends on the environment


def _stamp(file: Any, day: date) -> None:  # noqa: ANN401 - as above
    stamp = file._timeStamp  # noqa: SLF001 - the only place the library takes the moment from
    stamp.YMDhms = (day.year, day.month, day.day, 0, 0, 0)
    stamp.dhh = stamp.dmm = 0
