"""What holds for all categories, and what dues are measured by: forms of their own, each with its effect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.dues.editing.general import INSTALMENTS, PLACES, general_texts, with_general
from membership.domain.dues.editing.rule import field_at
from membership.domain.dues.editing.sizes import (
    CLASSES,
    has_classes,
    size_texts,
    used_sizes,
    with_new_size,
    with_size,
)
from membership.domain.dues.readable.rules import rules_of
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.dues.schedule.bases import CUSTOM
from membership.domain.dues.words import basis_title, class_words
from membership.domain.errors import DomainError, NotFound
from membership.persistence.queries.schedules import VersionLine
from membership.services.dues import schedule_of
from membership.services.schedule_effects import Direction, effect_of
from membership.web.access import policy, read
from membership.web.forms.fee_general import GeneralForm, NewSizeForm, SizeForm
from membership.web.forms.fee_rules import TABLE_OF_SHARES, offer
from membership.web.language import _, words
from membership.web.treasurer.schedules.blueprint import blueprint
from membership.web.treasurer.schedules.editing import (
    CHANGED_MEANWHILE,
    both,
    find_draft,
    is_preview,
    localized,
    parsed,
    rule_sentences,
    save,
    saved,
    told,
)
from membership.web.treasurer.schedules.effects import effect_view, effect_year
from membership.web.treasurer.schedules.shown import names_of


@blueprint.route("/<int:version_id>/rules", methods=["GET", "POST"])
@policy("schedule.write")
def rules(version_id: int) -> ResponseReturnValue:
    """Change joining, due date, groups, rounding and declaration of a draft."""
    row = find_draft(version_id)
    if not isinstance(row, VersionLine):
        return row
    form = GeneralForm(data=_with_free_lines(localized(general_texts(row.document))))
    if (row.document.get("prorata") or {}).get("join") == TABLE_OF_SHARES[0]:
        offer(form.join, *TABLE_OF_SHARES)
    if request.method == "GET":
        return _rules_page(form, row, schedule_of(row.document))
    form.validate()
    document, errors = with_general(row.document, form.data)
    form.refuse_all(errors)
    schedule = None if errors else parsed(form, document, lambda where: field_at(PLACES, where))
    if form.errors or schedule is None or is_preview():
        return _rules_page(form, row, schedule), 422 if form.errors else 200
    if not save(document, row.code):
        return _rules_page(form, row, schedule, newer=find_draft(version_id)), 409
    return saved(version_id, _("The draft is saved."))


def _with_free_lines(texts: dict[str, Any]) -> dict[str, Any]:
    free: list[dict[str, str]] = [{} for _line in range(INSTALMENTS - len(texts["instalments"]))]
    return {**texts, "instalments": [*texts["instalments"], *free]}


def _rules_page(
    form: GeneralForm,
    row: VersionLine,
    schedule: FeeSchedule | None,
    *,
    newer: VersionLine | ResponseReturnValue | None = None,
) -> str:
    versions = None
    if isinstance(newer, VersionLine) and schedule is not None:
        theirs = rule_sentences(list(rules_of(schedule_of(newer.document))))
        versions = both(theirs, rule_sentences(list(rules_of(schedule))), _("Further rules"))
    return render_template(
        "treasurer/schedules/rules.html",
        form=form,
        row=newer if isinstance(newer, VersionLine) else row,
        due=row.document.get("due") or {},
        versions=versions,
        **_effect(schedule),
    )


def _effect(schedule: FeeSchedule | None) -> dict[str, Any]:
    session = read()
    effect = effect_of(session, schedule, year=effect_year(schedule)) if schedule else None
    return {
        "view": effect_view(effect, names_of(session)) if effect else None,
        "directions": Direction,
        "say": words().value,
    }


@blueprint.route("/<int:version_id>/sizes/<name>", methods=["GET", "POST"])
@policy("schedule.write")
def size(version_id: int, name: str) -> ResponseReturnValue:
    """Change when a size is looked at, who counts and with which weight."""
    row = find_draft(version_id)
    if not isinstance(row, VersionLine):
        return row
    if name not in used_sizes(row.document):
        raise NotFound(what="size", key=name[:40])
    form = SizeForm(data=localized(size_texts(row.document, name)))
    if request.method == "GET":
        return _size_page(form, row, name, schedule_of(row.document))
    form.validate()
    document, errors = with_size(row.document, name, form.data)
    form.refuse_all(errors)
    schedule = None if errors else parsed(form, document, lambda where: _size_field(name, where))
    if form.errors or schedule is None or is_preview():
        return _size_page(form, row, name, schedule), 422 if form.errors else 200
    if not save(document, row.code):
        return told(version_id, _(CHANGED_MEANWHILE), ".size", name=name)
    return saved(version_id, _("The draft is saved."))


def _size_field(name: str, where: str) -> str | None:
    below = where.removeprefix(f"/bases/{name}/")
    if below == where:
        return None
    word, _slash, key = below.partition("/")
    return {"reference": "day", "weights": f"weight_{key}" if key else "is_weighted"}.get(word, word)


def _size_page(form: SizeForm, row: VersionLine, name: str, schedule: FeeSchedule | None) -> str:
    known = schedule_of(row.document).bases
    say = words().value
    return render_template(
        "treasurer/schedules/size.html",
        form=form,
        row=row,
        name=name,
        title=say(basis_title(known[name])),
        is_own=name.startswith(CUSTOM),
        classes={code: say(class_words(code)) for code in CLASSES} if has_classes(name) else {},
        **_effect(schedule),
    )


@blueprint.route("/<int:version_id>/sizes", methods=["GET", "POST"])
@policy("schedule.write")
def new_size(version_id: int) -> ResponseReturnValue:
    """Add a size of the association's own, and lead to it."""
    row = find_draft(version_id)
    if not isinstance(row, VersionLine):
        return row
    form = NewSizeForm()
    if form.validate_on_submit():
        added = _added(form, row.document)
        if added is not None:
            document, name = added
            if save(document, row.code):
                return redirect(url_for(".size", version_id=version_id, name=name), code=303)
            return told(version_id, _(CHANGED_MEANWHILE), ".new_size")
    page = render_template("treasurer/schedules/new_size.html", form=form, row=row)
    return page, 422 if form.errors else 200


def _added(form: NewSizeForm, document: Mapping[str, Any]) -> tuple[dict[str, Any], str] | None:
    try:
        new, name = with_new_size(document, str(form.label.data).strip(), (form.unit.data or "").strip())
    except DomainError as error:
        form.refuse(error, "label")
        return None
    return None if parsed(form, new, lambda _where: "label") is None else (new, name)
