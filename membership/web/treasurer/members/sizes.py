"""The sizes of a member: a value recorded, a mistyped one removed, either undone.

Source: `domain.md` DUE-5 to DUE-7; `ux.md` 4 "Undo".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Field

from membership.domain.dues.facts import Origin
from membership.domain.dues.schedule.bases import Basis
from membership.domain.dues.words import class_words
from membership.domain.errors import N_, DomainError, InputError
from membership.domain.reference_days import day_meant
from membership.domain.typed_numbers import exact_number, typed_number
from membership.persistence.columns import exact_text
from membership.persistence.db import write
from membership.persistence.queries.members import find_value, find_value_on, get_member
from membership.services import members
from membership.services.dues import known_sizes, main_size
from membership.web.access import current_actor, policy, read
from membership.web.forms.form import choice
from membership.web.forms.member_dues import CLASS, SizeForm, size_form
from membership.web.frame import today
from membership.web.language import _, words
from membership.web.outdated import is_repeated
from membership.web.treasurer.members.blueprint import blueprint
from membership.web.treasurer.members.returning import back, to_record
from membership.web.treasurer.members.words import size_name

Value = Fraction | dict[str, Fraction]


class ValueMissing(InputError):
    """Neither a number nor heads by class."""

    message = N_("Please enter a number.")
    code = "value_missing"


class ValueTwice(InputError):
    """A number and heads by class at once."""

    message = N_("Enter either one number or the numbers by class, not both.")
    code = "value_twice"


@blueprint.route("/<member:number>/sizes/new", methods=["GET", "POST"])
@policy("member.write")
def record_size(number: str) -> ResponseReturnValue:
    """Record a value as of a day."""
    if is_repeated():
        return back(number)
    session = read()
    member = get_member(session, number)
    known, main = known_sizes(session, today().year), main_size(session, today().year)
    classes = _classes(known)
    asked = request.args.get("basis", "")
    chosen = known.get(asked, main)
    form = size_form(classes)(data={"basis": chosen.name, "as_of": usual_day(chosen)})
    form.basis.choices = [choice(name, size_name(basis)) for name, basis in known.items()]
    if form.validate_on_submit():
        response = _record(form, member, [form[f"{CLASS}{code}"] for code in classes])
        if response is not None:
            return response
    page = render_template(
        "treasurer/members/size.html",
        member=member,
        form=form,
        class_fields=[form[f"{CLASS}{code}"] for code in classes],
        is_by_class=any(form[f"{CLASS}{code}"].data or form[f"{CLASS}{code}"].errors for code in classes),
    )
    return page, 422 if form.errors else 200


def usual_day(basis: Basis) -> date:
    """Return the last reference day that has come, or today where that is nearer to the coming one."""
    return day_meant(basis, today())


def _classes(known: Mapping[str, Basis]) -> dict[str, str]:
    """Return the classes of working time that a schedule weighs, code -> name."""
    weighted = (basis for basis in known.values() if basis.weights)
    return {code: words().value(class_words(code)) for basis in weighted for code in basis.weights or ()}


def _record(form: SizeForm, member: Any, class_fields: list[Field]) -> ResponseReturnValue | None:  # noqa: ANN401 - a row
    """Record what was typed and go back; None when it was refused, with the sentence at its field."""
    basis, as_of = str(form.basis.data), form.as_of.day or today()
    before = find_value_on(read(), member.id, basis, as_of)
    old = _kept(before) if before else None
    try:
        value = _value(form, class_fields)
        write(
            current_actor(), members.record_basis_value, member.number, basis, value,
            as_of=as_of, origin=str(form.origin.data), note=form.note.data or "",
        )  # fmt: skip
    except DomainError as error:
        form.refuse(error, "value")
        return None
    made = find_value_on(read(), member.id, basis, as_of)
    undo = url_for(".restore_size", number=member.number, **old) if old else None
    if undo is None and made is not None:
        undo = url_for(".forget_size", number=member.number, value_id=made.id)
    return to_record(member.number, _("The size as of %(day)s is recorded.", day=as_of), undo=undo)


def _value(form: SizeForm, class_fields: list[Field]) -> Value:
    by_class = {
        str(field.name).removeprefix(CLASS): typed_number(field.data) for field in class_fields if field.data
    }
    if by_class and form.value.data:
        raise ValueTwice
    if not by_class and not form.value.data:
        raise ValueMissing
    return by_class or typed_number(str(form.value.data))


@blueprint.post("/<member:number>/sizes/<int:value_id>/forget")
@policy("member.write")
def forget_size(number: str, value_id: int) -> ResponseReturnValue:
    """Remove a mistyped value; the notice offers to put it back."""
    if is_repeated():
        return back(number)
    session = read()
    row = find_value(session, get_member(session, number).id, value_id)
    old = _kept(row) if row else {}
    write(current_actor(), members.forget_basis_value, number, value_id)
    return to_record(number, _("The value is removed."), undo=url_for(".restore_size", number=number, **old))


def _kept(row: Any) -> dict[str, Any]:  # noqa: ANN401 - a row
    """Return a value as an address holds it, to put it back."""
    kept = {"basis": row.basis, "as_of": row.as_of.isoformat(), "origin": str(row.origin), "note": row.note}
    if row.classes:
        return {**kept, **{f"{CLASS}{code}": str(heads) for code, heads in row.classes.items()}}
    return {**kept, "value": exact_text(row.value)}


@blueprint.post("/<member:number>/sizes/restore")
@policy("member.write")
def restore_size(number: str) -> ResponseReturnValue:
    """Put a value back that was removed or replaced."""
    asked = request.args
    try:
        by_class = {
            name.removeprefix(CLASS): exact_number(text)
            for name, text in asked.items()
            if name.startswith(CLASS)
        }
        value: Value = by_class or exact_number(asked["value"])
        as_of, origin = date.fromisoformat(asked["as_of"]), Origin(asked["origin"])
    except (ValueError, InputError):
        abort(400)
    write(
        current_actor(), members.record_basis_value, number, asked["basis"], value,
        as_of=as_of, origin=str(origin), note=asked.get("note", ""),
    )  # fmt: skip
    return to_record(number, _("The value as of %(day)s is as before.", day=as_of))
