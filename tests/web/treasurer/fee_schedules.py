"""Fee schedules on their pages, for several tests: from an example, from a file, and as they are stored."""

from __future__ import annotations

import copy
import io
import json
import re

from membership.domain.policy import Actor, Job
from tests.conftest import NOW
from tests.factories import SCHEDULE

CLI = Actor(name="cli", at=NOW, request_id="test", job=Job.CLI)
START = "/treasurer/schedules"
DETAILS = {
    "name": "Beitragsordnung 2027",
    "code": "BO-2027",
    "year": "2027",
    "organ": "MV",
    "resolved_on": "2026-06-18",
    "item": "9",
    "due_rule": "fixed_day",
    "due_day": "31.01.",
    "due_days": "30",
}
EXAMPLES = ["heads", "flat-fee", "marginal", "turnover", "weighted", "per-mille", "turnover-bands", "empty"]


def changed(**changes):
    return {**copy.deepcopy(SCHEDULE), **changes}


def from_example(browser, example="heads", **fields):
    return browser.send(f"{START}/examples/{example}", **{**DETAILS, **fields})


def uploaded(browser, document):
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return browser.send(f"{START}/upload", files={"file": (io.BytesIO(data), "ordnung.json")})


def stored(browser, address):
    return json.loads(browser.get(f"{address}/file").data)


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text)).replace("\u00a0", " ")
