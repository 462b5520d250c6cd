"""How a membership goes on: admission, notice, another end, either taken back, rights suspended and given back.

What a step does to the dues is read back in words before it is saved.
Source: `domain.md` 3.1 to 3.3; `ux.md` 6.3 "Joining", "Leaving".
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from hashlib import sha256
from typing import Any, Final

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import DomainError
from membership.domain.members import EndCause, NoticeRule, NoticeWrong, PeriodWrong, possible_end
from membership.domain.policy import Actor
from membership.persistence.db import rehearse, write
from membership.persistence.queries.members import find_period, get_member
from membership.services import members
from membership.services.members.effects import leaving_effect, try_acceptance
from membership.web.access import current_actor, policy, read
from membership.web.forms.membership import AcceptForm, EndForm, NoticeForm, SuspendForm
from membership.web.frame import today
from membership.web.language import _
from membership.web.treasurer.members.blueprint import blueprint
from membership.web.treasurer.members.calculation import Calculation, calculation_of
from membership.web.treasurer.members.leaving import Reading, reading_of
from membership.web.treasurer.members.returning import back, is_repeated, to_record

_PLACES: Final[dict[type[DomainError], str]] = {NoticeWrong: "received_on"}


@blueprint.route("/<member:number>/notice", methods=["GET", "POST"])
@policy("member.write")
def notice(number: str) -> ResponseReturnValue:
    """Record a notice; what it does is shown before it is saved."""
    if is_repeated():
        return back(number)
    member = get_member(read(), number)
    period = find_period(read(), member.id, today())
    present = period.end if period else None
    known_day = period.notice_received_on if period else None
    form = NoticeForm(data={"received_on": known_day or today(), "end": present})
    reading: Reading = []
    last_day = present
    if form.validate_on_submit():
        received_on = form.received_on.day or today()
        first = possible_end(received_on, NoticeRule())
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
        "treasurer/members/notice.html", member=member, form=form, reading=reading, last_day=last_day
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
            )  # fmt: skip
        except DomainError as error:
            form.refuse(error, "on" if isinstance(error, PeriodWrong) else None)
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
    rehearse(_trying(), use_case, number, today=today(), **options)
    effect = leaving_effect(read(), number, last_day=last_day)
    key = _key(effect, options)
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


@blueprint.route("/<member:number>/accept", methods=["GET", "POST"])
@policy("member.write")
def accept(number: str) -> ResponseReturnValue:
    """Turn a prospect or applicant into a member; its first dues are shown before."""
    if is_repeated():
        return back(number)
    member = get_member(read(), number)
    form = AcceptForm(data={"start": today(), "decided_on": today()})
    found: Calculation | None = None
    if form.validate_on_submit():
        start, decided_on = form.start.day or today(), form.decided_on.day
        options: dict[str, Any] = {"start": start, "decided_on": decided_on, "today": today()}
        try:
            result = rehearse(_trying(), try_acceptance, member.number, **options)
            key = _key(result, options)
            if form.seen.data == key:
                write(current_actor(), members.accept_member, member.number, **options)
                return to_record(member.number, _("Member from %(day)s on.", day=start))
        except DomainError as error:
            form.refuse(error)
        else:
            form.seen.data, found = key, calculation_of(result) if result else None
    page = render_template("treasurer/members/accept.html", member=member, form=form, found=found)
    return page, 422 if form.errors else 200


@blueprint.route("/<member:number>/suspend", methods=["GET", "POST"])
@policy("member.write")
def suspend(number: str) -> ResponseReturnValue:
    """Let the rights of a member rest."""
    member = get_member(read(), number)
    form = SuspendForm(data={"since": today()})
    if form.validate_on_submit():
        try:
            _suspend(member.number, since=form.since.day or today(), note=str(form.note.data))
        except DomainError as error:
            form.refuse(error)
        else:
            undo = url_for(".resume", number=member.number)
            return to_record(member.number, _("The rights of the member rest. Dues stay due."), undo=undo)
    page = render_template("treasurer/members/suspend.html", member=member, form=form)
    return page, 422 if form.errors else 200


@blueprint.post("/<member:number>/resume")
@policy("member.write")
def resume(number: str) -> ResponseReturnValue:
    """Give the rights of a suspended member back."""
    if is_repeated():
        return back(number)
    session = read()
    period = find_period(session, get_member(session, number).id, today())
    since, note = (period.state_since or today(), period.state_note) if period else (today(), "")
    write(current_actor(), members.resume_member, number, today=today())
    undo = url_for(".suspend_again", number=number, since=since, note=note)
    return to_record(number, _("The member has its rights back."), undo=undo)


@blueprint.post("/<member:number>/suspend-again")
@policy("member.write")
def suspend_again(number: str) -> ResponseReturnValue:
    """Let the rights rest as before, when giving them back was a mistake."""
    try:
        since = date.fromisoformat(request.args.get("since", ""))
    except ValueError:
        abort(400)
    _suspend(number, since=since, note=request.args.get("note", ""))
    return to_record(number, _("The rights of the member rest. Dues stay due."))


def _suspend(number: str, *, since: date, note: str) -> None:
    write(current_actor(), members.suspend_member, number, since=since, note=note, today=today())


def _trying() -> Actor:
    """Return the person without the token of the form: nothing is kept of a try."""
    return current_actor(with_form_token=False)


def _key(*parts: object) -> str:
    """Return a short name of all that is read back."""
    return sha256(repr(parts).encode()).hexdigest()[:16]
