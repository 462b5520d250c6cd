"""Mandates: the list, taking one down, one with its form, signature, documents and end.

Source: `ux.md` 6.10 “Mandates”; SEPA-3, SEPA-4.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.direct_debits.mandates import (
    ENDED,
    RECURRENCE_WORDS,
    SCHEME_WORDS,
    STATE_WORDS,
    BicMissing,
    DebtorNameWrong,
    MandateState,
    Recurrence,
    Scheme,
    SignedInFuture,
    StepKind,
    ends_soon,
)
from membership.domain.errors import N_, DomainError, NotFound
from membership.persistence.db import write
from membership.persistence.queries.direct_debits import collections, mandates
from membership.persistence.queries.direct_debits.mandates import MandateFilter, MandateView
from membership.services import direct_debits
from membership.services.exports import File
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.association import association_settings
from membership.web.downloads import download, pdf
from membership.web.forms.direct_debits import DocumentForm, MandateForm, ReasonForm, SignatureForm
from membership.web.frame import today
from membership.web.heavy import few_at_once
from membership.web.language import _, day_text
from membership.web.treasurer.direct_debits.blueprint import blueprint
from membership.web.treasurer.direct_debits.collecting import ITEM_WORDS
from membership.web.treasurer.paging import PAGE, page_number, pager

_PLACES: Final[tuple[tuple[type[DomainError], str], ...]] = (
    (NotFound, "member"),
    (DebtorNameWrong, "holder"),
    (BicMissing, "bic"),
    (SignedInFuture, "signed_on"),
)
_LONGEST: Final = 100
STEP_WORDS: Final = {
    StepKind.SIGNED: N_("Signed"),
    StepKind.AMENDED: N_("Account or holder changed"),
    StepKind.BLOCKED: N_("Blocked"),
    StepKind.REINSTATED: N_("Free again"),
    StepKind.REVOKED: N_("Revoked"),
}
_TONES: Final = {StepKind.BLOCKED: "warning", StepKind.REVOKED: "danger"}


@blueprint.get("/mandates")
@policy("mandate.read")
def list_() -> ResponseReturnValue:
    """Show one page of the mandates by reference."""
    typed = {name: request.args.get(name, "").strip()[:_LONGEST] for name in ("q", "state")}
    state = MandateState(typed["state"]) if typed["state"] in set(MandateState) else None
    found = mandates.list_page(
        read(), MandateFilter(state, typed["q"]), today=today(), page=page_number(), size=PAGE
    )
    tabs = [
        {
            "label": _("All"),
            "href": _address(typed["q"], ""),
            "count": sum(found.counts.values()),
            "is_current": state is None,
        }
    ]
    tabs += [
        {
            "label": _(name),
            "href": _address(typed["q"], each),
            "count": found.counts.get(each, 0),
            "is_current": each is state,
        }
        for each, name in STATE_WORDS.items()
    ]
    return render_template(
        "treasurer/direct_debits/mandates.html",
        rows=[(view, view.state_on(today()), ends_soon(view.standing, today())) for view in found.rows],
        tabs=tabs,
        typed=typed,
        pager=pager(page_number(), found.total),
        state_words=STATE_WORDS,
        is_empty=not found.counts and not typed["q"],
    )


def _address(text: str, state: str) -> str:
    kept = {name: value for name, value in (("q", text), ("state", state)) if value}
    return url_for(".list_") + (f"?{urlencode(kept)}" if kept else "")


@blueprint.route("/mandates/new", methods=["GET", "POST"])
@policy("mandate.write", fresh=True)
def new_mandate() -> ResponseReturnValue:
    """Take a mandate down."""
    scheme = Scheme(association_settings().text("sepa.scheme").upper())
    form = MandateForm(
        data={
            "member": request.args.get("member", ""),
            "scheme": str(scheme),
            "recurrence": str(Recurrence.RECURRENT),
        }
    )
    if form.validate_on_submit():
        draft = direct_debits.Draft(
            scheme=Scheme(form.scheme.data), recurrence=Recurrence(form.recurrence.data), name=form.holder.data or "",
            iban=form.iban.data or "", bic=form.bic.data or "", signed_on=form.signed_on.day,
            place=form.place.data or "", signatory=form.signatory.data or "",
        )  # fmt: skip
        try:
            reference = write(
                current_actor(), direct_debits.add_mandate, str(form.member.data), draft, today=today()
            )
        except DomainError as error:
            form.refuse(error, next((name for kind, name in _PLACES if isinstance(error, kind)), "iban"))
        else:
            sessions.notice("ok", _("The mandate %(reference)s is taken down.", reference=reference))
            view = mandates.get_mandate(read(), reference)
            return redirect(url_for(".mandate", mandate_id=view.row.id), code=303)
    return render_template("treasurer/direct_debits/new_mandate.html", form=form), 422 if form.errors else 200


def view_of(mandate_id: int) -> MandateView:
    """Return a mandate; raise `NotFound`."""
    found = mandates.list_mandates(read(), ids=[mandate_id])
    if not found:
        raise NotFound(what="mandate", key=mandate_id)
    return found[0]


def mandate_page(
    view: MandateView,
    *,
    signature: SignatureForm | None = None,
    document: DocumentForm | None = None,
    reason: ReasonForm | None = None,
) -> ResponseReturnValue:
    """Return the page of a mandate, with what was typed in one of its forms."""
    signature, document, reason = (
        signature or SignatureForm(),
        document or DocumentForm(),
        reason or ReasonForm(),
    )
    session, state = read(), view.state_on(today())
    page = render_template(
        "treasurer/direct_debits/mandate.html",
        view=view,
        state=state,
        state_words=STATE_WORDS,
        scheme=_(SCHEME_WORDS[view.row.scheme]),
        recurrence=_(RECURRENCE_WORDS[view.row.recurrence]),
        soon=ends_soon(view.standing, today()),
        documents=mandates.list_documents(session, view.row.id),
        lines=collections.list_items_of_mandate(session, view.row.id)[:PAGE],
        item_words=ITEM_WORDS,
        signature=signature,
        document=document,
        reason=reason,
        form=next((each for each in (signature, reason) if each.errors), document),
        events=[_event(step) for step in reversed(view.steps)] + [_taken_down(view)],
        is_blocked=state is MandateState.BLOCKED,
        is_requested=state is MandateState.REQUESTED,
        is_ended=state in ENDED,
    )
    return page, 422 if signature.errors or document.errors or reason.errors else 200


def _event(step: Any) -> dict[str, Any]:  # noqa: ANN401 - a row; pages do not import models
    lines = [step.reason] if step.reason else []
    if step.kind is StepKind.AMENDED:
        lines.append(", ".join(filter(None, (step.name, step.iban_shown, step.reference))))
    if step.kind is StepKind.SIGNED:
        lines += [", ".join(filter(None, (step.signatory, step.place, day_text(step.done_on))))]
    return {
        "icon": "bank", "tone": _TONES.get(step.kind, ""), "text": _(STEP_WORDS[step.kind]), "at": step.at,
        "who": step.actor_name, "lines": lines,
    }  # fmt: skip


def _taken_down(view: MandateView) -> dict[str, Any]:
    row = view.row
    lines = [f"{row.name}, {row.iban_shown}"]
    if row.signed_on:
        lines += [", ".join(filter(None, (row.signatory, row.place, day_text(row.signed_on))))]
    return {
        "icon": "plus",
        "tone": "",
        "text": _("Taken down"),
        "at": row.at,
        "who": row.actor_name,
        "lines": lines,
    }


@blueprint.get("/mandates/<int:mandate_id>")
@policy("mandate.read")
def mandate(mandate_id: int) -> ResponseReturnValue:
    """Show a mandate with what came of it."""
    return mandate_page(view_of(mandate_id))


@blueprint.post("/mandates/<int:mandate_id>/sign")
@policy("mandate.write", fresh=True)
def sign(mandate_id: int) -> ResponseReturnValue:
    """Note that the form came back signed."""
    view, form = view_of(mandate_id), SignatureForm()
    if form.validate_on_submit() and form.signed_on.day is not None:
        try:
            write(
                current_actor(), direct_debits.sign_mandate, view.reference, signed_on=form.signed_on.day,
                today=today(), place=form.place.data or "", signatory=form.signatory.data or "",
            )  # fmt: skip
        except SignedInFuture as error:
            form.refuse(error, "signed_on")
        else:
            return done(mandate_id, _("The mandate is active."))
    return mandate_page(view, signature=form)


@blueprint.post("/mandates/<int:mandate_id>/document")
@policy("mandate.write", takes_files=True)
def keep(mandate_id: int) -> ResponseReturnValue:
    """Keep the signed form."""
    view, form = view_of(mandate_id), DocumentForm()
    if form.validate_on_submit():
        upload = form.file.data
        try:
            write(
                current_actor(), direct_debits.keep_document, view.reference, upload.read(),
                file_name=str(upload.filename or ""),
            )  # fmt: skip
        except direct_debits.DocumentUnreadable as error:
            form.refuse(error, "file")
        else:
            return done(mandate_id, _("The signed mandate is kept."))
    return mandate_page(view, document=form)


@blueprint.post("/mandates/<int:mandate_id>/revoke")
@policy("mandate.write")
def revoke(mandate_id: int) -> ResponseReturnValue:
    """End the mandate for good."""
    held = write(current_actor(), direct_debits.revoke_mandate, view_of(mandate_id).reference, on=today())
    if held:
        text = _(
            "The mandate is revoked. A debit by it stands in %(numbers)s: withdraw that file, or expect a return.",
            numbers=", ".join(held),
        )
        sessions.notice("warning", text)
        return redirect(url_for(".mandate", mandate_id=mandate_id), code=303)
    return done(mandate_id, _("The mandate is revoked."))


@blueprint.get("/mandates/<int:mandate_id>/form.pdf")
@policy("mandate.read")
@few_at_once
def form_pdf(mandate_id: int) -> ResponseReturnValue:
    """Show the form that the member signs."""
    view = view_of(mandate_id)
    content = direct_debits.mandate_form(read(), view.reference, today=today())
    return pdf(content, name=f"{view.reference}.pdf")


@blueprint.get("/mandates/<int:mandate_id>/documents/<int:document_id>")
@policy("mandate.read", fresh=True)
@few_at_once
def document(mandate_id: int, document_id: int) -> ResponseReturnValue:
    """Hand a kept form out."""
    found = direct_debits.read_document(read(), view_of(mandate_id).reference, document_id)
    return download(File(found.name, found.media_type, found.content))


def done(mandate_id: int, text: str) -> ResponseReturnValue:
    """Go back to a mandate and say what was done."""
    sessions.notice("ok", text)
    return redirect(url_for(".mandate", mandate_id=mandate_id), code=303)
