"""A company lets its invoices be collected: account, text of the mandate, consent; and takes that back.

Source: `ux.md` 7 "Direct debit"; `reliability.md` 50 (a fresh proof for bank data).
"""

from __future__ import annotations

from flask import Blueprint, abort, redirect, url_for
from flask.typing import ResponseReturnValue

from membership.domain.direct_debits.mandates import DebtorNameWrong
from membership.domain.errors import DomainError
from membership.persistence.db import write
from membership.services import direct_debits
from membership.web import sessions
from membership.web.access import current_actor, policy
from membership.web.association import association_settings
from membership.web.forms.portal import ConsentForm
from membership.web.frame import today
from membership.web.language import _, words
from membership.web.portal.companies import Own, own_with, page

blueprint = Blueprint("debits", __name__, url_prefix="/direct-debit")


def can_be_given() -> bool:
    """Return whether the association collects by direct debit at all."""
    return bool(association_settings().text("bank.creditor_id"))


def _own() -> Own:
    shown = own_with("portal.edit")
    if not can_be_given():
        abort(404)
    return shown


@blueprint.route("", methods=["GET", "POST"])
@policy("portal.edit", fresh=True)
def show() -> ResponseReturnValue:
    """Show the mandate that holds, else the text that gives one."""
    shown = _own()
    text = direct_debits.consent_text(shown.session, words().language)
    form = ConsentForm(data={"version": text.version, "holder": shown.company.name})
    if form.validate_on_submit():
        try:
            reference = write(
                current_actor(), direct_debits.give_consent, shown.company.number, iban=str(form.iban.data),
                holder=str(form.holder.data), language=text.language, version=str(form.version.data), today=today(),
            )  # fmt: skip
        except DomainError as error:
            form.version.data = text.version
            form.refuse(error, "holder" if isinstance(error, DebtorNameWrong) else "iban")
        else:
            sessions.notice(
                "ok",
                _(
                    "Thank you. The mandate %(reference)s is given; an e-mail confirms it.",
                    reference=reference,
                ),
            )
            return redirect(url_for("portal.debits.show"), code=303)
    active = direct_debits.find_active(shown.session, shown.company.id, today=today())
    shown_page = page("portal/debits/show.html", shown, form=form, text=text, active=active)
    return shown_page, 422 if form.errors else 200


@blueprint.post("/revoke")
@policy("portal.edit", fresh=True)
def revoke() -> ResponseReturnValue:
    """End the mandate."""
    shown = _own()
    held = write(current_actor(), direct_debits.revoke_consent, shown.company.number, today=today())
    if held:
        sessions.notice(
            "warning",
            _(
                "The mandate is revoked. A debit that the bank has already may still come; you may have it returned."
            ),
        )
    else:
        sessions.notice("ok", _("The mandate is revoked."))
    return redirect(url_for("portal.debits.show"), code=303)
