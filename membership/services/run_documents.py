"""All PDFs of a run as one file."""

from __future__ import annotations

import zipfile
from typing import IO, Final

from sqlalchemy.orm import Session

from membership.persistence.queries.run_items import list_pdfs, list_run_invoices

_BATCH: Final = 50


def write_pdfs(session: Session, run_id: int, file: IO[bytes]) -> int:
    """Write a ZIP with the stored PDFs of a run in the order of their numbers; return how many there are.

    A few are read at a time, so that a large run needs little memory. They are compressed already.
    """
    invoices = list_run_invoices(session, run_id)
    count = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for start in range(0, len(invoices), _BATCH):
            for number, content in list_pdfs(session, invoices[start : start + _BATCH]):
                archive.writestr(f"{number.replace('/', '-')}.pdf", content)
                count += 1
    return count
