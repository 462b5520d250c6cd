"""What a version changes: sums by class, and the list of all members with filters and export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.dues.schedule import FeeSchedule
from membership.domain.errors import N_, NotFound
from membership.domain.money import Money, rounded
from membership.domain.phrases import Phrase, phrase
from membership.persistence.db import Session
from membership.persistence.queries.reports import member_names
from membership.persistence.queries.schedules import get_version
from membership.services.dues import schedule_of
from membership.services.exports import Column, Format, Kind, list_file
from membership.services.schedule_effects import Direction, Effect, MemberEffect, effect_of
from membership.web.access import policy, read
from membership.web.change_bars import Change, ChangeBars, change_bars
from membership.web.downloads import download
from membership.web.frame import today
from membership.web.language import _, ngettext, words
from membership.web.links import member_address
from membership.web.treasurer.paging import PAGE, page_number, pager
from membership.web.treasurer.schedules.blueprint import blueprint
from membership.web.treasurer.schedules.shown import shown

_NOTHING = Money(0)
_FILTERS: Final[dict[str, tuple[str, Callable[[MemberEffect], bool]]]] = {
    "": (N_("All"), lambda _each: True),
    "up": (N_("Rising"), lambda each: each.direction is Direction.UP),
    "down": (N_("Falling"), lambda each: each.direction is Direction.DOWN),
    "same": (N_("Unchanged"), lambda each: each.direction is Direction.SAME),
    "class": (N_("Change of class"), lambda each: each.has_new_class),
    "undecided": (N_("Not decided"), lambda each: each.refusal is not None),
}
"""Filter in the address -> its words, and which members it keeps."""


@dataclass(frozen=True, slots=True)
class ClassSum:
    """The members of one class with the sums before and after."""

    label: Phrase
    members: int
    old_cents: int
    new_cents: int


def effect_year(schedule: FeeSchedule) -> int:
    """Return the dues year on which a version is tried: its first, or the present one when that has passed."""
    last = schedule.valid_to.year if schedule.valid_to else today().year
    return max(schedule.valid_from.year, min(today().year, last))


def by_class(effect: Effect, names: Mapping[str, str]) -> list[ClassSum]:
    """Return the sums of each category and class, in the order of the rows."""
    groups: dict[tuple[str, int], list[MemberEffect]] = {}
    for each in effect.members:
        if each.refusal is None:
            row = each.change.new_band.row if each.change.new_band else 0
            groups.setdefault((each.category, row), []).append(each)
    order = {code: index for index, code in enumerate(names)}
    return [
        _class_sum(names.get(code, code), groups[code, row])
        for code, row in sorted(groups, key=lambda key: (order.get(key[0], len(order)), key))
    ]


def _class_sum(name: str, members: list[MemberEffect]) -> ClassSum:
    band = members[0].change.new_band
    label = (
        phrase("%(text)s", text=name)
        if band is None
        else phrase("%(category)s, %(label)s", category=name, label=band.label)
    )
    return ClassSum(
        label,
        len(members),
        sum((each.change.old or _NOTHING).cents for each in members),
        sum((each.change.new or _NOTHING).cents for each in members),
    )


@dataclass(frozen=True, slots=True)
class EffectView:
    """An effect as the pages draw it; `percent`: the change of the sum, empty where there was nothing before."""

    effect: Effect
    classes: list[ClassSum]
    bars: ChangeBars
    percent: str
    before: str


def effect_view(effect: Effect, names: Mapping[str, str]) -> EffectView:
    """Return an effect with its classes, the bars of their changes and the change in percent."""
    classes, say = by_class(effect, names), words().value
    bars = [
        Change(
            say(one.label),
            ngettext("%(n)s member", "%(n)s members", one.members),
            one.new_cents - one.old_cents,
        )
        for one in classes
    ]
    return EffectView(effect, classes, change_bars(bars), _percent(effect), before_words(effect))


def before_words(effect: Effect) -> str:
    """Return what an effect is compared with: the code of a version, else the year before."""
    return effect.before or str(effect.year - 1)


def _percent(effect: Effect) -> str:
    if not effect.old_cents:
        return ""
    tenths = rounded(Fraction(1000 * (effect.new_cents - effect.old_cents), effect.old_cents))
    sign = "+" if tenths > 0 else "−" if tenths < 0 else ""
    return sign + words().value(phrase("%(percent)s %%", percent=Fraction(abs(tenths), 10)))


@blueprint.get("/<int:version_id>/effect")
@policy("schedule.read")
def effect(version_id: int) -> ResponseReturnValue:
    """List every member with old and new dues, the largest change first."""
    session = read()
    found = shown(session, version_id)
    other = asked_version(session, version_id)
    whole = effect_of(session, found.schedule, year=effect_year(found.schedule), against=other)
    asked = request.args.get("show", "")
    chosen = asked if asked in _FILTERS else ""
    members = sorted(filter(_FILTERS[chosen][1], whole.members), key=_by_size_of_change)
    names = member_names(session)
    if (form := request.args.get("format", "")) in {str(each) for each in Format}:
        return _file(members, names, whole, form=Format(form), code=found.row.code)
    page = page_number()
    return render_template(
        "treasurer/schedules/effect.html",
        found=found,
        effect=whole,
        before=before_words(whole),
        other=request.args.get("against") if other else None,
        members=members[(page - 1) * PAGE : page * PAGE],
        names=names,
        sums=_sums(members),
        views=[_tab(key, version_id, whole, chosen=chosen) for key in _FILTERS],
        pager=pager(page, len(members)),
        chosen=chosen,
        address=member_address,
        say=words().value,
    )


def asked_version(session: Session, version_id: int) -> FeeSchedule | None:
    """Return the version that the address compares with; None for the one in force before. Raises `NotFound`."""
    asked = request.args.get("against", "")
    if not asked:
        return None
    if not (asked.isascii() and asked.isdigit() and len(asked) < 10):  # noqa: PLR2004 - an id
        raise NotFound(what="fee schedule", key=asked[:40])
    return None if int(asked) == version_id else schedule_of(get_version(session, int(asked)).document)


@blueprint.get("/<int:version_id>/effect/print")
@policy("schedule.read")
def print_effect(version_id: int) -> ResponseReturnValue:
    """Show rules and effect on paper, for the board and the assembly; the browser prints it or keeps it as PDF."""
    session = read()
    found = shown(session, version_id)
    other = asked_version(session, version_id)
    whole = effect_of(session, found.schedule, year=effect_year(found.schedule), against=other)
    return render_template(
        "treasurer/schedules/print_effect.html",
        found=found,
        view=effect_view(whole, found.names),
        members=sorted(whole.members, key=_by_size_of_change),
        names=member_names(session),
        sums=_sums(list(whole.members)),
        directions=Direction,
        say=words().value,
    )


def _by_size_of_change(each: MemberEffect) -> tuple[bool, int, str]:
    difference = each.change.difference
    return difference is None, -abs(difference.cents) if difference else 0, each.change.member


def _tab(key: str, version_id: int, whole: Effect, *, chosen: str) -> dict[str, Any]:
    label, keeps = _FILTERS[key]
    return {
        "label": _(label),
        "href": url_for(
            ".effect", version_id=version_id, show=key or None, against=request.args.get("against")
        ),
        "count": sum(map(keeps, whole.members)),
        "is_current": key == chosen,
    }


def _sums(members: list[MemberEffect]) -> dict[str, int]:
    old = sum((each.change.old or _NOTHING).cents for each in members)
    new = sum((each.change.new or _NOTHING).cents for each in members)
    return {"old": old, "new": new, "difference": new - old}


def _file(
    members: list[MemberEffect], names: Mapping[int, str], whole: Effect, *, form: Format, code: str
) -> ResponseReturnValue:
    before = before_words(whole)
    columns = [
        Column(_("Number"), Kind.TEXT),
        Column(_("Member"), Kind.TEXT),
        Column(_("Size"), Kind.TEXT),
        Column(_("Class %(code)s", code=before), Kind.TEXT),
        Column(_("Class %(code)s", code=code), Kind.TEXT),
        Column(_("Dues %(code)s", code=before), Kind.AMOUNT),
        Column(_("Dues %(code)s", code=code), Kind.AMOUNT),
        Column(_("Change"), Kind.AMOUNT),
        Column(_("Not decided"), Kind.TEXT),
    ]
    rows = [_file_row(each, names) for each in members]
    title, name = _("Effect of the fee schedule"), f"wirkung-{code}-{whole.year}"
    return download(list_file(columns, rows, form=form, name=name, words=words(), sheet=title))


def _file_row(each: MemberEffect, names: Mapping[int, str]) -> list[str | int | None]:
    change, say = each.change, words().value
    return [
        change.member,
        names.get(each.member_id, ""),
        say(each.size) if each.size else "",
        say(change.old_band.label) if change.old_band else "",
        say(change.new_band.label) if change.new_band else "",
        change.old.cents if change.old else None,
        change.new.cents if change.new else None,
        change.difference.cents if change.difference else None,
        say(each.refusal.text) if each.refusal else "",
    ]
