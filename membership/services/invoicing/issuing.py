"""An invoice is issued: number, frozen content, ledger entry and open item in one transaction.

Source: `reliability.md` 5.4, INV-03 to INV-06; `domain.md` 5.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, cast

from sqlalchemy import Date, Table, bindparam, update
from sqlalchemy.orm import Session

from invoices.formats import Language
from invoices.numbering import Pattern, rf_reference
from membership.domain.corrections import KO
from membership.domain.dues.stored import to_stored
from membership.domain.errors import N_, DomainError
from membership.domain.invoicing import BilledPart, entry_of
from membership.persistence import chain
from membership.persistence.db import actor_of, insert_missing
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.ledger import NumberSeries
from membership.persistence.queries import invoicing as queries
from membership.persistence.queries.closings import closed_through
from membership.persistence.queries.settings import AssociationSettings, get_settings
from membership.services import ledger, outbox
from membership.services.direct_debits import notices
from membership.services.invoicing.documents import Bill, document_of
from membership.wording import Wording

SERIES = "RE"
RENDER = "render"


class IssueDateWrong(DomainError):
    """The issue date is in the future or before the last one of the series (`decisions.md` 36, INV-05)."""

    message = N_("The invoice date %(day)s is not possible: it must lie between %(first)s and today.")
    code = "issue_date"


class AssociationIncomplete(DomainError):
    """Something is missing without which no invoice may leave the house."""

    message = N_("Before the first invoice the settings need: %(missing)s.")
    code = "association_incomplete"


def first_issue_date(session: Session, year: int) -> date:
    """Return the earliest day that the next invoice of a year may carry: that of the last one, else 1 January.

    Never a day that is closed (INV-23).
    """
    series = queries.find_series(session, SERIES, year)
    first = (series.last_issued_on if series else None) or date(year, 1, 1)
    closed = closed_through(session)
    return first if closed is None else max(first, closed + timedelta(days=1))


def require_issue_date(session: Session, day: date, *, today: date) -> None:
    """Raise `IssueDateWrong` for a day in the future, before the last invoice of its series, or in a closed year."""
    first = first_issue_date(session, min(day, today).year)
    if not first <= day <= today:
        raise IssueDateWrong(day=day, first=first)


class RegisterNumberMissing(AssociationIncomplete):
    """An invoice outside the scope of VAT names its issuer by the register number (BR-CO-26, EIN-7)."""

    message = N_(
        "Before an invoice without VAT the settings need the register number (association.register_number): the"
        " e-invoice must name it."
    )


class TaxNumberMissing(AssociationIncomplete):
    """An invoice that is not outside the scope of VAT names the issuer's tax number or VAT id (D-INV-9 no. 2)."""

    message = N_(
        "Before an invoice with VAT or a VAT exemption the settings need the tax number or the VAT ID."
    )


_NEEDED: Mapping[str, str] = {
    "association.name": N_("the association's name"),
    "association.street": N_("its street"),
    "association.postcode": N_("its postcode"),
    "association.city": N_("its city"),
    "bank.holder": N_("the account holder"),
    "bank.iban": N_("the IBAN"),
}


def require_complete(settings: AssociationSettings) -> None:
    """Raise `AssociationIncomplete` unless name, address and bank account are there."""
    missing = [words for key, words in _NEEDED.items() if not settings.text(key)]
    if missing:
        language = cast("Language", settings.text("association.language"))
        raise AssociationIncomplete(missing=", ".join(Wording(language).text(words) for words in missing))


def require_tax_number(settings: AssociationSettings) -> None:
    """Raise `TaxNumberMissing` unless the tax number or the VAT id is there.

    Source: § 14(4) no. 2 UStG, § 34a UStDV; D-INV-9, EIN-9.
    """
    if not (settings.text("association.tax_number") or settings.text("association.vat_id")):
        raise TaxNumberMissing


def require_numbers(settings: AssociationSettings, part: BilledPart) -> None:
    """Raise unless the settings have the numbers by which this kind of invoice names its issuer.

    Source: EN 16931 BR-CO-26, BR-O-02: the VAT id may not stand where dues are outside the scope of VAT.
    """
    vat_id = settings.text("association.vat_id") if part.is_in_scope else ""
    if part.is_in_scope:
        require_tax_number(settings)
    if not (settings.text("association.register_number") or vat_id):
        raise RegisterNumberMissing


@dataclass(frozen=True, slots=True)
class Stationery:
    """What all invoices of one run share: the settings with the logo's hash, the address of the pages."""

    settings: AssociationSettings
    base_url: str


def get_stationery(session: Session, *, base_url: str) -> Stationery:
    """Return the stationery as it is now."""
    return Stationery(get_settings(session), base_url)


def issue(session: Session, bill: Bill, stationery: Stationery, *, today: date) -> int:
    """Number, freeze and book one invoice, and put its rendering into the outbox; return its id (INV-03 to INV-06)."""
    settings = stationery.settings
    require_numbers(settings, bill.part)
    bill = with_debit(session, bill, settings)
    year = bill.issued_on.year
    number, running = take_number(session, settings, SERIES, issued_on=bill.issued_on, today=today)
    document = document_of(bill, settings, base_url=stationery.base_url, number=number)
    words = Wording(cast("Language", settings.text("association.language")))
    invoice_id = chain.append(
        session,
        Invoice,
        number=number,
        series=SERIES,
        year=year,
        running=running,
        kind=str(bill.kind),
        member_id=bill.member.id,
        dues_year=bill.dues_year,
        fee=bill.fee,
        tax_part=str(bill.part.tax_part),
        period_from=bill.period_from,
        period_to=bill.period_to,
        generation=bill.generation
        or queries.next_generation(
            session, bill.member.id, bill.fee, tax_part=str(bill.part.tax_part), period_from=bill.period_from
        ),
        category=bill.assessment.category,
        dues_class="" if bill.assessment.band is None else words.value(bill.assessment.band.label),
        issued_on=bill.issued_on,
        due_on=bill.due_on,
        net_cents=bill.part.net_cents,
        tax_cents=bill.part.tax_cents,
        gross_cents=bill.part.gross_cents,
        reference=rf_reference(number),
        is_estimated=bill.assessment.is_estimated,
        payment_method=str(bill.member.payment_method),
        schedule_code=bill.assessment.schedule,
        run_id=bill.run_id,
        replaces_id=bill.replaces_id,
        content={"document": document.to_content(), "logo": settings.logo_sha256},
        assessment=to_stored(bill.assessment),
        issued_at=actor_of(session).at,
    )
    item_id = ledger.open_item(
        session,
        bill.member.id,
        reference=number,
        dues_year=bill.dues_year,
        dated_on=bill.issued_on,
        due_on=bill.due_on,
        cents=bill.part.gross_cents,
        invoice_id=invoice_id,
    )
    ledger.book(
        session,
        entry_of(bill.part, number=number, on=bill.issued_on, member_id=bill.member.id, open_item_id=item_id),
    )
    if bill.debit is not None:
        notices.keep_notice(
            session, bill.debit, open_item_id=item_id, member_id=bill.member.id, cents=bill.part.gross_cents,
            notified_on=bill.issued_on,
        )  # fmt: skip
    outbox.put(session, RENDER, invoice_id)
    chain.note(
        session,
        "invoice.issue",
        "invoice",
        number,
        member_id=bill.member.id,
        facts={"cents": bill.part.gross_cents},
    )
    return invoice_id


def with_debit(session: Session, bill: Bill, settings: AssociationSettings) -> Bill:
    """Return the bill with the debit that it announces, due on the bank day on which the amount is collected.

    Amounts with several due days are not collected. Source: SEPA-7, SEPA-8; FI-49.
    """
    days = {line.due for line in bill.part.lines if line.due is not None}
    if bill.part.gross_cents <= 0 or len(days) > 1:
        return bill
    found = notices.announcement_of(
        session, bill.member, settings, issued_on=bill.issued_on, due_on=bill.due_on
    )
    return bill if found is None else replace(bill, debit=found, due_on=found.due_on)


PATTERNS: Final = {SERIES: "invoice.pattern", KO: "invoice.correction_pattern"}
_COUNTERS = cast("Table", NumberSeries.__table__)
_NEXT = (
    update(_COUNTERS)
    .where(
        _COUNTERS.c.series == bindparam("of_series"),
        _COUNTERS.c.year == bindparam("of_year"),
        _COUNTERS.c.last_issued_on.is_(None) | (_COUNTERS.c.last_issued_on <= bindparam("day", type_=Date)),
    )
    .values(last=_COUNTERS.c.last + 1, last_issued_on=bindparam("day", type_=Date))
    .returning(_COUNTERS.c.last)
)


def take_number(
    session: Session, settings: AssociationSettings, series: str, *, issued_on: date, today: date
) -> tuple[str, int]:
    """Take the next number of a series of documents and return it with its place in the year.

    The date may not go back in the series nor lie in the future (INV-05).
    """
    year = issued_on.year
    if issued_on > today:
        raise IssueDateWrong(day=issued_on, first=date(year, 1, 1))
    running = _next_running(session, series, issued_on)
    if running is None:
        _open_series(session, settings, series, issued_on)
        running = _next_running(session, series, issued_on)
        assert running is not None, issued_on
    return Pattern(settings.text(PATTERNS[series])).number(year, running), running


def _next_running(session: Session, series: str, issued_on: date) -> int | None:
    values = {"of_series": series, "of_year": issued_on.year, "day": issued_on}
    return cast("int | None", session.connection().execute(_NEXT, values).scalar_one_or_none())


def _open_series(session: Session, settings: AssociationSettings, series: str, issued_on: date) -> None:
    """Make the row of the year's first document; raise `IssueDateWrong` when the series is already past that day."""
    known = queries.find_series(session, series, issued_on.year)
    if known is not None:
        raise IssueDateWrong(day=issued_on, first=known.last_issued_on or issued_on)
    first = settings.number("invoice.first_number") if series == SERIES else 1
    insert_missing(
        session, NumberSeries, {"series": series, "year": issued_on.year, "first": first, "last": first - 1}
    )
