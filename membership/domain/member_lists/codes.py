"""Numbers with check digits and words with a fixed meaning: IBAN, VAT id, Leitweg-ID, payment method, language."""

from __future__ import annotations

import re
from typing import Final

from membership.domain.member_lists.drafts import Function, ProblemKind
from membership.domain.member_lists.fields import plain_key
from membership.domain.member_lists.values import Reading, Unreadable, cell_text
from membership.domain.phrases import Phrase, phrase
from membership.domain.tables import Value

_IBAN_LENGTHS: Final[dict[str, int]] = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
    "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
    "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18,
    "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SD": 18,
    "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22,
    "VG": 24, "XK": 20,
}  # fmt: skip
_IBAN_SHAPE: Final = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", re.ASCII)
_VAT_SHAPE: Final = re.compile(r"[A-Z]{2}[A-Z0-9+*]{2,13}", re.ASCII)
_VAT_SHAPES: Final[dict[str, str]] = {
    "AT": r"U\d{8}", "BE": r"[01]\d{9}", "BG": r"\d{9,10}", "CY": r"\d{8}[A-Z]", "CZ": r"\d{8,10}", "DE": r"[1-9]\d{8}",
    "DK": r"\d{8}", "EE": r"\d{9}", "EL": r"\d{9}", "ES": r"[A-Z\d]\d{7}[A-Z\d]", "FI": r"\d{8}",
    "FR": r"[A-Z\d]{2}\d{9}", "HR": r"\d{11}", "HU": r"\d{8}", "IE": r"\d[A-Z\d+*]\d{5}[A-Z]{1,2}", "IT": r"\d{11}",
    "LT": r"\d{9}(?:\d{3})?", "LU": r"\d{8}", "LV": r"\d{11}", "MT": r"\d{8}", "NL": r"[A-Z\d+*]{10}\d{2}",
    "PL": r"\d{10}", "PT": r"\d{9}", "RO": r"\d{2,10}", "SE": r"\d{12}", "SI": r"\d{8}", "SK": r"\d{10}",
    "XI": r"\d{9}(?:\d{3})?",
}  # fmt: skip
"""What follows the letters of a VAT id in each state of the Union; of others only the outline is known."""
_LEITWEG_SHAPE: Final = re.compile(r"(\d{2,12})(?:-([A-Z0-9]{1,30}))?-(\d{2})", re.ASCII)
_LEITWEG_MAX: Final = 46
_IBAN_EXPECTED: Final = phrase("an IBAN such as DE02 1203 0000 0000 2020 51")


def _is_mod_97(text: str) -> bool:
    """Return whether the check digits of ISO 7064 MOD 97-10 hold for a text of digits and capital letters."""
    return int("".join(str(int(sign, 36)) for sign in text)) % 97 == 1


def _is_mod_11_10(digits: str) -> bool:
    """Return whether the last digit is the check digit of ISO 7064 MOD 11,10."""
    product = 10
    for digit in digits[:-1]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(digits[-1])


def read_iban(value: Value) -> Reading[str]:
    """Return the IBAN without blanks when its length and check digits are right.

    Source: ISO 13616.
    """
    text = re.sub(r"[\s.-]", "", cell_text(value)).upper().removeprefix("IBAN").lstrip(":")
    length = _IBAN_LENGTHS.get(text[:2])
    if not _IBAN_SHAPE.fullmatch(text) or length is None:
        raise Unreadable(ProblemKind.IBAN, phrase("This is not an IBAN."), _IBAN_EXPECTED)
    if len(text) != length:
        problem = phrase(
            "The IBAN has %(found)s characters, one of %(country)s has %(length)s.",
            found=str(len(text)), country=text[:2], length=str(length),
        )  # fmt: skip
        raise Unreadable(ProblemKind.IBAN, problem, _IBAN_EXPECTED)
    if not _is_mod_97(text[4:] + text[:4]):
        raise Unreadable(
            ProblemKind.IBAN,
            phrase("The check digits of the IBAN are wrong: one sign is mistyped."),
            _IBAN_EXPECTED,
        )
    return Reading(text)


def read_vat_id(value: Value) -> Reading[str]:
    """Return the VAT id without blanks, dots and hyphens; of a German one the check digit is checked too.

    Source: Council Regulation (EU) 904/2010, VIES; ISO 7064 MOD 11,10.
    """
    text = re.sub(r"[\s.-]", "", cell_text(value)).upper()
    shape = _VAT_SHAPES.get(text[:2])
    if not _VAT_SHAPE.fullmatch(text) or (shape and not re.fullmatch(shape, text[2:], re.ASCII)):
        raise Unreadable(
            ProblemKind.CODE, phrase("This is not a VAT id."), phrase("a VAT id such as DE136695976")
        )
    if text.startswith("DE") and not _is_mod_11_10(text[2:]):
        raise Unreadable(
            ProblemKind.CODE,
            phrase("The check digit of the VAT id is wrong: one digit is mistyped."),
            phrase("a VAT id such as DE136695976"),
        )
    return Reading(text)


def read_leitweg_id(value: Value) -> Reading[str]:
    """Return the Leitweg-ID when its form and check digits are right.

    Source: KoSIT, Formatspezifikation Leitweg-ID.
    """
    text = re.sub(r"\s", "", cell_text(value)).upper()
    match = _LEITWEG_SHAPE.fullmatch(text)
    if match is None or len(text) > _LEITWEG_MAX or not _is_mod_97(text.replace("-", "")):
        expected = phrase("a Leitweg-ID such as 04011000-1234512345-06")
        raise Unreadable(
            ProblemKind.CODE, phrase("This is not a Leitweg-ID, or one sign is mistyped."), expected
        )
    return Reading(text)


def _by_key(words: dict[str, str]) -> dict[str, str]:
    return {plain_key(word): code for code, text in words.items() for word in text.split(",")}


_PAYMENT: Final = _by_key({
    "transfer": "transfer, Überweisung, Rechnung, auf Rechnung, bank transfer, invoice, Überweiser,"
    " Dauerauftrag, nein, no",
    "direct_debit": "direct_debit, Lastschrift, SEPA-Lastschrift, SEPA, Einzug, Bankeinzug, Abbuchung, direct debit,"
    " ja, yes, x, Einzugsermächtigung, LS, Basislastschrift, Firmenlastschrift, SEPA-Mandat",
    "stripe": "stripe, online, Kreditkarte, Karte, card, credit card",
})  # fmt: skip
_LANGUAGES: Final = _by_key(
    {"de": "de, deutsch, german, D, de-DE", "en": "en, englisch, english, E, en-GB, en-US"}
)
_FORMATS: Final = _by_key({
    "zugferd": "zugferd, PDF, Factur-X, PDF mit Daten, nein, no, -",
    "xrechnung": "xrechnung, XML, X-Rechnung, ja, yes, x",
})  # fmt: skip
_ORDER_WISHES: Final = _by_key({
    "none": "none, nein, no, n, -, nicht nötig",
    "before_invoice": "before_invoice, ja, yes, j, y, x, vor der Rechnung, vor Rechnung, jährlich, nötig, erforderlich",
})  # fmt: skip
_INVOICE_WAYS: Final = _by_key({
    "mail": "mail, E-Mail, email, elektronisch, PDF, digital, electronic, nein, no, -",
    "post": "post, Papier, Brief, Postweg, per Post, auf Papier, paper, letter, by post, ja, yes, x",
})  # fmt: skip
_FUNCTIONS: Final = _by_key({
    Function.REPRESENTATIVE: "representative, Vertretung, gesetzliche Vertretung, Geschäftsführung, Geschäftsführer,"
    " Geschäftsführerin, GF, Inhaber, Inhaberin, Vorstand, CEO, managing director, legal representative, Prokurist",
    Function.DELEGATE: "delegate, Stimmführung, Stimmführer, Stimmführerin, Delegierter, voting delegate",
    Function.DEPUTY: "deputy, Stellvertretung, Stellvertreter, Stellvertreterin, Vertreter",
    Function.BILLING: "billing, Rechnung, Rechnungen, Buchhaltung, Rechnungswesen, accounts payable, accounting,"
    " invoices, Finanzen, finance",
    Function.DECLARATION: "declaration, Selbstauskunft, Personal, HR, declaration officer",
    Function.MAIN: "main, Hauptkontakt, Ansprechpartner, Ansprechpartnerin, Ansprechperson, main contact, Kontakt",
    Function.NEWSLETTER: "newsletter, Rundbrief, Rundschreiben",
})  # fmt: skip


def read_payment_method(value: Value) -> Reading[str]:
    """Return `transfer`, `direct_debit` or `stripe`; `ja` and `nein` answer a column “Lastschrift”."""
    return Reading(_word(value, _PAYMENT, phrase("one of: Überweisung, Lastschrift, Karte")))


def read_language(value: Value) -> Reading[str]:
    """Return `de` or `en`."""
    return Reading(_word(value, _LANGUAGES, phrase("one of: Deutsch, Englisch")))


def read_invoice_format(value: Value) -> Reading[str]:
    """Return `zugferd` or `xrechnung`; `ja` and `nein` answer a column “XRechnung”."""
    return Reading(_word(value, _FORMATS, phrase("one of: ZUGFeRD, XRechnung")))


def read_order_wish(value: Value) -> Reading[str]:
    """Return `before_invoice` or `none`, for whether a member asks for an order number before the invoice."""
    return Reading(_word(value, _ORDER_WISHES, phrase("one of: ja, nein")))


def read_invoice_way(value: Value) -> Reading[str]:
    """Return `mail` or `post`; `ja` and `nein` answer a column “Rechnung auf Papier”."""
    return Reading(_word(value, _INVOICE_WAYS, phrase("one of: E-Mail, Post")))


def _word(value: Value, words: dict[str, str], expected: Phrase) -> str:
    found = words.get(plain_key(cell_text(value)))
    if found is None:
        raise Unreadable(ProblemKind.CODE, phrase("This word is not known here."), expected)
    return found


def read_functions(value: Value) -> Reading[tuple[Function, ...]]:
    """Return the functions that are known; what else a person is called there is no error, but said."""
    words = [word for word in re.split(r"[,;/|+]|\bund\b|\band\b|&", cell_text(value)) if word.strip()]
    found = {_FUNCTIONS[key] for word in words if (key := plain_key(word)) in _FUNCTIONS}
    functions = tuple(function for function in Function if function in found)
    unknown = [word.strip() for word in words if plain_key(word) not in _FUNCTIONS]
    warning = phrase("The function “%(word)s” is not known and was left out.", word=", ".join(unknown))
    return Reading(functions, warning if unknown else None)
