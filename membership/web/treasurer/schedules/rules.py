"""The rule of one category, or of a part of it: edited by a form that shows at once what it means for all members.

The button that asks for the effect only sends the same form; a script presses it while somebody types.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.dues.check import Finding, check_schedule
from membership.domain.dues.document import Node
from membership.domain.dues.editing.discounts import MOST_LINES
from membership.domain.dues.editing.pasted import pasted_rows
from membership.domain.dues.editing.rows import MOST_ROWS
from membership.domain.dues.editing.rule import OPEN, SEVERAL, TABLES, Edited, field_at, rule_texts, with_rule
from membership.domain.dues.editing.sizes import used_sizes
from membership.domain.dues.errors import ScheduleWrong
from membership.domain.dues.readable import TableRow, readable
from membership.domain.dues.readable.methods import passages
from membership.domain.dues.readable.options import discount_words
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.dues.schedule.bases import KNOWN_BASES
from membership.domain.dues.schedule.conditions import read_discount
from membership.domain.dues.schedule.form import Several
from membership.domain.dues.words import basis_title
from membership.domain.errors import NotFound
from membership.domain.phrases import Phrase
from membership.persistence.queries.schedules import VersionLine, list_versions
from membership.services.dues import schedule_of
from membership.services.schedule_effects import Direction, effect_of
from membership.web.access import policy, read
from membership.web.forms.fee_rules import (
    CONDITION_WORDS,
    NOT_DECIDED,
    TABLE_OF_SHARES,
    NewCategoryForm,
    RuleForm,
    leave_out,
    offer,
)
from membership.web.forms.form import choice
from membership.web.language import _, words
from membership.web.treasurer.schedules.blueprint import blueprint
from membership.web.treasurer.schedules.editing import (
    CHANGED_MEANWHILE,
    both,
    find_draft,
    is_preview,
    localized,
    parsed,
    save,
    saved,
    sentences,
    told,
)
from membership.web.treasurer.schedules.effects import effect_view, effect_year
from membership.web.treasurer.schedules.shown import names_of

_SHAPES: Final = frozenset({"show", "add", "rates", "paste", "discount", "factor"})
"""Buttons that only change which fields there are."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which rule of which draft is edited: that of a category, or with `part` that of one of its parts."""

    row: VersionLine
    code: str
    part: int | None

    @property
    def category(self) -> Mapping[str, Any]:
        """Return the rule of the category."""
        found: Mapping[str, Any] = self.row.document["categories"][self.code]
        return found

    @property
    def rule(self) -> Mapping[str, Any]:
        """Return the rule that is edited."""
        found: Mapping[str, Any] = self.category if self.part is None else self.category["parts"][self.part]
        return found

    @property
    def pointer(self) -> str:
        """Return the place of the rule in the stored form."""
        below = Node({}, "/categories", ScheduleWrong).child(self.code, None).pointer
        return below if self.part is None else f"{below}/parts/{self.part}"

    def document(self, rule: Mapping[str, Any]) -> dict[str, Any]:
        """Return the draft with another rule in this place."""
        category = dict(rule)
        if self.part is not None:
            category = {**self.category, "parts": list(self.category["parts"])}
            category["parts"][self.part] = dict(rule)
        document = self.row.document
        return {**document, "categories": {**document["categories"], self.code: category}}

    def field_of(self, edited: Edited, pointer: str) -> str | None:
        """Return the field of a place in the stored form."""
        below = pointer.removeprefix(self.pointer)
        return None if below == pointer else field_at(edited.places, below)


def place_in(row: VersionLine, code: str) -> Place:
    """Return the rule that the address names; raise `NotFound` when there is none."""
    rule = row.document["categories"].get(code)
    if rule is None:
        raise NotFound(what="category", key=code)
    asked = request.args.get("part", "")
    if not asked:
        return Place(row, code, None)
    if not (asked.isascii() and asked.isdigit() and int(asked[:4]) < len(rule.get("parts") or ())):
        raise NotFound(what="category", key=code)
    return Place(row, code, int(asked))


@blueprint.route("/<int:version_id>/categories/<code>", methods=["GET", "POST"])
@policy("schedule.write")
def rule(version_id: int, code: str) -> ResponseReturnValue:
    """Show the rule of a category in fields; keep what was typed, or say what it would mean."""
    row = find_draft(version_id)
    if not isinstance(row, VersionLine):
        return row
    place = place_in(row, code)
    form = RuleForm(data=localized(rule_texts(place.rule)))
    _offer(form, place)
    action = request.form.get("action", "")
    if request.method == "GET" or action in _SHAPES:
        remarks = _shape(form, action)
        return _page(form, place, remarks=remarks), 200
    form.validate()
    edited = with_rule(place.rule, form.data, usual_prorata=row.document.get("prorata") or {})
    form.refuse_all(edited.errors)
    document = place.document(edited.rule)
    schedule = None if edited.errors else parsed(form, document, lambda where: place.field_of(edited, where))
    if form.errors or schedule is None or is_preview():
        return _page(form, place, edited=edited, schedule=schedule), 422 if form.errors else 200
    if not save(document, row.code):
        newer = find_draft(version_id)
        return _page(form, place, edited=edited, schedule=schedule, newer=newer), 409
    text = _("The draft is saved.")
    if edited.rule.get("method") in SEVERAL and place.part is None:
        return saved(version_id, text, ".rule", code=code)
    return saved(version_id, text)


def _offer(form: RuleForm, place: Place) -> None:
    """Fill the lists to choose from."""
    names, document = names_of(read()), place.row.document
    say, known = words().value, schedule_of(document).bases
    sizes = [*KNOWN_BASES, *(name for name in used_sizes(document) if name not in KNOWN_BASES)]
    form.basis.choices = [choice(name, say(basis_title(known[name]))) for name in sizes]
    others = [code for code in document["categories"] if code != place.code]
    labels = [choice(code, names.get(code, code)) for code in others]
    form.category.choices = labels
    form.minimum_category.choices = [choice("", _("none")), *labels]
    if OPEN in place.rule:
        offer(form.method, *NOT_DECIDED)
    if place.part is not None:
        leave_out(form.method, SEVERAL)
    if (place.rule.get("prorata") or {}).get("join") == TABLE_OF_SHARES[0]:
        offer(form.join, *TABLE_OF_SHARES)


def _shape(form: RuleForm, action: str) -> list[Phrase]:
    """Change which fields there are; return what is to be said about a pasted table."""
    remarks: list[Phrase] = []
    if action == "paste":
        found = pasted_rows(form.pasted.data or "")
        remarks = found.remarks
        if found.rows:
            _empty(form.rows)
            for line in found.rows[:MOST_ROWS]:
                form.rows.append_entry(localized(line))
            form.pasted.data = ""
        else:
            form.refuse_at(
                "pasted", _("No row was found in this text. Each line needs its bounds and its amount.")
            )
    elif action == "add" and len(form.rows) < MOST_ROWS:
        form.rows.append_entry()
    elif action == "discount" and len(form.discounts) < MOST_LINES:
        form.discounts.append_entry()
    elif action == "factor" and len(form.factors) < MOST_LINES:
        form.factors.append_entry()
    if form.method.data in TABLES and not len(form.rows):
        for _line in range(3):
            form.rows.append_entry()
    return remarks


def _empty(rows: Any) -> None:  # noqa: ANN401 - a list of WTForms
    while len(rows):
        rows.pop_entry()


def _page(
    form: RuleForm,
    place: Place,
    *,
    edited: Edited | None = None,
    schedule: FeeSchedule | None = None,
    remarks: list[Phrase] | None = None,
    newer: VersionLine | ResponseReturnValue | None = None,
) -> str:
    session, names = read(), names_of(read())
    if edited is None and request.method == "GET":
        edited = with_rule(place.rule, form.data, usual_prorata=place.row.document.get("prorata") or {})
        schedule = schedule_of(place.row.document)
    shown_version = newer if isinstance(newer, VersionLine) else place.row
    versions = None
    if isinstance(newer, VersionLine):
        theirs = sentences(schedule_of(newer.document), place.code, names)
        versions = both(theirs, sentences(schedule, place.code, names), names.get(place.code, place.code))
    effect = effect_of(session, schedule, year=effect_year(schedule)) if schedule else None
    return render_template(
        "treasurer/schedules/rule.html",
        form=form,
        place=place,
        row=shown_version,
        name=names.get(place.code, place.code),
        method=form.method.data,
        value=TABLES.get(form.method.data or ""),
        is_several=form.method.data in SEVERAL,
        has_rates=_has_rates(form),
        conditions={key: _(label) for key, label in CONDITION_WORDS.items()},
        kept=_kept_discounts(place.rule),
        parts=_parts(place, names),
        others=_rest(place, names),
        view=effect_view(effect, names) if effect else None,
        ends=_ends(place, edited, schedule),
        marks=_marks(place, edited, schedule),
        changed=_changed_rows(place, edited),
        remarks=remarks or [],
        versions=versions,
        directions=Direction,
        say=words().value,
    )


def _has_rates(form: RuleForm) -> bool:
    return request.form.get("action") == "rates" or any(line.form.rate.data for line in form.rows)


def _lines_of(edited: Edited) -> dict[int, int]:
    """Return row of the table -> line of the form."""
    rows = range(len(edited.rule.get("rows") or ()))
    fields = {index: edited.places.get(f"/rows/{index}/from", "") for index in rows}
    return {index: int(name.split("-")[1]) for index, name in fields.items() if name.count("-") > 1}


def _ends(place: Place, edited: Edited | None, schedule: FeeSchedule | None) -> dict[int, TableRow]:
    """Return line of the form -> its row in words, with the upper bound that follows from the next one."""
    if edited is None or schedule is None:
        return {}
    method = schedule.categories[place.code].method
    if place.part is not None and isinstance(method, Several):
        method = method.parts[place.part].method
    rows = next((passage.rows for passage in passages(method, schedule.bases, {}) if passage.rows), ())
    lines = _lines_of(edited)
    return {lines[index]: row for index, row in enumerate(rows) if index in lines}


def _marks(place: Place, edited: Edited | None, schedule: FeeSchedule | None) -> dict[str, list[Finding]]:
    """Return field -> what is worth a look there: jumps, falls, gaps."""
    found: dict[str, list[Finding]] = {}
    if edited is None or schedule is None:
        return found
    for finding in check_schedule(schedule):
        name = place.field_of(edited, finding.where)
        if name is not None:
            found.setdefault(name.rpartition("-")[0] if name.startswith("rows-") else name, []).append(
                finding
            )
    return found


def _changed_rows(place: Place, edited: Edited | None) -> set[int]:
    """Return the lines of the form that the version in force does not have."""
    rows = [
        one
        for one in list_versions(read())
        if one.state == "in_force" and one.valid_from < place.row.valid_from
    ]
    if not rows or edited is None:
        return set()
    before = rows[0].document["categories"].get(place.code) or {}
    known = {_key(row) for row in before.get("rows") or ()}
    new = enumerate(edited.rule.get("rows") or ())
    lines = _lines_of(edited)
    return {lines[index] for index, row in new if known and index in lines and _key(row) not in known}


def _key(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        str(row.get("from")),
        str(bool(row.get("exclusive"))),
        str(row.get("amount")),
        str(row.get("rate")),
    )


def _kept_discounts(rule: Mapping[str, Any]) -> dict[str, str]:
    """Return number of a discount -> its sentence, for those whose words no field shows."""
    say = words().value
    nodes = Node(rule.get("discounts") or [], "", ScheduleWrong).items()
    return {str(index): say(discount_words(read_discount(node))) for index, node in enumerate(nodes)}


def _parts(place: Place, names: Mapping[str, str]) -> list[list[str]]:
    """Return the parts of a category in sentences."""
    if place.part is not None:
        return []
    schedule = schedule_of(place.row.document)
    method = schedule.categories[place.code].method
    if not isinstance(method, Several):
        return []
    say = words().value
    return [[say(one.text) for one in passages(part.method, schedule.bases, names)] for part in method.parts]


def _rest(place: Place, names: Mapping[str, str]) -> list[str]:
    """Return the options of the rule in sentences: also those that have no field."""
    text = readable(schedule_of(place.row.document), names)
    found = next(one for one in text.categories if one.code == place.code)
    return [words().value(addition) for addition in found.additions] if place.part is None else []


@blueprint.route("/<int:version_id>/categories", methods=["GET", "POST"])
@policy("schedule.write")
def add_category(version_id: int) -> ResponseReturnValue:
    """Ask for a category that has no rule yet, add one, and lead to it."""
    row = find_draft(version_id)
    if not isinstance(row, VersionLine):
        return row
    known = row.document["categories"]
    form = NewCategoryForm()
    form.code.choices = [choice(code, name) for code, name in names_of(read()).items() if code not in known]
    if not form.validate_on_submit():
        page = render_template("treasurer/schedules/new_category.html", form=form, row=row)
        return page, 422 if form.errors else 200
    code = str(form.code.data)
    if not save({**row.document, "categories": {**known, code: {"method": "FREE"}}}, row.code):
        return told(version_id, _(CHANGED_MEANWHILE), ".show")
    return redirect(url_for(".rule", version_id=version_id, code=code), code=303)


@blueprint.post("/<int:version_id>/categories/<code>/remove")
@policy("schedule.write")
def remove_category(version_id: int, code: str) -> ResponseReturnValue:
    """Take the rule of a category out, unless another one rests on it."""
    row = find_draft(version_id)
    if not isinstance(row, VersionLine):
        return row
    place = place_in(row, code)
    categories = {key: one for key, one in row.document["categories"].items() if key != place.code}
    return _save_or_say(
        row, {**row.document, "categories": categories}, _("The category is taken out."), ".show"
    )


@blueprint.post("/<int:version_id>/categories/<code>/parts")
@policy("schedule.write")
def parts(version_id: int, code: str) -> ResponseReturnValue:
    """Add a part to a category of several parts, or take one out."""
    row = find_draft(version_id)
    if not isinstance(row, VersionLine):
        return row
    place = place_in(row, code)
    kept = list(place.category.get("parts") or ())
    gone = request.form.get("remove", "")
    if gone.isascii() and gone.isdigit() and int(gone[:4]) < len(kept):
        del kept[int(gone)]
        text = _("The part is taken out.")
    else:
        kept.append({"method": "FIXED", "amount": "0.00"})
        text = _("A part is added. Change it now.")
    document = place.document({**place.category, "parts": kept})
    return _save_or_say(row, document, text, ".rule", code=code)


def _save_or_say(
    row: VersionLine,
    document: Mapping[str, Any],
    text: str,
    endpoint: str,
    **values: Any,  # noqa: ANN401 - parts of an address
) -> ResponseReturnValue:
    """Save and lead on; lead back with the reason when the draft would be wrong or is not the newest."""
    form = RuleForm()
    if parsed(form, document, lambda _where: None) is None:
        return told(row.id, " ".join(form.form_errors), endpoint, **values)
    if not save(document, row.code):
        return told(row.id, _(CHANGED_MEANWHILE), endpoint, **values)
    return saved(row.id, text, endpoint, **values)
