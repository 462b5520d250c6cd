"""The form, its check page with the dues that follow, and the page that says what happens next.

Nothing is kept before it is sent: the check page carries what was typed. The answer is the same whatever the books
know about the company. Source: `domain.md` MEM-1; `ux.md` 1, 4 "Check page"; SEC-19.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.applications import (
    CONFIRM_WITHIN,
    MOST_FROM_ONE,
    CategoryMissing,
    Consent,
    TermsChanged,
    TooManyFromOne,
    is_reference,
    terms_version,
)
from membership.domain.declarations.questions import (
    Answer,
    Question,
    read_answer,
    read_classes,
    weighted,
)
from membership.domain.dues.assessment import Assessment
from membership.domain.dues.readable import readable
from membership.domain.dues.words import basis_words, class_words
from membership.domain.errors import N_, DomainError, InputError
from membership.domain.member_fields import INVOICE_ADDRESS
from membership.domain.members import hidden_iban
from membership.domain.policy import Actor
from membership.jobs.engine import wake
from membership.persistence.db import Session, read_as, write
from membership.persistence.form_tokens import find_result
from membership.services import applications
from membership.services.applications import Expected, Offer
from membership.web.access import policy
from membership.web.application.blueprint import blueprint, frame
from membership.web.association import association_settings
from membership.web.declaring import visitor
from membership.web.declaring.guide import size_title
from membership.web.forms.applications import AGREE, SIZE, CompanyDetails, application_form
from membership.web.forms.form import choice
from membership.web.frame import today
from membership.web.language import _, words
from membership.web.limits import count_once, few_attempts, has_left
from membership.web.treasurer.members.calculation import calculation_of
from membership.web.treasurer.schedules.shown import names_of

_PER_MINUTE: Final = 20
_SENT: Final = "application.sent"
"""What is counted a day for each network address."""
_SHOWN: Final = (
    (N_("Company"), (
        "name", "legal_form", "register_entry", "vat_id", "tax_number", "street", "address_extra", "postcode", "city",
        "country", "group_name",
    )),
    (N_("Invoices"), ("invoice_email", *INVOICE_ADDRESS, "order_number", "leitweg_id")),
    (N_("Who signs"), ("signatory_name", "signatory_function", "email", "phone", "message")),
)  # fmt: skip
"""Heading of the check page -> the fields below it."""


class NotAgreed(InputError):
    """Something was not agreed to."""

    message = N_("Please tick this box if you agree; without it the application cannot be sent.")
    code = "not_agreed"


@dataclass(slots=True)
class _Filled:
    """A form with what it is about: what can be applied for, and what is agreed to."""

    form: CompanyDetails
    offer: Offer
    terms: tuple[Consent, ...]

    @property
    def category(self) -> str:
        """Return the kind of membership that was chosen."""
        return str(self.form.category.data or "")


def _open() -> Session:
    if not applications.is_open(association_settings()):
        abort(404)
    return read_as(visitor())


def _sender() -> Actor:
    """Return who sends the form: nobody who is known; the token of the form keeps it from being taken in twice."""
    token = request.form.get("form_token", "")[:64]
    found = visitor()
    return Actor(
        name="applicant", at=found.at, request_id=found.request_id, job=found.job, form_token=token or None
    )


def _filled(session: Session) -> _Filled:
    language = words().language
    offer = applications.find_offer(session, today=today())
    terms = applications.terms_with(session, language, today=today(), iban=_typed_iban())
    boxes = {each.kind: each.text for each in terms}
    if applications.MANDATE in boxes:
        boxes[applications.MANDATE] = _(
            "We give this mandate for the account %(account)s.", account=hidden_iban(_typed_iban())
        )
    kind = application_form(_size_labels(offer), boxes)
    only = offer.kinds[0].code if len(offer.kinds) == 1 else None
    form = kind(data={"country": "DE", "category": only})
    form.category.choices = [choice(each.code, each.names[language]) for each in offer.kinds]
    return _Filled(form, offer, terms)


def _typed_iban() -> str:
    """Return the account of the mandate that is given in the form; empty for none."""
    is_wished = request.form.get("payment") == "direct_debit"
    return "".join(request.form.get("iban", "").split()) if is_wished else ""


def _size_labels(offer: Offer) -> dict[str, str]:
    labels = {}
    for question in offer.questions:
        title = _("%(size)s on %(day)s", size=size_title(question.basis), day=question.as_of)
        for code in question.classes or ("",):
            label = f"{title}: {words().value(class_words(code))}" if code else title
            labels[_field_of(question, code)] = label
    return labels


def _field_of(question: Question, code: str = "") -> str:
    name = question.name.replace(":", "_")
    return f"{name}-{code}" if code else name


@blueprint.route("", methods=["GET", "POST"])
@policy("public")
@few_attempts(_PER_MINUTE)
def fill() -> ResponseReturnValue:
    """Ask for everything, show it once more with the dues, and take it in."""
    filled = _filled(_open())
    form, wish = filled.form, request.form.get("go", "check")
    if not form.is_submitted() or wish == "edit":
        return _form_page(filled)
    if not form.validate() or wish == "dues":
        return _form_page(filled)
    sizes = _checked(filled)
    if form.errors:
        return _form_page(filled)
    if wish != "send":
        return _check_page(filled, sizes)
    return _send(filled, sizes)


def _send(filled: _Filled, sizes: Mapping[str, Answer]) -> ResponseReturnValue:
    form = filled.form
    for each in filled.terms:
        if not form[f"{AGREE}{each.kind}"].data:
            form.refuse(NotAgreed(), f"{AGREE}{each.kind}")
    if request.form.get("terms") != terms_version(filled.terms):
        form.refuse(TermsChanged())
    sender, may_send = _sender(), has_left(_SENT, MOST_FROM_ONE)
    is_again = find_result(read_as(visitor()), sender) is not None
    if not may_send and not is_again:
        form.refuse(TooManyFromOne())
    if form.errors:
        return _check_page(filled, sizes)
    try:
        reference = write(
            sender, applications.submit, form.company(words().language), category=filled.category,
            sizes=dict(sizes), terms=terms_version(filled.terms), today=today(),
        )  # fmt: skip
    except DomainError as error:
        form.refuse(error)
        return _check_page(filled, sizes)
    if not is_again:
        count_once(_SENT, MOST_FROM_ONE)
    wake()
    return redirect(url_for(".sent", reference=reference), code=303)


def _checked(filled: _Filled) -> dict[str, Answer]:
    """Return the sizes, and hang every problem at its field."""
    form = filled.form
    for problem in applications.read_typed(form.company(words().language))[1]:
        form.refuse(problem, problem.field)
    kind = filled.offer.kind(filled.category)
    if kind is None:
        form.refuse(CategoryMissing(), "category")
    return _sizes(filled, reports=True)


def _sizes(filled: _Filled, *, reports: bool) -> dict[str, Answer]:
    found: dict[str, Answer] = {}
    for question in filled.offer.asked(filled.category):
        try:
            found[question.name] = _typed(question, filled.form)
        except DomainError as error:
            if reports:
                filled.form.refuse(error, f"{SIZE}{_field_of(question, next(iter(question.classes), ''))}")
    return found


def _typed(question: Question, form: CompanyDetails) -> Answer:
    def text(code: str = "") -> str:
        return str(form[f"{SIZE}{_field_of(question, code)}"].data or "")

    if question.classes:
        return read_classes(question, {code: text(code) for code in question.classes})
    return read_answer(question, text())


def _expected(filled: _Filled, sizes: Mapping[str, Answer]) -> dict[str, Any] | None:
    """Return the dues as the pages show them; None while something for them is missing."""
    asked = filled.offer.asked(filled.category)
    if filled.offer.kind(filled.category) is None or any(each.name not in sizes for each in asked):
        return None
    session = read_as(visitor())
    found = applications.expected_dues(session, filled.category, sizes, today=today())
    return _worded(found) if found else None


def _worded(found: Expected) -> dict[str, Any]:
    whole = found.whole.gross.cents if isinstance(found.whole, Assessment) else None
    return {"first": calculation_of(found.first), "whole_cents": whole}


def _form_page(filled: _Filled) -> ResponseReturnValue:
    form, language = filled.form, words().language
    asks_dues = request.form.get("go") == "dues"
    sizes = _sizes(filled, reports=asks_dues) if form.is_submitted() else {}
    if asks_dues and filled.offer.kind(filled.category) is None:
        form.refuse(CategoryMissing(), "category")
    page = render_template(
        "application/form.html",
        form=form,
        kinds=filled.offer.kinds,
        sizes=[form[f"{SIZE}{name}"] for name in _size_labels(filled.offer)],
        size_hints=_size_hints(filled.offer, language),
        expected=_expected(filled, sizes) if asks_dues else None,
        intro=association_settings().text("application.intro"),
        fees=applications.find_schedule(read_as(visitor()), today=today()) is not None,
        takes_mandate=applications.offers_mandate(association_settings()),
        **frame(),
    )
    return page, 422 if form.errors else 200


def _size_hints(offer: Offer, language: str) -> dict[str, str]:
    """Return field -> for which kinds of membership a size is needed, where it is not for all."""
    hints = {}
    for question in offer.questions:
        names = [each.names[language] for each in offer.kinds if question.name in each.sizes]
        if len(names) < len(offer.kinds):
            for code in question.classes or ("",):
                hints[f"{SIZE}{_field_of(question, code)}"] = _(
                    "Only for: %(kinds)s.", kinds=", ".join(names)
                )
    return hints


def _check_page(filled: _Filled, sizes: Mapping[str, Answer]) -> ResponseReturnValue:
    form = filled.form
    page = render_template(
        "application/check.html",
        form=form,
        groups=_groups(filled, sizes),
        carried=_carried(form),
        expected=_expected(filled, sizes),
        terms=filled.terms,
        version=terms_version(filled.terms),
        agree=AGREE,
        mandate=applications.MANDATE,
        is_mailed=association_settings().can_send_mail,
        **frame(),
    )
    return page, 422 if form.errors else 200


def _groups(filled: _Filled, sizes: Mapping[str, Answer]) -> list[tuple[str, list[dict[str, str]]]]:
    """Return what was typed, heading by heading; what was left out is left out here too."""
    form, language = filled.form, words().language
    found = [(_(heading), _rows(form, names)) for heading, names in _SHOWN]
    kind = filled.offer.kind(filled.category)
    wish = [{"label": form.category.label.text, "value": kind.names[language] if kind else "–"}]
    for question in filled.offer.asked(filled.category):
        value = words().value(basis_words(question.basis, weighted(question.basis, sizes[question.name])))
        wish.append({"label": size_title(question.basis), "value": value})
    found.insert(1, (_("Membership"), wish))
    wished = next((option.label.text for option in form.payment if option.data == form.payment.data), "–")
    found[2][1].append({"label": form.payment.label.text, "value": wished})
    if applications.MANDATE in {each.kind for each in filled.terms}:
        account = {"label": form.iban.label.text, "value": hidden_iban(_typed_iban())}
        found[2][1].extend((account, *_rows(form, ("iban_holder",))))
    if form.asks_number.data:
        found[2][1].append({"label": _("Order number"), "value": form.asks_number.label.text})
    return found


def _rows(form: CompanyDetails, names: tuple[str, ...]) -> list[dict[str, str]]:
    return [
        {"label": form[name].label.text, "value": str(form[name].data).strip()}
        for name in names
        if str(form[name].data or "").strip()
    ]


def _carried(form: CompanyDetails) -> list[tuple[str, str]]:
    """Return what the check page carries on: every field that holds something, but what is agreed to there."""
    found = []
    for field in form:
        if field.name in {"csrf_token", "form_token"} or field.name.startswith(AGREE):
            continue
        value = "y" if field.data is True else field.data
        if value:
            found.append((field.name, str(value)))
    return found


@blueprint.get("/sent/<reference>")
@policy("public")
def sent(reference: str) -> ResponseReturnValue:
    """Say what happens next; nothing is looked up, so nobody learns here which references there are."""
    if not is_reference(reference):
        abort(404)
    return render_template(
        "application/sent.html",
        reference=reference,
        days=CONFIRM_WITHIN.days,
        is_mailed=association_settings().can_send_mail,
        **frame(),
    )


@blueprint.get("/fee-schedule")
@policy("public")
def fees() -> ResponseReturnValue:
    """Show the fee schedule in force in plain sentences, while applications are taken."""
    session = _open()
    schedule = applications.find_schedule(session, today=today())
    if schedule is None:
        abort(404)
    names, offer = names_of(session), applications.find_offer(session, today=today())
    text = readable(schedule, names)
    return render_template(
        "application/fees.html",
        schedule=schedule,
        categories=[each for each in text.categories if offer.kind(each.code)],
        text=text,
        names=names,
        say=words().value,
        **frame(),
    )
