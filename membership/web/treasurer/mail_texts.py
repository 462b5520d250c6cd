"""The texts of mails: an index, and an editor with the placeholders of the text and a preview with a real member.

Source: `ux.md` 9 "E-Mail-Texte"; SEC-46.
"""

from __future__ import annotations

from typing import Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import N_, DomainError
from membership.domain.mail_texts import (
    PLACEHOLDER_WORDS,
    TEXTS,
    MailText,
    MailWords,
    SubjectTooLong,
    TextKind,
    checked_text,
)
from membership.persistence.db import write
from membership.services import dispatch, mail_texts
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.mail_texts import TextForm
from membership.web.forms.opened import versions
from membership.web.language import _, words
from membership.web.treasurer.audit import KIND_WORDS, name_actions
from membership.web.treasurer.audit_words import OBJECT_WORDS
from membership.wording import LANGUAGES

blueprint = Blueprint("mail_texts", __name__, url_prefix="/settings/texts")
KIND_WORDS["mail_text"] = N_("Text of a mail")
name_actions({"mail_text.change": N_("Text of a mail changed")})
LANGUAGE_NAMES: Final = {"de": "Deutsch", "en": "English"}
OBJECT_WORDS["mail_text"] = {
    f"{name} {each}": kind.title for name, kind in TEXTS.items() for each in LANGUAGES
}


class TextChanged(DomainError):
    """Somebody else changed the text since it was opened."""

    message = N_("Somebody else changed this text in the meantime. Compare both versions.")


@blueprint.get("")
@policy("settings.read")
def index() -> ResponseReturnValue:
    """Show every text in both languages."""
    changed = mail_texts.list_changed(read())
    return render_template(
        "treasurer/mail_texts/index.html", texts=TEXTS, languages=LANGUAGE_NAMES, changed=changed
    )


@blueprint.get("/<name>/<language>")
@policy("settings.read")
def edit(name: str, language: str) -> ResponseReturnValue:
    """Show a text, as a form for those who may change it."""
    _kind(name, language)
    text = mail_texts.get_text(read(), name, language)
    return _page(name, language, _opened(text), text)


@blueprint.post("/<name>/<language>")
@policy("settings.write")
def save(name: str, language: str) -> ResponseReturnValue:
    """Save a text, or only show what it would look like."""
    _kind(name, language)
    form = TextForm()
    present = mail_texts.get_text(read(), name, language)
    if not form.validate_on_submit():
        return _page(name, language, form, present, status=422)
    try:
        typed = checked_text(name, form.subject.data or "", form.body.data or "")
    except DomainError as error:
        form.refuse(error, "subject" if isinstance(error, SubjectTooLong) else "body")
        return _page(name, language, form, present, status=422)
    if request.form.get("action") == "preview":
        return _page(name, language, form, typed)
    if form.is_outdated(_values(present)) and form.changed_names():
        return _page(name, language, form, present, status=409)
    write(current_actor(), mail_texts.change_text, name, language, text=typed)
    sessions.notice("ok", _("The text is saved. It counts for mails that have not gone out yet."))
    return redirect(url_for(".edit", name=name, language=language), code=303)


@blueprint.post("/<name>/<language>/restore")
@policy("settings.write")
def restore(name: str, language: str) -> ResponseReturnValue:
    """Put the first wording back."""
    _kind(name, language)
    if write(current_actor(), mail_texts.restore_text, name, language):
        sessions.notice("ok", _("The first wording is back."))
    return redirect(url_for(".edit", name=name, language=language), code=303)


def _kind(name: str, language: str) -> TextKind:
    if name not in TEXTS or language not in LANGUAGES:
        abort(404)
    return TEXTS[name]


def _values(text: MailText) -> dict[str, str]:
    return {"subject": text.subject, "body": text.body}


def _opened(text: MailText) -> TextForm:
    form = TextForm(formdata=None, data=_values(text))
    form.keep_opened(_values(text))
    return form


def _page(
    name: str, language: str, form: TextForm, shown: MailText, *, status: int = 200
) -> ResponseReturnValue:
    kind, session = TEXTS[name], read()
    both = None
    if status == 409:  # noqa: PLR2004 - somebody else was faster
        both = versions(form.labels, theirs=_values(shown), mine=form.typed())
        form.keep_opened(_values(shown))
    page = render_template(
        "treasurer/mail_texts/edit.html",
        name=name,
        language_code=language,
        language_name=LANGUAGE_NAMES[language],
        kind=kind,
        form=form,
        placeholders=[(each, _(PLACEHOLDER_WORDS[each])) for each in kind.placeholders],
        preview=_preview(name, language, shown),
        is_changed=(name, language) in mail_texts.list_changed(session),
        others=[(code, label) for code, label in LANGUAGE_NAMES.items() if code != language],
        versions=both,
        clash=words().text(TextChanged.message),
    )
    return page, status


def _preview(name: str, language: str, text: MailText) -> MailWords | None:
    return dispatch.preview_words(read(), name, text, language=language)
