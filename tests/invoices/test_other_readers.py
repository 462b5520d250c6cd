"""Readers that nobody here wrote take each type of document without complaint: factur-x, drafthorse, pdfinfo, a scanner."""

from __future__ import annotations

import shutil
import subprocess
from decimal import Decimal
from functools import cache

import facturx
import pytest
from drafthorse.models.document import Document as OtherDocument
from lxml import etree

from invoices.document import totals
from invoices.pdf import render
from tests.invoices.einvoices import cases, profile_of, scanned, written

HYBRID = [name for name, document in cases().items() if profile_of(document) == "en16931"]


@cache
def pdf(name: str) -> bytes:
    return render(cases()[name])


@pytest.mark.parametrize("name", cases())
def test_factur_x_finds_the_xml_that_was_put_in(name):
    file, xml = facturx.get_xml_from_pdf(pdf(name), check_xsd=True)
    assert file == "factur-x.xml"
    assert xml == written(cases()[name])
    assert facturx.get_level(etree.fromstring(xml)) == "en16931"


@pytest.mark.parametrize("name", cases())
def test_drafthorse_reads_the_same_number_lines_and_sum(name):
    document = cases()[name]
    read = OtherDocument.parse(written(document), strict=True)
    sums = totals(document.lines)
    assert str(read.header.id) == document.number
    assert len(list(read.trade.items.children)) == len(document.lines)
    assert read.trade.settlement.monetary_summation.grand_total._amount == Decimal(sums.gross_cents) / 100


@pytest.mark.skipif(shutil.which("pdfinfo") is None, reason="pdfinfo (poppler-utils) is not installed")
@pytest.mark.parametrize("name", cases())
def test_pdfinfo_reads_every_document_without_a_word_of_complaint(name, tmp_path):
    path = tmp_path / "document.pdf"
    path.write_bytes(pdf(name))
    read = subprocess.run(["pdfinfo", str(path)], capture_output=True, text=True, check=True)
    facts = dict(line.split(":", 1) for line in read.stdout.splitlines() if ":" in line)
    assert read.stderr == ""
    assert cases()[name].number in facts["Title"]
    assert int(facts["Pages"]) >= 1
    assert facts["Page size"].strip().startswith("595")


@pytest.mark.parametrize("name", HYBRID)
def test_a_scanner_reads_the_code_of_what_is_to_be_transferred_and_finds_none_on_the_others(name):
    document = cases()[name]
    codes = scanned(pdf(name))
    if document.payment is None:
        assert codes == []
        return
    (code,) = codes
    assert code.splitlines()[:4] == ["BCD", "002", "1", "SCT"]
    cents = totals(document.lines).gross_cents
    assert code.splitlines()[7] == f"EUR{cents // 100}.{cents % 100:02d}"
