"""Letters on paper: the stored PDFs of all that goes by post, one after the other by postcode.

Source: `ux.md` 6.6 no. 5; INV-06 (the stored bytes are printed, never made anew).
"""

from __future__ import annotations

from hashlib import sha256
from typing import IO

from sqlalchemy.orm import Session

from invoices.stack import Stack
from membership.persistence.queries.dispatch import get_content, list_letters


def stack_letters(session: Session, file: IO[bytes], *, run_id: int | None = None) -> int:
    """Write one PDF with every letter that is to be posted; return how many there are, 0 writes nothing."""
    letters = list_letters(session, run_id=run_id)
    if not letters:
        return 0
    with Stack() as stack:
        for letter in letters:
            content, digest = get_content(session, letter.document_id)
            assert sha256(content).hexdigest() == digest, letter.number
            stack.add(content)
        stack.write(file)
    return len(letters)
