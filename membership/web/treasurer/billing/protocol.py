"""The protocol of a run as PDF: who did what and when, every member with its invoice or the reason why it has none.

Source: `ux.md` 6.6 (5).
"""

from __future__ import annotations

from flask import abort
from flask.typing import ResponseReturnValue

from invoices import listing
from invoices.formats import amount
from membership.domain.billing import RunState
from membership.domain.errors import N_
from membership.domain.run_review import RunLine, sums_of
from membership.persistence.queries import history
from membership.persistence.queries.billing import get_run
from membership.persistence.queries.run_items import list_lines
from membership.web import downloads
from membership.web.access import policy, read
from membership.web.association import association_settings
from membership.web.frame import today
from membership.web.heavy import few_at_once
from membership.web.language import _, moment_text, words
from membership.web.treasurer.audit import action_words
from membership.web.treasurer.audit_words import person_words
from membership.web.treasurer.billing import shown
from membership.web.treasurer.billing.blueprint import blueprint

_STATES = {"held": N_("Held back"), "free": N_("Free of dues"), "failed": N_("Without an invoice")}


@blueprint.get("/<int:run_id>/protocol.pdf")
@policy("billing.read")
@few_at_once
def protocol(run_id: int) -> ResponseReturnValue:
    """Hand out the protocol of a finished run; it is made anew and not kept."""
    session = read()
    run = get_run(session, run_id)
    if run.state not in {RunState.DONE, RunState.DONE_WITH_ERRORS}:
        abort(404)
    lines = list_lines(session, run_id)
    sums = sums_of(lines)
    language = words().language
    steps = [
        f"{moment_text(event.at)}: {action_words(event.action)}, {person_words(event.actor_key, event.actor_name)}"
        for event in reversed(history.list_events(session, "run", str(run_id)))
        if event.action.startswith(("billing.", "run."))
    ]
    title = _("Protocol of the %(year)s billing run", year=str(run.dues_year))
    content = listing.render(
        listing.Listing(
            title=title,
            author=association_settings().full_name,
            language=language,
            day=today(),
            lines=[_("As of %(day)s", day=today()), shown.equation(sums), *steps],
            columns=[
                listing.Column(_("Invoice"), 2.2),
                listing.Column(_("Member no."), 1.4),
                listing.Column(_("Member"), 4),
                listing.Column(_("Reason"), 3.4),
                listing.Column(_("Amount"), 1.8, is_number=True),
            ],
            rows=[
                (
                    line.invoice or "–", line.number, line.name, _why(line),
                    amount(line.amount_cents, language) if line.is_billed else "–",
                )
                for line in lines
            ],
            sums=(_("Sum"), "", "", "", amount(sums.total_cents, language)),
        )
    )  # fmt: skip
    return downloads.pdf(content, name=f"{title}.pdf")


def _why(line: RunLine) -> str:
    """Return why a member has no invoice; empty for one that has."""
    if line.is_billed:
        return ""
    state = _(_STATES.get(str(line.state), N_("Without an invoice")))
    reason = shown.reason_of(line)
    return f"{state}: {reason}" if reason and reason != state else state
