"""What an account must be like, and the refusals that guard rights.

Source: `reliability.md` INV-21, SEC-49; `ux.md` 9 "Users".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from membership.domain.errors import N_, DomainError, InputError, NotAllowed
from membership.domain.policy import Role

LONGEST_NAME: Final = 100
ROLE_NAMES: Final[Mapping[Role, str]] = {
    Role.ADMIN: N_("Administrator"),
    Role.TREASURER: N_("Treasurer"),
    Role.OFFICE: N_("Office"),
    Role.BOARD: N_("Board"),
    Role.AUDITOR: N_("Auditor"),
    Role.COMPANY_USER: N_("Member area"),
    Role.COMPANY_ADMIN: N_("Member area, responsible for the company"),
}
"""What people read for a role."""


class NameWrong(InputError):
    """A name is empty, too long or holds signs that cannot be shown."""

    message = N_("Please give a name of at most 100 characters, without control characters.")
    code = "name"


class EmailWrong(InputError):
    """A mail address cannot be read."""

    message = N_("“%(email)s” is no mail address. Please use the form name@company.de.")
    code = "email"


class AccountExists(DomainError):
    """The mail address has an account already."""

    message = N_("There is an account for %(email)s already.")
    code = "account_exists"


class AccountInactive(DomainError):
    """The account is deactivated."""

    message = N_("The account is deactivated. Activate it first.")
    code = "account_inactive"


class LastAdministrator(DomainError):
    """The step would leave nobody who may manage the association for good."""

    message = N_(
        "At least one person must hold the role of administrator without an end date. Give it to somebody else first."
    )
    code = "last_administrator"


class OwnRights(NotAllowed):
    """Nobody changes their own rights."""

    message = N_("You cannot change your own rights. Another administrator has to do it.")
    code = "own_rights"


class RightsMissing(InputError):
    """An account without a role and without a company can do nothing."""

    message = N_("Please choose at least one role, or a company for the member area.")
    code = "rights_missing"


class RoleEnded(InputError):
    """A role would have ended before it begins."""

    message = N_(
        "The last day of the roles, %(day)s, has passed, so nobody could use them. Please give a later day, or none."
    )
    code = "role_ended"


class CompanyUnknown(InputError):
    """A company named for the member area does not exist."""

    message = N_("There is no member with the number %(number)s.")
    code = "company_unknown"


class PasswordWrong(InputError):
    """The present password does not fit."""

    message = N_("This is not your present password.")
    code = "password_wrong"


def tidy_name(text: str) -> str:
    """Return a name in its stored form: NFC, single blanks; raise when it is empty, too long or hides signs."""
    name = re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()
    if (
        not name
        or len(name) > LONGEST_NAME
        or any(unicodedata.category(sign) in {"Cc", "Cf"} for sign in name)
    ):
        raise NameWrong
    return name


def initials_of(name: str) -> str:
    """Return one or two capitals for a name: “Birgit Wessels” is BW."""
    words = [word for word in re.split(r"[\s\-]+", name) if word[:1].isalnum()]
    picked = [words[0], words[-1]] if len(words) > 1 else words
    return "".join(word[0] for word in picked).upper() or "?"
