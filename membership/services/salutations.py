"""How a person is spoken to in letters and mails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from membership.domain.errors import N_
from membership.wording import Wording

_TITLED: Final[Mapping[str, str]] = {
    "frau": N_("Dear Ms %(name)s,"),
    "ms": N_("Dear Ms %(name)s,"),
    "mrs": N_("Dear Ms %(name)s,"),
    "herr": N_("Dear Mr %(name)s,"),
    "mr": N_("Dear Mr %(name)s,"),
}


def salutation(name: str, form: str, words: Wording) -> str:
    """Return the first line of a letter; a form of address like "Frau" goes with the family name."""
    if not name:
        return words.text("Dear Sir or Madam,")
    titled = _TITLED.get(form.strip().rstrip(".").casefold())
    if titled is not None:
        return words.text(titled, name=name.rsplit(maxsplit=1)[-1])
    if form:
        return f"{form.rstrip(',')},"
    return words.text("Good day %(name)s,", name=name)
