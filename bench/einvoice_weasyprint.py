"""One complete e-invoice, in terms of WeasyPrint drawing the same page from HTML.

Ours: frozen content -> finished PDF/A-3b with its XML. WeasyPrint gets the finished HTML with all words of the page
and the same fonts, and makes a plain PDF: no XML, no check, no archive file.
"""

from __future__ import annotations

import html
import importlib.util
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.einvoice_chain import draw_ours, prepare
from bench.measure import ROOT, Result, compare, python

NAME = "einvoice_weasyprint"
GOAL = 1 / 8
COUNT = 60


def missing() -> str:
    """Return what is not installed, empty when all is there."""
    return "" if importlib.util.find_spec("weasyprint") else "WeasyPrint (pip install weasyprint)"


def _draw_weasyprint(cases: list[dict[str, Any]]) -> int:
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    folder = (ROOT / "invoices" / "fonts").as_uri()
    faces = "".join(
        f"@font-face {{ font-family: Plex; font-weight: {weight}; src: url({folder}/{name}) }}"
        for weight, name in ((400, "IBMPlexSans-Regular.ttf"), (600, "IBMPlexSans-SemiBold.ttf"))
    )
    sheet = CSS(
        string=f"{faces} @page {{ size: A4; margin: 25mm }} body {{ font: 9.5pt Plex }} td {{ padding: 2pt 4pt }}",
        font_config=fonts,
    )
    return sum(
        len(HTML(string=_page(case)).write_pdf(stylesheets=[sheet], font_config=fonts)) for case in cases
    )


def _page(case: dict[str, Any]) -> str:
    from invoices import formats, qr
    from invoices.document import Document

    document = Document.from_content(case["content"])
    issuer, bank = document.issuer, document.issuer.bank
    rows = "".join(
        f"<tr><td>1<td><b>{html.escape(line.text)}</b><br>{'<br>'.join(map(html.escape, line.details))}"
        f"<td>{line.period}<td>{formats.plain_amount(line.amount_cents, 'de')}"
        for line in document.lines
    )
    matrix = qr.matrix(case["code"])
    squares = "".join(
        f'<rect x="{x}" y="{y}" width="1" height="1"/>'
        for y, row in enumerate(matrix)
        for x, module in enumerate(row)
        if module == "1"
    )
    code = f'<svg width="30mm" height="30mm" viewBox="0 0 {len(matrix)} {len(matrix)}">{squares}</svg>'
    paid = "".join(
        f"<tr><td>{label}<td>{value}"
        for label, value in (
            ("Empfänger", html.escape(bank.holder)),
            ("IBAN", formats.in_fours(bank.iban)),
            ("BIC", bank.bic),
            ("Betrag", formats.amount(document.gross_cents, "de")),
        )
    )
    return (
        f'<html lang="de"><p><b>{html.escape(issuer.name)}</b><br>{html.escape(issuer.claim)}</p>'
        f"<p>{'<br>'.join(map(html.escape, document.recipient.address))}</p>"
        f"<h1>Beitragsrechnung {document.number}</h1><p>{html.escape(document.subject)}</p>"
        f"<p>{html.escape(document.salutation)}</p><p>{html.escape(document.intro)}</p><table>{rows}</table>"
        f"<p>{html.escape(document.tax_note)}</p><table>{paid}</table>{code}"
        f"<p>{html.escape(issuer.signatory)}</p><p>{'<br>'.join(map(html.escape, (*issuer.address, issuer.board)))}</p>"
    )


def measure() -> Result:
    """Compare both sides."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.json"
        prepare(path, COUNT)
        ours, other = (
            python("-m", "bench.einvoice_weasyprint", side, str(path)) for side in ("ours", "weasyprint")
        )
        return compare(ours, other, pairs=3, note=f"{COUNT} invoices a process")


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    print({"ours": draw_ours, "weasyprint": _draw_weasyprint}[sys.argv[1]](given))
