"""What follows the questions: a file, the contact, the last look with the expected dues, the receipt.

Source: `ux.md` 7 "Declaration"; prototype `declare-check`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from flask import redirect, request
from flask.typing import ResponseReturnValue

from membership.domain.declarations.campaigns import RoundEnded
from membership.domain.declarations.plausibility import Oddity, changes_class, oddities
from membership.domain.declarations.questions import (
    Answer,
    Question,
    weighted,
    years_of,
)
from membership.domain.declarations.states import DeclarationState
from membership.domain.dispatch import checked_address
from membership.domain.dues.words import basis_words
from membership.domain.errors import DomainError
from membership.services import declarations
from membership.services.declarations import Declared, Expected
from membership.web.declaring.guide import CHECK, CONTACT, EVIDENCE, RECEIPT, Guide, page, size_title
from membership.web.forms.declaring import (
    ContactForm,
    EvidenceForm,
    SubmitForm,
)
from membership.web.ladder import ladder_of
from membership.web.language import _, words


def evidence(guide: Guide) -> ResponseReturnValue:
    """Take a file, or go on without one."""
    form = EvidenceForm()
    if form.validate_on_submit():
        file = request.files.get("file")
        if file is None or not file.filename:
            return redirect(guide.after(EVIDENCE), code=303)
        try:
            guide.keep_file(file.stream.read(), file.filename)
        except RoundEnded:
            raise
        except DomainError as error:
            form.refuse(error, "file")
        else:
            return redirect(guide.after(EVIDENCE), code=303)
    shown = page(guide, "evidence", EVIDENCE, form=form, kept=guide.opened.draft.get("evidence"))
    return shown, 422 if form.errors else 200


def contact(guide: Guide) -> ResponseReturnValue:
    """Ask who answers for the company."""
    wish = guide.opened.draft.get("contact") or {}
    known = guide.opened.contact
    form = ContactForm(
        data={"name": wish.get("name") or guide.person, "email": wish.get("email") or known.address}
    )
    if form.validate_on_submit():
        name, email = (form.name.data or "").strip(), (form.email.data or "").strip()
        try:
            if not name:
                raise declarations.NameMissing
            if email:
                checked_address(email)
        except DomainError as error:
            form.refuse(error, "email" if name else "name")
        else:
            is_same = (name, email) == (known.name, known.address)
            guide.save({"contact": {} if is_same else {"name": name, "email": email}})
            return redirect(guide.address(CHECK), code=303)
    shown = page(guide, "contact", CONTACT, form=form)
    return shown, 422 if form.errors else 200


def check(guide: Guide) -> ResponseReturnValue:
    """Show all once more with the expected class and amount; the form sends it."""
    missing = guide.first_open()
    if missing is not None:
        return redirect(guide.address(missing), code=303)
    opened, answers = guide.opened, guide.answers
    outcome = declarations.expected(guide.session, opened.round.dues_year, opened.asked, answers)
    version = opened.view.version
    form = SubmitForm(data={"comment": opened.draft.get("comment") or (version.comment if version else "")})
    if form.validate_on_submit():
        declared = Declared(
            answers, comment=form.comment.data or "", name=guide.person, contact=opened.draft.get("contact"),
            evidence_id=opened.draft.get("evidence") or (version.evidence_id if version else None),
        )  # fmt: skip
        try:
            guide.declare(declared, outcome)
        except RoundEnded:
            raise
        except DomainError as error:
            form.refuse(error, "comment")
        else:
            return redirect(guide.address(RECEIPT), code=303)
    shown = page(guide, "check", CHECK, form=form, **_looked_at(guide, answers, outcome))
    return shown, 422 if form.errors else 200


def _looked_at(guide: Guide, answers: Mapping[str, Answer], outcome: Expected) -> dict[str, Any]:
    asked = guide.opened.asked
    sizes = [weighted(each.basis, answers[each.name]) for each in asked.questions]
    compared = declarations.measured(asked, answers)
    odd = oddities(compared, before=outcome.before, now=outcome.now, comment="", is_late=False)
    main = asked.questions[0]
    return {
        "rows": [_row(guide, place, answers) for place in range(len(asked.questions))],
        "outcome": outcome,
        "band": declarations.band_of(outcome.now),
        "is_new_class": outcome.before.cents is not None and changes_class(outcome.before, outcome.now),
        "before_band": declarations.band_of(outcome.before),
        "odd": odd,
        "oddity": Oddity,
        "ladder": ladder_of(asked.schedule, asked.category, main.basis, outcome.now)
        if len(asked.questions) == 1
        else None,
        "value_words": words().value(basis_words(main.basis, sizes[0])),
        "label": _label(asked.questions, sizes),
        "contact": guide.opened.draft.get("contact")
        or {"name": guide.person, "email": guide.opened.contact.address},
    }


def _label(questions: Sequence[Question], sizes: Sequence[Fraction]) -> str:
    """Return what the button says: the thing and the number."""
    if len(questions) > 1:
        return _("Report these figures")
    return _("Report %(sizes)s", sizes=words().value(basis_words(questions[0].basis, sizes[0])))


def _row(guide: Guide, place: int, answers: Mapping[str, Answer]) -> dict[str, Any]:
    asked = guide.opened.asked.questions[place]
    answer, known = answers[asked.name], guide.opened.asked.known.get(asked.name)
    number = weighted(asked.basis, answer)
    notes = []
    if isinstance(answer, Mapping) and not years_of(asked.basis):
        notes.append(_("%(heads)s people", heads=sum(answer.values(), Fraction(0))))
    if known is not None and weighted(asked.basis, known) == number:
        notes.append(_("as before"))
    elif known is not None:
        notes.append(_("before: %(number)s", number=weighted(asked.basis, known)))
    title = size_title(asked.basis)
    return {
        "label": _("%(size)s on %(day)s", size=title, day=asked.as_of),
        "value": words().value(basis_words(asked.basis, number)),
        "note": ", ".join(notes),
        "href": guide.address(f"question/{place + 1}") + "?back=check",
        "link": _("Change (action)"),
    }


def receipt(guide: Guide) -> ResponseReturnValue:
    """Say that the declaration is in, and show it."""
    opened = guide.opened
    version = opened.view.version
    if version is None:
        return redirect(guide.address("question/1"), code=303)
    answers = declarations.answers_from(version.answers)
    rows = [
        {
            "label": _("%(size)s on %(day)s", size=size_title(each.basis), day=each.as_of),
            "value": words().value(basis_words(each.basis, weighted(each.basis, answers[each.name]))),
        }
        for each in opened.asked.questions
        if each.name in answers
    ]
    expected = declarations.outcome_from(version.expected)
    return page(
        guide,
        "receipt",
        RECEIPT,
        rows=rows,
        version=version,
        expected=expected,
        band=declarations.band_of(expected),
        is_taken_over=opened.view.state is DeclarationState.TAKEN_OVER,
        pdf=guide.address("receipt.pdf"),
    )
