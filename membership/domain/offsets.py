"""What an offset settles dues with: the member's credit balance, or another claim of the member that is named.

Source: D-INV-15, PAY-1, PAY-4; § 387 BGB.
"""

from __future__ import annotations

from collections.abc import Sequence

from membership.domain.errors import N_, DomainError
from membership.domain.money import Money
from membership.domain.payments import AmountNotPositive, Share


class CreditTooSmall(DomainError):
    """More was to be offset than the member has as credit balance."""

    message = N_(
        "%(member)s has a credit balance of %(credit)s. No more than that can be offset. "
        "Record the rest as a payment of its own."
    )
    code = "credit_too_small"


class NothingToOffset(DomainError):
    """An offset of a member without credit balance, and no other claim was named."""

    message = N_(
        "%(member)s has no credit balance. To offset another claim of the member, name it in the note (--reason)."
    )
    code = "nothing_to_offset"


class OffsetBeyondOpen(DomainError):
    """More was to be offset than is open."""

    message = N_("Only %(open)s are open. No more than that can be offset.")
    code = "offset_beyond_open"


def is_from_credit(cents: int, shares: Sequence[Share], *, credit_cents: int, member: str, note: str) -> bool:
    """Return whether an offset uses the credit balance: always while there is one.

    Without one it is a set-off against another claim of the member, which the note must name: nothing is paid
    without a record of what it was paid with.

    Raises:
        CreditTooSmall: the credit balance does not reach; a part is never taken silently from elsewhere.
        OffsetBeyondOpen: the shares do not use the amount up; a credit balance cannot become one again.
        NothingToOffset: there is no credit balance and no note.
    """
    if cents <= 0:
        raise AmountNotPositive
    if not credit_cents:
        if not note.strip():
            raise NothingToOffset(member=member)
        return False
    if cents > credit_cents:
        raise CreditTooSmall(member=member, credit=Money(credit_cents))
    given = sum(share.cents for share in shares)
    if given < cents:
        raise OffsetBeyondOpen(open=Money(given))
    return True


def drawn(shares: Sequence[Share], free: Sequence[tuple[int, int]]) -> list[tuple[int, Share]]:
    """Return which payment gives which part: of (payment, free cents) the first is used up before the next."""
    found = []
    rest = list(free)
    for share in shares:
        wanted = share.cents
        while wanted and rest:
            payment, cents = rest.pop(0)
            part = min(wanted, cents)
            found.append((payment, Share(share.open_item_id, part)))
            wanted -= part
            if cents > part:
                rest.insert(0, (payment, cents - part))
    return found
