"""The settings of the association: which there are, of what kind, and what a value must be like.

The first values stand in `config/default.toml` [association]; afterwards only the database counts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from membership.domain.errors import N_, InputError
from membership.domain.member_lists.codes import read_iban, read_vat_id
from membership.domain.member_lists.places import read_country
from membership.domain.member_lists.values import Unreadable
from membership.domain.phrases import Phrase

SettingValue = str | int | bool


class SettingUnknown(InputError):
    """There is no such setting."""

    message = N_("There is no setting “%(key)s”. “membership settings list” names them all.")
    code = "setting_unknown"


class SettingWrong(InputError):
    """A setting cannot have this value."""

    message = N_("“%(value)s” cannot be the value of %(key)s: %(expected)s")
    code = "setting_wrong"


class IbanWrong(SettingWrong):
    """What was typed is no IBAN; says what is wrong with it."""

    message = N_("%(why)s")


class BicContradicts(InputError):
    """The BIC is that of another bank than the IBAN's."""

    message = N_(
        "The IBAN belongs to %(bank)s with the BIC %(expected)s, but the BIC is %(bic)s. Correct one of them, or leave"
        " the BIC empty."
    )
    code = "bic_contradicts"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: its type, what it must be like, and the test."""

    type: type
    expected: str
    holds: Callable[[SettingValue], bool]


def split_addresses(text: str) -> list[str]:
    """Return the addresses of a setting that may hold several."""
    return [each.strip() for each in text.split(",") if each.strip()]


def is_creditor_id(text: str) -> bool:
    """Return whether a creditor ID has its check digits (mod 97 without the business code) and, of Germany, 18 signs.

    Source: SEPA-2.
    """
    packed = text.replace(" ", "").upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{3}[A-Z0-9]{1,28}", packed, re.ASCII):
        return False
    if packed.startswith("DE") and not re.fullmatch(r"DE\d{2}[A-Z0-9]{3}0\d{10}", packed, re.ASCII):
        return False
    return int("".join(str(int(sign, 36)) for sign in packed[7:] + packed[:4])) % 97 == 1


_TEXT_LENGTH: Final = 2000
_LINE_LENGTH: Final = 140
_PATTERN_LENGTH: Final = 20
_TAX_LENGTH: Final = 30
_BREAKS: Final = re.compile(r"\r\n|\n|\r")


def _has_control(text: str) -> bool:
    return any(unicodedata.category(sign) in _CONTROL for sign in text)


_CONTROL: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control signs, halves of a sign, and the separators that break a line: none of them can be seen."""
_TEXT = Kind(
    str,
    N_("a text of at most 2,000 characters, without control characters."),
    lambda value: len(str(value)) <= _TEXT_LENGTH and not _has_control(_BREAKS.sub("", str(value))),
)
_LINE = Kind(
    str,
    N_("one line of at most 140 characters, without control characters."),
    lambda value: len(str(value)) <= _LINE_LENGTH and not _has_control(str(value)),
)
_EMAIL = Kind(
    str,
    N_("an address like name@company.de."),
    lambda value: (
        not value
        or bool(re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", str(value)) and not _has_control(str(value)))
    ),
)
_EMAILS = Kind(
    str,
    N_("up to five addresses like name@company.de, separated by commas."),
    lambda value: (
        len(split_addresses(str(value))) <= _MOST_ADDRESSES
        and all(_EMAIL.holds(each) for each in split_addresses(str(value)))
        and not _has_control(str(value))
    ),
)
_MOST_ADDRESSES: Final = 5
_YES_NO = Kind(bool, N_("yes or no."), lambda _value: True)
_COUNTRY = Kind(
    str,
    N_("a country like Deutschland or DE."),
    lambda value: bool(re.fullmatch("[A-Z]{2}", str(value))),
)
_WEB = Kind(
    str,
    N_("an address like www.verein.de or https://verein.de."),
    lambda value: not value or bool(re.fullmatch(r"(https?://)?([\w-]+\.)+\w{2,}(:\d+)?(/\S*)?", str(value))),
)
_VAT_ID = Kind(
    str,
    N_("a VAT ID like DE136695976; a German one has nine digits, the last one checks the others."),
    lambda value: not value or _is_vat_id(str(value)),
)
_POSTCODE = Kind(
    str,
    N_("a postcode; a German one has five digits."),
    lambda value: (
        not value or bool(re.fullmatch(r"[A-Z0-9][A-Z0-9 -]{1,8}[A-Z0-9]", str(value), re.IGNORECASE))
    ),
)
_TAX_NUMBER = Kind(
    str,
    N_("a tax number; a German one has 10 to 13 digits, like 60/145/12345."),
    lambda value: (
        not value or (len(str(value)) <= _TAX_LENGTH and any(sign.isdigit() for sign in str(value)))
    ),
)
_LANGUAGE = Kind(str, N_("de or en."), lambda value: value in {"de", "en"})
_COLOUR = Kind(
    str, N_("a colour like #0B5A6F."), lambda value: bool(re.fullmatch("#[0-9A-Fa-f]{6}", str(value)))
)
_IBAN = Kind(
    str,
    N_("an IBAN with right check digits; a German one has 22 characters."),
    lambda _value: True,
)
"""Read by `_iban`, which says what is wrong with one."""
_BIC = Kind(
    str,
    N_("a BIC of 8 or 11 characters."),
    lambda value: not value or bool(re.fullmatch(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?", str(value))),
)
_CREDITOR_ID = Kind(
    str,
    N_("a creditor ID with right check digits; a German one has 18 characters, like DE98ZZZ09999999999."),
    lambda value: not value or is_creditor_id(str(value)),
)
_SCHEME = Kind(str, N_("core or b2b."), lambda value: value in {"core", "b2b"})
_PATTERN = Kind(
    str,
    N_("capital letters, digits and hyphens with {JJJJ} and {NNNN}, like RE{JJJJ}-{NNNN}."),
    lambda value: (
        bool(re.fullmatch(r"[A-Z0-9-]*\{JJJJ\}[A-Z0-9-]*\{N{4,8}\}", str(value)))
        and len(str(value)) <= _PATTERN_LENGTH
    ),
)
_MEMBER_PATTERN = Kind(
    str,
    N_("capital letters, digits and hyphens with {NNNN}, like M{NNNN}."),
    lambda value: bool(re.fullmatch(r"[A-Z0-9-]{0,8}\{N{3,8}\}", str(value))),
)
_HOST = Kind(
    str,
    N_("the name of a mail server like mail.verein.de."),
    lambda value: not value or _is_host(str(value)),
)
_SECURITY = Kind(str, N_("none, starttls or tls."), lambda value: value in {"none", "starttls", "tls"})
_FOLDER = Kind(
    str,
    N_("the name of a folder like INBOX, of letters, digits, blanks and . / _ - &."),
    lambda value: bool(
        re.fullmatch(r"[A-Za-z0-9./_&+,-](?:[A-Za-z0-9 ./_&+,-]{0,98}[A-Za-z0-9./_&+,-])?", str(value))
    ),
)
_NOTICE_TO = Kind(
    str,
    N_("year_end, half_year, quarter, month or any."),
    lambda value: value in {"year_end", "half_year", "quarter", "month", "any"},
)
_REMITTANCE = Kind(str, N_("structured or text."), lambda value: value in {"structured", "text"})


def _is_host(text: str) -> bool:
    """Return whether mail may be handed in there: a host name, or an address of this or another machine (SEC-67)."""
    try:
        address = ip_address(text)
    except ValueError:
        return len(text) <= _HOST_LENGTH and bool(_HOST_NAME.fullmatch(text))
    return not (address.is_link_local or address.is_multicast or address.is_unspecified)


_HOST_LENGTH: Final = 253
_HOST_NAME: Final = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z][A-Za-z0-9-]{0,62}"
)


def _is_vat_id(text: str) -> bool:
    try:
        read_vat_id(text)
    except Unreadable:
        return False
    return True


def _number(low: int, high: int) -> Kind:
    return Kind(int, N_("a whole number in its range."), lambda value: low <= int(value) <= high)


KINDS: Final[Mapping[str, Kind]] = {
    "association.name": _LINE, "association.claim": _LINE, "association.legal_form": _LINE,
    "association.street": _LINE, "association.postcode": _POSTCODE, "association.city": _LINE,
    "association.country": _COUNTRY, "association.phone": _LINE, "association.email": _EMAIL,
    "association.web": _WEB, "association.register_court": _LINE, "association.register_number": _LINE,
    "association.tax_number": _TAX_NUMBER, "association.vat_id": _VAT_ID, "association.board_members": _LINE,
    "association.language": _LANGUAGE, "association.brand_colour": _COLOUR,
    "bank.holder": _LINE, "bank.iban": _IBAN, "bank.bic": _BIC, "bank.name": _LINE, "bank.creditor_id": _CREDITOR_ID,
    "sepa.scheme": _SCHEME, "sepa.notice_days": _number(1, 60),
    "invoice.pattern": _PATTERN, "invoice.correction_pattern": _PATTERN,
    "invoice.first_number": _number(1, 9_999_999), "invoice.term_days": _number(0, 365),
    "invoice.vat_note": _LINE, "invoice.contact_name": _LINE, "invoice.signatory_name": _LINE,
    "invoice.signatory_function": _LINE, "invoice.show_calculation": _YES_NO, "invoice.remittance": _REMITTANCE,
    "approval.schedule": _YES_NO, "approval.run": _YES_NO,
    "approval.correction": _YES_NO, "approval.correction_limit_cents": _number(0, 100_000_000),
    "approval.claim": _YES_NO, "approval.claim_limit_cents": _number(0, 100_000_000),
    "approval.collection": _YES_NO, "approval.refund": _YES_NO, "approval.payee": _YES_NO,
    "approval.bank": _YES_NO,
    "application.open": _YES_NO, "application.intro": _TEXT, "application.statutes": _LINE,
    "application.statutes_address": _WEB, "application.consent": _TEXT, "application.privacy_version": _LINE,
    "application.keep_months": _number(1, 36),
    "member.pattern": _MEMBER_PATTERN, "membership.notice_months": _number(0, 24), "membership.notice_to": _NOTICE_TO,
    "billing.confirm_change_percent": _number(0, 1000),
    "online.card": _YES_NO, "online.sepa_debit": _YES_NO, "online.sepa_limit_cents": _number(100, 99_999_999),
    "payment.tolerance_cents": _number(0, 10_000), "payment.confirm_by_mail": _YES_NO,
    "bank.post_sure": _YES_NO, "second_factor.staff": _YES_NO,
    "portal.help_name": _LINE, "portal.help_phone": _LINE, "portal.help_email": _EMAIL,
    "mail.host": _HOST, "mail.port": _number(1, 65535), "mail.security": _SECURITY, "mail.user": _LINE,
    "mail.sender": _EMAIL, "mail.sender_name": _LINE, "mail.reply_to": _EMAIL, "mail.anchor_to": _EMAILS,
    "mail.bounce_host": _HOST, "mail.bounce_port": _number(1, 65535), "mail.bounce_security": _SECURITY,
    "mail.bounce_user": _LINE, "mail.bounce_folder": _FOLDER,
    "imprint.text": _TEXT, "privacy.text": _TEXT,
}  # fmt: skip
"""Every setting and its kind."""


_GERMAN_FORMS: Final = {"association.postcode": r"\d{5}", "association.tax_number": r"(?:\d[ /-]?){10,13}"}


def check_german(values: Mapping[str, object], changes: Mapping[str, SettingValue]) -> None:
    """Raise `SettingWrong` for a changed value that no German address or tax office has, where the country is DE.

    Args:
        values: all settings as they will be.
        changes: those of them that are new.
    """
    if values.get("association.country") != "DE":
        return
    for key, form in _GERMAN_FORMS.items():
        text = str(changes.get(key, ""))
        if text and not re.fullmatch(form, text, re.ASCII):
            raise SettingWrong(key=key, value=text, expected=Phrase(KINDS[key].expected))


def _country_code(text: str) -> str:
    """Return the code of a country that was given by code or name; what nobody knows stays as it is."""
    try:
        return read_country(text).value
    except Unreadable:
        return text


def _iban(key: str, text: str) -> str:
    try:
        return read_iban(text).value
    except Unreadable as error:
        raise IbanWrong(key=key, value=text, expected="", why=error.problem) from error


def checked(key: str, value: object) -> SettingValue:
    """Return the value in its form for the database; raise when key or value is wrong.

    IBANs and creditor IDs lose their blanks; a tab, as it comes along from a table, becomes a blank.
    """
    kind = KINDS.get(key)
    if kind is None:
        raise SettingUnknown(key=key)
    tidy = value.replace("\t", " ").strip() if isinstance(value, str) else value
    if kind is _IBAN and isinstance(tidy, str) and tidy:
        tidy = _iban(key, tidy)
    if kind is _CREDITOR_ID and isinstance(tidy, str):
        tidy = tidy.replace(" ", "").upper()
    if kind is _COUNTRY and isinstance(tidy, str):
        tidy = _country_code(tidy)
    if type(tidy) is not kind.type or not isinstance(tidy, str | int) or not kind.holds(tidy):
        raise SettingWrong(key=key, value=value, expected=Phrase(kind.expected))
    return tidy


def from_text(key: str, text: str) -> SettingValue:
    """Return the value that a command line or form text means: numbers and `yes`/`no` by the setting's kind."""
    kind = KINDS.get(key)
    if kind is None:
        raise SettingUnknown(key=key)
    if kind.type is bool:
        words = {"yes": True, "ja": True, "true": True, "no": False, "nein": False, "false": False}
        return checked(key, words.get(text.strip().lower(), text))
    if kind.type is int:
        typed = text.strip()
        return checked(key, int(typed) if re.fullmatch(r"\d{1,9}", typed, re.ASCII) else text)
    return checked(key, text)
