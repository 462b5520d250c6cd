"""One complete e-invoice, in terms of the usual chain of libraries: platypus page, then factur-x attaches the XML.

Ours: frozen content -> finished PDF/A-3b. The chain gets its XML ready-made and its fonts registered once; it lays the
page out with platypus, draws the QR code with the library's own widget, and factur-x checks the XML against its
schema, writes the metadata and attaches it in a second pass. That the chain's file is no PDF/A yet is left to
`einvoice_chain_ghostscript`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

from bench.invoice_pdf import invoice
from bench.measure import Result, compare, python

NAME = "einvoice_chain"
GOAL = 1 / 3
COUNT = 200


def prepare(path: Path, count: int) -> None:
    """Write content, XML and QR text of each invoice: what the two sides need and no more."""
    from invoices import einvoice, qr

    cases = []
    for n in range(1, count + 1):
        document = invoice(n)
        assert document.payment is not None
        code = qr.payload(document.issuer.bank, document.payment, amount_cents=document.gross_cents)
        xml = einvoice.xml_of(document).decode()
        cases.append({"content": document.to_content(), "xml": xml, "code": code})
    path.write_text(json.dumps(cases), encoding="utf-8")


def draw_ours(cases: list[dict[str, Any]]) -> int:
    """Return how many bytes our files have."""
    from invoices.document import Document
    from invoices.pdf import render

    return sum(len(render(Document.from_content(case["content"]))) for case in cases)


def draw_chain(cases: list[dict[str, Any]], *, archive: bool) -> int:
    """Return how many bytes the files of the chain have, made archive files by Ghostscript where asked."""
    from facturx import generate_from_binary

    from invoices.document import Document

    size = 0
    for case in cases:
        page = _page(Document.from_content(case["content"]), case["code"])
        if archive:
            page = _archived(page)
        size += len(
            generate_from_binary(
                page,
                case["xml"].encode(),
                flavor="factur-x",
                level="en16931",
                check_xsd=True,
                check_schematron=False,
                afrelationship="alternative",
            )
        )
    return size


def _page(document: Any, code: str) -> bytes:  # noqa: ANN401 - a document
    from reportlab.graphics.barcode.qr import QrCodeWidget
    from reportlab.graphics.shapes import Drawing
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

    from invoices import formats
    from invoices.page import registered

    for face in ("regular", "medium", "semibold"):
        registered(face)  # type: ignore[arg-type]  # a face each
    text = ParagraphStyle("text", fontName="IBMPlexSans-Regular", fontSize=9.5, leading=13)
    strong = ParagraphStyle("strong", parent=text, fontName="IBMPlexSans-SemiBold")
    widget = QrCodeWidget(code, barLevel="M", barWidth=85, barHeight=85)
    drawing = Drawing(85, 85)
    drawing.add(widget)
    bank, total = document.issuer.bank, formats.amount(document.gross_cents, "de")
    rows = [["Pos.", "Bezeichnung", "Zeitraum", "Betrag in EUR"]]
    for line in document.lines:
        details = [Paragraph(line.text, strong), *(Paragraph(detail, text) for detail in line.details)]
        rows.append(["1", details, line.period, formats.plain_amount(line.amount_cents, "de")])
    rows.append(["", Paragraph("Rechnungsbetrag", strong), "", total])
    paid = [
        ["Empfänger", bank.holder, drawing],
        ["IBAN", formats.in_fours(bank.iban), ""],
        ["BIC", bank.bic, ""],
        ["Betrag", total, ""],
        ["Verwendungszweck", formats.in_fours(document.payment.reference), ""],
    ]
    font = [("FONTNAME", (0, 0), (-1, -1), "IBMPlexSans-Regular")]
    issuer = document.issuer
    story = [
        Paragraph(issuer.name, strong),
        Paragraph(issuer.claim, text),
        Spacer(1, 60),
        *(Paragraph(part, text) for part in document.recipient.address),
        Spacer(1, 20),
        Paragraph(f"Beitragsrechnung {document.number}", strong),
        Paragraph(document.subject, text),
        Paragraph(document.salutation, text),
        Paragraph(document.intro, text),
        Table(rows, colWidths=(30, 270, 80, 90), style=font),
        Paragraph(document.tax_note, text),
        Table(paid, colWidths=(100, 270, 100), style=[*font, ("SPAN", (2, 0), (2, -1))]),
        Paragraph("Mit freundlichen Grüßen", text),
        Paragraph(issuer.signatory, strong),
        *(Paragraph(part, text) for part in (*issuer.address, issuer.web, issuer.board, issuer.register)),
    ]
    file = BytesIO()
    SimpleDocTemplate(file, pagesize=A4, initialFontName="IBMPlexSans-Regular").build(story)
    return file.getvalue()


def _archived(page: bytes) -> bytes:
    command = [
        "gs", "-q", "-dPDFA=3", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pdfwrite", "-sColorConversionStrategy=RGB",
        "-dPDFACompatibilityPolicy=1", "-sOutputFile=-", "-",
    ]  # fmt: skip
    return subprocess.run(command, input=page, check=True, capture_output=True).stdout


def measure() -> Result:
    """Compare both sides."""
    return measured(COUNT, "chain")


def measured(count: int, chain: str, *, pairs: int = 5) -> Result:
    """Return the ratio over so many invoices a process; `chain` is `chain` or `archive`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.json"
        prepare(path, count)
        ours, other = (python("-m", "bench.einvoice_chain", side, str(path)) for side in ("ours", chain))
        return compare(ours, other, pairs=pairs, note=f"{count} invoices a process")


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    if sys.argv[1] == "ours":
        print(draw_ours(given))
    else:
        print(draw_chain(given, archive=sys.argv[1] == "archive"))
