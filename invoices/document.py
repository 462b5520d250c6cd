"""What stands on one document, an invoice, a cancellation or a correction; it checks its own sums.

The canonical content (`to_content`) is what an issued invoice freezes; the PDF is rendered from nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from invoices import content
from invoices.formats import Language
from invoices.glyphs import missing_glyphs
from invoices.numbering import is_rf
from invoices.parties import (
    BankDetails,
    DirectDebit,
    DocumentInvalid,
    Exchange,
    ExchangeIncomplete,
    Issuer,
    Place,
    Recipient,
    require,
)

__all__ = [
    "BankDetails",
    "DirectDebit",
    "Document",
    "DocumentInvalid",
    "Exchange",
    "ExchangeIncomplete",
    "Issuer",
    "Kind",
    "Line",
    "Place",
    "ProofStep",
    "Recipient",
    "Reference",
    "SumsDiffer",
    "Tax",
    "Totals",
    "Transfer",
    "Treatment",
    "UnprintableText",
    "totals",
]

Kind = Literal["invoice", "cancellation", "correction", "corrected"]
"""An invoice, what takes back all of one or a part, and an invoice that replaces one (380, 381, 381, 384)."""
Treatment = Literal["O", "S", "E"]
Level = Literal["head", "step", "result"]

REMITTANCE_SIGNS: Final = 140


class SumsDiffer(DocumentInvalid):
    """Net, tax and total do not belong together."""


class UnprintableText(DocumentInvalid):
    """A text holds characters that the embedded fonts do not have."""

    def __init__(self, text: str, characters: str) -> None:
        self.text = text
        self.characters = characters
        super().__init__(f"{text!r} holds characters that cannot be printed: {characters!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One item; `details` are the small lines below its text, the amount is net.

    `tax_cents` is the item's own tax where its price includes the tax; without it the tax is worked out from the sum
    of its rate.
    """

    text: str
    amount_cents: int
    details: tuple[str, ...] = ()
    period: str = ""
    treatment: Treatment = "O"
    rate_percent: Decimal = Decimal(0)
    tax_cents: int | None = None

    def __post_init__(self) -> None:
        """Refuse a rate or a tax that does not belong to the treatment."""
        taxed = self.treatment == "S"
        require(taxed or not self.tax_cents, f"a line of treatment {self.treatment} carries no tax")
        fits = taxed == (self.rate_percent != 0) and self.rate_percent >= 0
        require(fits, f"the rate {self.rate_percent} does not belong to treatment {self.treatment}")


@dataclass(frozen=True, slots=True)
class Tax:
    """The sum of all lines of one treatment and rate, and its tax."""

    treatment: Treatment
    rate_percent: Decimal
    net_cents: int
    tax_cents: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Net, tax by rate (highest first) and total."""

    net_cents: int
    taxes: tuple[Tax, ...]
    gross_cents: int


def _tax_of(net_cents: int, rate_percent: Decimal) -> int:
    exact = abs(net_cents) * Fraction(rate_percent) / 100
    cents = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    return -cents if net_cents < 0 else cents


def totals(lines: Sequence[Line]) -> Totals:
    """Return the sums of the lines; tax is worked out once per rate, half a cent away from zero.

    Where all lines of a rate carry their own tax, their sum counts: of 400.00 with 19 % no net amount in whole cents
    gives 400.00 again. It may differ from the rate by one cent a line; the rules' own checks allow more.

    Source: D-GEN-7, D-INV-25; EN 16931 BR-CO-17, BR-S-09.
    """
    groups: dict[tuple[Treatment, Decimal], list[Line]] = {}
    for line in lines:
        groups.setdefault((line.treatment, line.rate_percent), []).append(line)
    ordered = sorted(groups.items(), key=lambda item: (-item[0][1], item[0][0]))
    taxes = tuple(_sum_of(treatment, rate, group) for (treatment, rate), group in ordered)
    net_cents = sum(tax.net_cents for tax in taxes)
    return Totals(net_cents, taxes, net_cents + sum(tax.tax_cents for tax in taxes))


def _sum_of(treatment: Treatment, rate_percent: Decimal, lines: Sequence[Line]) -> Tax:
    net_cents = sum(line.amount_cents for line in lines)
    worked_out = _tax_of(net_cents, rate_percent)
    own = [line.tax_cents for line in lines if line.tax_cents is not None]
    if len(own) < len(lines):
        return Tax(treatment, rate_percent, net_cents, worked_out)
    if abs(sum(own) - worked_out) > len(lines):
        message = (
            f"the lines carry a tax of {sum(own)} cents, {rate_percent} % of {net_cents} are {worked_out}"
        )
        raise SumsDiffer(message)
    return Tax(treatment, rate_percent, net_cents, sum(own))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The invoice that a cancellation or correction belongs to, or that an invoice follows."""

    number: str
    issued_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """How a transfer is marked: by the structured `reference` or by a `remittance` text (PAY-10).

    A draft has neither yet. `portal` is the address where the member pays online, without any token.
    """

    reference: str = ""
    remittance: str = ""
    portal: str = ""

    def __post_init__(self) -> None:
        """Refuse a reference that a bank would refuse."""
        require(not (self.reference and self.remittance), "a transfer carries a reference or a text")
        require(not self.reference or is_rf(self.reference), f"the reference {self.reference!r} is wrong")
        fits = len(self.remittance) <= REMITTANCE_SIGNS
        require(fits, "the text of a transfer has at most 140 characters")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofStep:
    """One line of the calculation: what is done, why (`note`), and what comes out.

    A `head` begins a group (`Pos. 1: …`), a `result` ends it.
    """

    text: str
    result: str = ""
    note: str = ""
    level: Level = "step"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """All that stands on the paper. Building one checks it; a wrong one cannot exist.

    `gross_cents` is the total the books know; it must be what the lines add up to. `intro`, `tax_note`,
    `proof_basis` and `proof_note` may hold line breaks, no other text may. Amounts of cancellations and
    corrections are positive. The kind “corrected” is an invoice that takes the place of another (type 384).
    The amount is transferred (`payment`), collected on the due date (`debit`), or neither. What bills no dues
    (`is_dues`) is called an invoice, not a dues invoice.

    Source: `ux.md` 13, D-INV-14, `reliability.md` INV-25.
    """

    kind: Kind
    number: str | None
    language: Language
    issued_on: date
    due_on: date | None
    period_from: date
    period_to: date
    issuer: Issuer
    recipient: Recipient
    subject: str
    salutation: str
    intro: str
    lines: tuple[Line, ...]
    gross_cents: int
    tax_note: str = ""
    payment: Transfer | None = None
    debit: DirectDebit | None = None
    exchange: Exchange | None = None
    refers_to: Reference | None = None
    proof: tuple[ProofStep, ...] = ()
    proof_basis: str = ""
    proof_note: str = ""
    is_draft: bool = False
    is_dues: bool = True

    def __post_init__(self) -> None:
        """Check sums, the parts that belong together, and that each character can be printed."""
        self._check_sums()
        self._check_parts()
        self._check_text()

    @property
    def totals(self) -> Totals:
        """Net, tax by rate and total."""
        return totals(self.lines)

    def _check_sums(self) -> None:
        treatments = {line.treatment for line in self.lines}
        require(bool(self.lines), "a document has at least one line")
        unmixed = treatments == {"O"} or "O" not in treatments
        require(unmixed, "lines outside the scope of VAT stand on a document of their own")
        worked_out = self.totals.gross_cents
        if worked_out != self.gross_cents:
            message = f"the lines add up to {worked_out} cents, the total says {self.gross_cents}"
            raise SumsDiffer(message)
        require(self.gross_cents >= 0, "the total of a document is not negative")

    def _check_parts(self) -> None:
        require((self.number is None) == self.is_draft, "a draft has no number, any other document has one")
        named = self.kind == "invoice" or self.refers_to is not None
        require(named, "a cancellation or correction names its invoice")
        require(self.period_from <= self.period_to, "the period ends before it begins")
        self._check_payment()
        if self.exchange is not None:
            check_exchange(self, self.exchange)

    def _check_payment(self) -> None:
        if self.payment is None and self.debit is None:
            return
        require(self.payment is None or self.debit is None, "an amount is transferred or collected")
        has_due_date = self.kind in {"invoice", "corrected"} and self.due_on is not None
        require(has_due_date, "only an invoice with a due date asks for payment")
        require(self.gross_cents > 0, "nothing is to be paid")
        if self.debit is not None:
            require(bool(self.issuer.bank.creditor_id), "a direct debit names the creditor id")
        elif self.payment is not None:
            marked = bool(self.payment.reference or self.payment.remittance)
            require(marked or self.is_draft, "a transfer needs a reference or a text")

    def _check_text(self) -> None:
        broken = (self.intro, self.tax_note, self.proof_basis, self.proof_note)
        parts = [part for text in broken for part in text.split("\n")]
        whole = "".join(parts) + "".join(_texts(self, without=broken))
        if missing_glyphs(whole):
            for text in (*parts, *_texts(self, without=broken)):
                if missing := missing_glyphs(text):
                    raise UnprintableText(text, missing)

    def to_content(self) -> dict[str, content.Json]:
        """Return the canonical content: whole cents, ISO dates, decimal strings, logo as base64; no floats."""
        return {"form": 1, **content.frozen(self)}

    @classmethod
    def from_content(cls, stored: Mapping[str, content.Json]) -> Document:
        """Return the document of a stored content; unknown or missing words are refused."""
        parts = dict(stored)
        if parts.pop("form", None) != 1:
            message = "this content is of an unknown form"
            raise DocumentInvalid(message)
        return content.thawed(cls, parts)


_MAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_PHONE_DIGITS: Final = 3


def check_exchange(document: Document, exchange: Exchange) -> None:
    """Raise `ExchangeIncomplete` unless all is there that the e-invoice of the document must carry.

    Source: EN 16931 BR-06 to BR-11, BR-CO-26, BR-S-02, BR-E-02, BR-E-10, BR-O-10; XRechnung BR-DE-2 to BR-DE-9,
    BR-DE-15, BR-DE-27, BR-DE-28, PEPPOL-EN16931-R010 and R020; EIN-7.
    """
    issuer, recipient = document.issuer, document.recipient
    in_scope = document.lines[0].treatment != "O"
    has_reason = bool(document.tax_note) or all(line.treatment == "S" for line in document.lines)
    found = {
        "issuer.name": bool(issuer.name),
        "recipient.company": bool(recipient.company),
        "exchange.register_number": bool(exchange.register_number or (in_scope and issuer.vat_id)),
        "issuer.tax_number": bool(not in_scope or issuer.tax_number or issuer.vat_id),
        "tax_note": has_reason,
    }
    if exchange.as_xrechnung:
        found |= _asked_by_xrechnung(issuer, exchange)
    missing = [part for part, is_there in found.items() if not is_there]
    if missing:
        raise ExchangeIncomplete(missing)


def _asked_by_xrechnung(issuer: Issuer, exchange: Exchange) -> dict[str, bool]:
    return {
        "issuer.contact_person": bool(issuer.contact_person),
        "issuer.phone": sum(sign.isdigit() for sign in issuer.phone) >= _PHONE_DIGITS,
        "issuer.mail": bool(_MAIL.fullmatch(issuer.mail)),
        "exchange.seller.city": bool(exchange.seller.city),
        "exchange.seller.postcode": bool(exchange.seller.postcode),
        "exchange.buyer.city": bool(exchange.buyer.city),
        "exchange.buyer.postcode": bool(exchange.buyer.postcode),
        "exchange.buyer_reference": bool(exchange.buyer_reference),
        "exchange.buyer_mail": bool(exchange.buyer_mail or exchange.leitweg_id),
    }


def _texts(part: object, *, without: Sequence[str] = ()) -> Iterator[str]:
    """Yield every text of a document and its parts, apart from those named."""
    for field in fields(part):  # type: ignore[arg-type]  # only dataclasses are passed
        value = getattr(part, field.name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, str):
                if not any(item is other for other in without):
                    yield item
            elif is_dataclass(item):
                yield from _texts(item)
