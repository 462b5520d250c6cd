"""Forms with a check page: filled in, looked at once more, then saved; “back” keeps what was typed.

Source: `ux.md` 2 (check answers), 4 "Check page", 7 "Company data".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import Concatenate, Final, ParamSpec, TypeVar

from flask import request

from membership.persistence.db import Session, rehearse, write
from membership.web.access import current_actor

P = ParamSpec("P")
R = TypeVar("R")
_STEP: Final = "step"


class Asked(StrEnum):
    """What the button that was pressed asks for."""

    CHECK = "check"
    SAVE = "save"
    EDIT = "edit"


def asked() -> Asked:
    """Return the step of this request; a form that names none wants to be checked."""
    try:
        return Asked(request.form.get(_STEP, ""))
    except ValueError:
        return Asked.CHECK


def run_step(use_case: Callable[Concatenate[Session, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Run the use case when it is to be saved, else only see what it would do; return its result."""
    if asked() is Asked.SAVE:
        return write(current_actor(), use_case, *args, **kwargs)
    return rehearse(replace(current_actor(), form_token=None), use_case, *args, **kwargs)
