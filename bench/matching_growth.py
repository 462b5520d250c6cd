"""Matching 100,000 bank lines against 100,000 open invoices, in terms of 10,000 against 10,000; one pair."""

from __future__ import annotations

from bench.matching import COUNT, ours
from bench.measure import Result, result_of

NAME = "matching_100000"
GOAL = 16.0
TIMES = 10


def measure() -> Result:
    """Return how many times as long ten times as much takes."""
    small, large = ours(COUNT), ours(COUNT * TIMES)
    return result_of([large / small], f"{small:.1f} s -> {large:.1f} s of CPU time")
