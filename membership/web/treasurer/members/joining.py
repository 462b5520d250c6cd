"""“Add member”: a company with its membership, category and size; a company of the same name is asked about first.

Source: `ux.md` 6.3 F; MEM-1, MEM-3, MEM-4.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import DomainError
from membership.domain.member_fields import FieldWrong
from membership.domain.members import (
    MemberExists,
    MemberState,
    NumberTaken,
    NumberWrong,
    PeriodWrong,
    next_number,
)
from membership.domain.typed_numbers import NumberWrong as SizeUnreadable
from membership.domain.typed_numbers import typed_number
from membership.persistence.db import Session, write
from membership.persistence.queries.members import list_used_numbers
from membership.persistence.queries.settings import get_settings
from membership.services import members
from membership.services.dues import main_size
from membership.services.members.facts import ValueWrong
from membership.services.members.records import CategoryUnknown
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.company import NewMemberForm
from membership.web.forms.form import choice
from membership.web.frame import today
from membership.web.language import _
from membership.web.treasurer.members.blueprint import blueprint
from membership.web.treasurer.members.listing import category_names
from membership.web.treasurer.members.sizes import usual_day
from membership.web.treasurer.members.words import size_name

_PLACES: Final[tuple[tuple[type[DomainError], str], ...]] = (
    (MemberExists, "name"),
    (NumberTaken, "number"),
    (NumberWrong, "number"),
    (CategoryUnknown, "category"),
    (PeriodWrong, "start"),
    (SizeUnreadable, "size"),
    (ValueWrong, "size"),
)
"""Refusal -> the field it belongs to."""


@blueprint.route("/new", methods=["GET", "POST"])
@policy("member.write")
def new() -> ResponseReturnValue:
    """Take a company in."""
    session = read()
    basis = main_size(session, today().year)
    as_of = usual_day(basis)
    form = NewMemberForm(data={"start": today(), "size_on": as_of, "country": "DE"})
    form.category.choices = [choice(code, name) for code, name in category_names(session).items()]
    form.size.label.text = size_name(basis)
    found: MemberExists | None = None
    if form.validate_on_submit():
        try:
            number = _take_in(form, basis=basis.name, as_of=as_of)
        except DomainError as error:
            found = error if isinstance(error, MemberExists) else None
            form.refuse(error, _place(error))
        else:
            sessions.notice("ok", _("%(number)s %(name)s is added.", number=number, name=form.name.data))
            return redirect(url_for(".show", number=number), code=303)
    page = render_template("treasurer/members/new.html", form=form, next_number=_next(session), found=found)
    return page, 422 if form.errors else 200


def _take_in(form: NewMemberForm, *, basis: str, as_of: date) -> str:
    state = MemberState(form.state.data)
    sizes: dict[str, tuple[Fraction, date]] = {}
    if form.size.data:
        sizes[basis] = (typed_number(form.size.data), form.size_on.day or as_of)
    return write(
        current_actor(),
        members.take_in_member,
        form.given(),
        number=(form.number.data or "").strip() or None,
        category=form.category.data,
        state=state,
        start=form.start.day if state is MemberState.ACTIVE else None,
        decided_on=form.decided_on.day,
        sizes=sizes,
        may_exist=request.form.get("may_exist") == "yes",
    )


def _place(error: DomainError) -> str | None:
    if isinstance(error, FieldWrong):
        return error.field
    return next((field for kind, field in _PLACES if isinstance(error, kind)), None)


def _next(session: Session) -> str:
    return next_number(get_settings(session).text("member.pattern"), list_used_numbers(session))
