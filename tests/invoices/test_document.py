from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.content import ContentUnreadable
from invoices.document import (
    Document,
    DocumentInvalid,
    Line,
    ProofStep,
    SumsDiffer,
    Transfer,
    UnprintableText,
    totals,
)

RATES = st.sampled_from([Decimal(19), Decimal(7), Decimal("10.7")])
TAXED = st.builds(
    lambda cents, rate: Line(text="x", amount_cents=cents, treatment="S", rate_percent=rate),
    st.integers(-(10**9), 10**9),
    RATES,
)
EXEMPT = st.builds(
    lambda cents: Line(text="x", amount_cents=cents, treatment="E"), st.integers(-(10**9), 10**9)
)


@given(st.lists(TAXED | EXEMPT, min_size=1, max_size=40))
def test_inv_25_net_and_tax_add_up_to_the_total(lines):
    sums = totals(lines)
    assert sums.net_cents == sum(line.amount_cents for line in lines)
    assert sums.net_cents + sum(tax.tax_cents for tax in sums.taxes) == sums.gross_cents
    assert sum(tax.net_cents for tax in sums.taxes) == sums.net_cents


@given(st.lists(TAXED, min_size=1, max_size=40))
def test_tax_is_rounded_once_per_rate_and_by_at_most_half_a_cent(lines):
    for tax in totals(lines).taxes:
        exact = tax.net_cents * Fraction(tax.rate_percent) / 100
        assert abs(tax.tax_cents - exact) <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("cents", "tax"), [(50, 10), (-50, -10), (250, 48), (-250, -48), (10, 2), (2, 0), (3, 1)]
)
def test_d_gen_7_half_a_cent_of_tax_goes_away_from_zero(cents, tax):
    assert (
        totals([Line(text="x", amount_cents=cents, treatment="S", rate_percent=Decimal(19))])
        .taxes[0]
        .tax_cents
        == tax
    )


PRICED = st.builds(
    lambda gross, rate: Line(
        text="x",
        amount_cents=round(gross / (1 + Fraction(rate) / 100)),
        treatment="S",
        rate_percent=rate,
        tax_cents=gross - round(gross / (1 + Fraction(rate) / 100)),
    ),
    st.integers(0, 10**9),
    RATES,
)


@given(st.lists(PRICED, min_size=1, max_size=40))
def test_inv_25_prices_with_tax_add_up_to_the_total_that_was_promised(lines):
    sums = totals(lines)
    assert sums.gross_cents == sum(line.amount_cents + line.tax_cents for line in lines)
    for tax in sums.taxes:
        count = sum(line.rate_percent == tax.rate_percent for line in lines)
        assert abs(tax.tax_cents - tax.net_cents * Fraction(tax.rate_percent) / 100) <= count


def test_without_the_own_tax_of_each_line_the_rate_counts():
    own = Line(text="x", amount_cents=33613, treatment="S", rate_percent=Decimal(19), tax_cents=6387)
    assert totals([own]).gross_cents == 40000
    assert totals([replace(own, tax_cents=None)]).gross_cents == 39999
    assert totals([own, replace(own, tax_cents=None)]).taxes[0].tax_cents == 12773


def test_a_tax_that_is_not_of_its_rate_cannot_be_printed():
    line = Line(text="x", amount_cents=33613, treatment="S", rate_percent=Decimal(19), tax_cents=6388)
    with pytest.raises(SumsDiffer, match="6388"):
        totals([line])
    with pytest.raises(DocumentInvalid, match="carries no tax"):
        Line(text="x", amount_cents=33613, tax_cents=1)


def test_the_highest_rate_stands_first():
    lines = [
        Line(text="x", amount_cents=100, treatment="S", rate_percent=Decimal(rate)) for rate in (7, 19, 7)
    ]
    assert [(tax.rate_percent, tax.net_cents) for tax in totals(lines).taxes] == [(19, 100), (7, 200)]


def test_a_document_whose_total_is_not_what_its_lines_add_up_to_cannot_exist(invoice):
    with pytest.raises(SumsDiffer, match="60000 cents, the total says 60001"):
        invoice(gross_cents=60_001)


@pytest.mark.parametrize(
    "changes",
    [
        {"number": None},
        {"is_draft": True},
        {"kind": "cancellation", "payment": None},
        {"kind": "corrected"},
        {"due_on": None},
        {"payment": Transfer()},
        {"period_to": date(2026, 12, 31)},
        {"lines": (), "gross_cents": 0},
        {"lines": (Line(text="x", amount_cents=0),), "gross_cents": 0},
        {"lines": (Line(text="x", amount_cents=-1),), "gross_cents": -1, "payment": None},
    ],
    ids=[
        "no-number",
        "draft-with-number",
        "cancels-nothing",
        "refers",
        "no-due-date",
        "no-reference",
        "period",
        "no-lines",
        "nothing-to-pay",
        "negative",
    ],
)
def test_parts_that_do_not_belong_together_are_refused(invoice, changes):
    with pytest.raises(DocumentInvalid):
        invoice(**changes)


def test_d_inv_5_dues_outside_vat_never_share_a_document_with_taxed_items(invoice):
    lines = (
        Line(text="Beitrag", amount_cents=100),
        Line(text="Stand", amount_cents=100, treatment="S", rate_percent=Decimal(19)),
    )
    with pytest.raises(DocumentInvalid, match="document of their own"):
        invoice(lines=lines)


@pytest.mark.parametrize(("treatment", "rate"), [("O", 19), ("E", 7), ("S", 0), ("S", -19)])
def test_a_rate_belongs_to_its_treatment(treatment, rate):
    with pytest.raises(DocumentInvalid, match="rate"):
        Line(text="x", amount_cents=1, treatment=treatment, rate_percent=Decimal(rate))


def test_a_transfer_carries_a_reference_or_a_text_and_a_right_one():
    with pytest.raises(DocumentInvalid):
        Transfer(reference="RF49RE20270042")
    with pytest.raises(DocumentInvalid):
        Transfer(reference="RF48RE20270042", remittance="RE2027-0042")
    with pytest.raises(DocumentInvalid):
        Transfer(remittance="x" * 141)


@pytest.mark.parametrize("address", [(), ("a",) * 7, ("a", "", "b")])
def test_an_address_has_one_to_six_lines_and_no_blank_one(parts, address):
    with pytest.raises(DocumentInvalid):
        parts["recipient"](address=address)


def test_a_wrong_bank_account_is_refused(parts):
    with pytest.raises(DocumentInvalid, match="IBAN"):
        replace(parts["issuer"]().bank, iban="DE89370400440532013001")
    with pytest.raises(DocumentInvalid, match="holder"):
        replace(parts["issuer"]().bank, holder="x" * 71)


@pytest.mark.parametrize("logo", [b"<svg/>", b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n" + bytes(70_000)])
def test_a_logo_is_a_small_png(parts, logo):
    with pytest.raises(DocumentInvalid, match="logo"):
        parts["issuer"](logo=logo)


def test_a_logo_has_at_most_1600_pixels_a_side(parts):
    with pytest.raises(DocumentInvalid, match="pixels"):
        parts["issuer"](logo=parts["logo"](1601, 10))


@pytest.mark.parametrize("colour", ["", "red", "#12345", "#12345G", "#123456 rg"])
def test_a_colour_is_six_hexadecimal_digits(parts, colour):
    with pytest.raises(DocumentInvalid, match="colour"):
        parts["issuer"](brand_colour=colour)


def test_sec_63_a_text_that_cannot_be_printed_is_named_before_anything_is_printed(invoice, parts):
    with pytest.raises(UnprintableText) as refused:
        invoice(recipient=parts["recipient"](company="東京 GmbH"))
    assert (refused.value.text, refused.value.characters) == ("東京 GmbH", "東京")


@pytest.mark.parametrize(
    "step", [ProofStep(text="日"), ProofStep(text="x", note="日"), ProofStep(text="x", result="日")]
)
def test_sec_63_every_part_of_a_document_is_looked_at(invoice, step):
    with pytest.raises(UnprintableText):
        invoice(proof=(step,))


def test_only_running_text_may_hold_line_breaks(invoice):
    assert invoice(intro="a\nb", tax_note="c\nd").intro == "a\nb"
    with pytest.raises(UnprintableText):
        invoice(subject="a\nb")


def test_content_is_plain_json_and_comes_back_as_the_same_document(invoice, parts):
    document = invoice(
        issuer=parts["issuer"](logo=parts["logo"](), legal=("Sitz: Beispielhafen",)),
        lines=parts["lines"](3, details=2, rate=19),
        proof=(ProofStep(text="Klasse 1", result="100,00 €"), ProofStep(text="Beitrag", level="result")),
    )
    text = json.dumps(document.to_content())
    assert Document.from_content(json.loads(text)) == document
    assert "." not in json.dumps([line["amount_cents"] for line in document.to_content()["lines"]])


def test_content_is_the_same_whichever_way_a_rate_was_written(invoice):
    rates = [
        invoice(lines=(Line(text="x", amount_cents=100, treatment="S", rate_percent=Decimal(rate)),))
        for rate in ("19", "19.0")
    ]
    assert rates[0].to_content() == rates[1].to_content()


@pytest.mark.parametrize(
    "change",
    [
        {"gross_cents": "60000"},
        {"gross_cents": 60000.0},
        {"kind": "bill"},
        {"issued_on": 20270111},
        {"lines": {}},
        {"is_draft": 0},
        {"colour": "red"},
    ],
)
def test_content_of_another_shape_is_refused(invoice, change):
    with pytest.raises(ContentUnreadable):
        Document.from_content({**invoice().to_content(), **change})


def test_content_of_an_unknown_form_is_refused(invoice):
    with pytest.raises(DocumentInvalid, match="form"):
        Document.from_content({**invoice().to_content(), "form": 2})


def test_content_without_a_needed_word_is_refused(invoice):
    content = invoice().to_content()
    del content["recipient"]
    with pytest.raises(ContentUnreadable, match="Document has the words"):
        Document.from_content(content)


def test_documents_and_numbers_do_not_load_the_pdf_library():
    code = "import sys, invoices.document, invoices.numbering; sys.exit('reportlab' in sys.modules or 'PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
