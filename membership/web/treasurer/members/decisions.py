"""What was agreed with a member or decided about it: an amount a year, a decision in the individual case.

Source: `domain.md` DUE-11b, DUE-17, INV-1a.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, Final

from flask import render_template
from flask.typing import ResponseReturnValue

from membership.domain.dues.facts import OverrideKind
from membership.domain.errors import DomainError, NotFound
from membership.domain.member_fields import FieldWrong
from membership.domain.money import Money, parse_amount, rounded
from membership.domain.typed_numbers import typed_number
from membership.persistence.db import write
from membership.persistence.queries.members import get_member, list_agreed, list_overrides
from membership.services import members
from membership.services.dues import agreed_too_low
from membership.services.members.facts import ReasonMissing, YearsWrong
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.member_dues import AgreedForm, DecisionForm, LastYearForm
from membership.web.frame import today
from membership.web.language import _
from membership.web.outdated import is_repeated
from membership.web.treasurer.members.blueprint import blueprint
from membership.web.treasurer.members.returning import back, to_record

_PLACES: Final[tuple[tuple[type[DomainError], str], ...]] = (
    (YearsWrong, "to_year"),
    (ReasonMissing, "reason"),
)


@blueprint.route("/<member:number>/agreed/new", methods=["GET", "POST"])
@policy("member.dues")
def agree(number: str) -> ResponseReturnValue:
    """Agree an amount a year."""
    member = get_member(read(), number)
    form = AgreedForm(data={"from_year": today().year})
    if form.validate_on_submit():
        try:
            write(
                current_actor(), members.set_agreed_amount, member.number, parse_amount(str(form.amount.data)),
                from_year=form.first_year(), to_year=form.to_year.data, reason=str(form.reason.data),
            )  # fmt: skip
        except DomainError as error:
            form.refuse(error, _place(error, "amount"))
        else:
            low = agreed_too_low(read(), member.id, year=max(form.first_year(), today().year))
            if low is not None:
                hint = _("%(problem)s Until one of the two changes, the member gets no invoice.", problem=low)
                sessions.notice("warning", hint)
            return to_record(member.number, _("The amount is agreed."))
    page = render_template("treasurer/members/agreed.html", member=member, form=form)
    return page, 422 if form.errors else 200


@blueprint.route("/<member:number>/agreed/<int:agreed_id>/end", methods=["GET", "POST"])
@policy("member.dues")
def end_agreed(number: str, agreed_id: int) -> ResponseReturnValue:
    """End an agreed amount with a dues year."""
    if is_repeated():
        return back(number)
    session = read()
    rows = list_agreed(session, get_member(session, number).id)
    row = _named(rows, agreed_id, what="agreed amount")
    return _end(
        number, agreed_id, _("End agreed amount"), agreed_words(row), use_case=members.end_agreed_amount
    )


@blueprint.route("/<member:number>/decisions/new", methods=["GET", "POST"])
@policy("member.dues")
def decide(number: str) -> ResponseReturnValue:
    """Record a decision in the individual case."""
    member = get_member(read(), number)
    form = DecisionForm(data={"from_year": today().year})
    if form.validate_on_submit():
        try:
            kind = OverrideKind(form.kind.data)
            write(
                current_actor(), members.set_override, member.number, kind=kind, value=_value(kind, form),
                from_year=form.first_year(), to_year=form.to_year.data, organ=form.organ.data or "",
                decided_on=form.decided_on.day, reason=str(form.reason.data),
            )  # fmt: skip
        except DomainError as error:
            form.refuse(error, _place(error, "value"))
        else:
            return to_record(member.number, _("The decision is recorded."))
    page = render_template("treasurer/members/decision.html", member=member, form=form)
    return page, 422 if form.errors else 200


@blueprint.route("/<member:number>/decisions/<int:override_id>/end", methods=["GET", "POST"])
@policy("member.dues")
def end_decision(number: str, override_id: int) -> ResponseReturnValue:
    """End a decision with a dues year."""
    if is_repeated():
        return back(number)
    session = read()
    rows = list_overrides(session, get_member(session, number).id)
    row = _named(rows, override_id, what="resolution")
    return _end(number, override_id, _("End decision"), decision_words(row), use_case=members.end_override)


def _value(kind: OverrideKind, form: DecisionForm) -> Fraction | None:
    """Return percent or euros; a decision without a value has None, which the rule then judges."""
    text = (form.value.data or "").strip()
    if not text:
        return None
    if kind is OverrideKind.AMOUNT:
        return Fraction(parse_amount(text), 100)
    return typed_number(text.removesuffix("%"))


def _named(rows: Sequence[Any], row_id: int, *, what: str) -> Any:  # noqa: ANN401 - a row of either table
    found = next((row for row in rows if row.id == row_id), None)
    if found is None:
        raise NotFound(what=what, key=row_id)
    return found


def agreed_words(row: Any) -> str:  # noqa: ANN401 - a row
    """Return an agreed amount in one line."""
    return _("%(amount)s a year, %(years)s", amount=Money(row.amount_cents), years=years_of(row))


def decision_words(row: Any) -> str:  # noqa: ANN401 - a row
    """Return a decision in the individual case in one line."""
    kind, value = OverrideKind(row.kind), row.value or Fraction(0)
    texts = {
        OverrideKind.AMOUNT: lambda: _("%(amount)s a year", amount=Money(rounded(value * 100))),
        OverrideKind.PERCENT: lambda: _("%(percent)s %% of the dues", percent=value),
        OverrideKind.WAIVE: lambda: _("Dues waived"),
    }
    return _("%(text)s, %(years)s", text=texts[kind](), years=years_of(row))


def years_of(row: Any) -> str:  # noqa: ANN401 - a row of either table
    """Return the dues years for which something holds, in words."""
    first, last = str(row.from_year), str(row.to_year)
    if row.to_year is None:
        return _("from %(year)s on", year=first)
    return first if first == last else _("%(first)s to %(last)s", first=first, last=last)


def _end(
    number: str, row_id: int, title: str, what: str, *, use_case: Callable[..., None]
) -> ResponseReturnValue:
    """Ask for the last dues year and end what was agreed or decided."""
    member = get_member(read(), number)
    form = LastYearForm(data={"last_year": today().year})
    if form.validate_on_submit():
        write(current_actor(), use_case, member.number, row_id, last_year=form.last_year.data)
        year = str(form.last_year.data)
        return to_record(member.number, _("It ends with the dues year %(year)s.", year=year))
    page = render_template(
        "treasurer/members/last_year.html", member=member, form=form, title=title, what=what
    )
    return page, 422 if form.errors else 200


def _place(error: DomainError, usual: str) -> str:
    if isinstance(error, FieldWrong):
        return error.field
    return next((field for kind, field in _PLACES if isinstance(error, kind)), usual)
