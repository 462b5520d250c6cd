"""The words of the member pages for the sizes that an association has."""

from __future__ import annotations

from membership.domain.dues.schedule.bases import Basis
from membership.domain.member_lists import BASES, LABELS
from membership.web.language import words


def size_name(basis: Basis) -> str:
    """Return the name of a size in the language of the page; one of the association's own as its schedule calls it."""
    known = next((field for field in BASES if field == basis.name), None)
    return words().value(LABELS[known]) if known else basis.label or basis.name
