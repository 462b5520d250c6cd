"""The yearly run from dues to archived PDF, in terms of the CPU time of rendering the same invoices alone.

Ours: a copy of a prepared database with N members -> plan, release, number, book, freeze, render, archive.
Plain: the same frozen contents are read from a file and rendered; nothing is kept.
"""

from __future__ import annotations

import json
import resource
import shutil
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bench.measure import Result, compare, python

NAME = "billing_run"
GOAL = 1.5
MEMBERS = 1000
YEAR = 2027
DAY = date(2027, 1, 11)
SCHEDULE = {
    "code": "BENCH-2027",
    "name": "Beitragsordnung 2027",
    "valid_from": "2027-01-01",
    "resolution": {"organ": "MV", "date": "2026-05-12", "item": "7"},
    "due": {"rule": "fixed_day", "day": "01-31", "in_statutes": True, "new_member_days": 30},
    "categories": {
        "ORD": {
            "method": "BANDS_FLAT",
            "basis": "headcount",
            "rows": [
                {"from": 0, "amount": "300.00"},
                {"from": 10, "amount": "600.00"},
                {"from": 50, "amount": "1200.00"},
            ],
        }
    },
}
ASSOCIATION = {
    "association.name": "Fahrzeugcluster Musterland e. V.",
    "association.street": "Am Werkstor 5",
    "association.postcode": "26380",
    "association.city": "Musterhafen",
    "association.register_number": "VR 123456",
    "bank.holder": "Fahrzeugcluster Musterland e. V.",
    "bank.iban": "DE89370400440532013000",
    "bank.bic": "COBADEFFXXX",
    "invoice.signatory_name": "Birgit Wessels",
}


def _actor() -> Any:  # noqa: ANN401 - imported where it is used, so that the plain side pays nothing for it
    from membership.domain.policy import Actor, Job

    return Actor(name="bench", at=datetime(2027, 1, 11, 9, tzinfo=UTC), request_id="bench", job=Job.CLI)


def open_app(state: Path, *, make: str = "create_core") -> Any:  # noqa: ANN401 - as above
    """Return the application on a state folder, its context pushed; `make` is the function of `membership.app`."""
    from membership import app as making
    from membership.settings import Settings

    app = getattr(making, make)(Settings.load(state_dir=state))
    app.app_context().push()
    return app


def prepare(state: Path, members: int) -> None:
    """Make the database with an association, a schedule and so many members."""
    from sqlalchemy import insert

    from membership.persistence.db import write
    from membership.persistence.models.members import BasisValue, CategoryPeriod, Contact, Member, Membership
    from membership.services import schedules, schema, settings

    app = open_app(state)
    actor = _actor()
    schema.upgrade(app.extensions["membership"].association, at=actor.at)
    write(actor, settings.change_settings, ASSOCIATION)
    write(actor, schedules.activate_schedule, write(actor, schedules.import_schedule, SCHEDULE))

    def fill(session: Any) -> None:  # noqa: ANN401 - as above
        ids = range(1, members + 1)
        session.execute(insert(Member), [_member(n, actor.at) for n in ids])
        session.execute(insert(Membership), [{"member_id": n, "start": date(2014, 4, 1)} for n in ids])
        periods = [{"member_id": n, "category": "ORD", "valid_from": date(2014, 4, 1)} for n in ids]
        session.execute(insert(CategoryPeriod), periods)
        sizes = [
            {
                "member_id": n, "basis": "headcount", "as_of": date(2026, 6, 30), "value": n % 400,
                "origin": "declared",
                "recorded_at": actor.at,
            }
            for n in ids
        ]  # fmt: skip
        session.execute(insert(BasisValue), sizes)
        people = [{"member_id": n, "name": f"Maren Brandt {n}", "functions": ["billing"]} for n in ids]
        session.execute(insert(Contact), people)

    write(actor, fill)


def _member(n: int, at: datetime) -> dict[str, Any]:
    name = f"Hansa Blechformteile Nr. {n} GmbH"
    return {
        "id": n, "uid": f"u{n}", "number": f"M{n:05d}", "name": name, "name_key": name.casefold(),
        "search_text": name.casefold(), "street": f"Werftstraße {n}", "postcode": "28195", "city": "Bremen",
        "invoice_email": f"n{n}@example.com", "created_at": at,
    }  # fmt: skip


def ours(state: Path) -> int:
    """Bill everybody of a prepared database and archive the PDFs; return how many."""
    from membership.jobs.billing import issue_run, render_waiting
    from membership.persistence.db import write
    from membership.services import billing

    open_app(state)
    actor = _actor()
    run_id = write(actor, billing.plan_run, YEAR, issued_on=DAY, today=DAY)
    write(actor, billing.release_run, run_id, today=DAY)
    issue_run(actor, run_id, base_url="http://127.0.0.1:8000", today=DAY)
    return render_waiting(actor)


def keep_contents(state: Path, path: Path) -> None:
    """Write the frozen contents of a billed database, a line each."""
    from sqlalchemy import select

    from membership.persistence.db import read_as
    from membership.persistence.models.invoicing import Invoice

    open_app(state)
    with path.open("w", encoding="utf-8") as file:
        for content in read_as(_actor()).execute(select(Invoice.content).order_by(Invoice.id)).scalars():
            file.write(json.dumps(content["document"]) + "\n")


def plain(path: Path) -> int:
    """Render every content of a file and keep nothing; return how many."""
    from invoices.document import Document
    from invoices.pdf import render

    with path.open(encoding="utf-8") as file:
        return sum(1 for line in file if render(Document.from_content(json.loads(line))))


def measure() -> Result:
    """Return the ratio of seven pairs at 1,000 members."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        prepare_in_process(place / "prepared", MEMBERS)
        billed = shutil.copytree(place / "prepared", place / "billed")
        run_in_process("ours", billed)
        run_in_process("contents", billed, place / "contents.jsonl")
        command = python("-m", "bench.run", "fresh", str(place / "prepared"), str(place / "work"))
        return compare(command, python("-m", "bench.run", "plain", str(place / "contents.jsonl")))


def prepare_in_process(state: Path, members: int) -> None:
    """Prepare a database in a process of its own."""
    run_in_process("prepare", state, members)


def run_in_process(*arguments: object) -> None:
    """Run one step of this module in a fresh process."""
    import subprocess

    from bench.measure import ROOT

    command = python("-m", "bench.run", *map(str, arguments))
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


def main(arguments: list[str]) -> None:
    """Run one step: prepare, ours, fresh (a copy, then ours), contents or plain; print its count and peak memory."""
    step, place = arguments[0], Path(arguments[1])
    count = 0
    if step == "prepare":
        prepare(place, int(arguments[2]))
    elif step == "contents":
        keep_contents(place, Path(arguments[2]))
    elif step == "plain":
        count = plain(place)
    else:
        state = place
        if step == "fresh":
            state = Path(arguments[2])
            shutil.rmtree(state, ignore_errors=True)
            shutil.copytree(place, state)
        count = ours(state)
    print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    main(sys.argv[1:])
