"""Where a member belongs: its category and its group of companies, each from a day on.

Source: `domain.md` DUE-3, DUE-13; `ux.md` 4 "Undo".
"""

from __future__ import annotations

from datetime import date

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import DomainError
from membership.persistence.db import write
from membership.persistence.queries.members import find_group, get_member, list_groups, list_member_categories
from membership.services import members
from membership.web.access import current_actor, policy, read
from membership.web.forms.form import choice
from membership.web.forms.member_dues import CategoryForm, GroupForm
from membership.web.frame import today
from membership.web.language import _
from membership.web.outdated import is_repeated, still_holds
from membership.web.treasurer.members.blueprint import blueprint
from membership.web.treasurer.members.listing import category_names
from membership.web.treasurer.members.returning import back, to_record


@blueprint.route("/<member:number>/category", methods=["GET", "POST"])
@policy("member.write")
def category(number: str) -> ResponseReturnValue:
    """Put a member into a category from a day on."""
    if is_repeated():
        return back(number)
    session = read()
    member = get_member(session, number)
    periods, names = list_member_categories(session, member.id), category_names(session)
    present = next((each.code for each in periods if each.valid_from <= today()), None)
    now = names.get(present or "", present) or _("no category")
    form = CategoryForm(data={"category": present, "valid_from": today(), "seen": now})
    form.category.choices = [choice(code, name) for code, name in names.items()]
    if form.validate_on_submit() and still_holds(form, now):
        day, code = form.valid_from.day or today(), str(form.category.data)
        before = next((each.code for each in periods if each.valid_from <= day), None)
        try:
            is_new = write(current_actor(), members.set_category, member.number, code, valid_from=day)
        except DomainError as error:
            form.refuse(error, "category")
        else:
            if not is_new:
                return to_record(member.number, _("Nothing was different. Nothing was saved."))
            undo = url_for(".undo_category", number=member.number, code=before, day=day) if before else None
            text = _("%(category)s from %(day)s on.", category=names.get(code, code), day=day)
            return to_record(member.number, text, undo=undo)
    page = render_template("treasurer/members/category.html", member=member, form=form)
    return page, 422 if form.errors else 200


@blueprint.post("/<member:number>/category/undo")
@policy("member.write")
def undo_category(number: str) -> ResponseReturnValue:
    """Let the category before count again from the same day on."""
    code, day = request.args.get("code", ""), _day()
    write(current_actor(), members.set_category, number, code, valid_from=day)
    return to_record(number, _("The category is as before."))


@blueprint.route("/<member:number>/group", methods=["GET", "POST"])
@policy("member.write")
def group(number: str) -> ResponseReturnValue:
    """Put a member into a group of companies from a day on, or out of it."""
    if is_repeated():
        return back(number)
    session = read()
    member = get_member(session, number)
    present = find_group(session, member.id, today())
    first = date(today().year, 1, 1)
    now = present.name if present else _("No group")
    form = GroupForm(data={"group": present.name if present else "", "valid_from": first, "seen": now})
    names = [each.name for each in list_groups(session)]
    form.group.choices = [choice("", _("No group")), *(choice(name, name) for name in names)]
    if form.validate_on_submit() and still_holds(form, now):
        day = form.valid_from.day or first
        wanted = (form.new_group.data or "").strip() or form.group.data or ""
        before = find_group(session, member.id, day)
        undo = url_for(".undo_group", number=number, group=before.name if before else "", day=day)
        try:
            is_new = write(current_actor(), members.set_group, member.number, wanted, valid_from=day)
        except DomainError as error:
            form.refuse(error, "new_group")
        else:
            if not is_new:
                return to_record(member.number, _("Nothing was different. Nothing was saved."))
            text = _("In no group from %(day)s on.", day=day)
            if wanted:
                text = _("In the group “%(group)s” from %(day)s on.", group=wanted, day=day)
            return to_record(member.number, text, undo=undo)
    page = render_template("treasurer/members/group.html", member=member, form=form)
    return page, 422 if form.errors else 200


@blueprint.post("/<member:number>/group/undo")
@policy("member.write")
def undo_group(number: str) -> ResponseReturnValue:
    """Let the group before count again from the same day on."""
    write(current_actor(), members.set_group, number, request.args.get("group", ""), valid_from=_day())
    return to_record(number, _("The group is as before."))


def _day() -> date:
    try:
        return date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        abort(400)
