"""What no e-invoice is made of, and the odd input that one is."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from invoices.document import (
    BankDetails,
    DirectDebit,
    DocumentInvalid,
    ExchangeIncomplete,
    Place,
    Transfer,
    UnprintableText,
)
from invoices.einvoice import NoExchange, xml_of
from invoices.pdf import render
from tests.invoices.conftest import issuer, recipient
from tests.invoices.einvoices import (
    EMPTY_DELIVERY,
    EXCHANGE,
    EXEMPT,
    PUBLIC,
    TAXED,
    broken_rules,
    make,
    tree,
    values,
    written,
)
from tests.invoices.printed import whole


def test_a_draft_and_a_document_without_parts_for_exchange_have_no_xml(invoice):
    for document in (invoice(), make(number=None, is_draft=True, payment=Transfer())):
        with pytest.raises(NoExchange):
            xml_of(document)


@pytest.mark.parametrize(
    ("part", "changes"),
    [
        ("exchange.register_number", {"exchange": replace(EXCHANGE, register_number="")}),
        ("tax_note", {"tax_note": ""}),
        ("tax_note", {"lines": (TAXED, EXEMPT), "tax_note": ""}),
        (
            "issuer.tax_number",
            {"lines": (TAXED,), "tax_note": "", "issuer": issuer(tax_number="", vat_id="")},
        ),
        ("issuer.contact_person", {"exchange": PUBLIC, "issuer": issuer(contact_person="")}),
        ("issuer.phone", {"exchange": PUBLIC, "issuer": issuer(phone="12")}),
        ("issuer.mail", {"exchange": PUBLIC, "issuer": issuer(mail="beitrag@hafen")}),
        ("exchange.buyer.postcode", {"exchange": replace(PUBLIC, buyer=replace(PUBLIC.buyer, postcode=""))}),
        ("exchange.buyer.city", {"exchange": replace(PUBLIC, buyer=replace(PUBLIC.buyer, city=""))}),
        ("exchange.seller.city", {"exchange": replace(PUBLIC, seller=replace(PUBLIC.seller, city=""))}),
        ("exchange.buyer_reference", {"exchange": replace(PUBLIC, buyer_reference="")}),
        ("exchange.buyer_mail", {"exchange": replace(PUBLIC, buyer_mail="", leitweg_id="")}),
    ],
)
def test_what_an_e_invoice_lacks_is_named(part, changes):
    with pytest.raises(ExchangeIncomplete) as refused:
        make(**changes)
    assert refused.value.parts == (part,)


def test_ein_7_a_taxed_invoice_may_name_the_vat_id_instead_of_the_register_number():
    document = make(exchange=replace(EXCHANGE, register_number=""), lines=(TAXED,), tax_note="")
    assert [text for text in broken_rules(written(document)) if not text.startswith(EMPTY_DELIVERY)] == []


@pytest.mark.parametrize(
    "text", ["Müller 🚗 GmbH", "Zeile\nzwei", "Tab\there", "王 AG", "\u202egnp", "Nul\0"]
)
def test_sec_63_a_sign_that_cannot_be_printed_is_refused_before_any_file_is_made(text):
    with pytest.raises(UnprintableText) as refused:
        make(recipient=recipient(company=text))
    assert refused.value.text == text
    assert refused.value.characters
    with pytest.raises(UnprintableText):
        make(exchange=replace(EXCHANGE, buyer=replace(EXCHANGE.buyer, street=text)))


def test_a_name_of_200_signs_stands_whole_in_page_and_xml(placed):
    name = ("Gesellschaft für Sondermaschinenbau & Ladeinfrastruktur " * 4)[:199] + "G"
    document = make(recipient=recipient(company=name, address=(name, "Straße 1", "26725 Hafen")))
    assert values(tree(document), "BuyerTradeParty", "Name") == [name]
    assert re.sub(r"\s", "", name) in re.sub(r"\s", "", whole(placed(render(document))))


def test_a_country_that_is_no_code_is_refused():
    with pytest.raises(DocumentInvalid, match="no code of a country"):
        Place(country="Deutschland")


def test_a_direct_debit_needs_mandate_account_and_creditor_id():
    with pytest.raises(DocumentInvalid, match="mandate"):
        DirectDebit(mandate="", account_shown="DE•• 3000")
    with pytest.raises(DocumentInvalid, match="creditor id"):
        make(
            payment=None,
            debit=DirectDebit(mandate="M-1", account_shown="DE•• 3000"),
            issuer=issuer(bank=BankDetails(holder="N", iban="DE89370400440532013000")),
        )
    with pytest.raises(DocumentInvalid, match="transferred or collected"):
        make(debit=DirectDebit(mandate="M-1", account_shown="DE•• 3000"))
