"""Further accounts of the association, and what lay on each account when the books began.

Source: `ux.md` 6.1 no. 3.
"""

from __future__ import annotations

from datetime import date

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import N_
from membership.domain.money import Money
from membership.persistence.db import write
from membership.persistence.queries.bank import get_account
from membership.services import bank_accounts
from membership.services.bank_accounts import AccountKnown, DayMissing, IbanUnreadable
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.association import association_settings
from membership.web.forms.bank_accounts import AccountForm, OpeningForm
from membership.web.language import _, day_text, words
from membership.web.outdated import still_holds
from membership.web.treasurer.audit import name_actions
from membership.web.treasurer.audit_words import CHANGE_WORDS, Values, change_of
from membership.web.treasurer.settings.blueprint import blueprint

name_actions({
    "bank_account.add": N_("Bank account added"),
    "bank_account.change": N_("Bank account changed"),
    "bank_account.mapping": N_("Meaning of bank list columns remembered"),
    "bank_account.remove": N_("Bank account removed"),
})  # fmt: skip


def _changed(_action: str, values: Values) -> list[str]:
    """Return what changed in words: amounts and days as people read them."""
    return [change_of(_(_FIELDS[name]), _worded(name, old), _worded(name, new)) for name, old, new in values]


def _worded(name: str, text: str | None) -> str:
    if not text:
        return ""
    if name == "opening_cents":
        return words().value(Money(int(text)))
    return day_text(date.fromisoformat(text)) if name == "opened_on" else text


CHANGE_WORDS["bank_account"] = _changed
_FIELDS = {
    "holder": AccountForm.holder.args[0],
    "label": OpeningForm.account_label.args[0],
    "opening_cents": OpeningForm.opening.args[0],
    "opened_on": OpeningForm.opened_on.args[0],
}
_PLACES = {IbanUnreadable: "iban", AccountKnown: "iban", DayMissing: "opened_on"}


@blueprint.route("/bank/accounts/new", methods=["GET", "POST"])
@policy("settings.write", fresh=True)
def new_account() -> ResponseReturnValue:
    """Add a further account; its holder is the association as a rule."""
    form = AccountForm(data={"holder": association_settings().text("bank.holder")})
    if form.validate_on_submit():
        try:
            write(
                current_actor(), bank_accounts.add_account,
                iban=str(form.iban.data), holder=str(form.holder.data).strip(), label=form.label_text(),
                opening_cents=form.cents(), opened_on=form.opened_on.day,
            )  # fmt: skip
        except (IbanUnreadable, AccountKnown, DayMissing) as error:
            form.refuse(error, _PLACES[type(error)])
        else:
            return _done(_("The account is added."))
    return render_template("treasurer/settings/new_account.html", form=form), 422 if form.errors else 200


@blueprint.route("/bank/accounts/<int:account_id>", methods=["GET", "POST"])
@policy("settings.write", fresh=True)
def account(account_id: int) -> ResponseReturnValue:
    """Change what an account is called and what lay on it when the books began."""
    found = get_account(read(), account_id)
    day = day_text(found.opened_on) if found.opened_on else ""
    now = ", ".join(filter(None, [found.label, day, form_amount(found.opening_cents)])) or _("nothing")
    form = OpeningForm(
        data={
            "seen": now,
            "account_label": found.label,
            "opened_on": found.opened_on,
            "opening": form_amount(found.opening_cents),
        }
    )
    if form.validate_on_submit() and still_holds(form, now):
        try:
            write(
                current_actor(), bank_accounts.change_account, account_id,
                label=form.label_text(), opening_cents=form.cents(), opened_on=form.opened_on.day,
            )  # fmt: skip
        except DayMissing as error:
            form.refuse(error, "opened_on")
        else:
            return _done(_("The account is saved."))
    page = render_template(
        "treasurer/settings/account.html",
        form=form,
        account=found,
        is_on_invoices=found.iban == association_settings().text("bank.iban"),
    )
    return page, 422 if form.errors else 200


@blueprint.post("/bank/accounts/<int:account_id>/remove")
@policy("settings.write", fresh=True)
def remove_account(account_id: int) -> ResponseReturnValue:
    """Remove an account from the list."""
    write(current_actor(), bank_accounts.remove_account, account_id)
    return _done(_("The account is removed."))


def form_amount(cents: int | None) -> str:
    """Return an amount as it can be typed: `1234,56`; nothing where none is known."""
    if cents is None:
        return ""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100},{abs(cents) % 100:02d}"


def _done(text: str) -> ResponseReturnValue:
    sessions.notice("ok", text)
    return redirect(url_for(".bank"), code=303)
