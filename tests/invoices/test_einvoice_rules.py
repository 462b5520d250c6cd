"""All e-invoices against the official schema and rules, and our own schema against the official one."""

from __future__ import annotations

import random
from copy import deepcopy
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from invoices.document import (
    DirectDebit,
    Line,
    Place,
    Transfer,
)
from invoices.einvoice import euros
from invoices.numbering import rf_reference
from invoices.schema import StructureWrong, check_structure
from tests.invoices.conftest import recipient
from tests.invoices.einvoices import (
    BOTH,
    EMPTY_DELIVERY,
    EXCHANGE,
    NAMES,
    PUBLIC,
    REASON,
    amounts,
    broken_rules,
    cases,
    make,
    official_schema,
    tree,
    values,
    written,
)


@pytest.mark.parametrize(("name", "profile"), BOTH)
def test_ein_19_every_case_passes_the_official_schema(name, profile):
    assert official_schema().validate(tree(cases()[name], profile)), official_schema().error_log


@pytest.mark.parametrize(("name", "profile"), BOTH)
def test_ein_19_every_case_passes_the_rules_of_en_16931(name, profile):
    found = [
        text for text in broken_rules(written(cases()[name], profile)) if not text.startswith(EMPTY_DELIVERY)
    ]
    if profile == "xrechnung":  # the rules of Factur-X know no other specification than their own
        assert len(found) == 1
        assert found[0].startswith("FX-SCH-A-000556")
    else:
        assert found == []


def test_the_only_empty_element_is_the_delivery_that_the_schema_asks_for():
    for name, profile in BOTH:
        empty = [
            node.tag
            for node in tree(cases()[name], profile).iter()
            if not len(node) and not (node.text or "").strip()
        ]
        assert empty == [f"{{{NAMES['ram']}}}ApplicableHeaderTradeDelivery"]


def test_the_rules_do_object_to_a_wrong_invoice():
    xml = written(cases()["full_year"]).replace(
        b"<ram:GrandTotalAmount>600.00", b"<ram:GrandTotalAmount>601.00"
    )
    assert any(text.startswith("BR-CO-15 ") for text in broken_rules(xml))


@st.composite
def documents(draw):
    treatment = draw(st.sampled_from(["O", "S", "E", "mixed"]))
    kinds = ["S", "E"] if treatment == "mixed" else [treatment]
    texts = st.text("abcdefghijÄÖÜß &<>\"'/–€0123456789", min_size=1, max_size=60).filter(str.strip)
    lines = []
    for _ in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(kinds))
        lines.append(
            Line(
                text=draw(texts),
                amount_cents=draw(st.integers(1, 10_000_000)),
                details=tuple(draw(st.lists(texts, max_size=2))),
                treatment=kind,
                rate_percent=Decimal(draw(st.sampled_from(["19", "7", "5.5"])))
                if kind == "S"
                else Decimal(0),
            )
        )
    if draw(st.booleans()):
        lines.append(
            replace(lines[0], text="Guthaben", amount_cents=-draw(st.integers(1, lines[0].amount_cents)))
        )
    as_xrechnung = draw(st.booleans())
    base = PUBLIC if as_xrechnung else EXCHANGE
    place = Place(
        country=draw(st.sampled_from(["DE", "AT", "NL"])),
        street=draw(st.sampled_from(["", "Weg 1 & 2"])),
        postcode="28195" if as_xrechnung else draw(st.sampled_from(["", "28195"])),
        city="Bremen" if as_xrechnung else draw(st.sampled_from(["", "Bremen"])),
    )
    gross = sum(line.amount_cents for line in lines)
    first = date(draw(st.integers(2025, 2040)), draw(st.integers(1, 12)), 1)
    number = f"RE{first.year}-{draw(st.integers(1, 999_999)):04d}"
    means = draw(st.sampled_from(["reference", "text", "debit"]))
    return make(
        number=number,
        lines=tuple(lines),
        exchange=replace(base, buyer=place),
        issued_on=first,
        due_on=draw(st.dates(first, date(2041, 12, 31))),
        period_from=date(first.year, 1, 1),
        period_to=date(first.year, 12, 31),
        recipient=recipient(company=draw(texts), order_number=draw(st.sampled_from(["", "4500 & 1"]))),
        tax_note="" if treatment == "S" else REASON,
        payment=None
        if not gross or means == "debit"
        else (
            Transfer(reference=rf_reference(number))
            if means == "reference"
            else Transfer(remittance=f"{number} M0042")
        ),
        debit=DirectDebit(mandate="M-1", account_shown="DE•• 3000") if gross and means == "debit" else None,
        language=draw(st.sampled_from(["de", "en"])),
    )


@settings(max_examples=40, deadline=None)
@given(document=documents())
def test_inv_25_random_invoices_pass_schema_and_rules_and_keep_their_sums(document):
    xml = written(document)
    root = etree.fromstring(xml)
    assert official_schema().validate(root), official_schema().error_log
    assert [text for text in broken_rules(xml) if not text.startswith(EMPTY_DELIVERY)] == []
    sums = "SpecifiedTradeSettlementHeaderMonetarySummation"
    net, tax, gross = amounts(document)
    assert values(root, sums, "TaxBasisTotalAmount") == [euros(net)]
    assert values(root, sums, "TaxTotalAmount") == [euros(tax)]
    assert values(root, sums, "GrandTotalAmount") == [euros(gross)]
    if document.exchange.as_xrechnung:
        assert official_schema().validate(tree(document, "xrechnung"))


def test_our_schema_lets_nothing_pass_that_the_official_one_refuses():
    """Elements are dropped, doubled, moved, renamed and emptied: what ours accepts, the official one accepts."""
    dice = random.Random(20270111)  # noqa: S311 - changes that can be made again, no secret
    refused = 0
    for name, profile in BOTH:
        original = tree(cases()[name], profile)
        for _ in range(60):
            changed = deepcopy(original)
            node = dice.choice([each for each in changed.iter() if each.getparent() is not None])
            parent = node.getparent()
            way = dice.choice(["drop", "double", "move", "rename", "text", "attribute"])
            if way == "drop":
                parent.remove(node)
            elif way == "double":
                parent.insert(parent.index(node), deepcopy(node))
            elif way == "move":
                parent.append(node)
            elif way == "rename":
                node.tag = dice.choice(list(original.iter())).tag
            elif way == "text":
                node.text = dice.choice(["", "x", "-1", "1,5", "20270230x", "  "])
            else:
                node.set(dice.choice(["schemeID", "format", "unitCode"]), "x")
            try:
                check_structure(changed)
            except StructureWrong:
                refused += 1
                continue
            assert official_schema().validate(changed), (way, node.tag, official_schema().error_log)
    assert refused > 1000


def test_our_schema_says_where_and_what():
    root = tree(cases()["full_year"])
    root.find(".//ram:DuePayableAmount", NAMES).text = "600"
    with pytest.raises(StructureWrong, match=r"DuePayableAmount.*600"):
        check_structure(root)
