"""`membership --help`, in terms of an interpreter that does nothing."""

from __future__ import annotations

from bench.measure import Result, compare, python

NAME = "startup"
GOAL = 3.0


def measure() -> Result:
    """Return the ratio of seven pairs."""
    return compare(python("-m", "membership", "--help"), python("-c", "pass"))
