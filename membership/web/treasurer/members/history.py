"""What happened to a member, in words: each event with what was before and what is now.

Source: `ux.md` 6.3 "Verlauf"; INV-22.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any, Final

from flask import g, render_template, url_for
from flask.typing import ResponseReturnValue

from membership.domain.dues.facts import OverrideKind
from membership.domain.errors import N_, InputError
from membership.domain.member_fields import (
    FORMAT_WORDS,
    FUNCTION_WORDS,
    ORDER_WORDS,
    PAYMENT_WORDS,
    WAY_WORDS,
)
from membership.domain.member_lists import BASES, LABELS, Function
from membership.domain.member_words import CAUSE_WORDS, LANGUAGE_WORDS, ORIGIN_WORDS, OVERRIDE_WORDS
from membership.domain.members import STATE_WORDS, MemberState
from membership.domain.money import Money, from_decimal_text
from membership.persistence.queries.member_papers import list_notes
from membership.persistence.queries.members import HistoryLine, count_history, list_history
from membership.web.access import policy, read
from membership.web.forms.member_papers import NoteForm
from membership.web.language import _, words
from membership.web.links import invoice_address
from membership.web.sessions import holds
from membership.web.treasurer.audit import ACTION_WORDS
from membership.web.treasurer.audit_words import CHANGE_WORDS, Values, change_of, person_words
from membership.web.treasurer.members.blueprint import blueprint
from membership.web.treasurer.members.listing import category_names
from membership.web.treasurer.members.top import top_of
from membership.web.treasurer.paging import PAGE, page_number, pager

FIELD_WORDS: Final = {
    "name": N_("Company"),
    "legal_form": N_("Legal form"),
    "address_extra": N_("Address line"),
    "street": N_("Street"),
    "postcode": N_("Postcode"),
    "city": N_("City"),
    "country": N_("Country"),
    "phone": N_("Phone"),
    "email": N_("E-mail"),
    "invoice_email": N_("E-mail for invoices"),
    "invoice_name": N_("Invoice address: name"),
    "invoice_extra": N_("Invoice address: address line"),
    "invoice_street": N_("Invoice address: street"),
    "invoice_postcode": N_("Invoice address: postcode"),
    "invoice_city": N_("Invoice address: city"),
    "invoice_country": N_("Invoice address: country"),
    "register_entry": N_("Register entry"),
    "tax_number": N_("Tax number"),
    "vat_id": N_("VAT ID"),
    "leitweg_id": N_("Leitweg-ID"),
    "order_number": N_("Order number"),
    "cost_centre": N_("Cost centre"),
    "invoice_format": N_("Form of the e-invoice"),
    "order_wish": N_("Order number before the invoice"),
    "invoice_way": N_("How invoices are sent"),
    "language": N_("Language"),
    "payment_method": N_("Payment method"),
    "payment_chosen_on": N_("Payment method chosen by the company on"),
    "iban": N_("IBAN"),
    "iban_holder": N_("Account holder"),
    "founded_on": N_("Founded on"),
    "attributes": N_("Tags"),
    "note": N_("Note"),
    "salutation": N_("Salutation"),
    "functions": N_("Functions of the contact"),
    "category": N_("Category"),
    "valid_from": N_("Valid from"),
    "as_of": N_("Reference day"),
    "agreed": N_("Agreed amount"),
    "resolution": N_("Decision"),
    "reason": N_("Reason"),
    "group": N_("Group of companies"),
    "state": N_("Status"),
    "start": N_("Member since"),
    "end": N_("Last day"),
    "decided_on": N_("Decided on"),
    "notice_received_on": N_("Notice received on"),
    "organ": N_("Who decided"),
    "minutes": N_("Minutes"),
    "opened_on": N_("Opened on"),
    "closed_on": N_("Closed on"),
    "court": N_("Insolvency court"),
    "file_number": N_("File number"),
    "administrator": N_("Administrator"),
    "successor": N_("Successor"),
    "duplicate": N_("Duplicate"),
    "merged_into": N_("Merged into"),
    "predecessor": N_("Predecessor"),
}
"""Field of the audit log -> its words; sizes have those of the member list, others are shown by their name."""

_LOOKS: Final = {
    "member.create": ("plus", "brand"),
    "member.import_new": ("upload", "brand"),
    "member.import_change": ("upload", "neutral"),
    "member.accept": ("tick", "ok"),
    "member.resume": ("tick", "ok"),
    "member.notice": ("clock", "warning"),
    "member.end": ("clock", "warning"),
    "member.suspend": ("pause", "warning"),
    "member.reject": ("crossed-circle", "neutral"),
    "member.exclusion": ("triangle", "warning"),
    "member.insolvency": ("triangle", "warning"),
    "member.agreed": ("tag", "plan"),
    "member.override": ("tag", "plan"),
    "member.file_add": ("document", "brand"),
    "invoice": ("document", "brand"),
    "payment": ("card", "ok"),
}
"""Action, or its subject, -> icon and tone; all others look like a change."""


@blueprint.get("/<member:number>/history")
@policy("member.read")
def history(number: str) -> ResponseReturnValue:
    """Show everything that happened to a member, page by page, and the notes about it."""
    return history_page(number, NoteForm())


def history_page(number: str, form: NoteForm) -> ResponseReturnValue:
    """Return the history of a member with its notes; the form takes a new one."""
    session = read()
    top = top_of(session, number, "history")
    member, page = top["member"], page_number()
    lines = list_history(session, member.id, limit=PAGE, offset=(page - 1) * PAGE)
    page_text = render_template(
        "treasurer/members/history.html",
        form=form,
        notes=list_notes(session, member.id),
        events=[event_of(line) for line in lines],
        pages=pager(page, count_history(session, member.id)),
        **top,
    )
    return page_text, 422 if form.errors else 200


def event_of(line: HistoryLine) -> dict[str, Any]:
    """Return one event as the timeline draws it."""
    icon, tone = _LOOKS.get(line.action) or _LOOKS.get(line.action.partition(".")[0]) or ("pen", "neutral")
    return {
        "icon": icon,
        "tone": tone,
        "text": _sentence(line),
        "lines": _changes(line.action, tuple(line.values)),
        "href": _address(line),
        "at": line.at,
        "who": person_words(line.actor_key, line.actor_name),
    }


def _changes(action: str, values: Values) -> list[str]:
    return [_change(_field(action, field), field, old, new) for field, old, new in values]


CHANGE_WORDS["member"] = _changes


def _sentence(line: HistoryLine) -> str:
    text = words().text(ACTION_WORDS.get(line.action, line.action))
    cause, cents = line.facts.get("cause"), line.facts.get("cents")
    if cause in CAUSE_WORDS:
        return _("%(event)s: %(detail)s", event=text, detail=_(CAUSE_WORDS[cause]))
    if isinstance(cents, int):
        return _("%(event)s: %(detail)s", event=text, detail=Money(cents))
    return text


def _address(line: HistoryLine) -> str | None:
    if line.object_kind == "invoice":
        return invoice_address(line.object_ref)
    if line.object_kind == "payment" and holds("payment.read"):
        return url_for("treasurer.payments.show", payment_id=line.object_ref)
    return None


def _change(label: str, field: str, old: str | None, new: str | None) -> str:
    return change_of(label, _shown(field, old), _shown(field, new))


def _field(action: str, field: str) -> str:
    if field == "name" and action.startswith("member.contact"):
        return _("Name")
    basis = next((each for each in BASES if each == field), None)
    return words().value(LABELS[basis]) if basis else _(FIELD_WORDS.get(field, field))


def _shown(field: str, value: str | None) -> str:
    """Return a kept value as people read it; what cannot be read is shown as it is."""
    if not value:
        return ""
    try:
        return _READERS.get(field, _plain)(value)
    except (ValueError, InputError):
        return value


def _plain(value: str) -> str:
    return value


def _day(value: str) -> str:
    return words().value(date.fromisoformat(value))


def _number(value: str) -> str:
    return words().value(Fraction(value))


def _amount(value: str) -> str:
    return words().value(Money(from_decimal_text(value)))


def _state(value: str) -> str:
    return _(STATE_WORDS[MemberState(value)])


def _functions(value: str) -> str:
    return ", ".join(_(FUNCTION_WORDS[Function(word)]) for word in value.split(", "))


def _decision(value: str) -> str:
    kind, _blank, number = value.partition(" ")
    text = _(OVERRIDE_WORDS[OverrideKind(kind)])
    unit = {OverrideKind.PERCENT: "%", OverrideKind.AMOUNT: "€"}.get(OverrideKind(kind), "")
    return f"{text} {_number(number)} {unit}" if number else text


def _category(value: str) -> str:
    """Return the name of a category; they are read once a request."""
    if "category_names" not in g:
        g.category_names = category_names(read())
    names: dict[str, str] = g.category_names
    return names.get(value, value)


def _word_of(known: Mapping[Any, str]) -> Callable[[str], str]:
    return lambda value: _(known.get(value, value))


_READERS: Final[dict[str, Callable[[str], str]]] = {
    **dict.fromkeys(
        (
            "founded_on",
            "valid_from",
            "as_of",
            "start",
            "end",
            "decided_on",
            "notice_received_on",
            "opened_on",
            "closed_on",
            "payment_chosen_on",
        ),
        _day,
    ),
    **{str(basis): _number for basis in BASES},
    "agreed": _amount,
    "category": _category,
    "state": _state,
    "functions": _functions,
    "resolution": _decision,
    "payment_method": _word_of(PAYMENT_WORDS),
    "language": _word_of(LANGUAGE_WORDS),
    "invoice_format": _word_of(FORMAT_WORDS),
    "order_wish": _word_of(ORDER_WORDS),
    "invoice_way": _word_of(WAY_WORDS),
    "origin": _word_of(ORIGIN_WORDS),
}
