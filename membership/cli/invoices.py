"""`membership invoices list|show|pdf|xml|check`: issued invoices, their stored files, and any e-invoice checked.

Source: `interfaces.md`, "Shapes".
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any, Final

from membership import clock
from membership.cli.command import DONE, Out, verb
from membership.cli.files import STANDARD, write_file
from membership.cli.invoice_check import add_check
from membership.cli.values import dues_year
from membership.domain.dues.report import as_json
from membership.domain.dues.schedule.choices import Treatment
from membership.domain.dues.stored import from_stored
from membership.domain.errors import N_
from membership.domain.invoicing import InvoiceState, TaxPart, invoice_state
from membership.domain.money import Money, decimal_text, from_decimal_text
from membership.persistence.queries.invoicing import InvoiceView, get_invoice, list_invoices
from membership.services.invoicing import stored_pdf, stored_xml
from membership.wording import Wording

_STATES: Final = {
    InvoiceState.OPEN: N_("Open"),
    InvoiceState.PARTLY_PAID: N_("Partly paid"),
    InvoiceState.OVERDUE: N_("Overdue"),
    InvoiceState.PAID: N_("Paid"),
}


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """Add the verbs of `invoices`."""
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    show_all = verb(verbs, "list", _list, purpose="list invoices by number")
    show_all.add_argument("--year", type=dues_year, metavar="YEAR", help="of one dues year only")
    show = verb(verbs, "show", _show, purpose="show one invoice")
    show.add_argument("number", metavar="NUMBER")
    pdf = verb(verbs, "pdf", _pdf, purpose="write the PDF of an invoice as it was stored")
    xml = verb(
        verbs, "xml", _xml, purpose="write the e-invoice as XML: the XRechnung, or the data of the PDF"
    )
    for parser_of_file in (pdf, xml):
        parser_of_file.add_argument("number", metavar="NUMBER")
        parser_of_file.add_argument(
            "-o", dest="output", required=True, metavar="FILE", help="- is standard output"
        )

    add_check(verbs)


def _list(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        today = clock.today(out.settings.time_zone)
        found = [
            (view, invoice_document(view, out.words, today=today))
            for view in list_invoices(out.read("invoice.read"), year=args.year)
        ]
    out.emit(
        [document for _view, document in found], (_line(view, out.words, today) for view, _document in found)
    )
    return DONE


def _show(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        today = clock.today(out.settings.time_zone)
        view = get_invoice(out.read("invoice.read"), args.number)
        document = invoice_document(view, out.words, today=today)
    out.emit(document, _record_lines(view, document, out.words, today))
    return DONE


def _pdf(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        view = get_invoice(out.read("invoice.read"), args.number)
        content = stored_pdf(out.read("invoice.read"), args.number)
    write_file(args.output, content)
    if args.output != STANDARD:
        document = {"number": view.invoice.number, "file": args.output, "sha256": view.sha256}
        out.emit(document, [f"{view.invoice.number}  {args.output}"])
    return DONE


def _xml(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        number = get_invoice(out.read("invoice.read"), args.number).invoice.number
        content = stored_xml(out.read("invoice.read"), args.number)
    write_file(args.output, content)
    if args.output != STANDARD:
        document = {"number": number, "file": args.output, "sha256": sha256(content).hexdigest()}
        out.emit(document, [f"{number}  {args.output}"])
    return DONE


def invoice_document(view: InvoiceView, words: Wording, *, today: date) -> dict[str, Any]:
    """Return an invoice in the shape of the contract; `sha256` is null until its PDF is made.

    `flags`, `level` and `replaces` are those of reminders and cancellations, which no invoice has yet.
    """
    invoice = view.invoice
    return {
        "number": invoice.number,
        "kind": invoice.kind,
        "member": view.member.number,
        "dues_year": invoice.dues_year,
        "issued_on": invoice.issued_on.isoformat(),
        "due_on": invoice.due_on.isoformat(),
        "period_from": invoice.period_from.isoformat(),
        "period_to": invoice.period_to.isoformat(),
        "lines": _document_lines(view, words),
        "net": decimal_text(invoice.net_cents),
        "tax": decimal_text(invoice.tax_cents),
        "gross": decimal_text(invoice.gross_cents),
        "open": decimal_text(view.open_cents),
        "state": str(_state(view, today)),
        "flags": [],
        "level": None,
        "reference": invoice.reference,
        "replaces": None,
        "sha256": view.sha256,
    }


def _document_lines(view: InvoiceView, words: Wording) -> Any:  # noqa: ANN401 - JSON of the lines
    """Return the lines of this paper only: an assessment with two tax treatments was billed on two (EIN-6)."""
    assessment = from_stored(view.invoice.assessment)
    untaxed = {
        TaxPart.NOT_TAXABLE: True,
        TaxPart.TAXED: False,
    }.get(TaxPart(view.invoice.tax_part))
    lines = tuple(
        line for line in assessment.lines if untaxed is None or (line.tax is Treatment.NOT_TAXABLE) is untaxed
    )
    return as_json([replace(assessment, lines=lines)], words.value)[0]["lines"]


def _state(view: InvoiceView, today: date) -> InvoiceState:
    invoice = view.invoice
    return invoice_state(
        gross_cents=invoice.gross_cents, open_cents=view.open_cents, due_on=invoice.due_on, today=today
    )


def _line(view: InvoiceView, words: Wording, today: date) -> str:
    parts = (
        view.invoice.number,
        words.value(view.invoice.issued_on),
        view.member.number,
        view.member.name,
        words.value(Money(view.invoice.gross_cents)),
        words.text(_STATES[_state(view, today)]),
    )
    return "  ".join(parts)


def _record_lines(view: InvoiceView, document: dict[str, Any], words: Wording, today: date) -> Iterator[str]:
    yield _line(view, words, today)
    for line in document["lines"]:
        yield f"  {line['text']}  {words.value(Money(from_decimal_text(line['amount'])))}"
    yield words.text("Due on %(day)s.", day=view.invoice.due_on)
    yield words.text("Open: %(amount)s", amount=Money(view.open_cents))
