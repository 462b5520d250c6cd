"""A member's own data: taken in, changed, and both versions shown when somebody else was faster.

Source: `ux.md` 4 "Two people at once", 6.3; MEM-1, MEM-4, INV-27.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import DomainError
from membership.domain.member_fields import FieldWrong
from membership.domain.members import hidden_iban
from membership.persistence.db import write
from membership.persistence.queries.members import get_member
from membership.services import members
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.company import LABELS, CompanyForm
from membership.web.forms.opened import versions
from membership.web.language import _, day_to_type
from membership.web.treasurer.members.blueprint import blueprint


@blueprint.route("/<member:number>/edit", methods=["GET", "POST"])
@policy("member.write")
def edit(number: str) -> ResponseReturnValue:
    """Change the data of a company."""
    member = get_member(read(), number)
    present = _typed(member)
    form = CompanyForm(data={**present, "iban": ""})
    if not form.is_submitted():
        form.keep_opened(present, version=member.version)
    elif form.validate():
        changes, version = form.changes(), form.opened_version()
        try:
            changed = write(current_actor(), members.change_member, member.number, changes, version=version)
        except members.MemberChanged:
            return _ask(number, form)
        except DomainError as error:
            form.refuse(error, error.field if isinstance(error, FieldWrong) else None)
        else:
            sessions.notice("ok", _("Saved.") if changed else _("Nothing was different. Nothing was saved."))
            return redirect(url_for(".show", number=member.number), code=303)
    return _page(member, form), 422 if form.errors else 200


def _page(member: Any, form: CompanyForm, both: list[dict[str, str]] | None = None) -> str:  # noqa: ANN401 - a row
    return render_template("treasurer/members/edit.html", member=member, form=form, versions=both)


def _typed(member: Any) -> dict[str, str]:  # noqa: ANN401 - a row
    """Return the present values as the form shows them; of the IBAN what may be shown of it."""
    values = {
        name: str(getattr(member, name) or "")
        for name in LABELS
        if name not in {"iban", "founded_on", "attributes"}
    }
    founded = day_to_type(member.founded_on) if member.founded_on else ""
    attributes = ", ".join(member.attributes or ())
    return {**values, "iban": member.iban_shown, "founded_on": founded, "attributes": attributes}


def _ask(number: str, sent: CompanyForm) -> ResponseReturnValue:
    """Show what is saved now beside what was typed; the fields hold what both changed, together."""
    member = get_member(read(), number)
    opened, mine, theirs = sent.opened_values(), sent.typed(), _typed(member)
    kept = {name: mine[name] if _is_mine(name, mine, opened) else theirs[name] for name in LABELS}
    form = CompanyForm(
        formdata=None, data={**kept, "iban": mine["iban"], "forget_iban": sent.forget_iban.data}
    )
    form.keep_opened(theirs, version=member.version)
    shown = {**mine, "iban": hidden_iban(mine["iban"]) if mine["iban"] else opened.get("iban", "")}
    return _page(member, form, versions(LABELS, theirs=theirs, mine=shown)), 409


def _is_mine(name: str, mine: Mapping[str, str], opened: Mapping[str, str]) -> bool:
    return bool(mine["iban"]) if name == "iban" else mine[name] != opened.get(name)
