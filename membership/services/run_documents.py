"""Invoices of a run or of a list as one file: their PDFs, and the XRechnung files beside them."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Sequence
from typing import IO, Final

from sqlalchemy.orm import Session

from membership.persistence.queries.invoicing import PDF, XRECHNUNG
from membership.persistence.queries.run_items import list_files, list_run_invoices
from membership.services.invoicing import plain_content

_BATCH: Final = 50
_LONGEST_NAME: Final = 60
_ENDINGS: Final = {PDF: ".pdf", XRECHNUNG: ".xml"}
_SPELT: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "&": " und "}
    | {"ø": "oe", "Ø": "Oe", "ł": "l", "Ł": "L"}
)


def file_stem(number: str, company: str) -> str:
    """Return the name of an invoice's file without its ending: `RE2027-0001_Elbtor-Prueftechnik-GmbH`.

    Letters and digits of ASCII, hyphens and one underline only, which every file system and mail program takes.
    """
    plain = unicodedata.normalize("NFKD", company.translate(_SPELT)).encode("ascii", "ignore").decode()
    name = "-".join(re.findall(r"[A-Za-z0-9]+", plain))[:_LONGEST_NAME].rstrip("-")
    safe = re.sub(r"[^A-Za-z0-9-]+", "-", number)
    return f"{safe}_{name}" if name else safe


def write_pdfs(session: Session, run_id: int, file: IO[bytes]) -> int:
    """Write a ZIP with the stored PDFs of a run in the order of their numbers; return how many there are."""
    return write_archive(session, list_run_invoices(session, run_id), file)


def write_archive(session: Session, invoices: Sequence[int], file: IO[bytes]) -> int:
    """Write a ZIP with the stored PDFs of these invoices (ids) in their order; return how many there are.

    The XRechnung of an invoice, where there is one, lies beside its PDF under the same name. A few are read at a time,
    so that a large file needs little memory. The PDFs are compressed already.
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        return add_documents(session, invoices, archive)


def add_documents(
    session: Session, invoices: Sequence[int], archive: zipfile.ZipFile, *, folder: str = ""
) -> int:
    """Add the stored documents of these invoices to an open ZIP, see `write_archive`; `folder` ends with a slash."""
    count = 0
    for start in range(0, len(invoices), _BATCH):
        for number, name, stored in list_files(session, invoices[start : start + _BATCH]):
            content = plain_content(session, stored)
            archive.writestr(f"{folder}{file_stem(number, name)}{_ENDINGS[stored.kind]}", content)
            count += stored.kind == PDF
    return count
