"""What single cells say: dates, postcodes, mail addresses, IBANs, names."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from membership.domain.member_lists import company_key, legal_form_of
from membership.domain.member_lists.categories import CategoryWords
from membership.domain.member_lists.codes import (
    read_functions,
    read_iban,
    read_invoice_format,
    read_language,
    read_leitweg_id,
    read_order_wish,
    read_payment_method,
    read_vat_id,
)
from membership.domain.member_lists.dates import read_day
from membership.domain.member_lists.drafts import DraftState, Function
from membership.domain.member_lists.people import read_emails, read_person
from membership.domain.member_lists.places import read_address, read_country, read_place, read_postcode
from membership.domain.member_lists.states import read_state
from membership.domain.member_lists.values import Unreadable, is_blank

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("value", "day"),
    [
        (date(2014, 4, 1), "2014-04-01"), ("1.4.14", "2014-04-01"), ("1.4.98", "1998-04-01"), ("01.04.2014", "2014-04-01"),
        ("1. 4. 2014", "2014-04-01"), ("04/2014", "2014-04-01"), ("04.2014", "2014-04-01"), ("2014-04", "2014-04-01"),
        ("April 2014", "2014-04-01"), ("1. April 2014", "2014-04-01"), ("Mär 2014", "2014-03-01"),
        ("März 2014", "2014-03-01"), ("Apr. 2014", "2014-04-01"), ("April 5, 2014", "2014-04-05"),
        ("5 May 2014", "2014-05-05"), (2009, "2009-01-01"), ("2021", "2021-01-01"), (20140401, "2014-04-01"),
        ("2014-04-01", "2014-04-01"), ("2014-04-01 00:00:00", "2014-04-01"), ("01.04.2014 08:15 Uhr", "2014-04-01"),
        ("31/12/2014", "2014-12-31"), ("12/31/2014", "2014-12-31"), ("seit 2014", "2014-01-01"),
        ("29.02.2020", "2020-02-29"), ("ab 01.07.2020", "2020-07-01"), ("1.1.36", "2036-01-01"), ("1.1.37", "1937-01-01"),
    ],
)  # fmt: skip
def test_a_day_is_read_in_all_the_ways_offices_write_it(value, day):
    assert read_day(value, today=TODAY).value.isoformat() == day


@pytest.mark.parametrize(
    "value",
    [
        "31.02.2019", "2019-02-29", "00.01.2020", "13/2014", "04/05/2014", 41730, "irgendwann", "1.4.", "12.2014.1",
        Decimal("2014.5"), "1.4.0014", "99.99.9999", date(1905, 7, 1), "١.٤.٢٠١٤", 3, "2014-13-01", -2009, 10**30,
    ],
)  # fmt: skip
def test_an_impossible_or_unclear_day_is_refused(value):
    with pytest.raises(Unreadable):
        read_day(value, today=TODAY)


@pytest.mark.parametrize(
    ("value", "country", "read"),
    [
        (1067, None, ("01067", "DE")), ("1067", "DE", ("01067", "DE")), (28195, None, ("28195", "DE")),
        (4020, "AT", ("4020", "AT")), ("A-5020", None, ("5020", "AT")), ("D-04109", None, ("04109", "DE")),
        ("NL 9711 LM", None, ("9711 LM", "NL")), ("9711LM", "NL", ("9711 LM", "NL")), ("CH-8005", None, ("8005", "CH")),
        ("211 20", "SE", ("211 20", "SE")), ("21120", "SE", ("211 20", "SE")), ("70-001", "PL", ("70-001", "PL")),
        ("sw1a 1aa", "GB", ("SW1A 1AA", "GB")), (1000, "IT", ("01000", "IT")), ("L-1234", None, ("1234", "LU")),
        ("1234", "AU", ("1234", "AU")),
    ],
)  # fmt: skip
def test_a_postcode_is_one_of_its_country(value, country, read):
    assert read_postcode(value, country).value == read


@pytest.mark.parametrize(
    ("value", "country"),
    [
        (281955, None),
        ("2819", "SE"),
        ("A-502", None),
        ("A-5020", "DE"),
        ("ABCDE", None),
        (106, None),
        ("9711 LM", None),
    ],
)
def test_a_wrong_postcode_is_refused(value, country):
    with pytest.raises(Unreadable):
        read_postcode(value, country)


@pytest.mark.parametrize(
    ("text", "country", "read"),
    [
        ("28195 Bremen", None, ("28195", "Bremen", "DE")),
        ("6108 Halle (Saale)", None, ("06108", "Halle (Saale)", "DE")),
        ("CH-8005 Zürich", None, ("8005", "Zürich", "CH")),
        ("A-1010 Wien", None, ("1010", "Wien", "AT")),
        ("211 20 Malmö", "SE", ("211 20", "Malmö", "SE")),
        ("9711 LM Groningen", "NL", ("9711 LM", "Groningen", "NL")),
        ("NL-9711 LM Groningen", None, ("9711 LM", "Groningen", "NL")),
        ("70-001 Szczecin", "PL", ("70-001", "Szczecin", "PL")),
        ("28195, Bremen", None, ("28195", "Bremen", "DE")),
        ("Bremen", None, ("", "Bremen", "DE")),
    ],
)
def test_postcode_and_city_in_one_cell_are_divided(text, country, read):
    assert read_place(text, country).value == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Musterweg 1, 28195 Bremen", ("Musterweg 1", "28195", "Bremen", "DE")),
        ("Musterweg 1\n28195 Bremen", ("Musterweg 1", "28195", "Bremen", "DE")),
        ("Haus B, Musterweg 1, 28195 Bremen", ("Haus B, Musterweg 1", "28195", "Bremen", "DE")),
        ("Prüfgasse 14, 4020 Linz, Österreich", ("Prüfgasse 14", "4020", "Linz", "AT")),
        ("28195 Bremen", ("", "28195", "Bremen", "DE")),
    ],
)
def test_an_address_in_one_cell_is_divided(text, read):
    assert read_address(text, None).value == read


@pytest.mark.parametrize("text", ["Musterweg 1", "irgendwo", "Musterweg 1 28195 Bremen", ",,,"])
def test_an_address_that_cannot_be_divided_is_refused(text):
    with pytest.raises(Unreadable):
        read_address(text, None)


@pytest.mark.parametrize(
    ("text", "code"),
    [("DE", "DE"), ("Deutschland", "DE"), ("Poland", "PL"), ("A", "AT"), ("österreich", "AT"), ("us", "US")],
)
def test_a_country_is_known_by_code_car_sign_and_name(text, code):
    assert read_country(text).value == code


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a@b.example; c@d.example", ("a@b.example", "c@d.example")),
        ("a@b.example, c@d.example", ("a@b.example", "c@d.example")),
        ("a@b.example\nc@d.example", ("a@b.example", "c@d.example")),
        ("a@b.example / c@d.example", ("a@b.example", "c@d.example")),
        ("Info@Firma.EXAMPLE", ("Info@firma.example",)),
        ("mailto:a@b.example", ("a@b.example",)),
        ("Petra Muster <p.muster@b.example>", ("p.muster@b.example",)),
        ("info@müller-söhne.example", ("info@müller-söhne.example",)),
        ("a@b.example;a@b.example", ("a@b.example",)),
    ],
)
def test_all_mail_addresses_of_a_cell_are_read(text, read):
    assert read_emails(text).value == read


@pytest.mark.parametrize(
    "text",
    [
        "info(at)firma.de",
        "info@@firma.de",
        "info@firma",
        "@firma.de",
        "info@",
        "a@b..de",
        ".a@b.de",
        "a@b.example x",
        "a@-b.de",
        "a b@c.de",
    ],
)
def test_a_wrong_mail_address_is_refused(text):
    with pytest.raises(Unreadable):
        read_emails(text)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Frau Dr. Petra Ellerwisch", ("Frau", "Dr. Petra Ellerwisch", "")),
        ("Hr. Jens Kranbeker", ("Herr", "Jens Kranbeker", "")),
        ("Torfhagen, Maike (GF)", ("", "Maike Torfhagen", "GF")),
        ("Torfhagen, Dr. Maike", ("", "Dr. Maike Torfhagen", "")),
        ("Dr. Torfhagen, Maike", ("", "Dr. Maike Torfhagen", "")),
        ("Herr Prof. Dr. Kai Quellmoor", ("Herr", "Prof. Dr. Kai Quellmoor", "")),
        ("Ms Ada Dunmoor", ("Frau", "Ada Dunmoor", "")),
        ("Frau", ("", "Frau", "")),
    ],
)
def test_a_person_is_taken_apart(text, read):
    assert read_person(text).value == read


def test_an_iban_is_kept_only_with_right_length_and_check_digits():
    assert read_iban("DE02 1203 0000 0000 2020 51").value == "DE02120300000000202051"
    assert read_iban("IBAN: AT61 1904 3002 3457 3201").value == "AT611904300234573201"
    for wrong in (
        "DE03 1203 0000 0000 2020 51",
        "DE02 1203 0000 0000 2020 5",
        "XX02120300000000202051",
        "1203000000",
        "DE0２",
    ):
        with pytest.raises(Unreadable):
            read_iban(wrong)


def test_vat_id_and_leitweg_id_are_checked():
    assert read_vat_id("DE 900 001 113").value == "DE900001113"
    assert read_vat_id("ATU12345678").value == "ATU12345678"
    assert read_leitweg_id("04011000-1234512345-06").value == "04011000-1234512345-06"
    for read, wrong in (
        (read_vat_id, "DE12345"),
        (read_vat_id, "12345"),
        (read_leitweg_id, "04011000-1234512345-07"),
    ):
        with pytest.raises(Unreadable):
            read(wrong)


def test_words_with_a_fixed_meaning():
    assert read_payment_method("SEPA-Lastschrift").value == "direct_debit"
    assert read_payment_method("ja").value == "direct_debit"
    assert read_payment_method("Überweisung").value == "transfer"
    assert read_language("Englisch").value == "en"
    for word, code in {
        "ZUGFeRD": "zugferd",
        "nein": "zugferd",
        "XRechnung": "xrechnung",
        "x-rechnung": "xrechnung",
        "ja": "xrechnung",
    }.items():
        assert read_invoice_format(word).value == code
    for word, code in {"ja": "before_invoice", "x": "before_invoice", "Nein": "none", "-": "none"}.items():
        assert read_order_wish(word).value == code
    assert read_functions("Rechnung, Stimmführer").value == (Function.DELEGATE, Function.BILLING)
    assert read_functions("Rechnung, Hausmeister").warning is not None
    for read in (read_payment_method, read_language, read_invoice_format, read_order_wish):
        with pytest.raises(Unreadable):
            read("quark")


@pytest.mark.parametrize(
    ("text", "state", "end"),
    [
        ("aktiv", DraftState.ACTIVE, None),
        ("ausgetreten 31.12.2024", DraftState.ENDED, date(2024, 12, 31)),
        ("gekündigt zum 31.12.2099", DraftState.NOTICE_GIVEN, date(2099, 12, 31)),
        ("former", DraftState.ENDED, None),
        ("ruhend seit 2020", DraftState.SUSPENDED, None),
    ],
)
def test_a_status_may_carry_its_day(text, state, end):
    assert read_state(text, today=TODAY).value == (state, end)


def test_an_unknown_status_is_refused():
    with pytest.raises(Unreadable):
        read_state("schwierig", today=TODAY)


@pytest.mark.parametrize(
    "text",
    ["", "  ", "-", "–", "k. A.", "k.A.", "K. A.", "n/a", "N/A", "unbekannt", "keine Angabe", "?", None],
)
def test_words_for_nothing_are_empty(text):
    assert is_blank(text)


@pytest.mark.parametrize("value", [0, "0", "Kein Mehr GmbH", "A"])
def test_values_are_not_empty(value):
    assert not is_blank(value)


CATEGORIES = CategoryWords(
    {
        "ORD": ["Ordentliches Mitglied"],
        "FOE": ["Fördermitglied"],
        "SCI": [],
        "PUB": [],
        "STA": [],
        "GOLD": ["Goldpartner"],
    }
)


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("ordentlich", "ORD"), ("Ordentliche Mitglieder", "ORD"), ("ord.", "ORD"), ("ORD", "ORD"), ("Ordinary member", "ORD"),
        ("Fördernde Mitglieder", "FOE"), ("Fördermitglied", "FOE"), ("Fördermitglieder", "FOE"), ("sponsor", "FOE"),
        ("Hochschule", "SCI"), ("Kommune", "PUB"), ("Start-up", "STA"), ("Goldpartner", "GOLD"), ("Silber", None),
        ("Ehrenmitglied", None), ("", None), ("Mitglied", None),
    ],
)  # fmt: skip
def test_a_category_is_known_by_its_words(word, code):
    assert CATEGORIES.code_of(word) == code


def test_a_mistyped_category_is_suggested():
    assert CATEGORIES.nearest("Goldpatner") == "Goldpartner"
    assert CATEGORIES.nearest("Schrauben") is None
    assert CATEGORIES.nearest("ruhend") is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Fluthammer Pressteile GmbH & Co. KG", "FLUTHAMMER Pressteile GmbH&Co.KG"),
        ("Grönhusen e.K.", "Groenhusen e. K."),
        ("Müller und Söhne GmbH", "Müller & Söhne GmbH"),
        ("Weißbach Gesellschaft mit beschränkter Haftung", "WEISSBACH GmbH"),
        ("Ångbäck AB", "A\u030angba\u0308ck AB"),
        ("Meier GmbH und Co. KG", "Meier GmbH & Co KG"),
    ],
)
def test_two_spellings_of_one_company_share_a_key(one, other):
    assert company_key(one) == company_key(other)


def test_different_companies_have_different_keys():
    names = ["Meier GmbH", "Meyer GmbH", "Meier AG", "Meier & Söhne GmbH", "Компания", "Компанія", "株式会社"]
    assert len({company_key(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Fluthammer GmbH&Co.KG", "GmbH & Co. KG"), ("Fluthammer GmbH & Co. KG", "GmbH & Co. KG"), ("Kamień Sp. z o.o.", "Sp. z o.o."),
        ("Grönhusen e.K.", "e. K."), ("Meier AG", "AG"), ("Stadt Musterfurt", None), ("AG", None),
    ],
)  # fmt: skip
def test_the_legal_form_stands_at_the_end_of_a_name(name, form):
    assert legal_form_of(name) == form
