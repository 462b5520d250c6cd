"""What members owe, in terms of a hand-written function for one fee schedule with exact fractions and the same steps.

Ours: `explain` for 100,000 members of the example by employees, some hundred at a time. Plain: a function that knows
this schedule by heart and writes its steps as text. Both take the facts of the same members and keep only a sum. The
CPU time a member must be the same for 1,000 and for 100,000, and memory may not grow; else the ratio is missed.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from fractions import Fraction
from itertools import islice
from time import process_time
from typing import Any, Final

from bench.measure import ROOT, Result, compare, python, result_of

NAME = "dues_explain"
GOAL = 3.0
FEW, MANY = 1000, 100_000
LINEAR: Final = 1.25
FLAT: Final = 1.1
YEAR = 2027
BATCH = 500
EXAMPLE = ROOT / "config" / "examples" / "heads.json"
CENTS = 100


def members(count: int) -> Iterator[tuple[str, str, date, int]]:
    """Yield number, category, first day and heads of so many members: three of four ordinary, some new."""
    for n in range(count):
        category = ("ORD", "ORD", "ORD", "STA", "ORD", "SCI", "ORD", "STA")[n % 8]
        year = (2010, 2019, 2026, 2027)[n % 4]
        yield f"M{n:06d}", category, date(year, n % 12 + 1, n % 28 + 1), n * 37 % 2000


def ours(count: int) -> int:
    """Work them out by the engine; return the cents owed."""
    from membership.domain.dues.assessment import Assessment
    from membership.domain.dues.explain import explain
    from membership.domain.dues.facts import Facts
    from membership.domain.dues.schedule import read_schedule

    schedule = [read_schedule(json.loads(EXAMPLE.read_text(encoding="utf-8")))]
    total, found = 0, members(count)
    while batch := list(islice(found, BATCH)):
        facts = [
            Facts(number, YEAR, category, start=start, basis={"headcount": Fraction(heads)})
            for number, category, start, heads in batch
        ]
        for result in explain(schedule, facts):
            assert isinstance(result, Assessment), result
            total += result.total.cents
    return total


def plain(count: int) -> int:
    """Work them out by the function that knows the schedule; return the cents owed."""
    return sum(_by_heart(*member)["cents"] for member in members(count))


_ROWS = (
    (Fraction(1000), Fraction(4800)), (Fraction(250), Fraction(2400)), (Fraction(50), Fraction(1200)),
    (Fraction(10), Fraction(600)), (Fraction(0), Fraction(300)),
)  # fmt: skip


def _by_heart(number: str, category: str, start: date, heads: int) -> dict[str, Any]:
    steps: list[tuple[str, str, str, Fraction]] = []
    amount = Fraction(500)
    if category == "SCI":
        steps.append(("method", "FIXED", "Fester Betrag", amount))
    else:
        value = Fraction(heads)
        bound, amount = next(row for row in _ROWS if value >= row[0])
        steps.append(("method", "BANDS_FLAT", f"{heads} Beschäftigte, Stufe ab {bound}", amount))
    if category == "STA" and YEAR - start.year + 1 <= 2:
        amount *= 1 - Fraction(50, 100)
        steps.append(("discount", "startup", "Nachlass „startup“ von 50 %", amount))
    if start.year == YEAR and start > date(YEAR, 1, 1):
        months = 13 - start.month
        amount = amount * Fraction(months, 12)
        text = f"Beitritt am {start:%d.%m.%Y}: {months} von 12 Monaten"
        steps.append(("prorata", "MONTH_INCL", text, amount))
    cents = int(amount * CENTS + Fraction(1, 2))
    if Fraction(cents, CENTS) != amount:
        steps.append(("rounding", "rounding", "Gerundet auf 0,01 €", Fraction(cents, CENTS)))
    lines = [("dues", f"Mitgliedsbeitrag {YEAR}", cents, "O")] if cents else []
    if category == "ORD" and start.year == YEAR:
        steps.append(("admission_fee", "DUE-14", "Aufnahmegebühr", Fraction(150)))
        lines.append(("admission_fee", "Aufnahmegebühr", 15000, "O"))
    return {"member": number, "cents": sum(line[2] for line in lines), "lines": lines, "steps": steps}


def measure() -> Result:
    """Return the ratio of seven pairs, unless time or memory grow."""
    growth, memory = _growth()
    note = f"a member at {MANY} / at {FEW}: {growth:.2f}, memory {memory:.2f}"
    if growth > LINEAR or memory > FLAT:
        return result_of([float("inf")], note)
    command = [python("-m", "bench.explain", side, str(MANY)) for side in ("ours", "plain")]
    return compare(*command, note=note)


def _growth() -> tuple[float, float]:
    """Return time a member and peak memory for many members in terms of those for few."""
    seconds = [_seconds_a_member(count, times) for count, times in ((FEW, MANY // FEW), (MANY, 1))]
    peaks = [int(_printed("peak", str(count))) for count in (FEW, MANY)]
    return seconds[1] / seconds[0], peaks[1] / peaks[0]


def _seconds_a_member(count: int, times: int) -> float:
    return float(_printed("time", str(count), str(times)))


def _printed(*arguments: str) -> str:
    command = python("-m", "bench.explain", *arguments)
    return subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True).stdout


def _time(count: str, times: str) -> float:
    """Return the CPU seconds a member of so many calls for so many members, the start left out."""
    ours(1)
    before = process_time()
    for _call in range(int(times)):
        ours(int(count))
    return (process_time() - before) / int(count) / int(times)


def _peak(count: str) -> int:
    """Return the peak memory in kilobytes."""
    ours(int(count))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


_STEPS: dict[str, Callable[..., float]] = {
    "ours": lambda count: ours(int(count)),
    "plain": lambda count: plain(int(count)),
    "time": _time,
    "peak": _peak,
}


if __name__ == "__main__":
    print(_STEPS[sys.argv[1]](*sys.argv[2:]))
