"""How a membership goes on: admission, notice, another end, either taken back, rights suspended and given back.

What a step does to the dues is read back in words before it is saved.
Source: `domain.md` 3.3; `ux.md` 6.3 "Leaving".
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import DomainError, NotFound
from membership.domain.member_words import NOTICE_TO_WORDS
from membership.domain.members import (
    EndCause,
    NoticeWrong,
    PeriodWrong,
    SuccessionKind,
    SuccessorWrong,
    possible_end,
)
from membership.persistence.db import rehearse, write
from membership.persistence.queries.members import find_period, get_member
from membership.services import members
from membership.services.members.effects import leaving_effect
from membership.web.access import current_actor, policy, read
from membership.web.forms.membership import EndForm, NoticeForm
from membership.web.frame import today
from membership.web.language import _
from membership.web.outdated import is_repeated
from membership.web.treasurer.members.blueprint import blueprint
from membership.web.treasurer.members.leaving import Reading, reading_of
from membership.web.treasurer.members.returning import back, key_of, to_record, trying

_PLACES: Final[dict[type[DomainError], str]] = {
    NoticeWrong: "received_on",
    PeriodWrong: "on",
    SuccessorWrong: "successor",
    NotFound: "successor",
}
"""Refusal -> the field it belongs to."""


@blueprint.route("/<member:number>/notice", methods=["GET", "POST"])
@policy("member.write")
def notice(number: str) -> ResponseReturnValue:
    """Record a notice; what it does is shown before it is saved."""
    if is_repeated():
        return back(number)
    member = get_member(read(), number)
    period = find_period(read(), member.id, today())
    present = period.end if period else None
    rule = members.notice_rule(read())
    known_day = period.notice_received_on if period else None
    form = NoticeForm(data={"received_on": known_day or today(), "end": present})
    reading: Reading = []
    last_day = present
    if form.validate_on_submit():
        received_on = form.received_on.day or today()
        first = possible_end(received_on, rule)
        last_day = form.end.day or first
        try:
            reading = _leave(
                form, member.number, last_day, members.record_notice, earliest=first,
                received_on=received_on, end=last_day, note=form.note.data or "",
            )  # fmt: skip
        except DomainError as error:
            form.refuse(error, "end" if isinstance(error, PeriodWrong) else _PLACES.get(type(error)))
        else:
            if not reading:
                text = _("The notice is recorded. The membership ends on %(day)s.", day=last_day)
                return to_record(member.number, text, undo=_undo(member.number, present))
    page = render_template(
        "treasurer/members/notice.html",
        member=member,
        form=form,
        reading=reading,
        last_day=last_day,
        months=rule.months,
        notice_to=_(NOTICE_TO_WORDS[rule.to]),
    )
    return page, 422 if form.errors else 200


@blueprint.route("/<member:number>/end", methods=["GET", "POST"])
@policy("member.write")
def end(number: str) -> ResponseReturnValue:
    """End a membership for another cause; what that does is shown before it is saved."""
    if is_repeated():
        return back(number)
    member = get_member(read(), number)
    period = find_period(read(), member.id, today())
    present = period.end if period else None
    form = EndForm(data={"on": present or today()})
    reading: Reading = []
    if form.validate_on_submit():
        last_day = form.on.day or today()
        try:
            reading = _leave(
                form, member.number, last_day, members.end_membership,
                on=last_day, cause=EndCause(form.cause.data), note=form.note.data or "",
                successor=(form.successor.data or "").strip(), succession=SuccessionKind(form.succession.data),
            )  # fmt: skip
        except DomainError as error:
            form.refuse(error, _PLACES.get(type(error)))
        else:
            if not reading:
                text = _("The membership ends on %(day)s.", day=last_day)
                return to_record(member.number, text, undo=_undo(member.number, present))
    page = render_template(
        "treasurer/members/end.html", member=member, form=form, reading=reading, last_day=form.on.day
    )
    return page, 422 if form.errors else 200


def _leave(
    form: NoticeForm | EndForm,
    number: str,
    last_day: date,
    use_case: Callable[..., str],
    *,
    earliest: date | None = None,
    **options: Any,  # noqa: ANN401 - what the use case takes
) -> Reading:
    """Take the step when its effect was read, and return nothing; else return the effect to be read."""
    rehearse(trying(), use_case, number, today=today(), **options)
    effect = leaving_effect(read(), number, last_day=last_day)
    key = key_of(effect, options)
    if form.seen.data == key:
        write(current_actor(), use_case, number, today=today(), **options)
        return []
    form.seen.data = key
    return reading_of(effect, earliest=earliest)


def _undo(number: str, before: date | None) -> str | None:
    """Return the address that takes the end back; None when there was another one before."""
    return url_for(".withdraw", number=number) if before is None else None


@blueprint.post("/<member:number>/withdraw")
@policy("member.write")
def withdraw(number: str) -> ResponseReturnValue:
    """Take a notice or an end back."""
    write(current_actor(), members.withdraw_notice, number, today=today())
    return to_record(number, _("The end of the membership is taken back. It goes on without end."))
