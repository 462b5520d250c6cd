"""What changes a mandate that holds: another account, a block, and its end.

Source: `ux.md` 6.10 “Mandates”; SEPA-5, SEPA-15.
"""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from membership.domain.direct_debits.mandates import (
    ENDED,
    BicMissing,
    DebtorNameWrong,
    ReferenceTaken,
    ReferenceWrong,
)
from membership.domain.errors import DomainError
from membership.persistence.db import write
from membership.services import direct_debits
from membership.web.access import current_actor, policy
from membership.web.forms.direct_debits import AmendForm, ReasonForm
from membership.web.frame import today
from membership.web.language import _
from membership.web.outdated import still_holds
from membership.web.treasurer.direct_debits.blueprint import blueprint
from membership.web.treasurer.direct_debits.mandates import done, mandate_page, view_of

_PLACES = (
    (DebtorNameWrong, "holder"),
    (BicMissing, "bic"),
    (ReferenceWrong, "reference"),
    (ReferenceTaken, "reference"),
)


@blueprint.route("/mandates/<int:mandate_id>/amend", methods=["GET", "POST"])
@policy("mandate.write", fresh=True)
def amend(mandate_id: int) -> ResponseReturnValue:
    """Give a mandate another account, holder or reference."""
    view = view_of(mandate_id)
    if view.state_on(today()) in ENDED:
        return mandate_page(view)
    now = f"{view.terms.name}, {view.terms.iban_shown}, {view.reference}"
    form = AmendForm(data={"seen": now, "holder": view.terms.name})
    if form.validate_on_submit() and still_holds(form, now):
        draft = direct_debits.Draft(
            iban=form.iban.data or "", name=form.holder.data or "", bic=form.bic.data or "",
            reference=form.reference.data or "",
        )  # fmt: skip
        try:
            write(current_actor(), direct_debits.amend_mandate, view.reference, draft, today=today())
        except DomainError as error:
            form.refuse(error, next((name for kind, name in _PLACES if isinstance(error, kind)), "iban"))
        else:
            return done(mandate_id, _("The mandate is changed. The next collection tells the bank."))
    page = render_template("treasurer/direct_debits/amend.html", view=view, form=form)
    return page, 422 if form.errors else 200


@blueprint.post("/mandates/<int:mandate_id>/block")
@policy("mandate.write")
def block(mandate_id: int) -> ResponseReturnValue:
    """Collect nothing by a mandate until something is clear."""
    view, form = view_of(mandate_id), ReasonForm()
    if form.validate_on_submit():
        reason = str(form.reason.data).strip()
        write(current_actor(), direct_debits.block_mandate, view.reference, on=today(), reason=reason)
        return done(mandate_id, _("The mandate is blocked."))
    return mandate_page(view, reason=form)


@blueprint.post("/mandates/<int:mandate_id>/reinstate")
@policy("mandate.write")
def reinstate(mandate_id: int) -> ResponseReturnValue:
    """Take a block back."""
    view, form = view_of(mandate_id), ReasonForm()
    if form.validate_on_submit():
        reason = str(form.reason.data).strip()
        write(current_actor(), direct_debits.reinstate_mandate, view.reference, on=today(), reason=reason)
        return done(mandate_id, _("The mandate is free again."))
    return mandate_page(view, reason=form)
