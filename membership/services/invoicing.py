"""Issuing an invoice: number, frozen content, ledger entry and open item in one transaction; its PDF afterwards.

Source: `reliability.md` 5.4, INV-03 to INV-06; `domain.md` 5.1, 5.2 (D-INV-8 to D-INV-13).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from hashlib import sha256
from typing import cast

from babel import Locale
from sqlalchemy import Date, Table, bindparam, select, update
from sqlalchemy.orm import Session

from invoices import formats, pdf, qr
from invoices.document import (
    BankDetails,
    Document,
    DocumentInvalid,
    Issuer,
    Line,
    ProofStep,
    Recipient,
    Transfer,
    Treatment,
    UnprintableText,
)
from invoices.formats import Language
from invoices.numbering import Pattern, rf_reference
from membership.domain.dues.assessment import Assessment
from membership.domain.dues.report import exact_text
from membership.domain.dues.stored import from_stored, to_stored
from membership.domain.errors import N_, Conflict, DomainError
from membership.domain.invoicing import BilledPart, entry_of
from membership.domain.phrases import phrase
from membership.persistence import chain
from membership.persistence.db import actor_of, insert_missing
from membership.persistence.models.invoicing import Invoice, StoredDocument
from membership.persistence.models.ledger import NumberSeries
from membership.persistence.models.members import Contact, Member
from membership.persistence.models.settings import Logo
from membership.persistence.queries import invoicing as queries
from membership.persistence.queries.settings import AssociationSettings, get_settings
from membership.services import ledger, outbox
from membership.wording import Wording

SERIES = "RE"
FEE = "dues"
RENDER = "render"
_ADDRESS_LINES = 6


class IssueDateWrong(DomainError):
    """The issue date is in the future or before the last one of the series (`decisions.md` 36, INV-05)."""

    message = N_("The invoice date %(day)s is not possible: it must lie between %(first)s and today.")
    code = "issue_date"


class InvoiceUnprintable(DomainError):
    """What would stand on the invoice cannot be printed."""

    message = N_("The invoice of %(member)s cannot be printed: %(why)s")
    code = "unprintable"


class AssociationIncomplete(DomainError):
    """Something is missing without which no invoice may leave the house."""

    message = N_("Before the first invoice the settings need: %(missing)s.")
    code = "association_incomplete"


class PdfNotReady(Conflict):
    """The invoice is issued, its PDF is still being made."""

    message = N_("The PDF of %(number)s is being made. Please try again in a moment.")
    code = "pdf_not_ready"


_NEEDED: Mapping[str, str] = {
    "association.name": N_("the association's name"),
    "association.street": N_("its street"),
    "association.postcode": N_("its postcode"),
    "association.city": N_("its city"),
    "bank.holder": N_("the account holder"),
    "bank.iban": N_("the IBAN"),
}


@dataclass(frozen=True, slots=True)
class Bill:
    """What one invoice is made of."""

    member: Member
    contact: Contact | None
    assessment: Assessment
    part: BilledPart
    dues_year: int
    period_from: date
    period_to: date
    issued_on: date
    due_on: date
    schedule_name: str
    resolved_on: date | None = None
    text: str = ""
    run_id: int | None = None


def require_complete(settings: AssociationSettings) -> None:
    """Raise `AssociationIncomplete` unless name, address and bank account are there."""
    missing = [words for key, words in _NEEDED.items() if not settings.text(key)]
    if missing:
        language = cast("Language", settings.text("association.language"))
        raise AssociationIncomplete(missing=", ".join(Wording(language).text(words) for words in missing))


def document_of(
    bill: Bill,
    settings: AssociationSettings,
    *,
    base_url: str,
    number: str | None,
    language: Language | None = None,
) -> Document:
    """Return the document of a bill in the member's language; without a number it is a draft.

    Raises:
        InvoiceUnprintable: a name or text cannot be printed, or the address does not fit.
    """
    words = Wording(language or cast("Language", bill.member.language))
    try:
        document = Document(
            kind="invoice",
            number=number,
            language=words.language,
            issued_on=bill.issued_on,
            due_on=bill.due_on,
            period_from=bill.period_from,
            period_to=bill.period_to,
            issuer=_issuer(settings, words),
            recipient=_recipient(bill),
            subject=words.text("Membership dues %(year)s", year=str(bill.dues_year)),
            salutation=_salutation(bill.contact, words),
            intro=_intro(bill, words),
            lines=tuple(_lines(bill, settings, words)),
            gross_cents=bill.part.gross_cents,
            tax_note=_tax_note(bill, settings, words),
            payment=_payment(bill, settings, base_url=base_url, number=number),
            is_draft=number is None,
        )
        if document.payment is not None and number is not None:
            qr.payload(document.issuer.bank, document.payment, amount_cents=document.gross_cents)
    except UnprintableText as error:
        why = words.text("the characters %(signs)s are in no font", signs=error.characters)
        raise InvoiceUnprintable(member=bill.member.number, why=why) from error
    except (DocumentInvalid, qr.PayloadInvalid) as error:
        raise InvoiceUnprintable(member=bill.member.number, why=str(error)) from error
    return document


def _issuer(settings: AssociationSettings, words: Wording) -> Issuer:
    text = settings.text
    register = " ".join(
        filter(None, (text("association.register_court"), text("association.register_number")))
    )
    return Issuer(
        name=text("association.name"),
        claim=text("association.claim"),
        address=(
            text("association.street"),
            f"{text('association.postcode')} {text('association.city')}".strip(),
        ),
        phone=text("association.phone"),
        mail=text("association.email"),
        web=text("association.web"),
        register=register,
        board=text("association.board_members"),
        tax_number=text("association.tax_number"),
        vat_id=text("association.vat_id"),
        contact_person=text("invoice.contact_name"),
        signatory=text("invoice.signatory_name"),
        signatory_function=words.text(text("invoice.signatory_function"))
        if text("invoice.signatory_function")
        else "",
        brand_colour=text("association.brand_colour"),
        bank=BankDetails(
            holder=text("bank.holder"),
            iban=text("bank.iban"),
            bic=text("bank.bic"),
            bank_name=text("bank.name"),
            creditor_id=text("bank.creditor_id"),
        ),
    )


def _recipient(bill: Bill) -> Recipient:
    member = bill.member
    person = bill.contact.name if bill.contact else ""
    country = "" if member.country == "DE" else country_name(member.country)
    city = f"{member.postcode} {member.city}".strip()
    wanted = (member.name, member.address_extra, person, member.street, city, country)
    lines = [line for line in wanted if line]
    if len(lines) > _ADDRESS_LINES:
        lines.remove(person)
    return Recipient(
        address=tuple(lines),
        company=member.name,
        member_number=member.number,
        order_number=member.order_number,
    )


@lru_cache(maxsize=256)
def country_name(code: str) -> str:
    """Return a country as it stands on an address abroad: in capitals, in German."""
    return str(Locale("de").territories.get(code, code)).upper()


_TITLED: Mapping[str, str] = {
    "frau": N_("Dear Ms %(name)s,"),
    "ms": N_("Dear Ms %(name)s,"),
    "mrs": N_("Dear Ms %(name)s,"),
    "herr": N_("Dear Mr %(name)s,"),
    "mr": N_("Dear Mr %(name)s,"),
}


def _salutation(contact: Contact | None, words: Wording) -> str:
    """Return the first line of the letter; a form of address like "Frau" goes with the family name."""
    if contact is None or not contact.name:
        return words.text("Dear Sir or Madam,")
    titled = _TITLED.get(contact.salutation.strip().rstrip(".").casefold())
    if titled is not None:
        return words.text(titled, name=contact.name.split()[-1])
    if contact.salutation:
        return f"{contact.salutation.rstrip(',')},"
    return words.text("Good day %(name)s,", name=contact.name)


def _intro(bill: Bill, words: Wording) -> str:
    if bill.text:
        return bill.text
    if bill.resolved_on is None:
        message = "we invoice your membership dues for %(year)s under our fee schedule “%(schedule)s”."
        return words.text(message, year=str(bill.dues_year), schedule=bill.schedule_name)
    message = "we invoice your membership dues for %(year)s under our fee schedule “%(schedule)s” of %(day)s."
    day = formats.long_date(bill.resolved_on, words.language)
    return words.text(message, year=str(bill.dues_year), schedule=bill.schedule_name, day=day)


def _lines(bill: Bill, settings: AssociationSettings, words: Wording) -> list[Line]:
    period = f"{bill.period_from:%m}\N{EN DASH}{bill.period_to:%m/%Y}"
    lines = []
    for line in bill.part.lines:
        is_dues = line.kind == "dues"
        details = _details(bill, settings, words) if is_dues else ()
        rate = Fraction(0) if line.tax_rate is None else line.tax_rate * 100
        lines.append(
            Line(
                text=words.value(line.text),
                amount_cents=line.amount.cents,
                details=details,
                period=period if is_dues else "",
                treatment=cast("Treatment", str(line.tax)),
                rate_percent=Decimal(rate.numerator) / Decimal(rate.denominator),
            )
        )
    return lines


def _details(bill: Bill, settings: AssociationSettings, words: Wording) -> tuple[str, ...]:
    assessment = bill.assessment
    details = []
    if dues_class := class_of(assessment, words):
        details.append(words.text("Dues class: %(name)s", name=dues_class))
    if assessment.is_estimated:
        details.append(words.text("The assessment basis is estimated."))
    if settings.flag("invoice.show_calculation"):
        reasons = [words.value(step.text) for step in assessment.steps if step.step not in _NOT_OF_DUES]
        details.append(words.text("Calculation: %(steps)s", steps="; ".join(reasons)))
    return tuple(details)


_NOT_OF_DUES = frozenset({"basis", "admission_fee", "levy", "voluntary", "tax"})


def class_of(assessment: Assessment, words: Wording) -> str:
    """Return the dues class with the value that led to it: `51–250, 126 employees`."""
    parts = [] if assessment.band is None else [words.value(assessment.band.label)]
    parts += [words.value(used.text) for used in assessment.bases]
    return ", ".join(part for part in parts if part)


def _tax_note(bill: Bill, settings: AssociationSettings, words: Wording) -> str:
    reasons = {line.tax_reason for line in bill.part.lines if line.tax_reason}
    if bill.part.tax_cents:
        return ""
    return " ".join(sorted(reasons)) or settings.text("invoice.vat_note") or words.text("No value added tax.")


def _payment(
    bill: Bill, settings: AssociationSettings, *, base_url: str, number: str | None
) -> Transfer | None:
    if not bill.part.gross_cents:
        return None
    portal = f"{base_url.rstrip('/')}/portal/"
    if number is None:
        return Transfer(portal=portal)
    if settings.text("invoice.remittance") == "text":
        return Transfer(remittance=f"{number} {bill.member.number}", portal=portal)
    return Transfer(reference=rf_reference(number), portal=portal)


def proof_of(assessment: Assessment, words: Wording) -> list[ProofStep]:
    """Return the calculation as it is printed on demand: each step with its reason and result (DUE-19)."""
    steps = [
        ProofStep(text=words.value(step.text), result=_proof_result(step.step, step.result, words))
        for step in assessment.steps
    ]
    total = formats.amount(assessment.net.cents, words.language)
    return [*steps, ProofStep(text=words.text("Total"), result=total, level="result")]


def _proof_result(step: str, result: Fraction, words: Wording) -> str:
    if step == "basis":
        return words.value(result)
    cents = result * 100
    if cents.denominator == 1:
        return formats.amount(int(cents), words.language)
    return words.value(phrase("€%(number)s", number=Fraction(exact_text(result))))


@dataclass(frozen=True, slots=True)
class Stationery:
    """What all invoices of one run share: the settings, the address of the pages, the logo's hash."""

    settings: AssociationSettings
    base_url: str
    logo: str | None


def get_stationery(session: Session, *, base_url: str) -> Stationery:
    """Return the stationery as it is now."""
    logo = session.execute(select(Logo.sha256).order_by(Logo.id.desc()).limit(1)).scalar()
    return Stationery(get_settings(session), base_url, logo)


def issue(session: Session, bill: Bill, stationery: Stationery, *, today: date) -> int:
    """Number, freeze and book one invoice, and put its rendering into the outbox; return its id (INV-03 to INV-06)."""
    settings = stationery.settings
    year = bill.issued_on.year
    number, running = _take_number(session, settings, bill.issued_on, today=today)
    document = document_of(bill, settings, base_url=stationery.base_url, number=number)
    words = Wording(cast("Language", settings.text("association.language")))
    invoice_id = chain.append(
        session,
        Invoice,
        number=number,
        series=SERIES,
        year=year,
        running=running,
        kind="invoice",
        member_id=bill.member.id,
        dues_year=bill.dues_year,
        fee=FEE,
        tax_part=str(bill.part.tax_part),
        period_from=bill.period_from,
        period_to=bill.period_to,
        generation=1,
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
        content={"document": document.to_content(), "logo": stationery.logo},
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


_COUNTERS = cast("Table", NumberSeries.__table__)
_NEXT = (
    update(_COUNTERS)
    .where(
        _COUNTERS.c.series == SERIES,
        _COUNTERS.c.year == bindparam("of_year"),
        _COUNTERS.c.last_issued_on.is_(None) | (_COUNTERS.c.last_issued_on <= bindparam("day", type_=Date)),
    )
    .values(last=_COUNTERS.c.last + 1, last_issued_on=bindparam("day", type_=Date))
    .returning(_COUNTERS.c.last)
)


def _take_number(
    session: Session, settings: AssociationSettings, issued_on: date, *, today: date
) -> tuple[str, int]:
    """Take the next invoice number; the date may not go back in the series nor lie in the future (INV-05)."""
    year = issued_on.year
    if issued_on > today:
        raise IssueDateWrong(day=issued_on, first=date(year, 1, 1))
    running = _next_running(session, issued_on)
    if running is None:
        _open_series(session, settings, issued_on)
        running = _next_running(session, issued_on)
        assert running is not None, issued_on
    return Pattern(settings.text("invoice.pattern")).number(year, running), running


def _next_running(session: Session, issued_on: date) -> int | None:
    values = {"of_year": issued_on.year, "day": issued_on}
    return cast("int | None", session.connection().execute(_NEXT, values).scalar_one_or_none())


def _open_series(session: Session, settings: AssociationSettings, issued_on: date) -> None:
    """Make the row of the year's first invoice; raise `IssueDateWrong` when the series is already past that day."""
    known = queries.find_series(session, SERIES, issued_on.year)
    if known is not None:
        raise IssueDateWrong(day=issued_on, first=known.last_issued_on or issued_on)
    first = settings.number("invoice.first_number")
    insert_missing(
        session, NumberSeries, {"series": SERIES, "year": issued_on.year, "first": first, "last": first - 1}
    )


def frozen_documents(session: Session, invoice_ids: list[int]) -> dict[int, Document]:
    """Return invoice id -> the document as it was frozen, with the logo of that day."""
    contents = queries.list_contents(session, invoice_ids)
    logos = {content["logo"] for content in contents.values()} - {None}
    images = dict(
        session.execute(select(Logo.sha256, Logo.content).where(Logo.sha256.in_(logos))).all()
        if logos
        else ()
    )
    found = {}
    for invoice_id, content in contents.items():
        document = Document.from_content(content["document"])
        if content["logo"] is not None:
            document = replace(document, issuer=replace(document.issuer, logo=images[content["logo"]]))
        found[invoice_id] = document
    return found


def store_pdfs(session: Session, made: list[tuple[int, bytes]]) -> int:
    """Keep rendered PDFs by invoice id, each once, with their SHA-256; return how many were new (INV-06)."""
    known = set(
        session.execute(
            select(StoredDocument.invoice_id).where(
                StoredDocument.invoice_id.in_([invoice_id for invoice_id, _data in made]),
                StoredDocument.kind == queries.PDF,
            )
        ).scalars()
    )
    at = actor_of(session).at
    for invoice_id, data in made:
        if invoice_id not in known:
            chain.append(
                session,
                StoredDocument,
                invoice_id=invoice_id,
                kind=queries.PDF,
                media_type="application/pdf",
                content=data,
                sha256=sha256(data).hexdigest(),
                stored_at=at,
            )
    return len(made) - len(known)


def keep_pdfs(session: Session, fence: str, row_ids: list[int], made: list[tuple[int, bytes]]) -> int:
    """Keep rendered PDFs and settle their rows of the outbox in one transaction; return how many were new."""
    stored = store_pdfs(session, made)
    outbox.settle(session, fence, row_ids)
    return stored


def calculation_pdf(session: Session, invoice: Invoice) -> bytes:
    """Return the invoice with its calculation on a page of its own, made on demand and not kept (DUE-19)."""
    document = frozen_documents(session, [invoice.id])[invoice.id]
    words = Wording(document.language)
    proof = tuple(proof_of(from_stored(invoice.assessment), words))
    basis = words.text("Basis: %(schedule)s.", schedule=invoice.schedule_code)
    return pdf.render(replace(document, proof=proof, proof_basis=basis))


def stored_pdf(session: Session, number: str) -> bytes:
    """Return the stored bytes of an invoice, checked against their hash; raise `PdfNotReady` before they are made."""
    view = queries.get_invoice(session, number)
    stored = queries.find_stored(session, view.invoice.id)
    if stored is None:
        raise PdfNotReady(number=view.invoice.number)
    assert sha256(stored.content).hexdigest() == stored.sha256, number
    return stored.content
