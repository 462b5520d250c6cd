"""Before anything leaves the house: what is sent, to how many, and what is left out; for a run and for one invoice.

Source: `ux.md` 1 no. 2, 6.6, 6.7 (Senden, Erneut senden).
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.dispatch import AddressUnusable, DispatchState
from membership.domain.errors import DomainError
from membership.domain.page_address import is_only_here
from membership.jobs.engine import wake
from membership.persistence.db import write
from membership.persistence.queries.billing import get_run
from membership.persistence.queries.dispatch_targets import Target, list_targets
from membership.persistence.queries.returned import list_returned
from membership.services import dispatch, invoice_links, tokens
from membership.services.mail_texts import get_text
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.errors import status_of
from membership.web.language import _, ngettext, words
from membership.web.links import member_address
from membership.web.treasurer.dispatch import shown
from membership.web.treasurer.dispatch.blueprint import blueprint

_MOST_DIGITS = 9
_MOST_SAMPLES = 8


@blueprint.get("/run/<int:run_id>")
@policy("invoice.send")
def check_run(run_id: int) -> ResponseReturnValue:
    """Show what the sending of a run does before it is done."""
    return _check_run(run_id)


def _check_run(run_id: int, refused: DomainError | None = None) -> ResponseReturnValue:
    session = read()
    run = get_run(session, run_id)
    plan = dispatch.plan_dispatch(session, run_id=run_id)
    first = plan.by_mail[0] if plan.by_mail else None
    page = render_template(
        "treasurer/dispatch/check.html",
        run=run,
        plan=plan,
        waiting_pdfs=sum(not target.has_pdf for target in (*plan.by_mail, *plan.by_post)),
        returned=_returned(plan.by_mail),
        member_address=member_address,
        most=_MOST_SAMPLES,
        way=shown.way_of(session, now=sessions.moment()),
        preview=_preview(first) if first else None,
        refused=words().error(refused) if refused else None,
    )
    return page, status_of(refused) if refused else 200


def _returned(targets: Sequence[Target]) -> list[tuple[Target, str]]:
    """Return what would go to an address from which the last mail came back."""
    known = list_returned(read(), [target.member_id for target in targets])
    return [
        (target, mailbox.address)
        for target in targets
        for mailbox in target.mailboxes
        if mailbox.address.casefold() in known.get(target.member_id, {})
    ]


def _preview(target: Target) -> object:
    session = read()
    text = get_text(session, "invoice", target.language)
    return dispatch.preview_words(session, "invoice", text, language=target.language)


@blueprint.post("/run/<int:run_id>")
@policy("invoice.send")
def send_run(run_id: int) -> ResponseReturnValue:
    """Hand the invoices of a run over; what was handed over before is left as it is."""
    mails, letters = (_seen(name) for name in ("mails", "letters"))
    try:
        write(current_actor(), dispatch.send_run, run_id, mails=mails, letters=letters)
    except dispatch.PlanChanged as error:
        return _check_run(run_id, error)
    wake()
    return redirect(url_for(".index", run=run_id), code=303)


def _seen(name: str) -> int:
    text = request.form.get(name, "")
    if not text.isascii() or not text.isdigit() or len(text) > _MOST_DIGITS:
        abort(400)
    return int(text)


@blueprint.post("/run/<int:run_id>/call-off")
@policy("invoice.send")
def call_off(run_id: int) -> ResponseReturnValue:
    """Let the invoices of a run wait that were to go out at a time."""
    write(current_actor(), dispatch.call_off_sending, run_id)
    sessions.notice("ok", _("The planned sending is called off. Nothing goes out until you send it."))
    return redirect(url_for("treasurer.billing.show", run_id=run_id), code=303)


@blueprint.get("/invoice/<number>")
@policy("invoice.send")
def check_invoice(number: str) -> ResponseReturnValue:
    """Show to whom an invoice goes, and what was sent before."""
    return _check_invoice(number)


def _check_invoice(
    number: str, refused: str | None = None, *, other: str = "", link: str = "", status: int = 200
) -> ResponseReturnValue:
    session = read()
    targets = list_targets(session, numbers=[number])
    if not targets:
        abort(404)
    target = targets[0]
    before = {each.recipient.casefold() for each in target.live}
    page = render_template(
        "treasurer/dispatch/invoice.html",
        target=target,
        mailboxes=[(each, each.address.casefold() in before) for each in target.mailboxes],
        returned=list_returned(session, [target.member_id]).get(target.member_id, {}),
        earlier=[(each, shown.badge_of(each), shown.note_of(each)) for each in reversed(target.sendings)],
        on_its_way={
            each.recipient.casefold()
            for each in target.sendings
            if each.state
            in {DispatchState.NEW, DispatchState.RETRY, DispatchState.SENDING, DispatchState.UNKNOWN}
        },
        way=shown.way_of(session, now=sessions.moment()),
        refused=refused,
        error_lines=[{"text": refused, "href": "#other"}] if refused else [],
        other=other,
        link=link,
        links=invoice_links.count_open_links(session, target.invoice_id, at=sessions.moment()),
        is_only_here=is_only_here(sessions.operator().base_url),
    )
    return page, status


@blueprint.post("/invoice/<number>")
@policy("invoice.send")
def send_invoice(number: str) -> ResponseReturnValue:
    """Send an invoice to the chosen recipients; the stored bytes, never made anew."""
    other = request.form.get("other", "").strip()
    chosen = [*request.form.getlist("recipient"), *([other] if other else [])]
    by_post = bool(request.form.get("by_post"))
    try:
        made = write(current_actor(), dispatch.send_to, number, chosen, by_post=by_post)
    except (dispatch.NobodyChosen, AddressUnusable) as error:
        return _check_invoice(number, words().error(error), other=other, status=422)
    if made:
        wake()
        sessions.notice(
            "ok", ngettext("%(n)s sending is handed over.", "%(n)s sendings are handed over.", made)
        )
    else:
        sessions.notice("info", _("This is on its way to the same recipient already."))
    return redirect(url_for("treasurer.invoices.show", number=number), code=303)


@blueprint.post("/invoice/<number>/link")
@policy("invoice.send")
def make_link(number: str) -> ResponseReturnValue:
    """Make a link to the invoice and show it this once; only its hash is kept."""
    actor = current_actor()
    key = current_app.extensions["membership_keys"].session
    secret = tokens.new_secret(key, actor.form_token)
    write(actor, invoice_links.make_link, number, secret=secret)
    address = sessions.operator().base_url.rstrip("/") + url_for("invoice_link.show", secret=secret)
    return _check_invoice(number, link=address)


@blueprint.post("/invoice/<number>/end-links")
@policy("invoice.send")
def end_links(number: str) -> ResponseReturnValue:
    """End every link to the invoice, those in mails too."""
    ended = write(current_actor(), invoice_links.revoke_links, number)
    sessions.notice("ok", ngettext("%(n)s link is ended.", "%(n)s links are ended.", ended))
    return redirect(url_for(".check_invoice", number=number), code=303)
