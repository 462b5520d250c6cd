"""The document of a bill: what stands on the invoice, in the member's language, and its calculation in words.

Source: `domain.md` 5.2 (D-INV-8 to D-INV-13); `ux.md` 13.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import cast

from invoices import formats, qr
from invoices.document import (
    BankDetails,
    DirectDebit,
    Document,
    DocumentInvalid,
    ExchangeIncomplete,
    Issuer,
    Kind,
    Line,
    ProofStep,
    Reference,
    Transfer,
    Treatment,
    UnprintableText,
)
from invoices.formats import Language
from invoices.numbering import rf_reference
from membership.domain.dues.assessment import Assessment, LineKind, Step, StepName
from membership.domain.dues.report import exact_text
from membership.domain.dues.schedule.choices import Treatment as DuesTreatment
from membership.domain.errors import N_, DomainError
from membership.domain.invoicing import BilledPart, InvoiceKind
from membership.domain.levies import code_of
from membership.domain.page_address import is_only_here
from membership.domain.phrases import Phrase, phrase
from membership.persistence.models.members import Contact, Member
from membership.persistence.queries.settings import AssociationSettings
from membership.services.direct_debits.notices import Announcement
from membership.services.invoicing import exchange
from membership.services.invoicing.addresses import recipient_of
from membership.services.salutations import salutation
from membership.wording import Wording

FEE = "dues"


class InvoiceUnprintable(DomainError):
    """What would stand on the invoice cannot be printed."""

    message = N_("The invoice of %(member)s cannot be printed: %(why)s")
    code = "unprintable"


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
    order_number: str = ""
    run_id: int | None = None
    fee: str = FEE
    kind: InvoiceKind = InvoiceKind.INVOICE
    replaces_id: int | None = None
    generation: int | None = None
    refers_to: Reference | None = None
    subject: str = ""
    debit: Announcement | None = None

    @property
    def is_free(self) -> bool:
        """Return whether its lines were written freely: they follow from no fee schedule."""
        return not self.assessment.schedule


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
        EInvoiceIncomplete: something is missing that the e-invoice must carry.
    """
    words = Wording(language or cast("Language", bill.member.language))
    try:
        document = Document(
            kind=cast("Kind", str(bill.kind)),
            number=number,
            language=words.language,
            issued_on=bill.issued_on,
            due_on=bill.due_on,
            period_from=bill.period_from,
            period_to=bill.period_to,
            issuer=issuer_of(settings, words),
            recipient=recipient_of(bill.member, bill.contact, order_number=bill.order_number),
            subject=bill.subject or words.text("Membership dues %(year)s", year=str(bill.dues_year)),
            salutation=salutation_of(bill.contact, words),
            intro=_intro(bill, words),
            lines=tuple(_lines(bill, settings, words)),
            gross_cents=bill.part.gross_cents,
            tax_note=_tax_note(bill, settings, words),
            payment=None if bill.debit else _payment(bill, settings, base_url=base_url, number=number),
            debit=_debit(bill, base_url=base_url),
            refers_to=bill.refers_to,
            is_draft=number is None,
            is_dues=not bill.is_free and code_of(bill.fee) is None,
            exchange=None
            if number is None
            else replace(exchange.exchange_of(bill.member, settings), terms=_terms(bill, words)),
        )
        if document.payment is not None and number is not None:
            qr.payload(document.issuer.bank, document.payment, amount_cents=document.gross_cents)
    except ExchangeIncomplete as error:
        raise exchange.incomplete(error, bill.member.number) from error
    except UnprintableText as error:
        why = unprintable(error.text, error.characters)
        raise InvoiceUnprintable(member=bill.member.number, why=why) from error
    except (DocumentInvalid, qr.PayloadInvalid) as error:
        raise InvoiceUnprintable(member=bill.member.number, why=str(error)) from error
    if document.exchange is not None:
        exchange.require_structure(document, bill.member.number)
    return document


_SHOWN_SIGNS = 60


def unprintable(text: str, characters: str) -> Phrase:
    """Return which text holds which characters that no font has; those that cannot be seen by their code."""
    shown = " ".join(
        sign if sign.isprintable() and not sign.isspace() else f"U+{ord(sign):04X}" for sign in characters
    )
    seen = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
    cut = seen if len(seen) <= _SHOWN_SIGNS else f"{seen[:_SHOWN_SIGNS]}…"
    return phrase("“%(text)s” holds characters that our fonts do not have: %(signs)s", text=cut, signs=shown)


def _terms(bill: Bill, words: Wording) -> str:
    """Return the instalments in one sentence: the e-invoice knows a single due date, the last one (EIN-18)."""
    parts: dict[date, int] = {}
    for line in bill.part.lines:
        if line.due is not None:
            parts[line.due] = parts.get(line.due, 0) + line.amount.cents + line.tax_amount.cents
    if len(parts) <= 1:
        return ""
    each = [
        words.text(
            "%(amount)s on %(day)s",
            amount=formats.amount(cents, words.language),
            day=formats.long_date(day, words.language),
        )
        for day, cents in sorted(parts.items())
    ]
    return words.text("Payable in instalments: %(parts)s.", parts="; ".join(each))


def issuer_of(settings: AssociationSettings, words: Wording) -> Issuer:
    """Return the association as it stands on a document of today."""
    text = settings.text
    register = " ".join(
        filter(None, (text("association.register_court"), text("association.register_number")))
    )
    return Issuer(
        name=settings.full_name,
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


def salutation_of(contact: Contact | None, words: Wording) -> str:
    """Return the first line of the letter."""
    return salutation("" if contact is None else contact.name, contact.salutation if contact else "", words)


def _intro(bill: Bill, words: Wording) -> str:
    if bill.text:
        return bill.text
    if bill.is_free:
        return words.text(N_("we invoice the following."))
    if code_of(bill.fee) is not None and bill.resolved_on is not None:
        message = N_("we invoice the levy “%(title)s”, which was resolved on %(day)s.")
        return words.text(
            message, title=bill.subject, day=formats.long_date(bill.resolved_on, words.language)
        )
    if bill.refers_to is not None:
        return _intro_of_follower(bill, bill.refers_to, words)
    if bill.resolved_on is None:
        message = "we invoice your membership dues for %(year)s under our fee schedule “%(schedule)s”."
        return words.text(message, year=str(bill.dues_year), schedule=bill.schedule_name)
    message = "we invoice your membership dues for %(year)s under our fee schedule “%(schedule)s” of %(day)s."
    day = formats.long_date(bill.resolved_on, words.language)
    return words.text(message, year=str(bill.dues_year), schedule=bill.schedule_name, day=day)


def _intro_of_follower(bill: Bill, original: Reference, words: Wording) -> str:
    """Return what an invoice says that follows another: it replaces it, or adds to it."""
    message = N_(
        "this invoice of your membership dues for %(year)s replaces invoice %(number)s of %(day)s; please use it alone."
    )
    if bill.fee != FEE:
        message = N_(
            "with this invoice we ask for what is missing of your membership dues for %(year)s, in addition to invoice"
            " %(number)s of %(day)s."
        )
    day = formats.long_date(original.issued_on, words.language)
    return words.text(message, year=str(bill.dues_year), number=original.number, day=day)


def _lines(bill: Bill, settings: AssociationSettings, words: Wording) -> list[Line]:
    period = f"{bill.period_from:%m}\N{EN DASH}{bill.period_to:%m/%Y}"
    lines = []
    for line in bill.part.lines:
        is_dues = line.kind == "dues" and not bill.is_free
        details = _details(bill, settings, words) if is_dues else ()
        if line.due is not None:
            day = formats.long_date(line.due, words.language)
            details = (words.text("Due on %(day)s", day=day), *details)
        rate = Fraction(0) if line.tax_rate is None else line.tax_rate * 100
        lines.append(
            Line(
                text=words.value(line.text),
                amount_cents=line.amount.cents,
                details=details,
                period=period if is_dues else "",
                treatment=cast("Treatment", str(line.tax)),
                rate_percent=Decimal(rate.numerator) / Decimal(rate.denominator),
                tax_cents=line.tax_amount.cents if line.tax_rate is not None else None,
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
    """Return why no VAT is due, also where only some of the lines are exempt (§ 14(4) no. 8 UStG, BR-E-10).

    The sentence about genuine dues never stands on an invoice for a service.
    """
    reasons = {line.tax_reason for line in bill.part.lines if line.tax_reason}
    if all(line.tax is DuesTreatment.TAXABLE for line in bill.part.lines):
        return ""
    if bill.is_free and any(line.kind is LineKind.SERVICE_FEE for line in bill.part.lines):
        return words.text("No VAT is charged.")
    return " ".join(sorted(reasons)) or settings.text("invoice.vat_note") or words.text("No value added tax.")


def portal_address(base_url: str) -> str:
    """Return where members pay online; nothing while the pages are reached on this machine only."""
    return "" if is_only_here(base_url) else f"{base_url.rstrip('/')}/portal/"


def _payment(
    bill: Bill, settings: AssociationSettings, *, base_url: str, number: str | None
) -> Transfer | None:
    if not bill.part.gross_cents:
        return None
    portal = portal_address(base_url)
    if number is None:
        return Transfer(portal=portal)
    if settings.text("invoice.remittance") == "text":
        return Transfer(remittance=f"{number} {bill.member.number}", portal=portal)
    return Transfer(reference=rf_reference(number), portal=portal)


def _debit(bill: Bill, *, base_url: str) -> DirectDebit | None:
    """Return how the amount is collected: the notice of the debit (SEPA-7)."""
    if bill.debit is None:
        return None
    portal = portal_address(base_url)
    return DirectDebit(mandate=bill.debit.reference, account_shown=bill.debit.account_shown, portal=portal)


def proof_of(assessment: Assessment, words: Wording) -> list[ProofStep]:
    """Return the calculation as it is printed on demand: each step with its reason and result (DUE-19).

    Results of steps are not added up: each shows by a sign what it is, the amount so far or something that is added.
    """
    steps = [
        ProofStep(
            text=words.value(step.text),
            result=step_sign(step) + _proof_result(step.step, step.result, words),
        )
        for step in assessment.steps
    ]
    title = N_("Dues (amount)") if assessment.net == assessment.dues else N_("Total")
    total = formats.amount(assessment.net.cents, words.language)
    return [*steps, ProofStep(text=words.text(title), result=total, level="result")]


_ADDED = frozenset({StepName.ADMISSION_FEE, StepName.LEVY, StepName.VOLUNTARY})
_SO_FAR = frozenset(StepName) - _ADDED - {StepName.BASIS, StepName.METHOD, StepName.TAX}


def step_sign(step: Step) -> str:
    """Return what stands before the result of a step: an arrow for the amount so far, a plus for what is added."""
    if step.step in _SO_FAR:
        return "\N{RIGHTWARDS ARROW}\N{NO-BREAK SPACE}"
    return "+\N{NO-BREAK SPACE}" if step.step in _ADDED else ""


def _proof_result(step: str, result: Fraction, words: Wording) -> str:
    if step == "basis":
        return words.value(result)
    cents = result * 100
    if cents.denominator == 1:
        return formats.amount(int(cents), words.language)
    return words.value(phrase("€%(number)s", number=Fraction(exact_text(result))))
