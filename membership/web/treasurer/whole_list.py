"""“Select all 142”: an action takes every row of the filter, on all pages, and says when that are other ones by now.

The box carries how many rows the list had when it was shown. The check page names the rows it found one by one, so that
what was read is what is done. Source: `ux.md` 4 "Bulk actions".
"""

from __future__ import annotations

from typing import Final

from flask import request

from membership.domain.errors import N_
from membership.web.language import words
from membership.web.treasurer.list_address import whole_number

_FIELD: Final = "whole_list"
CHANGED: Final = N_(
    "The list has changed: it had %(before)s rows when you selected all of it, now it has %(now)s."
)


def is_whole_list() -> bool:
    """Return whether every row of the filter is meant, marked or not."""
    return _FIELD in request.values


def change_of_list(now: int) -> str | None:
    """Return the sentence about a list that has another length than the page showed; None where it has not."""
    before = whole_number(request.values.get(_FIELD, ""))
    if not is_whole_list() or before == now:
        return None
    return words().text(CHANGED, before=before or 0, now=now)
