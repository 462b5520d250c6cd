"""An association in plain dictionaries, which knows nothing of SQL: what every member must owe and have to its credit."""

from __future__ import annotations

from dataclasses import dataclass, field

BANDS = ((250, 240_000), (50, 120_000), (10, 60_000), (0, 30_000))


def dues_of(headcount: int) -> int:
    """Return the yearly dues in cents by the bands of the tests' fee schedule."""
    return next(cents for start, cents in BANDS if headcount >= start)


@dataclass
class Paid:
    """A payment: its amount, and what it settles."""

    member: int
    cents: int
    settled: dict[str, int] = field(default_factory=dict)
    is_reversed: bool = False

    @property
    def free(self) -> int:
        """Return what is left as the member's credit."""
        return 0 if self.is_reversed else self.cents - sum(self.settled.values())


@dataclass
class Model:
    """Members with their dues, invoices in the order of their numbers, payments by their id."""

    dues: dict[int, int] = field(default_factory=dict)
    planned: list[int] = field(default_factory=list)
    invoices: dict[str, tuple[int, int]] = field(default_factory=dict)
    payments: dict[int, Paid] = field(default_factory=dict)
    is_closed: bool = False
    """Whether the year before takes no entries any more."""

    def billed(self) -> set[int]:
        """Return the members that have their invoice."""
        return {member for member, _cents in self.invoices.values()}

    def open(self) -> dict[str, int]:
        """Return invoice -> what is still open."""
        left = {number: cents for number, (_member, cents) in self.invoices.items()}
        for paid in self.payments.values():
            for number, cents in paid.settled.items():
                left[number] -= cents
        return left

    def credits(self) -> dict[int, int]:
        """Return member -> its credit balance, where there is one."""
        found: dict[int, int] = {}
        for paid in self.payments.values():
            found[paid.member] = found.get(paid.member, 0) + paid.free
        return {member: cents for member, cents in found.items() if cents}

    def issue(self) -> str:
        """Issue the invoice of the next planned member and return its number."""
        member = self.planned.pop(0)
        number = f"RE2027-{len(self.invoices) + 1:04d}"
        self.invoices[number] = (member, self.dues[member])
        return number

    def pay(self, payment: int, member: int, cents: int) -> None:
        """Record a payment; it settles the member's one invoice as far as it goes."""
        paid = Paid(member, cents)
        for number, left in self.open().items():
            if self.invoices[number][0] == member and left:
                paid.settled[number] = min(left, cents)
        self.payments[payment] = paid

    def unallocate(self, payment: int, number: str) -> None:
        """Take back what a payment settles of an invoice."""
        del self.payments[payment].settled[number]

    def allocate(self, payment: int, number: str, cents: int) -> None:
        """Let a payment settle more of an invoice."""
        settled = self.payments[payment].settled
        settled[number] = settled.get(number, 0) + cents

    def reverse(self, payment: int) -> None:
        """Take a payment back as a whole."""
        self.payments[payment].settled.clear()
        self.payments[payment].is_reversed = True
