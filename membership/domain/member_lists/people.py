"""Persons and mail addresses of a list."""

from __future__ import annotations

import re
from typing import Final

from membership.domain.member_lists.drafts import ProblemKind
from membership.domain.member_lists.fields import plain_key
from membership.domain.member_lists.values import Reading, Unreadable, cell_text
from membership.domain.phrases import phrase
from membership.domain.tables import Value

_SALUTATIONS: Final[dict[str, str]] = {
    "frau": "Frau", "fr": "Frau", "herr": "Herr", "herrn": "Herr", "hr": "Herr", "hrn": "Herr", "mr": "Herr",
    "ms": "Frau", "mrs": "Frau", "mister": "Herr",
}  # fmt: skip
_BRACKETS: Final = re.compile(r"\s*[(\[]([^)\]]*)[)\]]\s*")
_TITLE: Final = re.compile(r"(?:(?:Dr|Prof|Dipl|Ing|Mag|Dott|drs|ir)\b[.\w-]*\.?\s*)+", re.IGNORECASE)
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,24}"
)
_ANGLE: Final = re.compile(r"[^<>,;]*<([^<>]*)>")
_SPLIT: Final = re.compile(r"[;,\s|]+|(?<=[a-z])/(?=\S+@)")
_BETWEEN: Final = frozenset({"und", "oder", "and", "or", "/", "&", "+"})
_LONGEST: Final = 254


def read_emails(value: Value) -> Reading[tuple[str, ...]]:
    """Return all addresses of a cell in their order, each once; one bad address refuses the cell."""
    raw = value if isinstance(value, str) else cell_text(value)
    words = [cell_text(word) for word in _SPLIT.split(_ANGLE.sub(r" \1 ", raw)) if cell_text(word)]
    return Reading(tuple(dict.fromkeys(_email(word) for word in words if word.casefold() not in _BETWEEN)))


def _email(word: str) -> str:
    address = re.sub(r"^mailto:", "", word, flags=re.IGNORECASE)
    if len(address) > _LONGEST or not _ADDRESS.fullmatch(address):
        raise Unreadable(
            ProblemKind.EMAIL, phrase("This is not an e-mail address."), phrase("name@company.example")
        )
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.casefold()}"


def read_person(value: Value) -> Reading[tuple[str, str, str]]:
    """Return salutation, name and what stands in brackets: `Torfhagen, Maike (GF)` is Maike Torfhagen, GF."""
    text = cell_text(value)
    remarks = ", ".join(match[1].strip() for match in _BRACKETS.finditer(text) if match[1].strip())
    name = _BRACKETS.sub(" ", text).strip()
    salutation, name = _without_salutation(name)
    family, comma, given = name.partition(",")
    if comma and given.strip() and "," not in given:
        inner, given = _without_salutation(given.strip())
        title = _TITLE.match(family.strip())
        family = family.strip()[title.end() :] if title else family.strip()
        name = f"{title[0].strip()} " * bool(title) + f"{given} {family}" if title else f"{given} {family}"
        salutation = salutation or inner
    return Reading((salutation, " ".join(name.split()), remarks))


def _without_salutation(name: str) -> tuple[str, str]:
    word, _, rest = name.partition(" ")
    salutation = _SALUTATIONS.get(plain_key(word), "")
    return (salutation, rest.strip()) if salutation and rest.strip() else ("", name)


def read_salutation(value: Value) -> Reading[str]:
    """Return `Frau` or `Herr`, else nothing: a contact is greeted by name then."""
    return Reading(_SALUTATIONS.get(plain_key(cell_text(value)), ""))
