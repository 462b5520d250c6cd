"""A question by mail about an entry that cannot be placed: a draft, then its sending.

Source: `ux.md` 6.9 “Rückfrage per E-Mail”, 14.
"""

from __future__ import annotations

from typing import Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.banking.statements import QuestionMissing, WrongDirection
from membership.domain.dispatch import AddressUnusable
from membership.domain.errors import DomainError, NotFound
from membership.domain.money import Money
from membership.persistence.db import write
from membership.persistence.queries import bank_lines
from membership.persistence.queries.members.rows import find_member
from membership.persistence.queries.settings import get_settings
from membership.services.banking.asking import ask as send_question
from membership.services.banking.asking import draft_words, usual_question
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.banking import QuestionForm
from membership.web.language import ngettext
from membership.web.treasurer.banking.blueprint import blueprint

_PLACES: Final = ((NotFound, "member"), (AddressUnusable, "email"), (QuestionMissing, "question"))
_MOST: Final = 12


@blueprint.route("/entries/<int:line_id>/ask", methods=["GET", "POST"])
@policy("bank.write")
def ask(line_id: int) -> ResponseReturnValue:
    """Show the draft of a question about money that came, and send it."""
    view = bank_lines.get_line(read(), line_id)
    if view.line.amount_cents <= 0:
        raise WrongDirection(amount=Money(view.line.amount_cents))
    over = request.args.get("over", "")
    cents = int(over) if over.isascii() and over.isdigit() and len(over) < _MOST else 0
    named = request.args.get("member", "")[:30]
    form = QuestionForm(data={"member": named, "question": usual_question(cents, _language(named))})
    if form.validate_on_submit():
        try:
            count = write(
                current_actor(), send_question, line_id, member=str(form.member.data).strip(),
                address=str(form.email.data or ""), question=str(form.question.data),
            )  # fmt: skip
        except DomainError as error:
            place = next((name for kind, name in _PLACES if isinstance(error, kind)), "email")
            form.refuse(error, place)
        else:
            sessions.notice(
                "ok", ngettext("%(n)s question is on its way.", "%(n)s questions are on their way.", count)
            )
            return redirect(url_for(".line", line_id=line_id), code=303)
    page = render_template(
        "treasurer/banking/ask.html",
        view=view,
        form=form,
        draft=draft_words(read(), line_id, language=_language(str(form.member.data or ""))),
    )
    return page, 422 if form.errors else 200


def _language(number: str) -> str:
    """Return the language of the member that is asked; while none is named, that of the association."""
    member = find_member(read(), number)
    return member.language if member else get_settings(read()).text("association.language")
