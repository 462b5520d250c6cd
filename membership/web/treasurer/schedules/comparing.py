"""Two versions side by side: the rules in which they differ, and what that means for all members."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flask import render_template, request
from flask.typing import ResponseReturnValue

from membership.domain.dues.readable import ScheduleText, readable
from membership.persistence.queries.schedules import VersionLine, list_versions
from membership.services.dues import schedule_of
from membership.services.schedule_effects import Direction, effect_of
from membership.web.access import policy, read
from membership.web.language import words
from membership.web.treasurer.schedules.blueprint import blueprint
from membership.web.treasurer.schedules.editing import sentences_of
from membership.web.treasurer.schedules.effects import asked_version, effect_view, effect_year
from membership.web.treasurer.schedules.shown import shown

Differences = list[dict[str, str]]


@blueprint.get("/<int:version_id>/compare")
@policy("schedule.read")
def compare(version_id: int) -> ResponseReturnValue:
    """Ask for the other version; then show in which rules both differ, and the effect on all members."""
    session = read()
    found = shown(session, version_id)
    others = [row for row in list_versions(session) if row.id != version_id]
    other = asked_version(session, version_id)
    chosen = _chosen(others) if other is not None else None
    effect = None
    if other is not None:
        effect = effect_of(session, found.schedule, year=effect_year(found.schedule), against=other)
    return render_template(
        "treasurer/schedules/compare.html",
        found=found,
        others=others,
        chosen=chosen,
        suggested=_suggested(found.row, others),
        differences=_differences(readable(schedule_of(chosen.document), found.names), found.text, found.names)
        if chosen
        else [],
        view=effect_view(effect, found.names) if effect else None,
        directions=Direction,
        say=words().value,
    )


def _chosen(others: list[VersionLine]) -> VersionLine | None:
    return next((row for row in others if str(row.id) == request.args.get("against")), None)


def _suggested(own: VersionLine, others: list[VersionLine]) -> int | None:
    """Return the newest version before this one, else the newest of all."""
    before = [row for row in others if row.valid_from < own.valid_from and row.state != "draft"]
    return next((row.id for row in [*before, *others]), None)


def _differences(before: ScheduleText, now: ScheduleText, names: Mapping[str, str]) -> Differences:
    """Return what both say differently: name of the rule, words of the other version, words of this one."""
    old, new = dict(_said(before, names)), dict(_said(now, names))
    labels = [*new, *(label for label in old if label not in new)]
    return [
        {"label": label, "theirs": old.get(label, "–"), "mine": new.get(label, "–")}
        for label in labels
        if old.get(label) != new.get(label)
    ]


def _said(text: ScheduleText, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    say = words().value
    for category in text.categories:
        yield names.get(category.code, category.code), " ".join(sentences_of(category))
    for rule in text.rules:
        yield say(rule.label), say(rule.text)
