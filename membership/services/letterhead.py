"""The paper as it will be, before there is an invoice: the letterhead for pages, and a sample as PDF.

Source: `ux.md` 6.1 no. 1, 2 and 6, 13.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from sqlalchemy.orm import Session

from invoices import breaking, formats, pdf
from invoices.document import (
    BankDetails,
    Document,
    DocumentInvalid,
    Issuer,
    Line,
    Recipient,
    Transfer,
    UnprintableText,
)
from invoices.layout import LEFT, MM, RIGHT, Address, Head, Logo
from invoices.letter import footer_columns
from invoices.pictures import picture
from membership.domain.errors import N_, DomainError
from membership.persistence.queries.settings import AssociationSettings, find_logo, get_settings
from membership.services import invoicing
from membership.wording import Wording

_STAND_IN: Final = BankDetails(holder="-", iban="DE02120300000000202051")
_SAMPLE_CENTS: Final = 60_000


class SampleNotReady(DomainError):
    """There is too little to print on a sample."""

    message = N_(
        "The sample shows name, address and bank account of the association. Please enter them first."
    )
    code = "sample_not_ready"


class SampleUnprintable(DomainError):
    """Something that was entered cannot be printed."""

    message = N_("The sample cannot be printed: %(why)s")
    code = "unprintable"


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Top and foot of the paper, in mm as on paper; sizes are those of the letters."""

    name: str
    claim: str
    return_line: str
    columns: tuple[tuple[str, ...], ...]
    x: float
    down: float
    name_size: float
    claim_size: float
    return_size: float
    logo: tuple[float, float] | None


def letterhead(session: Session, settings: AssociationSettings, words: Wording) -> Letterhead:
    """Return the letterhead that these settings give, be they saved or only typed so far."""
    has_bank = bool(settings.text("bank.iban") and settings.text("bank.holder"))
    issuer = invoicing.issuer_of(settings if has_bank else _with_stand_in(settings), words)
    found = find_logo(session)
    size = _logo_size(found[0]) if found else None
    x = LEFT if size is None else Logo.X + size[0] + Logo.GAP
    back = " · ".join(filter(None, (issuer.name, *issuer.address)))
    first, second, third = footer_columns(issuer, words.language)
    columns = (first, second, third if has_bank else [])
    return Letterhead(
        name=issuer.name,
        claim=issuer.claim,
        return_line=back,
        columns=tuple(tuple(line for line in column if line) for column in columns),
        x=x,
        down=0.0 if size is None else (size[1] - Head.BESIDE) / 2,
        name_size=breaking.fitted(issuer.name, RIGHT - x, Head.NAME).size / MM,
        claim_size=breaking.fitted(issuer.claim, RIGHT - x, Head.CLAIM).size / MM,
        return_size=breaking.fitted(back, Address.WIDTH, Address.RETURN).size / MM,
        logo=size,
    )


def typed_settings(settings: AssociationSettings, typed: Mapping[str, str]) -> AssociationSettings:
    """Return the settings with what was typed so far, as it was typed."""
    known = {key: text for key, text in typed.items() if isinstance(settings.values.get(key), str)}
    return replace(settings, values={**settings.values, **known})


def sample_pdf(session: Session, words: Wording, *, today: date, base_url: str) -> bytes:
    """Return an invoice to an invented company as the saved settings print it, marked as a draft.

    Raises `SampleNotReady` without address or account, `SampleUnprintable`.
    """
    settings = get_settings(session)
    needed = ("association.name", "association.street", "bank.iban", "bank.holder")
    if not all(settings.text(key) for key in needed):
        raise SampleNotReady
    found = find_logo(session)
    try:
        issuer = replace(invoicing.issuer_of(settings, words), logo=found[0] if found else None)
        return pdf.render(_sample(issuer, settings, words, today=today, base_url=base_url))
    except UnprintableText as error:
        raise SampleUnprintable(why=invoicing.unprintable(error.text, error.characters)) from error
    except DocumentInvalid as error:
        raise SampleUnprintable(why=str(error)) from error


def _sample(
    issuer: Issuer, settings: AssociationSettings, words: Wording, *, today: date, base_url: str
) -> Document:
    year = today.year
    return Document(
        kind="invoice",
        number=None,
        language=words.language,
        issued_on=today,
        due_on=today + timedelta(days=settings.number("invoice.term_days")),
        period_from=date(year, 1, 1),
        period_to=date(year, 12, 31),
        issuer=issuer,
        recipient=Recipient(
            address=(
                words.text("Sample Company Ltd"),
                words.text("Sample Street 1"),
                words.text("12345 Sampletown"),
            ),
            company=words.text("Sample Company Ltd"),
            member_number=settings.text("member.pattern").replace("{NNNN}", "0001"),
        ),
        subject=words.text("Membership dues %(year)s", year=str(year)),
        salutation=words.text("Dear Sir or Madam,"),
        intro=words.text("this is a sample: so your invoices will look."),
        lines=(
            Line(
                text=words.text("Membership dues %(year)s", year=str(year)),
                amount_cents=_SAMPLE_CENTS,
                period=f"01{formats.NBSP}–{formats.NBSP}12/{year}",
            ),
        ),
        gross_cents=_SAMPLE_CENTS,
        tax_note=settings.text("invoice.vat_note") or words.text("No value added tax."),
        payment=Transfer(portal=invoicing.portal_address(base_url)),
        is_draft=True,
    )


def _with_stand_in(settings: AssociationSettings) -> AssociationSettings:
    return replace(
        settings, values={**settings.values, "bank.holder": _STAND_IN.holder, "bank.iban": _STAND_IN.iban}
    )


def _logo_size(png: bytes) -> tuple[float, float]:
    logo = picture(png)
    scale = min(Logo.WIDTH / logo.width, Logo.HEIGHT / logo.height)
    return logo.width * scale, logo.height * scale
