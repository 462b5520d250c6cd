"""Forms about something that changed since their page was opened: the page says so, shows what is saved now, and asks.

A form of fields that are saved one by one is an `OpenedForm`; this is for a form that decides about one state.
Source: `ux.md` 4 "Two people at once".
"""

from __future__ import annotations

from typing import Final

from flask import request

from membership.domain.errors import N_
from membership.persistence.form_tokens import find_result
from membership.web.access import current_actor, read
from membership.web.forms.form import SeenForm
from membership.web.language import words

OUTDATED: Final = N_(
    "This was changed in the meantime. Saved now: %(now)s. Your entry stands below and is not saved yet; check it and"
    " send it again."
)


def is_repeated() -> bool:
    """Return whether this very form was sent before: the second click only gets the answer of the first."""
    return request.method == "POST" and find_result(read(), current_actor()) is not None


def still_holds(form: SeenForm, now: str) -> bool:
    """Return whether the form was opened on the present state; else say so and let it be sent once more.

    Args:
        form: built with `data={"seen": now}`; one that does not say what its page showed is taken as it is.
        now: the present state in words, as the page shows it.
    """
    if form.seen.data in {None, "", now} or is_repeated():
        return True
    form.seen.data = now
    form.form_errors.append(words().text(OUTDATED, now=now))
    return False
