"""A single invoice on pages: for whom and what, the draft with its preview beside it, the check page, the issue.

Source: `ux.md` 6.7 "Einzelrechnung", 4 "Check page".
"""

from __future__ import annotations

from typing import Final

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from invoices.document import Document
from membership.domain.errors import Conflict, DomainError
from membership.domain.money import decimal_text
from membership.domain.single_invoices import (
    DraftKind,
    DueBeforeIssue,
    DuesWithVat,
    LineIncomplete,
)
from membership.jobs.engine import wake
from membership.persistence.db import Session, write
from membership.persistence.queries.dispatch_targets import recipients_of_member
from membership.persistence.queries.drafts import DraftView, get_draft, list_drafts
from membership.persistence.queries.members.rows import get_member
from membership.persistence.queries.search import search_members
from membership.services import run_review, single_invoices
from membership.services.invoicing import (
    AssociationIncomplete,
    EInvoiceIncomplete,
    InvoiceUnprintable,
    IssueDateWrong,
)
from membership.services.mail_server import is_set_up
from membership.services.single_invoices import DraftText
from membership.web import downloads, sessions
from membership.web.access import current_actor, policy, read
from membership.web.association import association_settings
from membership.web.errors import status_of
from membership.web.forms.single_invoices import (
    SPARE_LINES,
    DraftForm,
    ItemsForm,
    StartSingleForm,
    items_form,
)
from membership.web.frame import today
from membership.web.heavy import few_at_once
from membership.web.language import _, words
from membership.web.links import member_address
from membership.web.treasurer.invoices.blueprint import blueprint

_LONGEST: Final = 100
_MOST_DIGITS: Final = 15
_AT_FIELD: Final = {DueBeforeIssue: "due_on"}


@blueprint.get("/drafts")
@policy("invoice.read")
def drafts() -> ResponseReturnValue:
    """List the single invoices that wait to be issued."""
    return render_template("treasurer/invoices/drafts.html", drafts=list_drafts(read()))


@blueprint.get("/single")
@policy("invoice.issue")
def single() -> ResponseReturnValue:
    """Ask for whom a single invoice is; one exact number leads on at once."""
    text = request.args.get("q", "").strip()[:_LONGEST]
    members = search_members(read(), text) if text else []
    if members and members[0].number == text.upper():
        return redirect(url_for(".start_single", member=members[0].number))
    return render_template("treasurer/invoices/single.html", text=text, members=members)


@blueprint.route("/single/<member:member>", methods=["GET", "POST"])
@policy("invoice.issue")
def start_single(member: str) -> ResponseReturnValue:
    """Ask what is billed and begin the draft."""
    found = get_member(read(), member)
    form = StartSingleForm(data={"year": today().year, "kind": str(DraftKind.DUES)})
    if form.validate_on_submit():
        draft_id = write(
            current_actor(),
            single_invoices.start_draft,
            member,
            DraftKind(form.kind.data),
            dues_year=int(form.year.data or 0),
        )
        return redirect(url_for(".draft", draft_id=draft_id), code=303)
    page = render_template("treasurer/invoices/start_single.html", form=form, member=found)
    return page, 422 if form.errors else 200


@blueprint.route("/drafts/<int:draft_id>", methods=["GET", "POST"])
@policy("invoice.issue")
def draft(draft_id: int) -> ResponseReturnValue:
    """Write a draft; what it comes to stands beside it."""
    view = get_draft(read(), draft_id)
    if view.number is not None:
        return redirect(url_for(".show", number=view.number), code=303)
    form = _form(view)
    if request.method == "POST" and form.validate() and _save(form, view):
        read().expire_all()
        if request.form.get("action") == "check":
            return redirect(url_for(".check_draft", draft_id=draft_id), code=303)
        sessions.notice("ok", _("The draft is saved."))
        return redirect(url_for(".draft", draft_id=draft_id), code=303)
    return _draft_page(view, form)


def _draft_page(view: DraftView, form: DraftForm) -> ResponseReturnValue:
    papers, problem = _papers(read(), view)
    page = render_template(
        "treasurer/invoices/draft.html",
        view=view,
        form=form,
        rows=range(form.rows) if isinstance(form, ItemsForm) else (),
        papers=papers,
        problem=problem,
        member_href=member_address(view.member.number),
    )
    return page, 422 if form.errors else 200


def _form(view: DraftView) -> DraftForm:
    """Return the form of a draft, filled from it; one with lines has some to spare."""
    draft = view.draft
    data: dict[str, object] = {
        "version": draft.version, "year": draft.dues_year, "due_on": draft.due_on, "text": draft.text,
        "title": draft.title,
    }  # fmt: skip
    if draft.kind is DraftKind.DUES:
        return DraftForm(data=data)
    lines = single_invoices.lines_of(draft)
    for row, line in enumerate(lines):
        data |= {
            f"text_{row}": line.text,
            f"amount_{row}": decimal_text(line.cents).replace(".", ","),
            f"kind_{row}": str(line.kind),
            f"vat_{row}": str(line.vat),
        }
    sent = sum(name.startswith("text_") for name in request.form)
    return items_form(sent or len(lines) + SPARE_LINES)(data=data)


def _save(form: DraftForm, view: DraftView) -> bool:
    """Save what was written; False when a rule refuses it, with the sentence at its field."""
    lines = form.lines() if isinstance(form, ItemsForm) else ()
    text = DraftText(
        dues_year=int(form.year.data or 0),
        title=form["title"].data or "" if isinstance(form, ItemsForm) else "",
        text=form.text.data or "",
        due_on=form.due_on.day,
        lines=lines,
    )
    version = form.version.data or ""
    if not version.isascii() or not version.isdigit() or len(version) > _MOST_DIGITS:
        abort(400)
    try:
        if text.due_on is not None and text.due_on < today():
            raise DueBeforeIssue(day=today())
        write(current_actor(), single_invoices.change_draft, view.draft.id, text, version=int(version))
    except DomainError as error:
        form.refuse(error, _field_of(form, error))
        return False
    return True


def _field_of(form: DraftForm, error: DomainError) -> str | None:
    """Return the field at which the sentence of a refusal stands; a line is named by its place among the written."""
    if isinstance(error, LineIncomplete | DuesWithVat) and isinstance(form, ItemsForm):
        written = [row for row in range(form.rows) if form[f"text_{row}"].data or form[f"amount_{row}"].data]
        name = "vat" if isinstance(error, DuesWithVat) else "amount"
        return f"{name}_{written[int(str(error.values['n'])) - 1]}"
    return next((name for kind, name in _AT_FIELD.items() if isinstance(error, kind)), None)


def _papers(session: Session, view: DraftView) -> tuple[tuple[Document, ...], str | None]:
    """Return the papers that a draft would become, or why it cannot become any."""
    try:
        base_url = sessions.operator().base_url
        return single_invoices.preview_documents(session, view, today=today(), base_url=base_url), None
    except DomainError as error:
        return (), words().error(error)


@blueprint.get("/drafts/<int:draft_id>/<int:part>.pdf")
@policy("invoice.issue")
@few_at_once
def draft_pdf(draft_id: int, part: int) -> ResponseReturnValue:
    """Show one paper of a draft as PDF."""
    session = read()
    content = single_invoices.preview_pdf(
        session, get_draft(session, draft_id), part=part, today=today(), base_url=sessions.operator().base_url
    )
    return downloads.pdf(content, name=f"entwurf-{draft_id}.pdf")


@blueprint.get("/drafts/<int:draft_id>/check")
@policy("invoice.issue", second_factor=True)
def check_draft(draft_id: int) -> ResponseReturnValue:
    """Show what the issue does before it is done."""
    return _check(draft_id)


def _check(draft_id: int, refused: DomainError | None = None) -> ResponseReturnValue:
    session = read()
    view = get_draft(session, draft_id)
    if view.number is not None:
        return redirect(url_for(".show", number=view.number), code=303)
    try:
        found = single_invoices.worked_out(session, view, today=today())
    except DomainError as error:
        sessions.notice("warning", words().error(error))
        return redirect(url_for(".draft", draft_id=draft_id), code=303)
    page = render_template(
        "treasurer/invoices/check_draft.html",
        view=view,
        found=found,
        numbers=run_review.number_range(session, today(), len(found.bills)),
        due_on=found.bills[0].due_on,
        today=today(),
        change=words().value(found.warning.text) if found.warning else None,
        mailboxes=recipients_of_member(session, view.member.id),
        can_send=is_set_up(association_settings()) and sessions.holds("invoice.send"),
        refused=words().error(refused) if refused else None,
    )
    return page, status_of(refused) if refused else 200


@blueprint.post("/drafts/<int:draft_id>/issue")
@policy("invoice.issue", second_factor=True)
def issue_draft(draft_id: int) -> ResponseReturnValue:
    """Issue a draft as it was seen."""
    seen = {name: request.form.get(name, "") for name in ("version", "cents")}
    if not all(text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS for text in seen.values()):
        abort(400)
    sends = request.form.get("action") == "send"
    try:
        numbers = write(
            current_actor(), single_invoices.issue_draft, draft_id,
            version=int(seen["version"]), cents=int(seen["cents"]), today=today(),
            base_url=sessions.operator().base_url, confirmed=bool(request.form.get("confirmed")), sends=sends,
        )  # fmt: skip
    except single_invoices.DraftIssued as error:
        return redirect(url_for(".show", number=error.values["number"]), code=303)
    except (Conflict, InvoiceUnprintable, EInvoiceIncomplete, AssociationIncomplete, IssueDateWrong) as error:
        return _check(draft_id, error)
    wake()
    number = ", ".join(numbers)
    done = (
        _("Invoice %(number)s is made and handed over for sending.", number=number)
        if sends
        else _("Invoice %(number)s is made.", number=number)
    )
    sessions.notice("ok", done)
    return redirect(url_for(".show", number=numbers[0]), code=303)


@blueprint.post("/drafts/<int:draft_id>/discard")
@policy("invoice.issue")
def discard_draft(draft_id: int) -> ResponseReturnValue:
    """Throw a draft away."""
    write(current_actor(), single_invoices.discard_draft, draft_id)
    sessions.notice("ok", _("The draft is thrown away. No invoice was made from it."))
    return redirect(url_for(".drafts"), code=303)
