"""What payment messages of ISO 20022 have in common: elements, accounts, banks, addresses, the check by the schema."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, Final, cast

from lxml import etree

from membership.domain.direct_debits.mandates import Terms
from membership.domain.direct_debits.places import is_in_eea
from membership.domain.direct_debits.signs import bank_text

Element = Any
"""An element of the library, which has no types here."""
_REMITTANCE: Final = 140
_NAME, _TOWN, _CODE = 70, 35, 16
_NOT_PROVIDED: Final = "NOTPROVIDED"


def begun(message: str) -> Element:
    """Return the root of a message, such as `pain.008.001.08`."""
    space = f"urn:iso:std:iso:20022:tech:xsd:{message}"
    return etree.Element(f"{{{space}}}Document", nsmap=cast("dict[str, str]", {None: space}))


def add(parent: Element, name: str, text: str = "", **attributes: str) -> Element:
    """Return a new element below another one, in its namespace."""
    element = etree.SubElement(parent, f"{{{etree.QName(parent).namespace}}}{name}", attrib=attributes)
    if text:
        element.text = text
    return element


def fault_of(root: Element, message: str) -> str:
    """Return what the schema of the message objects to, empty for nothing."""
    schema = _schema(message)
    return "" if schema.validate(root) else str(schema.error_log[0].message)


@cache
def _schema(message: str) -> Any:  # noqa: ANN401 - the library has no types here
    """Return the schema of a message, as ISO publishes it; the package `sepaxml` carries it."""
    place = files("sepaxml").joinpath("schemas", f"{message}.xsd")
    return etree.XMLSchema(etree.fromstring(place.read_bytes()))


def as_bytes(root: Element) -> bytes:
    """Return the message as XML in UTF-8."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def name(parent: Element, text: str) -> None:
    """Name a person or company in the signs of banks."""
    add(parent, "Nm", bank_text(text, _NAME))


def person(parent: Element, terms: Terms) -> None:
    """Name the other side: no address within the EEA, a structured one elsewhere (SEPA-12)."""
    name(parent, terms.name)
    if is_in_eea(terms.iban):
        return
    address = add(parent, "PstlAdr")
    parts = (
        ("StrtNm", bank_text(terms.street, _NAME)),
        ("BldgNb", bank_text(terms.building, _CODE)),
        ("PstCd", bank_text(terms.postcode, _CODE)),
        ("TwnNm", bank_text(terms.city, _TOWN)),
        ("Ctry", terms.country),
    )
    for part, text in parts:
        if text:
            add(address, part, text)


def account(parent: Element, iban: str) -> None:
    """Name an account by its IBAN."""
    add(add(parent, "Id"), "IBAN", iban)


def agent(parent: Element, bic: str) -> None:
    """Name a bank by its BIC; within the EEA the IBAN is enough."""
    bank = add(parent, "FinInstnId")
    if bic:
        add(bank, "BICFI", bic)
    else:
        add(add(bank, "Othr"), "Id", _NOT_PROVIDED)


def remittance(parent: Element, text: str) -> None:
    """Say what is paid, where it says anything."""
    if said := bank_text(text, _REMITTANCE):
        add(add(parent, "RmtInf"), "Ustrd", said)
