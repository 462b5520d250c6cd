"""The exceptions of a draft, each with its correction in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.billing import Mark, RunState
from membership.domain.errors import N_, InputError
from membership.domain.money import parse_amount
from membership.domain.run_review import Problem, RunLine, group_problems, sums_of
from membership.domain.typed_numbers import typed_number
from membership.persistence.db import Session, write
from membership.persistence.queries.billing import get_run
from membership.persistence.queries.run_items import count_billed_elsewhere, list_lines
from membership.services import billing, run_review, run_sizes
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.billing import AgreedForm, CategoryForm, EmailForm, OrderForm, SizeForm
from membership.web.forms.form import Form
from membership.web.language import _, ngettext, words
from membership.web.links import member_address
from membership.web.treasurer.billing import shown
from membership.web.treasurer.billing.blueprint import blueprint
from membership.web.treasurer.paging import PAGE, page_number, pager

_SHOWN: Final = 10
_MARKS: Final = {
    Problem.CHANGE: Mark.CHANGE,
    Problem.NO_EMAIL: Mark.NO_EMAIL,
    Problem.NO_ADDRESS: Mark.NO_ADDRESS,
    Problem.UNPRINTABLE: Mark.UNPRINTABLE,
    Problem.ESTIMATED: Mark.ESTIMATED,
}
_TITLES: Final = {
    Problem.SIZE: (N_("Size missing"), N_("Without it the fee schedule does not say how much is owed.")),
    Problem.CATEGORY: (N_("Category missing"), N_("Without it there is no rule for this member.")),
    Problem.AGREED: (
        N_("Agreed amount missing or too low"),
        N_("The dues of this category are agreed with each member."),
    ),
    Problem.UNDECIDED: (
        N_("No rule for these members"),
        N_(
            "The fee schedule does not say what these members owe. Put the record or the schedule right and work the "
            "run out anew, or hold them back."
        ),
    ),
    Problem.CHANGE: (N_("Large change"), N_("Please look at these before the invoices go out.")),
    Problem.NO_EMAIL: (N_("E-mail missing"), N_("These invoices go out on paper until an address is known.")),
    Problem.NO_ADDRESS: (
        N_("Postal address missing or without postcode"),
        N_("The invoice would have no whole address."),
    ),
    Problem.UNPRINTABLE: (
        N_("Cannot be printed"),
        N_("No invoice is issued with such a sign. Correct name or address in the record."),
    ),
    Problem.ESTIMATED: (
        N_("Size estimated"),
        N_("A value of an earlier year or an estimate counts, unless you enter the present one."),
    ),
    Problem.ORDER: (
        N_("Waiting for an order number"),
        N_(
            "These members asked for one before the invoice and gave none for this year. A later run bills them too."
        ),
    ),
    Problem.HELD: (N_("Held back"), N_("These members get no invoice in this run.")),
    Problem.FREE: (N_("Free of dues"), N_("These members get no invoice. For your information.")),
}
"""Group -> its heading and what it means."""


@dataclass(frozen=True, slots=True)
class Group:
    """Exceptions of one kind, as far as they are shown."""

    problem: Problem
    title: str
    text: str
    lines: Sequence[RunLine]
    count: int
    href: str | None


@dataclass(frozen=True, slots=True)
class Wrong:
    """A correction that was refused: at which member, with what was typed and why."""

    problem: Problem
    member_id: int
    form: Form


@blueprint.get("/<int:run_id>/exceptions")
@policy("billing.read")
def exceptions(run_id: int) -> ResponseReturnValue:
    """Show what stands out in a draft, in groups."""
    return _page(run_id)


def _page(run_id: int, wrong: Wrong | None = None) -> ResponseReturnValue:
    session = read()
    run = get_run(session, run_id)
    if run.state is not RunState.DRAFT:
        return redirect(url_for(".show", run_id=run_id), code=303)
    lines = list_lines(session, run_id)
    sums = sums_of(lines)
    groups, pages = _groups(run_id, lines, wrong)
    page = render_template(
        "treasurer/billing/exceptions.html",
        run=run,
        steps=shown.steps_of(run_id, run.state, "exceptions"),
        groups=groups,
        pager_=pages,
        is_one_group=_asked() is not None,
        categories=_categories(session, groups),
        billed_elsewhere=count_billed_elsewhere(session, run.dues_year, run_id=run_id),
        equation=shown.equation(sums),
        sums=sums,
        last_sizes=_last_sizes(session, run.dues_year, groups),
        wrong=wrong,
        form=wrong.form if wrong else None,
        reason_of=_reason,
        member_address=member_address,
    )
    return page, 422 if wrong else 200


def _asked() -> Problem | None:
    asked = request.args.get("group", "")
    return Problem(asked) if asked in set(Problem) else None


def _groups(run_id: int, lines: Sequence[RunLine], wrong: Wrong | None) -> tuple[list[Group], Any]:
    """Return the groups with their first rows, or one page of the group that is asked for; with its pager."""
    found = group_problems(lines)
    asked = _asked()
    if asked is not None and wrong is None:
        page = page_number()
        part = found.get(asked, [])[(page - 1) * PAGE : page * PAGE]
        return [_group(run_id, asked, found.get(asked, []), part)], pager(page, len(found.get(asked, [])))
    groups = []
    for problem, members in found.items():
        part = members[:_SHOWN]
        if wrong and wrong.problem is problem:
            part += [line for line in members[_SHOWN:] if line.member_id == wrong.member_id]
        groups.append(_group(run_id, problem, members, part))
    return groups, None


def _group(run_id: int, problem: Problem, members: Sequence[RunLine], part: Sequence[RunLine]) -> Group:
    title, text = _TITLES[problem]
    more = url_for(".exceptions", run_id=run_id, group=str(problem)) if len(part) < len(members) else None
    return Group(problem, _(title), _(text), part, len(members), more)


def _categories(session: Session, groups: Sequence[Group]) -> list[tuple[str, str]]:
    if not any(group.problem is Problem.CATEGORY for group in groups):
        return []
    return list(shown.category_names(session).items())


def _last_sizes(session: Session, year: int, groups: Sequence[Group]) -> Mapping[int, Any]:
    """Return member id -> the earlier size of those shown that miss one."""
    shown_lines = [line for group in groups if group.problem is Problem.SIZE for line in group.lines]
    return run_sizes.list_last_sizes(session, year, shown_lines) if shown_lines else {}


def _reason(line: RunLine, problem: Problem) -> str:
    """Return why an item stands in a group: its warning, or why it has no invoice."""
    mark = _MARKS.get(problem)
    found = (words().value(warning.text) for warning in line.warnings if warning.rule == mark)
    return shown.reason_of(line) if mark is None else next(found, "")


@blueprint.post("/<int:run_id>/members/<int:member_id>/size")
@policy("billing.release")
def enter_size(run_id: int, member_id: int) -> ResponseReturnValue:
    """Record a size that is missing or estimated."""
    return _correct(
        run_id, member_id, SizeForm(),
        problem=Problem.ESTIMATED if request.form.get("group") == Problem.ESTIMATED else Problem.SIZE,
        use_case=run_review.enter_size, values=lambda form: {"value": typed_number(form.value.data)},
    )  # fmt: skip


@blueprint.post("/<int:run_id>/last-sizes")
@policy("billing.release")
def use_last_sizes(run_id: int) -> ResponseReturnValue:
    """Let last year's sizes count for the members that miss one."""
    used = write(current_actor(), run_sizes.use_last_sizes, run_id, _members_asked())
    return _back(
        run_id,
        ngettext(
            "Last year's value counts for %(n)s member. The run is worked out anew.",
            "Last year's values count for %(n)s members. The run is worked out anew.",
            used,
        ),
    )


def _members_asked() -> list[int]:
    asked = request.form.getlist("member")
    if not asked or not all(each.isascii() and each.isdigit() for each in asked):
        abort(400)
    return [int(each) for each in asked]


@blueprint.post("/<int:run_id>/members/<int:member_id>/category")
@policy("billing.release")
def choose_category(run_id: int, member_id: int) -> ResponseReturnValue:
    """Put a member into a category."""
    return _correct(
        run_id, member_id, CategoryForm(), problem=Problem.CATEGORY,
        use_case=run_review.choose_category, values=lambda form: {"code": form.value.data},
    )  # fmt: skip


@blueprint.post("/<int:run_id>/members/<int:member_id>/agreed")
@policy("billing.release")
def agree_amount(run_id: int, member_id: int) -> ResponseReturnValue:
    """Record the amount agreed with a member."""
    return _correct(
        run_id, member_id, AgreedForm(), problem=Problem.AGREED, use_case=run_review.agree_amount,
        values=lambda form: {"cents": parse_amount(form.value.data), "reason": form.reason.data},
    )  # fmt: skip


@blueprint.post("/<int:run_id>/members/<int:member_id>/email")
@policy("billing.release")
def enter_email(run_id: int, member_id: int) -> ResponseReturnValue:
    """Record the address for the invoices of a member."""
    return _correct(
        run_id, member_id, EmailForm(), problem=Problem.NO_EMAIL,
        use_case=run_review.enter_email, values=lambda form: {"email": form.value.data},
    )  # fmt: skip


@blueprint.post("/<int:run_id>/members/<int:member_id>/order-number")
@policy("billing.release")
def enter_order_number(run_id: int, member_id: int) -> ResponseReturnValue:
    """Record the order number that a member gave for the dues year."""
    return _correct(
        run_id, member_id, OrderForm(), problem=Problem.ORDER,
        use_case=run_review.enter_order_number, values=lambda form: {"order_number": form.value.data},
    )  # fmt: skip


def _correct(
    run_id: int,
    member_id: int,
    form: Form,
    *,
    problem: Problem,
    use_case: Callable[..., None],
    values: Callable[[Any], Mapping[str, object]],
) -> ResponseReturnValue:
    """Make one correction and go back to the list; a refusal stands at its field."""
    for field in form:
        field.id = f"{problem}-{member_id}-{field.name}"
    if form.validate():
        try:
            write(current_actor(), use_case, run_id, member_id, **values(form))
        except InputError as error:
            form.refuse(error, "value")
        else:
            return _back(run_id, _("Saved. The run is worked out anew."))
    return _page(run_id, Wrong(problem, member_id, form))


@blueprint.post("/<int:run_id>/members/<int:member_id>/hold")
@policy("billing.release")
def hold(run_id: int, member_id: int) -> ResponseReturnValue:
    """Hold a member back; the notice offers to take that back."""
    write(current_actor(), billing.hold_item, run_id, member_id, reason=request.form.get("reason", "")[:200])
    undo = {"href": url_for(".bill", run_id=run_id, member_id=member_id), "label": _("Undo")}
    return _back(run_id, _("The member is held back."), undo)


@blueprint.post("/<int:run_id>/members/<int:member_id>/bill")
@policy("billing.release")
def bill(run_id: int, member_id: int) -> ResponseReturnValue:
    """Take a member that was held back into the run again."""
    write(current_actor(), billing.bill_item, run_id, member_id)
    return _back(run_id, _("The member is part of the run again."))


@blueprint.post("/<int:run_id>/confirm")
@policy("billing.release")
def confirm(run_id: int) -> ResponseReturnValue:
    """Confirm large changes that somebody has looked at."""
    members = _members_asked()
    write(current_actor(), billing.confirm_items, run_id, members)
    return _back(run_id, ngettext("The change is confirmed.", "%(n)s changes are confirmed.", len(members)))


def _back(run_id: int, text: str, undo: Mapping[str, str] | None = None) -> ResponseReturnValue:
    sessions.notice("ok", text, undo)
    return redirect(url_for(".exceptions", run_id=run_id, group=_asked()), code=303)
