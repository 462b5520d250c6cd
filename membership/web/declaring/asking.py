"""One question a page: the number, heads by class with the calculator, or a dues class to choose.

Source: `ux.md` 7 "Declaration"; prototype `declare`; DUE-7.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from flask import abort, redirect, request
from flask.typing import ResponseReturnValue

from invoices.formats import long_date
from membership.domain.declarations.campaigns import RoundEnded
from membership.domain.declarations.questions import (
    Answer,
    AnswerMissing,
    Question,
    read_answer,
    read_classes,
    stored_answer,
    weighted,
    years_of,
)
from membership.domain.dues.words import basis_words, class_words
from membership.domain.errors import N_, DomainError
from membership.persistence.columns import exact_text
from membership.services.declarations.mails import otherwise
from membership.web.declaring.guide import RECEIPT, Guide, page, size_title, titled
from membership.web.forms.declaring import (
    CLASS,
    BandForm,
    NumberForm,
    classes_form,
)
from membership.web.forms.form import Form, choice
from membership.web.language import _, words

_ASK: Final[Mapping[str, str]] = {
    "headcount": N_("How many employees did %(company)s have on %(day)s?"),
    "fte": N_("How many full-time equivalents did %(company)s have on %(day)s?"),
    "turnover_eur": N_("What was the turnover of %(company)s in %(year)s?"),
    "sites": N_("How many sites did %(company)s have on %(day)s?"),
}
_ASK_OTHER: Final = N_("%(size)s of %(company)s on %(day)s")


def start(guide: Guide) -> ResponseReturnValue:
    """Lead to where a member left off: the receipt of what was declared, else the first question."""
    if guide.opened.view.version is not None and not guide.opened.draft.get("answers"):
        return redirect(guide.address(RECEIPT), code=303)
    return question(guide, 1)


def question(guide: Guide, place: int) -> ResponseReturnValue:
    """Ask one question, or take its answer."""
    questions = guide.opened.asked.questions
    if not 1 <= place <= len(questions):
        abort(404)
    asked, step = questions[place - 1], f"question/{place}"
    form = _question_form(guide, asked)
    is_trial = "recalculate" in request.form
    if form.validate_on_submit():
        try:
            answer = _typed(asked, form)
            if not is_trial:
                kept = guide.opened.draft.get("answers", {})
                guide.save({"answers": {**kept, asked.name: stored_answer(answer, exact_text)}})
                return redirect(guide.after(step), code=303)
        except RoundEnded:
            raise
        except DomainError as error:
            form.refuse(error, _place(asked, form))
    known = guide.opened.asked.known.get(asked.name)
    shown = page(
        guide,
        "question",
        step,
        form=form,
        question=asked,
        heading=_heading(guide, asked),
        hint=_known_words(asked, known),
        unit=_unit(asked),
        lines=_lines(asked, form),
        total=_total(asked, form),
        counted=_who_counts(asked),
        otherwise=otherwise(guide.opened.asked.schedule.declaration, words()),
    )
    return shown, 422 if form.errors else 200


def _question_form(guide: Guide, asked: Question) -> Form:
    before = guide.answers.get(asked.name, guide.opened.asked.known.get(asked.name))
    if asked.bands:
        form = BandForm(data={"answer": _band_of(asked, before)})
        form.answer.choices = [
            choice(exact_text(value), f"{words().value(label)} {_unit(asked)}".strip())
            for value, label in asked.bands
        ]
        return form
    if asked.classes:
        names = {code: words().value(class_words(code)) for code in asked.classes}
        heads = before if isinstance(before, Mapping) else {}
        data = {f"{CLASS}{code}": _plain(heads[code]) for code in asked.classes if code in heads}
        return classes_form(names)(data=data)
    number = None if before is None else weighted(asked.basis, before)
    form = NumberForm(data={"answer": "" if number is None else _plain(number)})
    form.answer.label.text = size_title(asked.basis)
    return form


def _plain(number: Fraction) -> str:
    """Return a number as the field takes it back."""
    text = exact_text(number)
    return text.replace(".", ",") if words().language == "de" and "/" not in text else text


def _band_of(asked: Question, before: Answer | None) -> str:
    if before is None:
        return ""
    number = weighted(asked.basis, before)
    reached = [value for value, _label in asked.bands if value <= number]
    return exact_text((reached or [asked.bands[0][0]])[-1])


def _typed(asked: Question, form: Form) -> Answer:
    if asked.bands:
        chosen = str(form["answer"].data or "")
        if not chosen:
            raise AnswerMissing
        return Fraction(chosen)
    if asked.classes:
        return read_classes(asked, {code: form[f"{CLASS}{code}"].data or "" for code in asked.classes})
    return read_answer(asked, str(form["answer"].data or ""))


def _place(asked: Question, form: Form) -> str:
    """Return the field at which a refusal stands: of classes the first with a wrong number."""
    if not asked.classes:
        return "answer"
    for code in asked.classes:
        try:
            read_classes(asked, {code: form[f"{CLASS}{code}"].data or "0"})
        except DomainError:
            return f"{CLASS}{code}"
    return f"{CLASS}{asked.classes[0]}"


def _heading(guide: Guide, asked: Question) -> str:
    company, day = guide.opened.view.member.name, long_date(asked.as_of, words().language)
    known = _ASK.get(asked.name)
    if known is None or (years_of(asked.basis) and asked.name != "turnover_eur"):
        size = size_title(asked.basis)
        return _(_ASK_OTHER, size=size, company=company, day=day)
    return _(known, company=company, day=day, year=str(asked.as_of.year))


def _known_words(asked: Question, known: Answer | None) -> str:
    if known is None:
        return ""
    number = words().value(basis_words(asked.basis, weighted(asked.basis, known)))
    return _("Last time you declared %(sizes)s.", sizes=number)


def _unit(asked: Question) -> str:
    return {"fte": _("full-time equivalents"), "turnover_eur": "€", "area_m2": "m²"}.get(
        asked.name, asked.basis.unit
    )


def _lines(asked: Question, form: Form) -> list[dict[str, Any]]:
    """Return the rows of the calculator: a class with its field, its weight and what it comes to."""
    weights = asked.basis.weights or {}
    rows = []
    for code in asked.classes:
        field = form[f"{CLASS}{code}"]
        weight = weights.get(code)
        try:
            heads = read_answer(asked, field.data) if field.data else Fraction(0)
        except DomainError:
            heads = None
        rows.append({
            "field": field, "weight": weight,
            "result": heads * weight if heads is not None and weight is not None else None,
        })  # fmt: skip
    return rows


def _total(asked: Question, form: Form) -> dict[str, Any] | None:
    if not asked.classes:
        return None
    try:
        heads = read_classes(asked, {code: form[f"{CLASS}{code}"].data or "" for code in asked.classes})
    except DomainError:
        return None
    return {"heads": sum(heads.values(), Fraction(0)), "size": weighted(asked.basis, heads)}


def _who_counts(asked: Question) -> list[str]:
    """Return who counts and who does not, as the schedule says it."""
    lines = [
        _("%(name)s do not count.", name=titled(words().value(class_words(code))))
        for code in sorted(asked.basis.exclude)
    ]
    if asked.basis.region == "region":
        lines.append(_("Only those in the region of the association count."))
    if asked.basis.region == "site":
        lines.append(_("Only those of this site count."))
    return lines
