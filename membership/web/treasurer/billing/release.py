"""The check page, the release, and a run at work: progress, pause, resume, result."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from tempfile import SpooledTemporaryFile
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import abort, current_app, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from membership.domain.approvals import Action
from membership.domain.billing import ItemState, RunState
from membership.domain.errors import N_, DomainError, InputError
from membership.domain.page_address import is_only_here
from membership.domain.run_review import (
    RunLine,
    count_unconfirmed,
    due_days,
    group_problems,
    list_waiting,
    samples_of,
    sums_of,
)
from membership.jobs.dispatch import TestMail, send_sample
from membership.jobs.engine import post_of, wake
from membership.persistence.db import Session, write
from membership.persistence.queries.billing import get_run
from membership.persistence.queries.dispatch import get_counts
from membership.persistence.queries.dispatch_targets import count_channels, count_unsent
from membership.persistence.queries.overview import list_failed_pdfs
from membership.persistence.queries.run_items import count_billed_elsewhere, count_pdfs, list_lines
from membership.services import billing, run_review
from membership.services.approvals import is_needed
from membership.services.invoicing import IssueDateWrong
from membership.services.mail_server import is_set_up
from membership.services.run_documents import write_pdfs
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.association import association_settings
from membership.web.errors import status_of
from membership.web.forms.billing import ReleaseForm
from membership.web.frame import today
from membership.web.heavy import few_at_once
from membership.web.language import _, words
from membership.web.limits import few_attempts
from membership.web.links import member_address
from membership.web.treasurer.billing import shown
from membership.web.treasurer.billing.blueprint import blueprint
from membership.web.waiting import is_waiting, waiting_at

_MOST_DIGITS: Final = 15
_IN_MEMORY: Final = 8 * 1024 * 1024
_INVOICES: Final = "treasurer.invoices.index"
_SAMPLE_WORDS: Final = {"smallest": N_("Smallest"), "largest": N_("Largest"), "marked": N_("With a note")}


@blueprint.get("/<int:run_id>/check")
@policy("billing.release", second_factor=True)
def check(run_id: int) -> ResponseReturnValue:
    """Show what the release does before it is done."""
    return _check(run_id)


def _check(
    run_id: int,
    refused: DomainError | None = None,
    *,
    form: ReleaseForm | None = None,
    tested: TestMail | None = None,
) -> ResponseReturnValue:
    session = read()
    run = get_run(session, run_id)
    if run.state is not RunState.DRAFT:
        return redirect(url_for(".show", run_id=run_id), code=303)
    lines = list_lines(session, run_id)
    sums = sums_of(lines)
    unconfirmed = count_unconfirmed(lines)
    operator = sessions.operator()
    form = form or ReleaseForm(formdata=None)
    page = render_template(
        "treasurer/billing/check.html",
        awaited=waiting_at(session, "run", str(run_id)),
        needs_second=is_needed(session, Action.RUN),
        run=run,
        steps=shown.steps_of(
            run_id, run.state, "check", undone={"exceptions"} if sums.counts.failed or unconfirmed else ()
        ),
        sums=sums,
        equation=shown.equation(sums),
        due_days=due_days(lines),
        numbers=run_review.number_range(session, run.issued_on, sums.documents),
        samples=[(_(_SAMPLE_WORDS[kind]), line) for kind, line in samples_of(lines)],
        unconfirmed=unconfirmed,
        waiting=list_waiting(lines),
        billed_elsewhere=count_billed_elsewhere(session, run.dues_year, run_id=run_id),
        percent=shown.percent,
        channels=count_channels(session, sorted({line.member_id for line in lines if line.is_billed})),
        can_send=is_set_up(association_settings()) and sessions.holds("invoice.send"),
        refused=words().error(refused) if refused else None,
        is_only_here=is_only_here(operator.base_url) and not operator.is_demo,
        form=form,
        tested=tested,
        own_address=current_user.signed_in.email,
        sender=(association_settings().text("mail.sender_name"), association_settings().text("mail.sender")),
    )
    return page, 422 if form.errors else status_of(refused) if refused else 200


@blueprint.post("/<int:run_id>/test-mail")
@policy("billing.release", second_factor=True)
@few_attempts(10)
def test_mail(run_id: int) -> ResponseReturnValue:
    """Send one mail of the run to the person who asks, as its member would get it, and show what became of it."""
    if get_run(read(), run_id).state is not RunState.DRAFT:
        return redirect(url_for(".show", run_id=run_id), code=303)
    address = current_user.signed_in.email
    try:
        tested = send_sample(current_actor(), post_of(current_app), address=address, run_id=run_id)
    except billing.NothingToBill as error:
        return _check(run_id, error)
    return _check(run_id, tested=tested)


@blueprint.post("/<int:run_id>/release")
@policy("billing.release", second_factor=True)
def release(run_id: int) -> ResponseReturnValue:
    """Release the run and wake the worker; of two people at once the second sees the first one's run.

    A draft that is no longer true is worked out anew and shown again.
    """
    form = ReleaseForm()
    documents, cents = (_seen(name) for name in ("documents", "cents"))
    sends = request.form.get("action") == "send"
    send_at = None
    if sends:
        form.validate()
        try:
            send_at = form.send_at(sessions.moment().astimezone(ZoneInfo(sessions.operator().time_zone)))
        except InputError as error:
            form.refuse(error, "send_on")
        if form.errors:
            return _check(run_id, form=form)
    actor = current_actor()
    try:
        result = write(
            actor,
            run_review.release_seen,
            run_id,
            documents=documents,
            cents=cents,
            today=today(),
            sends=sends,
            send_at=send_at,
        )
    except billing.RunChanged as error:
        write(replace(actor, form_token=None), billing.refresh_run, run_id)
        return _check(run_id, error)
    except IssueDateWrong as error:
        return _check(run_id, error)
    if not is_waiting(result):
        wake()
    return redirect(url_for(".show", run_id=run_id), code=303)


def _seen(name: str) -> int:
    """Return a figure of the check page that the person saw."""
    text = request.form.get(name, "")
    if not text.isascii() or not text.isdigit() or len(text) > _MOST_DIGITS:
        abort(400)
    return int(text)


@blueprint.post("/<int:run_id>/pause")
@policy("billing.release")
def pause(run_id: int) -> ResponseReturnValue:
    """Stop after the invoice that is being made."""
    write(current_actor(), billing.pause_run, run_id)
    return redirect(url_for(".show", run_id=run_id), code=303)


@blueprint.post("/<int:run_id>/resume")
@policy("billing.release")
def resume(run_id: int) -> ResponseReturnValue:
    """Go on with a paused run, or try failed invoices again; why that cannot be stands above the result."""
    try:
        write(current_actor(), billing.resume_run, run_id)
    except (billing.OtherRunOpen, billing.RunTooOld) as error:
        sessions.notice("warning", words().error(error))
    else:
        wake()
    return redirect(url_for(".show", run_id=run_id), code=303)


@blueprint.get("/<int:run_id>/invoices.zip")
@policy("invoice.read")
@few_at_once
def documents(run_id: int) -> ResponseReturnValue:
    """Hand out all PDFs of a run as one file."""
    run = get_run(read(), run_id)
    file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the response closes it when it is sent
    if not write_pdfs(read(), run_id, file):
        abort(404)
    file.seek(0)
    name = f"rechnungen-{run.dues_year}-lauf-{run_id}.zip"
    return send_file(file, mimetype="application/zip", as_attachment=True, download_name=name)


def show_progress(session: Session, run: Any) -> str:  # noqa: ANN401 - a row; pages do not import models
    """Return the page of a run at work."""
    lines = list_lines(session, run.id)
    states = Counter(line.state for line in lines)
    failed = [line for line in lines if line.is_not_issued]
    return render_template(
        "treasurer/billing/progress.html",
        run=run,
        steps=shown.steps_of(run.id, run.state, "result"),
        is_running=run.state is RunState.RUNNING,
        done=states[ItemState.DONE],
        total=states[ItemState.DONE] + states[ItemState.TODO] + len(failed),
        pdfs=count_pdfs(session, run.id),
        failed=failed,
        reason_of=shown.reason_of,
    )


def show_result(session: Session, run: Any) -> str:  # noqa: ANN401 - a row; pages do not import models
    """Return the page of a finished run."""
    lines = list_lines(session, run.id)
    sums = sums_of(lines)
    pdfs, failed_pdfs = count_pdfs(session, run.id), list_failed_pdfs(session, run_id=run.id)
    numbers = [line.invoice for line in lines if line.invoice]
    is_known = _INVOICES in current_app.view_functions
    return render_template(
        "treasurer/billing/result.html",
        run=run,
        steps=shown.steps_of(run.id, run.state, "result"),
        sums=sums,
        equation=shown.equation(sums),
        due_days=due_days(lines),
        numbers=(min(numbers), max(numbers)) if numbers else None,
        pdfs=pdfs,
        is_rendering=pdfs + len(failed_pdfs) < sums.documents,
        failed_pdfs=failed_pdfs,
        without=_without_invoice(lines),
        can_retry=any(line.is_not_issued for line in lines),
        invoices_href=url_for(_INVOICES, year=run.dues_year) if is_known else None,
        reason_of=shown.reason_of,
        member_address=member_address,
        sending=get_counts(session, run_id=run.id),
        unsent=count_unsent(session, run.id),
    )


def _without_invoice(lines: list[RunLine]) -> list[tuple[str, list[RunLine]]]:
    """Return the members without an invoice by the reason: held back, free of dues, not decided or failed."""
    found = group_problems([line for line in lines if not line.is_billed])
    names = {"held": N_("Held back"), "free": N_("Free of dues")}
    grouped: dict[str, list[RunLine]] = {}
    for problem, members in found.items():
        grouped.setdefault(_(names.get(str(problem), N_("Without an invoice"))), []).extend(members)
    return list(grouped.items())
