"""What a password must be like; how it is kept stands in `services/passwords.py`.

Source: `reliability.md` SEC-34; NIST SP 800-63B (length counts, no rules on kinds of characters).
"""

from __future__ import annotations

from typing import Final

from membership.domain.errors import N_, InputError
from membership.domain.known_passwords import is_tried_first

SHORTEST: Final = 15
LONGEST_BYTES: Final = 1024
SHORTEST_WITH_SECOND_FACTOR: Final = 8
_FEWEST_SIGNS: Final = 5


class PasswordTooShort(InputError):
    """A password has too few characters."""

    message = N_(
        "The password has %(found)s characters. Please use at least %(wanted)s; several words are fine."
    )
    code = "password_short"


class PasswordTooLong(InputError):
    """A password is too long to be hashed in reasonable time."""

    message = N_("The password is longer than 1,024 bytes. Please use a shorter one.")
    code = "password_long"


class PasswordEasy(InputError):
    """A password that everybody tries first."""

    message = N_("This password is easy to guess. Please use several words that do not belong together.")
    code = "password_easy"


class PasswordNeedsFactor(InputError):
    """A password that is enough only beside a second factor."""

    message = N_(
        "Your password has fewer than %(wanted)s characters, which is enough only with a second factor. "
        "Please change it first."
    )
    code = "password_needs_factor"


def require_good(password: str, *, email: str = "", has_second_factor: bool = False) -> None:
    """Raise unless the password is long enough, not too long, and not one that is tried first.

    Beside a second factor eight characters are enough.
    """
    shortest = SHORTEST_WITH_SECOND_FACTOR if has_second_factor else SHORTEST
    if len(password.encode()) > LONGEST_BYTES:
        raise PasswordTooLong
    if len(password) < shortest:
        raise PasswordTooShort(found=len(password), wanted=shortest)
    name = email.casefold().split("@", 1)[0]
    words = (email, *([name] if len(name) > _FEWEST_SIGNS else []))
    if len(set(password.casefold())) < _FEWEST_SIGNS or is_tried_first(password, *words):
        raise PasswordEasy


def require_enough_alone(password: str) -> None:
    """Raise unless the password would do without a second factor, by its length."""
    if len(password) < SHORTEST:
        raise PasswordNeedsFactor(wanted=SHORTEST)
