"""A company changes its own data: one section, one form, a check page, saved.

Source: `ux.md` 7 "Company data"; 4 "Two people at once".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from membership.domain.companies import PRINTED, Section
from membership.domain.errors import N_, DomainError
from membership.domain.member_fields import PAYMENT_WORDS, FieldWrong
from membership.persistence.queries.member_account import get_record
from membership.services import companies, members
from membership.services.direct_debits import find_active
from membership.web import sessions
from membership.web.access import policy, read
from membership.web.checking import Asked, asked, run_step
from membership.web.forms.opened import as_text, versions
from membership.web.forms.own_company import FORMS, OwnDataForm, PaymentForm
from membership.web.frame import today
from membership.web.language import _
from membership.web.online_offer import offer
from membership.web.portal.companies import Own, own_running, page
from membership.web.portal.debits import can_be_given

blueprint = Blueprint("data", __name__, url_prefix="/company")
TITLES: Final = {
    Section.COMPANY: N_("Company"),
    Section.ADDRESS: N_("Address and invoices"),
    Section.PAYMENT: N_("Payment method"),
}
_DEBIT: Final = "direct_debit"
_LANGUAGES: Final = {"de": N_("German"), "en": N_("English")}


@blueprint.route("/details", methods=["GET", "POST"])
@policy("portal.edit")
def details() -> ResponseReturnValue:
    """Change name, VAT ID and telephone."""
    return _section(Section.COMPANY)


@blueprint.route("/address", methods=["GET", "POST"])
@policy("portal.edit")
def address() -> ResponseReturnValue:
    """Change where invoices go, and their language."""
    return _section(Section.ADDRESS)


@blueprint.route("/payment", methods=["GET", "POST"])
@policy("portal.edit")
def payment() -> ResponseReturnValue:
    """Choose how to pay; a direct debit is given and ended on its own page."""
    shown = own_running("portal.edit")
    if can_be_given() and find_active(shown.session, shown.company.id, today=today()) is not None:
        return redirect(url_for("portal.debits.show"), code=303)
    form = _form(Section.PAYMENT)
    if (
        can_be_given()
        and form.is_submitted()
        and form.validate()
        and form.typed()["payment_method"] == _DEBIT
    ):
        return redirect(url_for("portal.debits.show"), code=303)
    return _section(Section.PAYMENT)


def _form(section: Section, **given: Any) -> OwnDataForm:  # noqa: ANN401 - what a form takes
    form = FORMS[section](**given)
    if isinstance(form, PaymentForm):
        form.offer(_ways())
    return form


def _ways() -> set[str]:
    """Return how a company can pay: by transfer always, the others where the association has set them up."""
    return {"transfer", *(["stripe"] if offer().ways else []), *([_DEBIT] if can_be_given() else [])}


def _section(section: Section) -> ResponseReturnValue:
    shown = own_running("portal.edit")
    record = get_record(shown.session, shown.company.id)
    form = _form(section, obj=record)
    if not form.is_submitted():
        form.keep_opened(_texts(form, record), version=record.version)
    elif form.validate() and asked() is not Asked.EDIT:
        try:
            done = run_step(
                companies.change_own_data, shown.company.number, section, form.changes(),
                version=form.opened_version(),
            )  # fmt: skip
        except members.MemberChanged:
            return _ask(shown, section, form)
        except DomainError as error:
            form.refuse(error, error.field if isinstance(error, FieldWrong) else None)
        else:
            is_over = asked() is Asked.SAVE or not any(done.values())
            return _saved(done) if is_over else _check(shown, section, form)
    return _page(shown, section, form), 422 if form.errors else 200


def _saved(done: Mapping[str, bool]) -> ResponseReturnValue:
    if done["waits"]:
        sessions.notice(
            "info", _("The new name waits until the association has approved it. A mail tells you.")
        )
    if done["is_saved"]:
        sessions.notice("ok", _("Your data are saved."))
    if not any(done.values()):
        sessions.notice("ok", _("Nothing was different. Nothing was saved."))
    return redirect(url_for("portal.company.index"), code=303)


def _texts(form: OwnDataForm, record: Any) -> dict[str, str]:  # noqa: ANN401 - a row
    return {name: as_text(getattr(record, name)) for name in form.labels}


def _page(shown: Own, section: Section, form: OwnDataForm, **more: object) -> str:
    return page("portal/data/edit.html", shown, form=form, title=_(TITLES[section]), **more)


def _check(shown: Own, section: Section, form: OwnDataForm) -> str:
    """Return the page that shows what is about to be saved, and what it means for invoices."""
    changed = form.changed_names()
    rows = [
        {
            "label": _(label),
            "value": _shown(name, form) or "–",
            "note": _("changed") if name in changed else "",
        }
        for name, label in form.labels.items()
    ]
    return page(
        "portal/data/check.html",
        shown,
        form=form,
        title=_(TITLES[section]),
        rows=rows,
        is_printed=any(name in PRINTED for name in changed),
        waits="name" in changed,
    )


def _shown(name: str, form: OwnDataForm) -> str:
    text = as_text(form[name].data)
    if name == "payment_method":
        return _(PAYMENT_WORDS[text])
    return _(_LANGUAGES[text]) if name == "language" and text in _LANGUAGES else text


def _ask(shown: Own, section: Section, sent: OwnDataForm) -> ResponseReturnValue:
    """Show what is saved now beside what was typed; the fields hold what both changed, together."""
    record = get_record(read(), shown.company.id)
    mine, changed = sent.typed(), set(sent.changed_names())
    theirs = _texts(sent, record)
    kept = {name: mine[name] if name in changed else theirs[name] for name in theirs}
    form = _form(section, formdata=None, data=kept)
    form.keep_opened(theirs, version=record.version)
    both = versions(sent.labels, theirs=theirs, mine=mine)
    return _page(shown, section, form, versions=both), 409
