"""What people hear about their account and the association's money: the events and their sentences.

Source: `reliability.md` SEC-16, SEC-17, SEC-35.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from membership.domain.errors import N_


class Kind(StrEnum):
    """What a notice is about."""

    SIGN_IN_PAUSED = "sign_in_paused"
    SIGN_IN_FLOOD = "sign_in_flood"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an event
    SECOND_FACTOR_ON = "second_factor_on"
    SECOND_FACTOR_OFF = "second_factor_off"
    RECOVERY_CODES = "recovery_codes"
    RIGHTS_CHANGED = "rights_changed"
    BANK_CHANGED = "bank_changed"
    MANDATE_GIVEN = "mandate_given"
    MANDATE_REVOKED = "mandate_revoked"
    MANDATES_EXPIRE = "mandates_expire"


BY_STRANGERS: Final = frozenset({Kind.SIGN_IN_PAUSED, Kind.SIGN_IN_FLOOD})
"""What anybody can bring about from outside, as often as they like: one mail a day says it."""

NOTICE_WORDS: Final[Mapping[str, str]] = {
    Kind.SIGN_IN_PAUSED: N_(
        "On %(moment)s somebody typed a wrong password for your account %(failures)s times. New browsers have to wait; "
        "where you have signed in before, you can go on."
    ),
    Kind.SIGN_IN_FLOOD: N_(
        "On %(moment)s very many sign-ins failed. For a while nobody can sign in from a new browser."
    ),
    Kind.PASSWORD_CHANGED: N_("On %(moment)s the password of your account was changed."),
    Kind.SECOND_FACTOR_ON: N_("On %(moment)s the second factor of your account was switched on."),
    Kind.SECOND_FACTOR_OFF: N_("On %(moment)s the second factor of your account was switched off."),
    Kind.RECOVERY_CODES: N_("On %(moment)s new recovery codes were made for your account."),
    Kind.RIGHTS_CHANGED: N_("On %(moment)s your rights were changed."),
    Kind.BANK_CHANGED: N_("On %(moment)s the association’s bank account was changed by %(name)s."),
    Kind.MANDATE_GIVEN: N_(
        "On %(moment)s %(name)s gave the direct debit mandate %(reference)s for the account %(account)s of your "
        "company. It can be revoked at any time in the member area."
    ),
    Kind.MANDATE_REVOKED: N_(
        "On %(moment)s %(name)s revoked the direct debit mandate %(reference)s for the account %(account)s of your "
        "company."
    ),
    Kind.MANDATES_EXPIRE: N_(
        "On %(moment)s there were %(number)s direct debit mandates that expire unless something is collected before: "
        "%(mandates)s."
    ),
}
"""What happened -> its sentence."""
