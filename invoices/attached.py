"""The XML inside a PDF, of ours or of anybody."""

from __future__ import annotations

from io import BytesIO
from typing import Final, NamedTuple

import pikepdf

NAMES: Final = ("factur-x.xml", "xrechnung.xml", "zugferd-invoice.xml", "ZUGFeRD-invoice.xml", "order-x.xml")
_MOST_BYTES: Final = 16 * 1024 * 1024


class NoPdf(ValueError):
    """A PDF that cannot be read; `rule` is the name of the sentence that says why."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


class Attached(NamedTuple):
    """A file inside a PDF."""

    name: str
    content: bytes


def attached_xml(data: bytes) -> Attached | None:
    """Return the invoice attached to a PDF by the names that the standards give it, else the only XML attached.

    Raises:
        NoPdf: it is protected by a password, damaged or cut off, or its invoice is larger than 16 MiB.
    """
    try:
        with pikepdf.open(BytesIO(data)) as file:
            names = list(file.attachments)
            known = [name for name in NAMES if name in names]
            others = [name for name in names if name.lower().endswith(".xml")]
            chosen = known or (others if len(others) == 1 else [])
            if not chosen:
                return None
            content = file.attachments[chosen[0]].get_file()
            data_of = content.read_bytes()
    except pikepdf.PasswordError as error:
        raise NoPdf("PDF-LOCKED") from error
    except pikepdf.PdfError as error:
        raise NoPdf("PDF-DAMAGED") from error
    if len(data_of) > _MOST_BYTES:
        raise NoPdf("PDF-LARGE")
    return Attached(chosen[0], data_of)
