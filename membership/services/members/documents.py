"""Members as JSON documents: shown whole, and put: created without a number, changed with one.

Source: `interfaces.md` "members put|show|list", "Shapes"; an IBAN is never printed in full.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from membership.domain.dues.document import Node
from membership.domain.dues.schedule.bases import default_basis
from membership.domain.errors import DomainError
from membership.domain.member_documents import MemberDocument, MemberDocumentWrong, read_member_document
from membership.domain.member_fields import INVOICE_ADDRESS
from membership.domain.members import MEMBERS_TODAY, MemberState, state_of
from membership.domain.money import decimal_text
from membership.domain.phrases import Phrase, phrase
from membership.domain.policy import require
from membership.domain.reference_days import day_meant
from membership.persistence.columns import exact_text
from membership.persistence.db import actor_of
from membership.persistence.models.members import BasisValue, Contact, Member, Origin
from membership.persistence.queries import members as queries
from membership.persistence.queries.members.snapshot import Known
from membership.services.dues import known_sizes
from membership.services.members import contacts, facts, periods, records


def member_documents(session: Session, *, today: date, everybody: bool) -> list[dict[str, Any]]:
    """Return the documents of those who are members today, or of everybody, by number."""
    known = queries.take_snapshot(session).members
    return [_document(one, today) for one in known if everybody or one.state(today) in MEMBERS_TODAY]


def member_document(session: Session, number: str, *, today: date) -> dict[str, Any]:
    """Return the document of one member; raise `NotFound` when there is none that the actor may see."""
    member = queries.get_member(session, number)
    return _document(queries.take_snapshot(session, member_id=member.id).by_id[member.id], today)


def _document(known: Known, today: date) -> dict[str, Any]:
    member, period, category = known.member, known.period(today), known.category(today)
    group = known.group(today)
    agreed, override = known.agreed_in(today.year), known.override_in(today.year)
    return {
        "number": member.number,
        "name": member.name,
        "legal_form": member.legal_form or None,
        "category": category.category if category else None,
        "state": str(known.state(today)),
        "start": _day(period.start if period else None),
        "end": _day(period.end if period else None),
        "decided_on": _day(period.decided_on if period else None),
        "address": {
            "extra": member.address_extra or None,
            "street": member.street or None,
            "postcode": member.postcode or None,
            "city": member.city or None,
            "country": member.country,
        },
        "invoice_address": {
            name.removeprefix("invoice_"): getattr(member, name) or None for name in INVOICE_ADDRESS
        }
        if any(getattr(member, name) for name in INVOICE_ADDRESS)
        else None,
        "invoice_email": member.invoice_email or None,
        "phone": member.phone or None,
        "register_entry": member.register_entry or None,
        "tax_number": member.tax_number or None,
        "vat_id": member.vat_id or None,
        "leitweg_id": member.leitweg_id or None,
        "order_number": member.order_number or None,
        "cost_centre": member.cost_centre or None,
        "invoice_format": member.invoice_format,
        "order_wish": member.order_wish,
        "invoice_way": member.invoice_way,
        "language": member.language,
        "payment_method": str(member.payment_method),
        "iban": member.iban_shown or None,
        "account_holder": member.iban_holder or None,
        "founded": _day(member.founded_on),
        "note": member.note or None,
        "group": group.name if group else None,
        "attributes": sorted(member.attributes or []),
        "basis": {name: _value(row) for name, row in _newest(known).items()},
        "origin": {name: str(row.origin) for name, row in _newest(known).items()},
        "contacts": [_contact(contact) for contact in known.contacts],
        "agreed": decimal_text(agreed.amount_cents) if agreed else None,
        "override": None
        if override is None
        else {
            "kind": override.kind,
            "value": None if override.value is None else exact_text(override.value),
            "reason": override.reason,
        },
        "open": decimal_text(known.open_cents),
        "credit": decimal_text(known.credit_cents),
    }


def _newest(known: Known) -> dict[str, BasisValue]:
    found = {row.basis: row for row in known.values}
    return dict(sorted(found.items()))


def _value(row: BasisValue) -> Any:  # noqa: ANN401 - a number as text, or heads per class
    return row.classes or (None if row.value is None else exact_text(row.value))


def _contact(contact: Contact) -> dict[str, Any]:
    return {
        "name": contact.name or None,
        "salutation": contact.salutation or None,
        "email": contact.email or None,
        "phone": contact.phone or None,
        "functions": list(contact.functions or []),
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def put_member(session: Session, document: object, *, today: date) -> str:
    """Create a member from a document without `number`, or change the keys given of the one it names.

    Returns the number. The same document again changes nothing. Raises `MemberDocumentWrong` with the JSON pointer;
    what a rule refuses (a state that does not fit) carries the pointer of its key too.
    """
    require(actor_of(session), records.WRITE)
    given = read_member_document(document)
    return _create(session, given, today) if given.number is None else _change(session, given, today)


def _create(session: Session, given: MemberDocument, today: date) -> str:
    if "name" not in given.fields:
        raise _wrong("", phrase("“%(word)s” is missing here.", word="name"))
    state = given.state or MemberState.ACTIVE
    if state in {MemberState.NOTICE_GIVEN, MemberState.ENDED, MemberState.ACCEPTED}:
        state = MemberState.ACTIVE
    if state not in records.FIRST_STATES:
        words = ", ".join(str(one) for one in records.FIRST_STATES)
        raise _wrong("/state", phrase("One of these words is expected here: %(words)s.", words=words))
    with _place("/category" if given.category else ""):
        number = records.create_member(
            session,
            given.fields,
            category=given.category,
            state=state,
            start=given.start,
            end=given.end,
            decided_on=given.decided_on,
        )
    _write_facts(session, number, given, today)
    for person in given.contacts:
        contacts.add_contact(session, number, person)
    return number


def _change(session: Session, given: MemberDocument, today: date) -> str:
    assert given.number is not None, given
    member = queries.get_member(session, given.number, lock=True)
    _refuse_money(session, member, given)
    records.change_member(session, member.number, given.fields)
    if "category" in given.given:
        if given.category is None:
            raise _wrong("/category", phrase("A text is expected here."))
        with _place("/category"):
            _set_category(session, member, given.category, today)
    _change_period(session, member, given, today)
    _write_facts(session, member.number, given, today)
    if "contacts" in given.given:
        _replace_contacts(session, member, given, today)
    return member.number


def _set_category(session: Session, member: Member, code: str, today: date) -> None:
    record = queries.take_snapshot(session, member_id=member.id).by_id[member.id]
    present = record.category(today)
    if present is None:
        period = record.period(today)
        start = period.start if period and period.start else date(1900, 1, 1)
        facts.set_category(session, member.number, code, valid_from=start)
    elif present.category != code:
        facts.set_category(session, member.number, code, valid_from=today)


def _refuse_money(session: Session, member: Member, given: MemberDocument) -> None:
    """Refuse a document that says other open amounts than the books: they follow invoices and payments only."""
    known = queries.take_snapshot(session, member_id=member.id).by_id[member.id]
    present = {"open": known.open_cents, "credit": known.credit_cents}
    for key, amount in (("open", given.open_amount), ("credit", given.credit)):
        if amount is not None and amount.cents != present[key]:
            raise _wrong(
                f"/{key}", phrase("This amount follows invoices and payments and cannot be set here.")
            )


def _change_period(session: Session, member: Member, given: MemberDocument, today: date) -> None:
    """Change first and last day and the kept state of the period that counts today."""
    names = given.given & {"start", "end", "decided_on"}
    wanted = given.state
    period = queries.find_period(session, member.id, today)
    if period is None:
        if names or wanted is not None:
            state = wanted if wanted in records.FIRST_STATES else MemberState.ACTIVE
            assert state is not None, given
            records.require_period(given.start, given.end)
            records.add_period(
                session, member, state=state, start=given.start, end=given.end, decided_on=given.decided_on
            )
        return
    changed = {
        name: (getattr(period, name), getattr(given, name))
        for name in sorted(names)
        if getattr(period, name) != getattr(given, name)
    }
    with _place("/end" if "end" in changed else "/start"):
        records.require_period(
            given.start if "start" in names else period.start, given.end if "end" in names else period.end
        )
    for name, (_old, new) in changed.items():
        setattr(period, name, new)
    if changed:
        records.note_change(session, member, "member.change", changed)
    if wanted is not None and wanted is not state_of(period, today):
        _change_state(session, member, state_of(period, today), wanted, today)


def _change_state(
    session: Session, member: Member, present: MemberState, wanted: MemberState, today: date
) -> None:
    with _place("/state"):
        if wanted is MemberState.SUSPENDED:
            periods.suspend_member(session, member.number, since=today, note="", today=today)
        elif wanted is MemberState.ACTIVE and present is MemberState.SUSPENDED:
            periods.resume_member(session, member.number, today=today)
        elif wanted is MemberState.ACTIVE and present in {MemberState.PROSPECT, MemberState.APPLIED}:
            periods.accept_member(session, member.number, start=today, decided_on=None, today=today)
        else:
            raise _wrong(
                "/state",
                phrase(
                    "The state cannot go from %(old)s to %(new)s here.", old=str(present), new=str(wanted)
                ),
            )


def _write_facts(session: Session, number: str, given: MemberDocument, today: date) -> None:
    for name, value in given.basis.items():
        with _place(f"/basis/{name}"):
            _record(session, number, name, value, given, today)
    if "group" in given.given:
        with _place("/group"):
            facts.set_group(session, number, given.group, valid_from=date(today.year, 1, 1))
    reason = actor_of(session).reason
    if given.agreed is not None:
        with _place("/agreed"):
            _agree(session, number, given.agreed.cents, reason, today)
    if given.override is not None:
        with _place("/override"):
            _override(session, number, given, today)


def _record(
    session: Session,
    number: str,
    name: str,
    value: Fraction | Mapping[str, Fraction],
    given: MemberDocument,
    today: date,
) -> None:
    """Record a size as of the reference day that has come unless the newest one says the same.

    A newer one that is known already gives way as of today, so that what was said last counts.
    """
    member = queries.get_member(session, number)
    newest = queries.take_snapshot(session, member_id=member.id).by_id[member.id].newest(name)
    origin = Origin(given.origin.get(name, Origin.DECLARED))
    single = None if isinstance(value, Mapping) else value
    classes = {key: exact_text(one) for key, one in value.items()} if isinstance(value, Mapping) else None
    is_same = newest is not None and (newest.value, newest.classes or None) == (single, classes)
    if newest is not None and is_same and (name not in given.origin or newest.origin == origin):
        return
    day = day_meant(known_sizes(session, today.year).get(name) or default_basis(name), today)
    if newest is not None and newest.as_of > day:
        day = today
    facts.record_basis_value(session, number, name, value, as_of=day, origin=origin)


def _agree(session: Session, number: str, cents: int, reason: str, today: date) -> None:
    member = queries.get_member(session, number)
    present = queries.take_snapshot(session, member_id=member.id).by_id[member.id].agreed_in(today.year)
    if present is None or present.amount_cents != cents:
        facts.set_agreed_amount(session, number, cents, from_year=today.year, reason=reason)


def _override(session: Session, number: str, given: MemberDocument, today: date) -> None:
    assert given.override is not None, given
    wanted = given.override
    member = queries.get_member(session, number)
    present = queries.take_snapshot(session, member_id=member.id).by_id[member.id].override_in(today.year)
    if present is None or (present.kind, present.value, present.reason) != (
        str(wanted.kind), wanted.value, wanted.reason,
    ):  # fmt: skip
        facts.set_override(
            session, number, kind=wanted.kind, value=wanted.value, from_year=today.year, reason=wanted.reason
        )


def _replace_contacts(session: Session, member: Member, given: MemberDocument, today: date) -> None:
    """Make the present contacts those of the document: known by mail address, else by name."""
    present = [one for one in queries.list_contacts(session, member.id) if one.ended_on is None]
    for person in given.contacts:
        email, name = str(person.get("email", "")).casefold(), str(person.get("name", "")).casefold()
        found = next((one for one in present if email and one.email.casefold() == email), None)
        found = found or next((one for one in present if name and one.name.casefold() == name), None)
        if found is None:
            contacts.add_contact(session, member.number, person)
        else:
            present.remove(found)
            contacts.change_contact(session, member.number, found.id, person)
    for gone in present:
        contacts.end_contact(session, member.number, gone.id, today=today)


def _wrong(pointer: str, problem: Phrase) -> MemberDocumentWrong:
    return Node(None, pointer, MemberDocumentWrong).wrong(problem)  # type: ignore[return-value]  # the class given


@contextmanager
def _place(pointer: str) -> Iterator[None]:
    """Give the refusals of a rule inside it the JSON pointer of the key they are about."""
    try:
        yield
    except DomainError as error:
        error.where = error.where or pointer or None
        raise
