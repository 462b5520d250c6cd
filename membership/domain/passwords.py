"""What a password must be like; how it is kept stands in `services/passwords.py`.

Source: `reliability.md` SEC-34; NIST SP 800-63B (length counts, no rules on kinds of characters).
"""

from __future__ import annotations

from typing import Final

from membership.domain.errors import N_, InputError

SHORTEST: Final = 15
LONGEST_BYTES: Final = 1024
_FEWEST_SIGNS: Final = 5
_KNOWN: Final = (
    "passwort", "password", "kennwort", "geheim", "willkommen", "welcome", "qwertz", "qwerty", "asdfgh",
    "123456", "abcdef", "iloveyou", "letmein", "beitragsbuch", "mitglied",
)  # fmt: skip


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


def require_good(password: str, *, email: str = "") -> None:
    """Raise unless the password is long enough, not too long, and not one that is tried first."""
    if len(password.encode()) > LONGEST_BYTES:
        raise PasswordTooLong
    if len(password) < SHORTEST:
        raise PasswordTooShort(found=len(password), wanted=SHORTEST)
    folded = password.casefold()
    name = email.casefold().split("@", 1)[0]
    left = folded
    for word in (email.casefold(), *([name] if len(name) > _FEWEST_SIGNS else []), *_KNOWN):
        left = left.replace(word, "") if word else left
    if len(set(folded)) < _FEWEST_SIGNS or len(left.strip("0123456789!.-_# ")) < _FEWEST_SIGNS:
        raise PasswordEasy
