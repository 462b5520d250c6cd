"""The documents of a member in one list, with files that the staff brings; and its dated notes.

Source: `ux.md` 6.3 "Dokumente", "Verlauf".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from membership.persistence.db import Session, write
from membership.persistence.queries import invoicing as invoice_queries
from membership.persistence.queries import member_papers as queries
from membership.persistence.queries.members import get_member
from membership.services import members, resolutions
from membership.services.members.papers import FilesFull, FileUnreadable, NoteEmpty
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.downloads import download
from membership.web.forms.member_papers import MemberFileForm, NoteForm
from membership.web.heavy import few_at_once
from membership.web.language import _
from membership.web.sessions import holds
from membership.web.treasurer.members.blueprint import blueprint
from membership.web.treasurer.members.history import history_page
from membership.web.treasurer.members.top import top_of
from membership.web.treasurer.resolutions import organ_words


@blueprint.get("/<member:number>/documents")
@policy("member.read")
def documents(number: str) -> ResponseReturnValue:
    """Show all documents of a member that the person may open, by kind."""
    return _page(number, MemberFileForm())


@blueprint.post("/<member:number>/documents")
@policy("member.write", takes_files=True)
def add_file(number: str) -> ResponseReturnValue:
    """Keep a file of a member."""
    form, known = MemberFileForm(), get_member(read(), number).number
    if form.validate_on_submit():
        upload = form.file.data
        try:
            write(
                current_actor(), members.add_file, known, str(form.title.data), upload.read(),
                file_name=str(upload.filename or ""),
            )  # fmt: skip
        except (FileUnreadable, FilesFull) as error:
            form.refuse(error, "file")
        else:
            sessions.notice("ok", _("The file is kept."))
            return redirect(url_for(".documents", number=known), code=303)
    return _page(known, form)


@blueprint.get("/<member:number>/documents/<int:file_id>")
@policy("member.read")
@few_at_once
def file(number: str, file_id: int) -> ResponseReturnValue:
    """Hand a kept file out."""
    return download(members.read_file(read(), number, file_id))


@blueprint.post("/<member:number>/documents/<int:file_id>/remove")
@policy("member.write")
def remove_file(number: str, file_id: int) -> ResponseReturnValue:
    """Remove a file that was brought."""
    known = get_member(read(), number).number
    write(current_actor(), members.remove_file, known, file_id)
    sessions.notice("ok", _("The file is removed."))
    return redirect(url_for(".documents", number=known), code=303)


@blueprint.post("/<member:number>/notes")
@policy("member.write")
def add_note(number: str) -> ResponseReturnValue:
    """Add a note."""
    form, known = NoteForm(), get_member(read(), number).number
    if form.validate_on_submit():
        try:
            write(current_actor(), members.add_note, known, str(form.text.data))
        except NoteEmpty as error:
            form.refuse(error, "text")
        else:
            sessions.notice("ok", _("The note is kept."))
            return redirect(url_for(".history", number=known), code=303)
    return history_page(known, form)


@blueprint.post("/<member:number>/notes/<int:note_id>/remove")
@policy("member.write")
def remove_note(number: str, note_id: int) -> ResponseReturnValue:
    """Take a note back."""
    known = get_member(read(), number).number
    write(current_actor(), members.remove_note, known, note_id)
    sessions.notice("ok", _("The note is taken back."))
    return redirect(url_for(".history", number=known), code=303)


def _page(number: str, form: MemberFileForm) -> ResponseReturnValue:
    session = read()
    top = top_of(session, number, "documents")
    member = top["member"]
    groups = [
        (_("Invoices"), list(_invoices(session, member.id))),
        (_("Signed mandates"), list(_mandates(session, member.id))),
        (_("Proofs of declarations"), list(_proofs(session, member.id, member.number))),
        (_("Resolutions"), list(_resolutions(session, member.number))),
    ]
    page = render_template(
        "treasurer/members/documents.html",
        form=form,
        files=queries.list_files(session, member.id),
        groups=[(title, rows) for title, rows in groups if rows],
        **top,
    )
    return page, 422 if form.errors else 200


def _invoices(session: Session, member_id: int) -> Iterator[dict[str, Any]]:
    if not holds("invoice.read"):
        return
    for view in reversed(invoice_queries.list_invoices(session, member_id=member_id)):
        invoice = view.invoice
        yield {
            "title": invoice.number,
            "href": url_for("treasurer.invoices.show", number=invoice.number),
            "text": _("issued on %(day)s", day=invoice.issued_on),
            "pdf": url_for("treasurer.invoices.pdf", number=invoice.number),
        }


def _mandates(session: Session, member_id: int) -> Iterator[dict[str, Any]]:
    if not holds("mandate.read"):
        return
    for kept in queries.list_mandate_files(session, member_id):
        yield {
            "title": kept.name or _("Signed mandate"),
            "href": url_for("treasurer.direct_debits.document", mandate_id=kept.owner, document_id=kept.id),
            "text": _("kept on %(day)s", day=kept.kept_at),
        }


def _proofs(session: Session, member_id: int, number: str) -> Iterator[dict[str, Any]]:
    if not holds("declaration.read"):
        return
    for kept in queries.list_proofs(session, member_id):
        yield {
            "title": kept.name or _("Proof of the declaration %(year)s", year=str(kept.owner)),
            "href": url_for(
                "treasurer.declarations.evidence", year=kept.owner, number=number, evidence_id=kept.id
            ),
            "text": _("kept on %(day)s", day=kept.kept_at),
        }


def _resolutions(session: Session, number: str) -> Iterator[dict[str, Any]]:
    """Yield the kept resolutions on which a decision about this member rests."""
    if not holds("schedule.read"):
        return
    for each in resolutions.list_resolutions(session):
        if each.file_id is not None and any(use.is_of_member and use.ref == number for use in each.uses):
            yield {
                "title": each.text,
                "href": url_for("treasurer.resolutions.file", resolution_id=each.file_id),
                "text": _("%(organ)s of %(day)s", organ=organ_words(each.key.organ), day=each.key.on),
            }
