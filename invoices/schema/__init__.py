"""The structure of the XML that this package writes, as a schema of our own that is narrower than the standard's.

What passes here passes the schema of Factur-X EN 16931 too (a test holds both together): the same elements in the same
order, but only those that dues invoices use, nothing empty, two decimals, known codes.

Source: `docs/decisions/0011-a-schema-of-our-own.md`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from lxml import etree

_FILE: Final = Path(__file__).resolve().parent / "invoice.xsd"


class StructureWrong(ValueError):
    """XML that is no e-invoice; the text names the element and what is wrong there."""


@cache
def _schema() -> Any:  # noqa: ANN401 - the library has no types here
    return etree.XMLSchema(etree.parse(str(_FILE)))


def check_structure(root: Any) -> None:  # noqa: ANN401 - an element of the library
    """Raise `StructureWrong` unless the tree has the structure of our e-invoices. Source: D-INV-22."""
    schema = _schema()
    if not schema.validate(root):
        first = schema.error_log[0]
        raise StructureWrong(f"{first.path}: {first.message}")
