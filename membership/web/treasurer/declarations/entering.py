"""What the office enters for a member: what it says on the telephone, or an estimate with its reason.

Source: `ux.md` 6.12 "Eingabe für Mitglied"; DUE-28.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import Optional

from membership.domain.declarations.questions import (
    Answer,
    AnswerMissing,
    Question,
    read_answer,
    read_classes,
    weighted,
)
from membership.domain.dues.words import basis_words, class_words
from membership.domain.errors import DomainError
from membership.persistence.columns import exact_text
from membership.persistence.db import write
from membership.persistence.queries import declarations as queries
from membership.services import declarations
from membership.services.declarations import Asked, Declared
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.declaring import size_title
from membership.web.forms.declarations import EstimateForm, OfficeForm
from membership.web.forms.form import AtMost, Form
from membership.web.frame import today
from membership.web.language import _, day_text, words
from membership.web.treasurer.declarations.blueprint import blueprint


def _fields(questions: tuple[Question, ...]) -> dict[str, StringField]:
    """Return a field for each question; of one with classes a field for each class."""
    checks = [Optional(), AtMost(20)]
    found: dict[str, StringField] = {}
    for place, question in enumerate(questions):
        title = _("%(size)s on %(day)s", size=size_title(question.basis), day=day_text(question.as_of))
        for code in question.classes:
            label = f"{title}: {words().value(class_words(code))}"
            found[f"size_{place}_{code}"] = StringField(label, checks)
        if not question.classes:
            found[f"size_{place}"] = StringField(title, checks)
    return found


def _form(kind: type[Form], asked: Asked) -> Form:
    """Return the form with the fields of the sizes above its own."""
    made = type(kind.__name__, (kind,), _fields(asked.questions))
    data = {}
    for place, question in enumerate(asked.questions):
        known = asked.known.get(question.name)
        if known is not None and not question.classes:
            text = exact_text(weighted(question.basis, known))
            data[f"size_{place}"] = text.replace(".", ",") if words().language == "de" else text
    form: Form = made(data=data)
    return form


def _typed(form: Form, asked: Asked) -> Mapping[str, Answer] | None:
    """Return the answers; None when one was refused, with the sentence at its field."""
    answers: dict[str, Answer] = {}
    for place, question in enumerate(asked.questions):
        name = f"size_{place}"
        try:
            if question.classes:
                name = f"size_{place}_{question.classes[0]}"
                texts = {code: form[f"size_{place}_{code}"].data or "" for code in question.classes}
                answers[question.name] = read_classes(question, texts)
            else:
                answers[question.name] = read_answer(question, form[name].data or "")
        except DomainError as error:
            form.refuse(error, name)
            return None
    return answers


def _asked(year: int, number: str) -> tuple[queries.RequestView, Asked]:
    session = read()
    view = queries.get_request(session, year, number)
    opened = declarations.open_request(session, view.request.id)
    return view, opened.asked


def _page(
    template: str, year: int, view: queries.RequestView, asked: Asked, form: Form
) -> ResponseReturnValue:
    hints = {}
    for place, question in enumerate(asked.questions):
        known = asked.known.get(question.name)
        if known is not None:
            value = words().value(basis_words(question.basis, weighted(question.basis, known)))
            hints[f"size_{place}"] = _("Last time: %(value)s", value=value)
    page = render_template(
        f"treasurer/declarations/{template}.html", form=form, view=view, year=str(year), hints=hints,
        size_fields=[form[name] for name in _fields(asked.questions)],
    )  # fmt: skip
    return page, 422 if form.errors else 200


@blueprint.route("/<int:year>/members/<member:number>/record", methods=["GET", "POST"])
@policy("declaration.write")
def record(year: int, number: str) -> ResponseReturnValue:
    """Take down what a member says on the telephone."""
    view, asked = _asked(year, number)
    form = _form(OfficeForm, asked)
    if form.validate_on_submit():
        answers = _typed(form, asked)
        if answers is not None:
            try:
                declared = Declared(answers, comment=form["comment"].data or "", name=form["name"].data or "")
                write(current_actor(), declarations.declare_by_office, year, number, declared, today=today())
            except DomainError as error:
                form.refuse(error, None if not isinstance(error, AnswerMissing) else "size_0")
            else:
                sessions.notice("ok", _("The declaration is noted. Look at it and take it over."))
                return redirect(url_for(".request_of", year=year, number=number), code=303)
    return _page("record", year, view, asked, form)


@blueprint.route("/<int:year>/members/<member:number>/estimate", methods=["GET", "POST"])
@policy("declaration.write")
def estimate(year: int, number: str) -> ResponseReturnValue:
    """Enter an estimate with its reason."""
    view, asked = _asked(year, number)
    form = _form(EstimateForm, asked)
    if form.validate_on_submit():
        answers = _typed(form, asked)
        if answers is not None:
            try:
                write(
                    current_actor(), declarations.estimate, year, number, answers,
                    reason=form["reason"].data or "",
                )  # fmt: skip
            except DomainError as error:
                form.refuse(error)
            else:
                sessions.notice("ok", _("The estimate counts; the invoice says “estimated”."))
                return redirect(url_for(".request_of", year=year, number=number), code=303)
    return _page("estimate", year, view, asked, form)
