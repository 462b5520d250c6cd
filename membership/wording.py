"""The words of pages, commands and calculation steps: message ids are English, German comes from the catalogue.

The catalogue of a language is all `translations/<language>/*.po` together, one file a subject, read once a
process; there is nothing to compile. Amounts and dates follow the same language, never the browser's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

from invoices import formats
from invoices.formats import Language
from membership.domain.errors import DomainError, NotFound
from membership.domain.money import Money
from membership.domain.phrases import Phrase

LANGUAGES: tuple[Language, ...] = ("de", "en")
_FOLDER = Path(__file__).resolve().parent / "translations"
_FORMS = 2
_LONGEST_QUOTED = 120
"""Of what was typed so much is quoted in a refusal; a sentence is to be read, not scrolled through."""


@cache
def catalogue(language: Language) -> Mapping[str, str | tuple[str, ...]]:
    """Return message id -> text; where a message has a plural, message id -> (one, many)."""
    words: dict[str, str | tuple[str, ...]] = {}
    for path in sorted((_FOLDER / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                key = message.id if isinstance(message.id, str) else message.id[0]
                if key and message.string and not message.fuzzy:
                    string = message.string
                    words[key] = string if isinstance(string, str) else tuple(string)
    return words


@dataclass(frozen=True, slots=True)
class Wording:
    """All that is said in one language."""

    language: Language

    def text(self, message: str, /, **values: object) -> str:
        """Return the message in this language, `%(name)s` filled in when values are given."""
        found = catalogue(self.language).get(message, message)
        words = found if isinstance(found, str) else found[0]
        return words % {name: self.value(value) for name, value in values.items()} if values else words

    def count(self, one: str, many: str, n: int, /, **values: object) -> str:
        """Return the singular or plural message for `n`, which fills `%(n)s`."""
        found = catalogue(self.language).get(one)
        forms = found if isinstance(found, tuple) and len(found) == _FORMS else (one, many)
        return forms[n != 1] % {"n": self.value(n), **{name: self.value(v) for name, v in values.items()}}

    def value(self, value: object) -> str:
        """Return a value as this language writes it, by its type (see `Phrase`)."""
        if isinstance(value, Phrase):
            return self.text(value.message, **value.values)
        if isinstance(value, Money):
            return formats.amount(value.cents, self.language)
        if isinstance(value, date):
            return formats.short_date(value, self.language)
        if isinstance(value, int | Fraction) and not isinstance(value, bool):
            return formats.number(value, self.language)
        return str(value)

    def error(self, error: DomainError) -> str:
        """Return the sentence of a refusal."""
        values = {name: _shortened(value) for name, value in error.values.items()}
        if isinstance(error, NotFound) and "what" in values:
            values["what"] = self.text(str(values["what"]))
        return self.text(error.message, **values)


def _shortened(value: object) -> object:
    if not isinstance(value, str) or len(value) <= _LONGEST_QUOTED:
        return value
    return f"{value[:_LONGEST_QUOTED].rstrip()}…"
