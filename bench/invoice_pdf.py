"""One complete e-invoice, in terms of a plain ReportLab canvas page with the same text, fonts and QR matrix.

Ours: frozen content -> checked document -> layout, QR code, XML with its schema, XMP, PDF/A-3 with the XML attached.
Plain: texts with their places and the finished QR matrix are given; each text is drawn by `setFont` and `drawString`,
the matrix as one path, nothing else.
Both sides read the same file and draw the same number of different invoices in one process.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

from bench.measure import Result, compare, python
from invoices.document import BankDetails, Document, Exchange, Issuer, Line, Place, Recipient, Transfer
from invoices.numbering import rf_reference

NAME = "invoice_pdf"
GOAL = 1.2
COUNT = 200

_ISSUER = Issuer(
    name="Fahrzeugcluster Musterland e. V.",
    claim="Netzwerk der Fahrzeug- und Zulieferindustrie",
    address=("Am Werkstor 5", "26380 Musterhafen"),
    bank=BankDetails(
        holder="Fahrzeugcluster Musterland e. V.",
        iban="DE89370400440532013000",
        bic="COBADEFFXXX",
        bank_name="Musterbank Nord",
        creditor_id="DE98ZZZ09999999999",
    ),
    phone="04400 123456",
    mail="beitrag@cluster-musterland.example",
    web="www.cluster-musterland.example",
    register="Amtsgericht Musterstadt, VR 123456",
    board="Dr. Jan Ahrens (Vorsitz), Birgit Wessels",
    tax_number="12/345/67890",
    contact_person="Birgit Wessels",
    signatory="Birgit Wessels",
    signatory_function="Schatzmeisterin",
)


def invoice(n: int) -> Document:
    """Return the nth invoice, each with another company, number and amount."""
    number, company, cents = f"RE2027-{n:04d}", f"Hansa Blechformteile Nr. {n} GmbH", 50_000 + 1_237 * n
    details = (
        f"Beitragsklasse 51–250 Beschäftigte; gemeldet: {51 + n % 200} (Stand 30.06.2026)",
        f"Berechnung: {51 + n % 200} Beschäftigte liegen in der Klasse 51–250; Beitrag für 12 von 12 Monaten.",
    )
    return Document(
        kind="invoice",
        number=number,
        language="de",
        issued_on=date(2027, 1, 11),
        due_on=date(2027, 2, 10),
        period_from=date(2027, 1, 1),
        period_to=date(2027, 12, 31),
        issuer=_ISSUER,
        recipient=Recipient(
            address=(company, "Buchhaltung", "Frau Maren Brandt", f"Werftstraße {n}", "26382 Musterhafen"),
            company=company,
            member_number=f"M{n:04d}",
            order_number=f"Kst. {n}",
        ),
        subject="Mitgliedsbeitrag 2027",
        salutation="Sehr geehrte Frau Brandt,",
        intro=(
            "für das Beitragsjahr 2027 berechnen wir Ihnen den Mitgliedsbeitrag nach § 3 der Beitragsordnung vom "
            "18. November 2025."
        ),
        lines=(Line(text="Mitgliedsbeitrag 2027", amount_cents=cents, details=details, period="01–12/2027"),),
        gross_cents=cents,
        tax_note="Echter Mitgliedsbeitrag, nicht umsatzsteuerbar.",
        payment=Transfer(reference=rf_reference(number), portal="portal.cluster-musterland.example"),
        exchange=Exchange(
            seller=Place(street="Am Werkstor 5", postcode="26380", city="Musterhafen", country="DE"),
            buyer=Place(street=f"Werftstraße {n}", postcode="26382", city="Musterhafen", country="DE"),
            register_number="VR 123456",
            buyer_mail=f"rechnung@firma-{n}.example",
        ),
    )


def _prepare(path: Path) -> None:
    """Write content, placed texts and QR matrix of each invoice: what the two sides need and no more."""
    from invoices import pdf, qr
    from invoices.layout import HEIGHT, MM
    from invoices.page import Page, font_name

    texts: list[list[Any]] = []
    original = Page.text

    def recorded(self: Page, x: float, y: float, text: str, style: Any) -> None:  # noqa: ANN401 - a style
        texts.append([x * MM, (HEIGHT - y) * MM, font_name(style.face), style.size, text])
        original(self, x, y, text, style)

    cases = []
    Page.text = recorded  # type: ignore[method-assign]  # to learn what is placed where
    for n in range(1, COUNT + 1):
        document = invoice(n)
        texts.clear()
        _, sheets = pdf.render_sheets(document)
        if document.payment is None or len(sheets.pages) != 1:
            message = "the invoice to measure is one page with a QR code"
            raise ValueError(message)
        text = qr.payload(_ISSUER.bank, document.payment, amount_cents=document.gross_cents)
        cases.append({"content": document.to_content(), "texts": list(texts), "matrix": qr.matrix(text)})
    path.write_text(json.dumps(cases), encoding="utf-8")


def _draw_ours(cases: list[dict[str, Any]]) -> int:
    from invoices.pdf import render

    return sum(len(render(Document.from_content(case["content"]))) for case in cases)


def _draw_plain(cases: list[dict[str, Any]]) -> int:
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    from invoices.page import registered

    for face in ("semibold", "regular", "medium"):
        registered(face)
    size = 0
    for case in cases:
        canvas: Any = Canvas(
            BytesIO(), pagesize=A4, pageCompression=1, invariant=1, initialFontName="IBMPlexSans-Regular"
        )
        for x, y, font, points, text in case["texts"]:
            canvas.setFont(font, points)
            canvas.drawString(x, y, text)
        module = 85.0 / len(case["matrix"])
        path = canvas.beginPath()
        for y, row in enumerate(case["matrix"]):
            for run in re.finditer("1+", row):
                path.rect(436 + run.start() * module, 282 - y * module, module * len(run.group()), module)
        canvas.drawPath(path, stroke=0, fill=1)
        size += len(canvas.getpdfdata())
    return size


def measure() -> Result:
    """Compare both sides."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.json"
        _prepare(path)
        ours, plain = (python("-m", "bench.invoice_pdf", side, str(path)) for side in ("ours", "plain"))
        return compare(ours, plain, note=f"{COUNT} invoices a process")


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    print({"ours": _draw_ours, "plain": _draw_plain}[sys.argv[1]](given))
