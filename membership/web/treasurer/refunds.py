"""Refunds: credit balances, a refund from its preparation to the statement, and the files for the bank.

Source: PAY-4, SEPA-17, MEM-18; `ux.md` 6.9 “Erstatten”.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import N_, DomainError, NotFound
from membership.domain.money import decimal_text, parse_amount
from membership.domain.refunds import STATE_WORDS, RefundState, RefundTooHigh, WithdrawalReasonMissing
from membership.persistence.db import write
from membership.persistence.queries import refunds as queries
from membership.persistence.queries.members.rows import get_member
from membership.persistence.queries.payments import credit_cents
from membership.persistence.queries.refunds import Choice
from membership.persistence.queries.reports import list_credits
from membership.services import refunds
from membership.services.exports import File
from membership.services.refunds import Payee
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.downloads import download
from membership.web.forms.form import choice
from membership.web.forms.refunds import OTHER, FileDayForm, RefundForm, WithdrawForm
from membership.web.frame import today
from membership.web.heavy import few_at_once
from membership.web.language import _
from membership.web.links import member_address
from membership.web.treasurer.audit import KIND_WORDS, name_actions
from membership.web.treasurer.paging import PAGE, page_number, pager
from membership.web.waiting import is_waiting, waiting_at

blueprint = Blueprint("refunds", __name__, url_prefix="/payments/refunds")
name_actions({
    "refund.prepare": N_("Refund prepared"),
    "refund.withdraw": N_("Refund withdrawn"),
    "refund.file": N_("File of refunds created"),
    "refund.export": N_("File of refunds downloaded"),
    "refund.submit": N_("File of refunds handed in"),
    "refund.file_withdraw": N_("File of refunds withdrawn"),
    "refund.pay": N_("Refund paid out"),
    "refund.unpay": N_("Payout of a refund taken back"),
    "bank.refunded": N_("Refund matched"),
})  # fmt: skip
KIND_WORDS.update({"refund": N_("Refund"), "refund_file": N_("File of refunds")})
_WRITE: Final = "payment.record"
_LONGEST: Final = 40


@blueprint.get("")
@policy("payment.read")
def index() -> ResponseReturnValue:
    """Show what can be refunded, what waits for a file, the files, and all refunds."""
    return _index(FileDayForm())


def _index(form: FileDayForm) -> ResponseReturnValue:
    session = read()
    total = queries.count_refunds(session)
    page = min(page_number(), max(1, -(-total // PAGE)))
    rendered = render_template(
        "treasurer/refunds/index.html",
        form=form,
        credits=list_credits(session, as_of=today()),
        prepared=queries.list_refunds(session, Choice(states=frozenset({RefundState.PREPARED}))),
        files=queries.list_files(session),
        rows=queries.list_refunds(session, page=page, size=PAGE),
        pager=pager(page, total),
        state_words=STATE_WORDS,
        awaited=waiting_at(session, "refund"),
    )
    return rendered, 422 if form.errors else 200


@blueprint.route("/new", methods=["GET", "POST"])
@policy("payment.record", fresh=True)
def new() -> ResponseReturnValue:
    """Prepare a refund: choose whose credit balance, how much of it, and the account."""
    asked = {name: request.args.get(name, "").strip()[:_LONGEST] for name in ("member", "amount", "line")}
    form = RefundForm(data={"member": asked["member"], "amount": asked["amount"]})
    credit, member = 0, None
    known: list[queries.KnownAccount] = []
    if number := str(form.member.data or "").strip():
        try:
            member = get_member(read(), number)
        except NotFound as error:
            form.process(data={"member": number}) if request.method == "GET" else None
            form.member.errors = [*form.member.errors, _(error.message, **error.values)]
    if member is not None:
        known = queries.list_accounts(read(), member.id)
        credit = credit_cents(read(), member.id)
    form.account.choices = [
        *(choice(str(each.line_id), f"{each.iban_shown} {each.holder}".strip()) for each in known),
        choice(OTHER, _("Another account")),
    ]
    if request.method == "GET":
        lines = [str(each.line_id) for each in known]
        form.account.data = asked["line"] if asked["line"] in lines else (lines or [OTHER])[0]
        if credit and not form.amount.data:
            form.amount.data = decimal_text(credit).replace(".", ",")
    elif member is not None and form.validate_on_submit() and (answer := _prepared(form)) is not None:
        return answer
    page = render_template("treasurer/refunds/new.html", form=form, member=member, credit=credit)
    return page, 422 if form.errors else 200


def _prepared(form: RefundForm) -> ResponseReturnValue | None:
    is_other = form.account.data == OTHER
    payee = Payee(
        line_id=None if is_other else int(str(form.account.data)),
        iban=str(form.iban.data or "") if is_other else "",
        name=str(form.holder.data or ""),
        bic=str(form.bic.data or ""),
    )
    try:
        made = write(
            current_actor(), refunds.prepare_refund, str(form.member.data), parse_amount(str(form.amount.data)),
            payee=payee, purpose=str(form.purpose.data or ""), today=today(),
        )  # fmt: skip
    except DomainError as error:
        form.refuse(error, "amount" if isinstance(error, RefundTooHigh) else "iban")
        return None
    if is_waiting(made):
        return redirect(url_for(".index"), code=303)
    sessions.notice("ok", _("The refund is prepared. It goes to the bank with the next file."))
    return redirect(url_for(".show", refund=made), code=303)


@blueprint.get("/of/<refund>")
@policy("payment.read")
def show(refund: str) -> ResponseReturnValue:
    """Show a refund: to whom, how far, what happened to it."""
    view = queries.get_refund(read(), refund)
    return render_template(
        "treasurer/refunds/show.html",
        view=view,
        form=WithdrawForm(),
        state_words=STATE_WORDS,
        is_prepared=view.state is RefundState.PREPARED,
        member_href=member_address(view.member_number),
        events=[_event(step) for step in reversed(view.steps)],
    )


def _event(step: Any) -> dict[str, Any]:  # noqa: ANN401 - a row
    return {
        "icon": "bank", "tone": "", "text": _(STATE_WORDS[step.kind]), "at": step.at, "who": step.actor_name,
        "lines": [step.reason] if step.reason else [],
    }  # fmt: skip


@blueprint.post("/of/<refund>/withdraw")
@policy("payment.record")
def withdraw(refund: str) -> ResponseReturnValue:
    """Give a prepared refund up."""
    number = queries.get_refund(read(), refund).row.number
    write(current_actor(), refunds.withdraw_refund, number, on=today(), reason=_reason())
    sessions.notice("ok", _("The refund is withdrawn. The amount is a credit balance again."))
    return redirect(url_for(".show", refund=number), code=303)


def _reason() -> str:
    return str(request.form.get("reason", "")).strip()[:200]


@blueprint.post("/create-file")
@policy("payment.record", fresh=True)
@few_at_once
def create_file() -> ResponseReturnValue:
    """Put the ticked refunds into a file."""
    form = FileDayForm()
    if form.validate_on_submit():
        try:
            made = write(
                current_actor(), refunds.create_file, today=today(), on=form.on.day,
                numbers=frozenset(request.form.getlist("refund")),
            )  # fmt: skip
        except DomainError as error:
            form.refuse(error, "on")
        else:
            sessions.notice("ok", _("The file %(number)s is made.", number=made))
            return redirect(url_for(".file", file=made), code=303)
    return _index(form)


@blueprint.get("/files/<file>")
@policy("payment.read")
def file(file: str) -> ResponseReturnValue:
    """Show a file: its sum, how it stands, its refunds."""
    return _file(file, WithdrawForm())


def _file(number: str, form: WithdrawForm) -> ResponseReturnValue:
    view = queries.get_file(read(), number)
    page = render_template(
        "treasurer/refunds/file.html",
        view=view,
        form=form,
        state_words=STATE_WORDS,
        is_before=view.state is RefundState.FILED,
        is_submitted=view.state is RefundState.SUBMITTED,
        is_withdrawn=view.state is RefundState.WITHDRAWN,
        has_paid=any(each.state is RefundState.PAID for each in view.refunds),
    )
    return page, 422 if form.errors else 200


@blueprint.post("/files/<file>/download")
@policy("payment.record", fresh=True)
@few_at_once
def download_file(file: str) -> ResponseReturnValue:
    """Hand the file out; who fetched it stands in the log."""
    number = queries.get_file(read(), file).row.number
    content = write(current_actor(), refunds.export_file, number)
    return download(File(f"{number}.xml", "application/xml", content))


@blueprint.post("/files/<file>/submitted")
@policy("payment.record")
def submitted(file: str) -> ResponseReturnValue:
    """Note that a person handed the file in."""
    number = queries.get_file(read(), file).row.number
    write(current_actor(), refunds.mark_submitted, number, on=today())
    sessions.notice("ok", _("The refunds are on their way. The next bank statement shows them."))
    return redirect(url_for(".file", file=number), code=303)


@blueprint.post("/files/<file>/withdraw")
@policy("payment.record")
def withdraw_file(file: str) -> ResponseReturnValue:
    """Take the refunds out of a file that the bank did not carry out."""
    number = queries.get_file(read(), file).row.number
    form = WithdrawForm()
    if form.validate_on_submit():
        try:
            write(current_actor(), refunds.withdraw_file, number, on=today(), reason=_reason())
        except WithdrawalReasonMissing as error:
            form.refuse(error, "reason")
        else:
            sessions.notice("ok", _("The file is withdrawn. Its refunds can go into another one."))
            return redirect(url_for(".file", file=number), code=303)
    return _file(number, form)
