"""Addresses of a list: postcode, city and country, in one cell or in several."""

from __future__ import annotations

import re
from typing import Final

from membership.domain.member_lists.drafts import ProblemKind
from membership.domain.member_lists.fields import plain_key
from membership.domain.member_lists.values import Reading, Unreadable, cell_text
from membership.domain.phrases import Phrase, phrase
from membership.domain.tables import Value

HOME: Final = "DE"
_CODES: Final = frozenset(
    re.findall(
        r"[A-Z]{2}",
        "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY "
        "BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK "
        "FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR "
        "IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK "
        "ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM "
        "PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF "
        "TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW XK ",
    )
)
_NAMES: Final[dict[str, str]] = {
    "DE": "D, Deutschland, Germany, BRD, GER, DEU",
    "AT": "A, Österreich, Austria, AUT",
    "CH": "Schweiz, Switzerland, Suisse, CHE",
    "LI": "FL, Liechtenstein",
    "LU": "L, Luxemburg, Luxembourg",
    "NL": "Niederlande, Netherlands, The Netherlands, Holland, Nederland",
    "BE": "B, Belgien, Belgium",
    "FR": "F, Frankreich, France",
    "IT": "I, Italien, Italy",
    "ES": "E, Spanien, Spain",
    "PT": "P, Portugal",
    "DK": "Dänemark, Denmark, Danmark",
    "SE": "S, Schweden, Sweden, Sverige",
    "NO": "N, Norwegen, Norway, Norge",
    "FI": "FIN, Finnland, Finland, Suomi",
    "IS": "Island, Iceland",
    "PL": "Polen, Poland, Polska",
    "CZ": "Tschechien, Czechia, Czech Republic, Tschechische Republik",
    "SK": "Slowakei, Slovakia",
    "HU": "H, Ungarn, Hungary",
    "SI": "SLO, Slowenien, Slovenia",
    "HR": "Kroatien, Croatia",
    "RO": "Rumänien, Romania",
    "BG": "Bulgarien, Bulgaria",
    "GR": "Griechenland, Greece",
    "EE": "Estland, Estonia",
    "LV": "Lettland, Latvia",
    "LT": "Litauen, Lithuania",
    "IE": "IRL, Irland, Ireland",
    "GB": "UK, Großbritannien, Vereinigtes Königreich, United Kingdom, Great Britain, England, Schottland, Scotland",
    "US": "USA, Vereinigte Staaten, United States, United States of America",
    "CA": "Kanada, Canada",
    "TR": "Türkei, Turkey",
    "UA": "Ukraine",
    "RS": "Serbien, Serbia",
    "CN": "China",
    "JP": "Japan",
    "IN": "Indien, India",
    "IL": "Israel",
    "MT": "Malta",
    "CY": "Zypern, Cyprus",
}
_BY_NAME: Final = {plain_key(name): code for code, names in _NAMES.items() for name in names.split(",")}
_FOUR: Final = (r"\d{4}", None)
_FIVE: Final = (r"\d{5}", None)
_FIVE_OF_THREE_TWO: Final = (r"(\d{3}) ?(\d{2})", r"\1 \2")
_FORMS: Final[dict[str, tuple[str, str | None]]] = {
    **dict.fromkeys(("DE", "FR", "IT", "ES", "FI", "EE", "HR", "TR", "UA", "RS"), _FIVE),
    **dict.fromkeys(("AT", "CH", "LI", "LU", "BE", "DK", "NO", "HU", "SI", "BG", "CY"), _FOUR),
    **dict.fromkeys(("SE", "CZ", "SK", "GR"), _FIVE_OF_THREE_TWO),
    "NL": (r"(\d{4}) ?([A-Z]{2})", r"\1 \2"),
    "PL": (r"(\d{2})-?(\d{3})", r"\1-\2"),
    "PT": (r"(\d{4})-?(\d{3})", r"\1-\2"),
    "LV": (r"(?:LV-)?(\d{4})", r"LV-\1"),
    "LT": (r"(?:LT-)?(\d{5})", r"LT-\1"),
    "RO": (r"\d{6}", None),
    "IS": (r"\d{3}", None),
    "GB": (r"([A-Z]{1,2}\d[A-Z\d]?) ?(\d[A-Z]{2})", r"\1 \2"),
    "US": (r"\d{5}(?:-\d{4})?", None),
}
_LEADING_ZERO: Final = re.compile(r"\d{4}", re.ASCII)
_PREFIX: Final = re.compile(r"([A-Za-z]{1,3})\s?[-–]\s?(?=\d)|([A-Z]{1,2})\s(?=\d)")
_FOREIGN_MAX: Final = 12
_COUNTRY_EXPECTED: Final = phrase("a country such as DE or Österreich")
_POSTCODE_EXPECTED: Final = phrase("five digits, or another country before it: A-5020")


def read_country(value: Value) -> Reading[str]:
    """Return the two-letter code of a country given as code, car sign or name (German, English)."""
    text = cell_text(value)
    key = plain_key(text)
    code = key.upper()
    found = code if code in _CODES else _BY_NAME.get(key)
    if found is None:
        raise Unreadable(ProblemKind.ADDRESS, phrase("This country is not known."), _COUNTRY_EXPECTED)
    return Reading(found)


def read_postcode(value: Value, country: str | None) -> Reading[tuple[str, str]]:
    """Return postcode and country; a leading `A-` or `NL` names the country, without any it is Germany.

    The zero that a spreadsheet takes from a number is put back: 1067 is 01067.
    """
    named, text = _country_prefix(cell_text(value))
    if named and country and named != country:
        raise _refused(
            phrase(
                "The postcode is one of %(named)s, the country is %(country)s.", named=named, country=country
            )
        )
    place = named or country or HOME
    postcode, warning = _checked(text, place)
    return Reading((postcode, place), warning)


def _country_prefix(text: str) -> tuple[str | None, str]:
    match = _PREFIX.match(text)
    if match is None:
        return None, text
    sign = match[1] or match[2]
    code = _BY_NAME.get(plain_key(sign)) or (sign.upper() if sign.upper() in _CODES else None)
    return (code, text[match.end() :]) if code else (None, text)


def _checked(text: str, country: str) -> tuple[str, Phrase | None]:
    """Return the postcode as its country writes it, with a warning when a zero was put back."""
    form = _FORMS.get(country)
    compact = text.upper().strip()
    if form is None:
        if 0 < len(compact) <= _FOREIGN_MAX:
            return compact, None
        raise _refused(phrase("This is not a postcode."))
    pattern, replacement = form
    if form is _FIVE and _LEADING_ZERO.fullmatch(compact):
        return f"0{compact}", phrase("The postcode is read as %(postcode)s.", postcode=f"0{compact}")
    match = re.fullmatch(pattern, compact, re.ASCII)
    if match is None:
        if country == HOME:
            raise _refused(phrase("A German postcode has five digits."))
        raise _refused(phrase("This is not a postcode of the country %(country)s.", country=country))
    return (match.expand(replacement) if replacement else compact), None


def _refused(problem: Phrase) -> Unreadable:
    return Unreadable(ProblemKind.ADDRESS, problem, _POSTCODE_EXPECTED)


def read_place(value: Value, country: str | None) -> Reading[tuple[str, str, str]]:
    """Return postcode, city and country of one cell: `28195 Bremen`, `CH-8005 Zürich`, `211 20 Malmö`.

    A cell without any digit is a city; its postcode is empty then.
    """
    named, text = _country_prefix(cell_text(value))
    if not re.search(r"\d", text):
        return Reading(("", text, named or country or HOME))
    place = named or country or HOME
    form = _FORMS.get(place)
    pattern = form[0] if form else r"[A-Z\d]*\d[A-Z\d]*"
    if form is _FIVE:
        pattern = r"\d{4,5}"
    match = re.match(rf"({pattern})(?:\s*,\s*|\s+|$)(.*)", text, re.ASCII | re.IGNORECASE | re.DOTALL)
    if match is None:
        if place == HOME:
            raise _refused(phrase("The cell does not start with a German postcode of five digits."))
        raise _refused(
            phrase("The cell does not start with a postcode of the country %(country)s.", country=place)
        )
    postcode, warning = _checked(match[1], place)
    return Reading((postcode, text[match.start(match.lastindex or 1) :].strip(" ,"), place), warning)


def read_address(value: Value, country: str | None) -> Reading[tuple[str, str, str, str]]:
    """Return street, postcode, city and country of one cell: `Musterweg 1, 28195 Bremen`.

    Parts end with a comma, a semicolon or a line; the last part that starts with a postcode is the place, a
    country may follow it.
    """
    raw = value if isinstance(value, str) else cell_text(value)
    parts = [cell_text(part) for part in re.split(r"[\r\n,;|]+", raw) if cell_text(part)]
    if len(parts) > 1 and _is_country(parts[-1]):
        country = read_country(parts.pop()).value
    for index in range(len(parts) - 1, -1, -1):
        if index or len(parts) == 1:
            try:
                place = read_place(", ".join(parts[index:]), country)
            except Unreadable:
                continue
            if place.value[0]:
                return Reading((", ".join(parts[:index]), *place.value), place.warning)
    raise Unreadable(
        ProblemKind.ADDRESS,
        phrase("The address cannot be divided into street, postcode and city."),
        phrase("an address such as Musterweg 1, 28195 Bremen"),
    )


def _is_country(text: str) -> bool:
    return plain_key(text) in _BY_NAME or (text.isupper() and text in _CODES)
