"""What a group of invoices comes to: how many, how much, what of it is open, given up or received; all in cents."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Sums:
    """How many invoices, and what they come to after their corrections."""

    count: int = 0
    counted_cents: int = 0
    open_cents: int = 0
    lost_cents: int = 0

    def add(self, count: int, counted_cents: int, open_cents: int, lost_cents: int = 0) -> None:
        """Add a group; lost is what was waived or written off."""
        self.count += count
        self.counted_cents += counted_cents
        self.open_cents += open_cents
        self.lost_cents += lost_cents

    @property
    def received_cents(self) -> int:
        """Return what has come in."""
        return self.counted_cents - self.open_cents - self.lost_cents
