"""The name of the association as it stands on invoices and in law."""

from __future__ import annotations

from typing import Final

_SHORT: Final = {"eingetragener verein": "e. V.", "registered association": "e. V."}


def full_name(name: str, legal_form: str) -> str:
    """Return the name with its legal form, once: “Cluster Nord” and “e. V.” are “Cluster Nord e. V.”."""
    form = _SHORT.get(legal_form.strip().casefold(), legal_form.strip())
    if not form or not name or _squeezed(name).endswith(_squeezed(form)):
        return name
    return f"{name} {form}"


def _squeezed(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())
