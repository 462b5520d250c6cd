"""All members without access to the member area are invited at once, after a check page.

Source: `ux.md` 4 "Check page", 14 "Portal invitation".
"""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import DomainError
from membership.domain.page_address import is_only_here
from membership.jobs.engine import wake
from membership.persistence.db import write
from membership.services import companies
from membership.services.companies.inviting import plan_invitations
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.association import association_settings
from membership.web.forms.form import SeenForm
from membership.web.frame import today
from membership.web.language import ngettext
from membership.web.outdated import is_repeated
from membership.web.treasurer.members.blueprint import blueprint


@blueprint.route("/invite", methods=["GET", "POST"])
@policy("member.write")
def invite_all() -> ResponseReturnValue:
    """Show who would be invited and who cannot be reached; then invite."""
    if is_repeated():
        return redirect(url_for(".index"), code=303)
    plan = plan_invitations(read(), today=today())
    form = SeenForm(data={"seen": str(len(plan.invited))})
    is_away = is_only_here(sessions.operator().base_url)
    if form.validate_on_submit() and not is_away:
        try:
            count = write(current_actor(), companies.invite_all, today=today(), count=_count(form))
        except DomainError as error:
            form.seen.data = str(len(plan.invited))
            form.refuse(error)
        else:
            wake()
            text = ngettext("%(n)s invitation is on its way.", "%(n)s invitations are on their way.", count)
            sessions.notice("ok", text)
            return redirect(url_for(".index"), code=303)
    page = render_template(
        "treasurer/members/invite.html",
        form=form,
        plan=plan,
        can_send=association_settings().can_send_mail,
        is_away=is_away,
    )
    return page, 422 if form.errors or (form.is_submitted() and is_away) else 200


def _count(form: SeenForm) -> int:
    typed = form.seen.data or ""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else -1  # noqa: PLR2004 - a million is enough
