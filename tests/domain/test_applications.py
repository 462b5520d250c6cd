"""What a company says in its application: read, tidied, and everything that is wrong with it said at once."""

from __future__ import annotations

from datetime import date

import pytest

from membership.domain.applications import (
    Consent,
    checked_application,
    erased_on,
    is_reference,
    read_application,
    terms_version,
)
from membership.domain.member_fields import FieldWrong

TYPED = {
    "name": "Hansa Blechformteile GmbH", "street": "Werftstraße 12", "postcode": "28195", "city": "Bremen",
    "country": "DE", "vat_id": "DE136695976", "signatory_name": "Maren Brandt", "email": "brandt@hansa.example",
}  # fmt: skip


def test_what_is_typed_is_kept_in_the_form_of_a_member():
    kept = checked_application(
        {
            **TYPED,
            "country": "Österreich",
            "postcode": "1010",
            "vat_id": " atu 13585627 ",
            "phone": " 0421  1 ",
        }
    )
    assert (kept["country"], kept["postcode"], kept["vat_id"], kept["phone"]) == (
        "AT",
        "1010",
        "ATU13585627",
        "0421 1",
    )
    assert (kept["payment"], kept["order_wish"], kept["language"]) == ("transfer", "none", "de")


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        (
            dict.fromkeys(TYPED, ""),
            {"name", "street", "postcode", "city", "signatory_name", "email", "vat_id"},
        ),
        ({"vat_id": "", "tax_number": "60/145/12345"}, set()),
        ({"vat_id": "DE1"}, {"vat_id"}),
        ({"postcode": "281955"}, {"postcode"}),
        ({"country": "Atlantis"}, {"country"}),
        ({"email": "a@b.example, c@d.example"}, {"email"}),
        ({"email": "kein Postfach"}, {"email"}),
        (
            {"name": "A\u202eB", "message": "x" * 2001, "group_name": "y" * 201},
            {"name", "message", "group_name"},
        ),
        ({"leitweg_id": "99"}, {"leitweg_id"}),
        ({"tax_number": "12"}, {"tax_number"}),
        ({"invoice_name": "Buchhaltung"}, {"invoice_city"}),
        ({"invoice_city": "Emden"}, {"invoice_postcode"}),
        ({"invoice_city": "Wien", "invoice_country": "AT", "invoice_postcode": "1010"}, set()),
        ({"invoice_city": "Wien", "invoice_country": "Atlantis"}, {"invoice_country"}),
    ],
)
def test_everything_that_is_wrong_is_said_at_once(changes, fields):
    _kept, problems = read_application({**TYPED, **changes})
    assert {each.field for each in problems} == fields


def test_sec_64_line_ends_in_what_becomes_the_head_of_a_mail_are_blanks():
    kept = checked_application({**TYPED, "signatory_name": "Maren\r\nBcc: x@y.example"})
    assert kept["signatory_name"] == "Maren Bcc: x@y.example"
    with pytest.raises(FieldWrong):
        checked_application({**TYPED, "email": "a@b.example\r\nBcc: x@y.example"})


def test_terms_have_another_name_when_one_word_or_address_is_another():
    one = Consent("statutes", "Wir erkennen die Satzung an.", "2024", "https://verein.example/satzung")
    others = [
        Consent("statutes", "Wir erkennen die Satzung nicht an.", "2024", one.address),
        Consent("statutes", one.text, "2025", one.address),
        Consent("statutes", one.text, "2024", "https://anders.example"),
    ]
    assert len({terms_version([each]) for each in (one, *others)}) == 4


@pytest.mark.parametrize(("text", "holds"), [("K7QW-3MXA", True), ("k7qw-3mxa", False), ("K7QW3MXA", False)])
def test_a_reference_has_its_form(text, holds):
    assert is_reference(text) is holds


def test_half_a_year_after_the_end_the_data_are_gone():
    assert erased_on(date(2027, 8, 31), 6) == date(2028, 2, 29)
