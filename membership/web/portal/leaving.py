"""A company gives notice of leaving: when it would end, what it costs until then, checked, then confirmed by mail.

Source: MEM-6 to MEM-9; `ux.md` 7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from membership.domain.companies import NoticeChanged
from membership.domain.dues.assessment import Assessment
from membership.domain.errors import DomainError
from membership.domain.member_account import Document, belonging
from membership.domain.member_words import NOTICE_TO_WORDS
from membership.domain.members import NoticeRule, possible_end
from membership.persistence.db import read_as, write
from membership.persistence.queries import member_account as queries
from membership.services import companies, members
from membership.services.members.effects import dues_of
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.declaring import visitor
from membership.web.forms.own_company import LeaveForm
from membership.web.frame import today
from membership.web.language import _, ngettext
from membership.web.portal.companies import own_running, page

blueprint = Blueprint("leaving", __name__, url_prefix="/company/leave")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a company still pays for a dues year; None means that it cannot be said yet."""

    year: int
    cents: int | None
    is_billed: bool


@blueprint.route("", methods=["GET", "POST"])
@policy("portal.edit", fresh=True)
def give() -> ResponseReturnValue:
    """Show when the membership would end and what it costs until then; take the notice."""
    shown = own_running("portal.edit")
    known = belonging(queries.list_periods(shown.session, shown.company.id))
    rule = members.notice_rule(shown.session)
    first = possible_end(today(), rule)
    form = LeaveForm(data={"seen": first.isoformat()})
    if form.validate_on_submit():
        try:
            write(
                current_actor(),
                companies.give_notice,
                shown.company.number,
                end=_seen(form, first),
                today=today(),
            )
        except DomainError as error:
            if isinstance(error, NoticeChanged):
                form.seen.data = first.isoformat()
            form.refuse(error)
        else:
            sessions.notice("ok", _("We have received your notice. An e-mail confirms it."))
            return redirect(url_for(".give"), code=303)
    documents = queries.list_documents(shown.session, shown.company.id)
    is_known = known is not None and known.until is not None
    shown_page = page(
        "portal/leaving/give.html",
        shown,
        form=form,
        until=known.until if known else None,
        first=first,
        rule=_rule_words(rule),
        costs=[] if is_known else _costs(shown.company.number, documents, first),
        open_cents=sum(document.open_cents for document in documents),
    )
    return shown_page, 422 if form.errors else 200


def _seen(form: LeaveForm, first: date) -> date:
    try:
        return date.fromisoformat(form.seen.data or "")
    except ValueError:
        return first


def _rule_words(rule: NoticeRule) -> str:
    return ngettext(
        "The notice must be received %(n)s month before the end, which is possible %(end)s.",
        "The notice must be received %(n)s months before the end, which is possible %(end)s.",
        rule.months,
        end=_(NOTICE_TO_WORDS[rule.to]),
    )


def _costs(number: str, documents: Sequence[Document], last_day: date) -> list[Cost]:
    """Return the dues of each year up to the last day: of the invoice, else as the fee schedule works them out."""
    billed: dict[int, int] = {}
    for document in documents:
        if not document.title and not document.standing.is_cancelled:
            billed[document.dues_year] = billed.get(document.dues_year, 0) + document.counted_cents
    found = []
    for year in range(today().year, last_day.year + 1):
        if year in billed:
            found.append(Cost(year, billed[year], is_billed=True))
        else:
            found.append(Cost(year, _expected(number, year), is_billed=False))
    return found


def _expected(number: str, year: int) -> int | None:
    """Return what the fee schedule comes to; it is not the company's to read, so it is read without its limits."""
    try:
        result = dues_of(read_as(visitor()), number, year=year)
    finally:
        read()
    if not isinstance(result, Assessment):
        return None
    return sum((line.amount + line.tax_amount).cents for line in result.lines)
