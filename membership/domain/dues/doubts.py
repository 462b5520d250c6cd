"""What a fee order leaves open, and what in it is in doubt.

Source: `domain.md` DUE-34 to DUE-35a.
"""

from __future__ import annotations

from membership.domain.dues.assessment import Remark
from membership.domain.dues.errors import Undecided
from membership.domain.phrases import phrase

DUE_34 = "DUE-34"
DOUBT = "DUE-35a"


def doubts(*reasons: str) -> tuple[Remark, ...]:
    """Return a warning for each reason that is given: the value counts, but it is in doubt (DUE-35a)."""
    given = [reason for reason in reasons if reason]
    if not given:
        return ()
    return tuple(
        Remark(DOUBT, phrase("The fee schedule is in doubt here: %(reason)s", reason=reason))
        for reason in given
    )


def refuse_open(reason: str) -> None:
    """Refuse what the order leaves undecided (DUE-35)."""
    if reason:
        raise Undecided(DUE_34, phrase("The fee schedule leaves this open: %(reason)s", reason=reason))
