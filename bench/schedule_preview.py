"""What a draft of a fee schedule means for 10,000 members, in terms of the two calculations it cannot do without.

Ours: the whole effect, as the editor shows it while somebody types: facts read from the database, worked out by the old
and by the new version, compared and added up. Plain: the same two versions worked out for the same facts, held in
memory. The CPU time of the preview itself must stay below 2 seconds; else the ratio is missed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from time import process_time
from typing import Any, Final

from bench.measure import PAIRS, ROOT, Result, python, result_of
from bench.run import open_app, prepare

NAME = "schedule_preview"
GOAL = 3.0
MEMBERS = 10_000
YEAR: Final = 2028
SECONDS: Final = 2.0


def _draft(document: dict[str, Any]) -> Any:  # noqa: ANN401 - imported where it is used
    """Return the next version of the schedule of the books, its lowest amount one euro higher."""
    from membership.domain.dues.schedule import read_schedule

    categories = {code: dict(rule) for code, rule in document["categories"].items()}
    for rule in categories.values():
        if rule.get("rows"):
            rule["rows"] = [{**rule["rows"][0], "amount": "301.00"}, *rule["rows"][1:]]
    return read_schedule(
        {**document, "code": "DRAFT", "valid_from": f"{YEAR}-01-01", "categories": categories}
    )


def measured(state: Path) -> tuple[float, float]:
    """Return the CPU seconds of one preview and of the two calculations alone, after one of each to warm up."""
    from bench.run import _actor
    from membership.domain.dues.explain import explain
    from membership.persistence.db import db, read_as
    from membership.persistence.queries.dues import list_facts
    from membership.services import dues
    from membership.services.schedule_effects import effect_of

    app = open_app(state)
    with app.app_context():
        session = read_as(_actor())
        old = dues.billing_schedules(session)
        new = _draft(dict(old[0].document))
        year = dues.DuesYear(YEAR)
        found = list_facts(session, first=year.first, last=year.last, member_ids=None)
        facts = [dues.facts_of(one, one.periods[-1], year, schedules=old) for one in found]
        assert len(facts) == MEMBERS, len(facts)
        for _turn in range(2):
            before = process_time()
            effect = effect_of(session, new, year=YEAR)
            between = process_time()
            explain(old, facts)
            explain([new], facts)
            after = process_time()
        assert len(effect.members) == MEMBERS, effect
        db.session.remove()
    return between - before, after - between


def measure() -> Result:
    """Return the ratio of seven runs, each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "state"
        subprocess.run(python("-m", "bench.schedule_preview", "prepare", str(state)), check=True, cwd=ROOT)
        runs = [_run(state) for _pair in range(PAIRS)]
    slowest = max(preview for preview, _plain in runs)
    note = f"a preview of {MEMBERS} members: {slowest:.2f} s of CPU time at most"
    if slowest > SECONDS:
        return result_of([float("inf")], note)
    return result_of([preview / plain for preview, plain in runs], note)


def _run(state: Path) -> tuple[float, float]:
    command = python("-m", "bench.schedule_preview", "measure", str(state))
    printed = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True).stdout
    preview, plain = printed.split()[-2:]
    return float(preview), float(plain)


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare(Path(sys.argv[2]), MEMBERS)
    else:
        print(*measured(Path(sys.argv[2])))
