"""What each field of a member and of a contact must be like, whoever sends it: page, command or list.

Source: `domain.md` MEM-1, MEM-14; `reliability.md` SEC-49.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Final, TypeVar

from membership.domain.errors import N_, InputError
from membership.domain.member_lists import Function
from membership.domain.member_lists.codes import read_iban, read_leitweg_id, read_vat_id
from membership.domain.member_lists.people import read_emails
from membership.domain.member_lists.places import read_country, read_postcode
from membership.domain.member_lists.values import Unreadable
from membership.domain.phrases import Phrase, phrase

T = TypeVar("T")
LINE: Final = 200
NOTE: Final = 2000
MOST_ATTRIBUTES: Final = 20
PAYMENT_METHODS: Final = ("transfer", "direct_debit", "stripe")
LANGUAGES: Final = ("de", "en")
INVOICE_FORMATS: Final = ("zugferd", "xrechnung")
BEFORE_INVOICE: Final = "before_invoice"
ORDER_WISHES: Final = ("none", BEFORE_INVOICE)
BY_POST: Final = "post"
INVOICE_WAYS: Final = ("mail", BY_POST)
INVOICE_ADDRESS: Final = (
    "invoice_name", "invoice_extra", "invoice_street", "invoice_postcode", "invoice_city", "invoice_country",
)  # fmt: skip
"""The address that invoices go to where it is another one than that of the company; all empty where it is not."""
_TAX_DIGITS: Final = range(10, 14)

FUNCTION_WORDS: Final[dict[Function, str]] = {
    Function.REPRESENTATIVE: N_("Representation"),
    Function.DELEGATE: N_("Voting delegate"),
    Function.DEPUTY: N_("Deputy"),
    Function.BILLING: N_("Invoices (function)"),
    Function.DECLARATION: N_("Self-declaration"),
    Function.MAIN: N_("Main contact"),
    Function.NEWSLETTER: N_("Newsletter"),
}
PAYMENT_WORDS: Final = {
    "transfer": N_("Bank transfer"),
    "direct_debit": N_("Direct debit"),
    "stripe": N_("Online payment"),
}

FORMAT_WORDS: Final = {
    "zugferd": N_("PDF with its data (ZUGFeRD)"),
    "xrechnung": N_("XRechnung as a file beside the PDF"),
}

ORDER_WORDS: Final = {
    "none": N_("Invoice without asking"),
    BEFORE_INVOICE: N_("Asks for an order number each year before the invoice"),
}


WAY_WORDS: Final = {
    "mail": N_("By e-mail, where an address is known"),
    BY_POST: N_("On paper, by post"),
}


class FieldWrong(InputError):
    """One field cannot have this value; `field` names it."""

    message = N_("%(problem)s")
    code = "member_field"

    def __init__(self, field: str, problem: Phrase) -> None:
        self.field, self.problem = field, problem
        super().__init__(where=field, problem=problem)


def checked_fields(
    changes: Mapping[str, object], *, before: Mapping[str, object] | None = None
) -> dict[str, object]:
    """Return the given fields of a member in the form they are kept in; raise `FieldWrong` for the first bad one.

    Args:
        changes: field -> new value, only those that are to change.
        before: the present values; postcode and tax number are read in the country that counts afterwards.
    """
    known = before or {}
    country = _country("country", changes.get("country") or known.get("country"))
    elsewhere = _country_named(
        "invoice_country", changes.get("invoice_country", known.get("invoice_country"))
    )
    by_country: dict[str, Callable[[str], str]] = {
        "postcode": lambda text: _postcode("postcode", text, country),
        "invoice_postcode": lambda text: _postcode("invoice_postcode", text, elsewhere or country),
        "tax_number": lambda text: _tax_number("tax_number", text, country),
    }
    kept: dict[str, object] = {}
    for name, value in changes.items():
        if name in by_country:
            kept[name] = by_country[name](str(value or ""))
        else:
            kept[name] = _FIELDS[name](name, value)
    return kept


def require_whole_address(fields: Mapping[str, object]) -> None:
    """Raise `FieldWrong` when there is a part of an invoice address to which no letter could go.

    Args:
        fields: what is kept about a member, at least the invoice address; a missing field is an empty one.
    """
    if not any(fields.get(name) for name in INVOICE_ADDRESS):
        return
    if not fields.get("invoice_city"):
        raise FieldWrong("invoice_city", phrase("The city of the invoice address is missing."))
    country = fields.get("invoice_country") or fields.get("country") or "DE"
    if country == "DE" and not fields.get("invoice_postcode"):
        raise FieldWrong("invoice_postcode", phrase("The postcode of the invoice address is missing."))


def checked_contact(changes: Mapping[str, object]) -> dict[str, object]:
    """Return the given fields of a contact in the form they are kept in; raise `FieldWrong` for the first bad one."""
    return {name: _CONTACT[name](name, value) for name, value in changes.items()}


def tidy_line(field: str, value: object) -> str:
    """Return one line of text: NFC, single blanks, nothing that cannot be seen."""
    text = " ".join(unicodedata.normalize("NFC", str(value or "")).split())
    if len(text) > LINE:
        raise FieldWrong(field, phrase("The text is longer than %(limit)s characters.", limit=str(LINE)))
    if any(unicodedata.category(sign) in {"Cc", "Cf", "Cs"} for sign in text):
        raise FieldWrong(field, phrase("The text holds characters that cannot be printed."))
    return text


def tidy_note(field: str, value: object) -> str:
    """Return a text of several lines: NFC, nothing that cannot be seen but the ends of its lines."""
    text = unicodedata.normalize("NFC", str(value or "")).replace("\r\n", "\n").strip()
    if len(text) > NOTE:
        raise FieldWrong(field, phrase("The text is longer than %(limit)s characters.", limit=str(NOTE)))
    if any(unicodedata.category(sign) in {"Cc", "Cf", "Cs"} and sign not in "\n\t" for sign in text):
        raise FieldWrong(field, phrase("The text holds characters that cannot be printed."))
    return text


def _name(field: str, value: object) -> str:
    text = tidy_line(field, value)
    if not text:
        raise FieldWrong(field, phrase("The name of the company is missing."))
    return text


def _email(field: str, value: object) -> str:
    text = tidy_line(field, value)
    if not text:
        return ""
    found = _read(field, lambda: read_emails(text).value)
    if len(found) != 1:
        raise FieldWrong(field, phrase("This is not an e-mail address."))
    return found[0]


def _read(field: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except Unreadable as error:
        if error.expected is None:
            raise FieldWrong(field, error.problem) from error
        sentence = phrase(
            "%(problem)s Expected: %(expected)s.", problem=error.problem, expected=error.expected
        )
        raise FieldWrong(field, sentence) from error


def _postcode(field: str, text: str, country: str) -> str:
    text = tidy_line(field, text)
    return _read(field, lambda: read_postcode(text, country).value[0]) if text else ""


def _tax_number(field: str, text: str, country: str) -> str:
    """Return a tax number; how one looks abroad is not known here."""
    text = tidy_line(field, text)
    if text and country == "DE":
        digits = re.sub(r"[ ./-]", "", text)
        if not re.fullmatch(r"[0-9]+", digits) or len(digits) not in _TAX_DIGITS:
            raise FieldWrong(field, phrase("A German tax number has 10 to 13 digits, such as 60/145/12345."))
    return text


def _country(field: str, value: object) -> str:
    return _country_named(field, value) or "DE"


def _country_named(field: str, value: object) -> str:
    text = tidy_line(field, value)
    return _read(field, lambda: read_country(text).value) if text else ""


def _vat_id(field: str, value: object) -> str:
    text = tidy_line(field, value)
    return _read(field, lambda: read_vat_id(text).value) if text else ""


def _leitweg_id(field: str, value: object) -> str:
    text = tidy_line(field, value)
    return _read(field, lambda: read_leitweg_id(text).value) if text else ""


def _iban(field: str, value: object) -> str:
    text = tidy_line(field, value)
    return _read(field, lambda: read_iban(text).value) if text else ""


def _one_of(words: Iterable[str]) -> Callable[[str, object], str]:
    known = tuple(words)

    def check(field: str, value: object) -> str:
        if value not in known:
            raise FieldWrong(
                field, phrase("One of these words is expected here: %(words)s.", words=", ".join(known))
            )
        return str(value)

    return check


def _day(field: str, value: object) -> date | None:
    if value is None or isinstance(value, date):
        return value
    raise FieldWrong(field, phrase('A day of the calendar is expected here, such as "2027-01-31".'))


def _words(field: str, value: object) -> list[str]:
    given = value if isinstance(value, list | tuple) else str(value or "").replace(";", ",").split(",")
    words = [tidy_line(field, word) for word in given]
    found = list(dict.fromkeys(word for word in words if word))
    if len(found) > MOST_ATTRIBUTES:
        raise FieldWrong(field, phrase("At most %(limit)s words are possible.", limit=str(MOST_ATTRIBUTES)))
    return sorted(found)


def _functions(field: str, value: object) -> list[str]:
    given = value if isinstance(value, list | tuple) else ()
    known = {str(function) for function in Function}
    for word in given:
        if word not in known:
            words = ", ".join(str(function) for function in Function)
            raise FieldWrong(field, phrase("One of these words is expected here: %(words)s.", words=words))
    return [str(function) for function in Function if function in given]


_FIELDS: Final[Mapping[str, Callable[[str, object], object]]] = {
    "name": _name,
    "legal_form": tidy_line,
    "address_extra": tidy_line,
    "street": tidy_line,
    "city": tidy_line,
    "country": _country,
    "phone": tidy_line,
    "invoice_email": _email,
    "register_entry": tidy_line,
    "vat_id": _vat_id,
    "invoice_name": tidy_line,
    "invoice_extra": tidy_line,
    "invoice_street": tidy_line,
    "invoice_city": tidy_line,
    "invoice_country": _country_named,
    "leitweg_id": _leitweg_id,
    "order_number": tidy_line,
    "cost_centre": tidy_line,
    "invoice_format": _one_of(INVOICE_FORMATS),
    "order_wish": _one_of(ORDER_WISHES),
    "invoice_way": _one_of(INVOICE_WAYS),
    "language": _one_of(LANGUAGES),
    "payment_method": _one_of(PAYMENT_METHODS),
    "founded_on": _day,
    "attributes": _words,
    "note": tidy_note,
    "iban": _iban,
    "iban_holder": tidy_line,
}
_CONTACT: Final[Mapping[str, Callable[[str, object], object]]] = {
    "name": tidy_line,
    "salutation": tidy_line,
    "email": _email,
    "phone": tidy_line,
    "functions": _functions,
}
MEMBER_FIELDS: Final = (*_FIELDS, "postcode", "invoice_postcode", "tax_number")
CONTACT_FIELDS: Final = tuple(_CONTACT)
