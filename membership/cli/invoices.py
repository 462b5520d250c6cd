"""`membership invoices list|show|pdf|xml|send|check`: issued documents, their stored files, and sending them.

What corrects one is in `cli/corrections.py`.

Source: `interfaces.md`, "Shapes".
"""

from __future__ import annotations

import argparse
from hashlib import sha256

from membership import clock
from membership.cli import corrections
from membership.cli.command import DONE, Out, verb
from membership.cli.documents import (
    credit_document,
    credit_line,
    document_lines,
    invoice_document,
    invoice_line,
    record_lines,
)
from membership.cli.files import STANDARD, write_file
from membership.cli.invoice_check import add_check
from membership.cli.sending import send_now
from membership.cli.values import dues_year
from membership.persistence.queries.corrections import find_credit_note, list_credit_notes
from membership.persistence.queries.invoicing import get_document, get_invoice, list_invoices
from membership.services import dispatch
from membership.services.invoicing import stored_pdf, stored_xml


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
    send = verb(verbs, "send", _send, purpose="send invoices that were not sent yet", changing=True)
    send.add_argument("numbers", metavar="NUMBER", nargs="+")
    corrections.add_verbs(verbs)
    add_check(verbs)


def _list(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        today = clock.today(out.settings.time_zone)
        session = out.read("invoice.read")
        found = [
            (
                view.invoice,
                invoice_document(view, out.words, today=today),
                invoice_line(view, out.words, today),
            )
            for view in list_invoices(session, year=args.year)
        ]
        found += [
            (view.document, credit_document(view, out.words), credit_line(view, out.words))
            for view in list_credit_notes(session, year=args.year)
        ]
    found.sort(key=lambda each: (each[0].year, each[0].series, each[0].running))
    out.emit([document for _row, document, _line in found], (line for _row, _document, line in found))
    return DONE


def _show(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        today = clock.today(out.settings.time_zone)
        session = out.read("invoice.read")
        credit = find_credit_note(session, args.number)
        if credit is not None:
            document = credit_document(credit, out.words)
            out.emit(document, [credit_line(credit, out.words), *document_lines(document, out.words)])
            return DONE
        view = get_invoice(session, args.number)
        document = invoice_document(view, out.words, today=today)
    out.emit(document, record_lines(view, document, out.words, today))
    return DONE


def _pdf(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        invoice, digest = get_document(out.read("invoice.read"), args.number)
        content = stored_pdf(out.read("invoice.read"), args.number)
    write_file(args.output, content)
    if args.output != STANDARD:
        document = {"number": invoice.number, "file": args.output, "sha256": digest}
        out.emit(document, [f"{invoice.number}  {args.output}"])
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


def _send(args: argparse.Namespace, out: Out) -> int:
    """Hand invoices over for sending; one that was handed over before is left as it is."""
    with out.app() as app:
        today = clock.today(out.settings.time_zone)
        made = out.change(dispatch.send_invoices, args.numbers)
        send_now(app, out)
        session = out.read("invoice.read")
        found = [
            invoice_document(get_invoice(session, number), out.words, today=today) for number in args.numbers
        ]
    line = out.words.count("%(n)s sending is handed over.", "%(n)s sendings are handed over.", made)
    out.emit(found[0] if len(found) == 1 else found, [line])
    return DONE
