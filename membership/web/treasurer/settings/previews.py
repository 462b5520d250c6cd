"""What the settings pages show of values before they are saved: letterhead, colour, bank, numbers; a sample as PDF.

Each part is drawn with the page and, with script, anew while somebody types: the address takes the fields of the form.
Source: `ux.md` 6.1 no. 1, 2, 3 and 6.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from invoices.numbering import Pattern, PatternInvalid
from membership.domain.colours import WHITE, ColourTooLight, ColourWrong, contrast, require_readable
from membership.domain.member_lists.codes import read_iban
from membership.domain.member_lists.values import Unreadable
from membership.services import letterhead
from membership.services.bank_accounts import find_bank
from membership.web import downloads, sessions
from membership.web.access import policy, read
from membership.web.association import association_settings
from membership.web.forms.settings import AssociationForm, BankForm, InvoicesForm, LookForm, SettingsForm
from membership.web.frame import today
from membership.web.heavy import few_at_once
from membership.web.language import words
from membership.web.treasurer.settings.blueprint import blueprint

_LONGEST = 140


@blueprint.get("/association/preview")
@policy("settings.read")
def preview_association() -> ResponseReturnValue:
    """Show the letterhead with the data that were typed."""
    return _part("letterhead", of_association(_typed(AssociationForm)))


@blueprint.get("/look/preview")
@policy("settings.read")
def preview_look() -> ResponseReturnValue:
    """Show what is written in the colour that was typed, or why nothing can be."""
    return _part("colour", of_look(_typed(LookForm)))


@blueprint.get("/bank/preview")
@policy("settings.read")
def preview_bank() -> ResponseReturnValue:
    """Show the bank of the IBAN that was typed, or what is wrong with it."""
    return _part("bank", of_bank(_typed(BankForm)))


@blueprint.get("/invoices/preview")
@policy("settings.read")
def preview_numbers() -> ResponseReturnValue:
    """Show the first numbers that the patterns give."""
    return _part("numbers", of_invoices(_typed(InvoicesForm)))


@blueprint.get("/invoices/sample.pdf")
@policy("settings.read")
@few_at_once
def sample() -> Response:
    """Show an invoice to an invented company, as the saved settings print it."""
    content = letterhead.sample_pdf(read(), words(), today=today(), base_url=sessions.operator().base_url)
    return downloads.pdf(content, name="muster.pdf")


def of_association(typed: dict[str, str]) -> dict[str, Any]:
    """Return the letterhead of typed association data."""
    settings = letterhead.typed_settings(
        association_settings(), {AssociationForm.keys[name]: text for name, text in typed.items()}
    )
    return {"head": letterhead.letterhead(read(), settings, words()), "logo": settings.logo_sha256}


def of_look(typed: dict[str, str]) -> dict[str, Any]:
    """Return the colour when it can be used, its contrast, and the sentence when it cannot; and the letterhead."""
    colour = typed.get("brand_colour", "").strip().upper()
    found: dict[str, Any] = {"colour": None, "ratio": None, "problem": ""}
    try:
        require_readable(colour)
    except (ColourWrong, ColourTooLight) as error:
        return {**found, "problem": words().error(error)}
    return {**found, "colour": colour, "ratio": Fraction(int(contrast(WHITE, colour) * 10), 10)}


def of_bank(typed: dict[str, str]) -> dict[str, Any]:
    """Return the bank of a typed IBAN, and what is wrong with it as far as it can be said."""
    iban = typed.get("iban", "").strip()
    if not iban:
        return {"bank": None, "problem": "", "iban": ""}
    try:
        packed = read_iban(iban).value
    except Unreadable as error:
        return {"bank": None, "problem": words().value(error.problem), "iban": ""}
    return {"bank": find_bank(packed), "problem": "", "iban": packed}


def of_invoices(typed: dict[str, str]) -> dict[str, Any]:
    """Return pattern -> the first number it gives; None for one that is not complete yet."""
    first = typed.get("first_number", "").strip()
    running = int(first) if first.isascii() and first.isdigit() and len(first) < 8 else 1  # noqa: PLR2004 - as the form
    return {
        "numbers": {
            "invoice": _number(typed.get("pattern", ""), running),
            "correction": _number(typed.get("correction_pattern", ""), 1),
            "member": typed.get("member_pattern", "").replace("{NNNN}", "0001"),
        }
    }


def _number(pattern: str, running: int) -> str | None:
    try:
        return Pattern(pattern.strip()).number(today().year, running)
    except PatternInvalid:
        return None


def _typed(kind: type[SettingsForm]) -> dict[str, str]:
    """Return what the address says of the fields of a form."""
    return {name: request.args[name][:_LONGEST] for name in kind.keys if name in request.args}


def _part(name: str, values: dict[str, Any]) -> ResponseReturnValue:
    return render_template(f"treasurer/settings/parts/{name}.html", **values)
