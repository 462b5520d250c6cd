"""One change for all marked members: what it does and who is left out is read before it is made.

Source: `ux.md` 4 "Bulk actions".
"""

from __future__ import annotations

from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import N_, DomainError, NotFound
from membership.persistence.db import Session, rehearse, write
from membership.persistence.queries.members import list_members
from membership.services.members import bulk as services
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.form import choice
from membership.web.forms.member_bulk import BulkCategoryForm, BulkTagForm
from membership.web.frame import dues_years, today
from membership.web.language import _, ngettext, words
from membership.web.treasurer.members.asked import Asked, asked_for
from membership.web.treasurer.members.blueprint import blueprint
from membership.web.treasurer.members.listing import category_names
from membership.web.treasurer.members.returning import key_of, trying
from membership.web.treasurer.whole_list import change_of_list, is_whole_list

_TITLES: Final = {
    "category": N_("Change category"),
    "tag": N_("Add tag"),
    "untag": N_("Remove tag"),
}
Form = BulkCategoryForm | BulkTagForm


@blueprint.post("/list/bulk")
@policy("member.write")
def bulk() -> ResponseReturnValue:
    """Show what a change does to the marked members, then make it."""
    session = read()
    action = request.form.get("action", "")
    asked = asked_for(session, dues_years(session)["dues_year"])
    numbers = _numbers(session, asked)
    if action not in _TITLES or not numbers:
        sessions.notice("warning", words().error(services.NobodySelected()))
        return redirect(asked.address(), code=303)
    if is_whole_list() and len(numbers) > services.MOST:
        too_many = services.TooManySelected(count=len(numbers), limit=services.MOST)
        sessions.notice("warning", words().error(too_many))
        return redirect(asked.address(), code=303)
    form = _form(session, action)
    effect = None
    if "seen" in request.form and form.validate_on_submit():
        try:
            step, year = _step(form, action)
            effect = rehearse(trying(), services.try_many, numbers, step, year=year)
            key = key_of(action, numbers, effect, _typed(form))
            if form.seen.data == key and effect.changed:
                write(current_actor(), services.change_many, numbers, step)
                _say(len(effect.changed))
                return redirect(asked.address(), code=303)
            form.seen.data = key
        except NotFound:
            raise
        except DomainError as error:
            form.refuse(error, "tag" if isinstance(error, services.TagWrong) else None)
    page = render_template(
        "treasurer/members/bulk.html",
        form=form,
        action=action,
        title=_(_TITLES[action]),
        numbers=numbers,
        change=change_of_list(len(numbers)),
        effect=effect,
        action_address=asked.at(url_for(".bulk")),
        back=asked.address(),
        year=str((form.valid_from.day or today()).year if action == "category" else today().year),
    )
    return page, 422 if form.errors else 200


def _numbers(session: Session, asked: Asked) -> list[str]:
    """Return the numbers of the marked members, or of all that the filter of the page shows."""
    if is_whole_list():
        return [row.number for row in list_members(session, asked.filter)]
    return list(dict.fromkeys(request.form.getlist("selected")))


def _form(session: Session, action: str) -> Form:
    if action != "category":
        return BulkTagForm()
    form = BulkCategoryForm(data={"valid_from": today()})
    form.category.choices = [choice(code, name) for code, name in category_names(session).items()]
    return form


def _step(form: Any, action: str) -> tuple[services.Step, int]:  # noqa: ANN401 - either form
    """Return the step that the form asks for, and the dues year it is looked at in."""
    if action == "category":
        day = form.valid_from.day or today()
        return services.category_step(str(form.category.data), valid_from=day), day.year
    return services.tag_step(form.tag.data or "", removes=action == "untag"), today().year


def _typed(form: Form) -> dict[str, object]:
    return {field.name: field.data for field in form if field.name in {"category", "valid_from", "tag"}}


def _say(count: int) -> None:
    sessions.notice("ok", ngettext("%(n)s member is changed.", "%(n)s members are changed.", count))
