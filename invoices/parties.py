"""Who is named on a document, and the errors of what cannot stand on one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from invoices.numbering import is_iban

ADDRESS_LINES: Final = 6
HOLDER_SIGNS: Final = 70
LOGO_BYTES: Final = 64 * 1024
LOGO_PIXELS: Final = 1600
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_COLOUR: Final = re.compile(r"#[0-9A-Fa-f]{6}", re.ASCII)
_COUNTRY: Final = re.compile(r"[A-Z]{2}", re.ASCII)


class DocumentInvalid(ValueError):
    """A document that must not be printed; the text says which part is wrong and how."""


class ExchangeIncomplete(DocumentInvalid):
    """An e-invoice that lacks what its rules ask for; `parts` names them, such as `issuer.phone`."""

    def __init__(self, parts: Sequence[str]) -> None:
        self.parts = tuple(parts)
        super().__init__(f"the e-invoice needs {', '.join(parts)}")


def require(holds: bool, message: str) -> None:  # noqa: FBT001 - the condition reads as a sentence
    """Raise `DocumentInvalid` with the message unless the condition holds."""
    if not holds:
        raise DocumentInvalid(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankDetails:
    """The account that receives the money; `holder` exactly as held by the bank. Source: D-INV-24."""

    holder: str
    iban: str
    bic: str = ""
    bank_name: str = ""
    creditor_id: str = ""

    def __post_init__(self) -> None:
        """Refuse an account that no bank would accept."""
        require(is_iban(self.iban), f"the IBAN {self.iban!r} is wrong")
        require(0 < len(self.holder) <= HOLDER_SIGNS, "the account holder must have 1 to 70 characters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """The association as it appears on paper; empty parts are left out.

    `logo` is a PNG of at most 64 KiB and 1,600 pixels a side; `legal` are further lines of the footer.
    """

    name: str
    address: tuple[str, ...]
    bank: BankDetails
    claim: str = ""
    legal: tuple[str, ...] = ()
    phone: str = ""
    mail: str = ""
    web: str = ""
    register: str = ""
    board: str = ""
    tax_number: str = ""
    vat_id: str = ""
    contact_person: str = ""
    signatory: str = ""
    signatory_function: str = ""
    brand_colour: str = "#0B5A6F"
    logo: bytes | None = None

    def __post_init__(self) -> None:
        """Refuse a colour or a picture that cannot be drawn."""
        is_colour = bool(_COLOUR.fullmatch(self.brand_colour))
        require(is_colour, f"the colour {self.brand_colour!r} is not of the form #0B5A6F")
        if self.logo is not None:
            is_small_png = self.logo.startswith(_PNG) and len(self.logo) <= LOGO_BYTES
            require(is_small_png, "the logo must be a PNG of at most 64 KiB")
            sides = [int.from_bytes(self.logo[at : at + 4]) for at in (16, 20)]
            fits = all(0 < side <= LOGO_PIXELS for side in sides)
            require(fits, "the logo may have at most 1,600 pixels a side")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who gets the document; `address` are the lines of the address field, at most six. Source: DIN 5008."""

    address: tuple[str, ...]
    company: str
    member_number: str
    order_number: str = ""
    cost_centre: str = ""

    def __post_init__(self) -> None:
        """Refuse an address that does not fit into its field."""
        fits = 1 <= len(self.address) <= ADDRESS_LINES and all(self.address)
        require(fits, "an address has one to six lines and no blank one")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An address in its parts, as an e-invoice carries it (BT-35 to 40, BT-50 to 55); `country` is a code.

    `extra` and `more` are further lines of the address (BT-51, BT-163).
    """

    country: str
    street: str = ""
    extra: str = ""
    postcode: str = ""
    city: str = ""
    more: str = ""

    def __post_init__(self) -> None:
        """Refuse a country that is no code of ISO 3166."""
        require(bool(_COUNTRY.fullmatch(self.country)), f"{self.country!r} is no code of a country")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What an e-invoice says beyond the paper; a document that has it carries its XML.

    `register_number` is BT-30, `buyer_reference` BT-10 (a Leitweg-ID, else what the buyer wants to read there),
    `leitweg_id` makes the address BT-49 where there is no mail. `terms` is BT-20, such as instalments (EIN-18).
    `as_xrechnung` asks for all that an XRechnung needs.
    """

    seller: Place
    buyer: Place
    register_number: str = ""
    buyer_reference: str = ""
    buyer_mail: str = ""
    buyer_vat_id: str = ""
    leitweg_id: str = ""
    terms: str = ""
    as_xrechnung: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectDebit:
    """How the amount is collected: mandate (BT-89) and the account as it may be shown, `DE•• •••• 4471`."""

    mandate: str
    account_shown: str
    portal: str = ""

    def __post_init__(self) -> None:
        """Refuse a collection without its mandate."""
        require(bool(self.mandate and self.account_shown), "a direct debit names its mandate and its account")
