"""A version of a fee schedule as its pages show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from membership.domain.dues.check import Finding, check_schedule
from membership.domain.dues.readable import ScheduleText, readable
from membership.domain.dues.schedule import FeeSchedule
from membership.persistence.db import Session
from membership.persistence.queries.run_items import list_categories
from membership.persistence.queries.schedules import VersionLine, get_version
from membership.services.dues import schedule_of
from membership.web.language import _, words


@dataclass(frozen=True, slots=True)
class Shown:
    """A version with its parsed schedule and its words."""

    row: VersionLine
    schedule: FeeSchedule
    text: ScheduleText
    names: dict[str, str]
    findings: list[Finding]

    @property
    def is_draft(self) -> bool:
        """Return whether it can still be changed."""
        return self.row.state == "draft"

    @property
    def is_superseded(self) -> bool:
        """Return whether another version has followed it."""
        return self.row.state == "superseded"

    @property
    def hints(self) -> list[Finding]:
        """Return what is worth a look but keeps nobody from putting it into force."""
        return [finding for finding in self.findings if not finding.is_fatal]

    @property
    def can_start(self) -> bool:
        """Return whether nothing keeps it from coming into force."""
        return not any(finding.is_fatal for finding in self.findings)


def place_of(where: str, names: Mapping[str, str]) -> str:
    """Return where in a schedule something stands, as its page shows it: the category and the row of its table."""
    parts = where.split("/")[1:]
    if len(parts) < 2 or parts[0] != "categories":  # noqa: PLR2004 - the second part is the category
        return ""
    category = names.get(parts[1], parts[1])
    row = next((int(number) for key, number in pairwise(parts) if key == "rows" and number.isdigit()), None)
    return category if row is None else _("%(category)s, row %(n)s", category=category, n=str(row + 1))


def names_of(session: Session) -> dict[str, str]:
    """Return category code -> name in the language of the page, in the order of the categories."""
    is_german = words().language == "de"
    return {code: german if is_german else english for code, german, english in list_categories(session)}


def shown(session: Session, version_id: int) -> Shown:
    """Return one version; raise `NotFound` when there is none."""
    row, names = get_version(session, version_id), names_of(session)
    schedule = schedule_of(row.document)
    return Shown(row, schedule, readable(schedule, names), names, check_schedule(schedule))
