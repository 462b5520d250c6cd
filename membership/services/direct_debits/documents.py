"""What proves a mandate: the form to be signed as PDF, and the signed form that came back, kept encrypted.

Source: SEPA-3; `ux.md` 6.10; `reliability.md` SEC-49, SEC-58 (files by their bytes, never by their name).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final, cast

from sqlalchemy.orm import Session

from invoices.formats import Language
from invoices.mandate import MandateForm, render
from membership.domain.direct_debits.mandates import Recurrence, Scheme
from membership.domain.errors import N_, InputError
from membership.domain.policy import require
from membership.persistence import chain, crypto
from membership.persistence.db import actor_of
from membership.persistence.models.direct_debits import MandateDocument
from membership.persistence.queries.direct_debits import mandates as queries
from membership.persistence.queries.direct_debits.mandates import MandateView
from membership.persistence.queries.settings import get_settings
from membership.services.direct_debits.mandates import WRITE, locked_view

LIMIT: Final = 5 * 1024 * 1024
SIGNED: Final = "signed"
CONSENT: Final = "consent"
_TABLE: Final = MandateDocument.__tablename__
_KINDS: Final = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}
_ENDINGS: Final = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", "text/plain": "txt"}


class DocumentUnreadable(InputError):
    """A file that is neither a PDF nor a picture, or too large."""

    message = N_("Please choose a PDF, or a picture as PNG or JPEG, of at most 5 MB.")
    code = "mandate_document"


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """A kept file with the name under which it is given out."""

    name: str
    media_type: str
    content: bytes


def keep_document(session: Session, reference: str, content: bytes, *, file_name: str) -> int:
    """Keep the signed form of a mandate and return its id; what kind of file it is its bytes say."""
    require(actor_of(session), WRITE)
    media_type = next((kind for start, kind in _KINDS.items() if content.startswith(start)), None)
    if media_type is None or len(content) > LIMIT:
        raise DocumentUnreadable
    view = locked_view(session, reference)
    return keep(session, view, content, kind=SIGNED, media_type=media_type, file_name=file_name)


def keep(
    session: Session, view: MandateView, content: bytes, *, kind: str, media_type: str, file_name: str
) -> int:
    """Keep a document of a mandate, encrypted, and return its id; the member is locked."""
    uid = secrets.token_hex(16)
    digest = sha256(content).hexdigest()
    document_id = chain.append(
        session,
        MandateDocument,
        uid=uid,
        mandate_id=view.row.id,
        member_id=view.row.member_id,
        kind=kind,
        file_name=file_name.strip()[:100],
        media_type=media_type,
        content_sealed=crypto.seal_bytes(session, content, table=_TABLE, column="content_sealed", uid=uid),
        sha256=digest,
        stored_at=actor_of(session).at,
    )
    facts = {"sha256": digest}
    chain.note(
        session, "mandate.document", "mandate", view.reference, member_id=view.row.member_id, facts=facts
    )
    return document_id


def read_document(session: Session, reference: str, document_id: int) -> KeptDocument:
    """Return a kept file after comparing it with its hash."""
    view = queries.get_mandate(session, reference)
    row = queries.get_document(session, view.row.id, document_id)
    content = crypto.unseal_bytes(
        session, row.content_sealed, table=_TABLE, column="content_sealed", uid=row.uid
    )
    assert sha256(content).hexdigest() == row.sha256, document_id
    name = f"{view.reference}-{row.id}.{_ENDINGS[row.media_type]}"
    return KeptDocument(name.replace("/", "-").replace(":", "-"), row.media_type, content)


def mandate_form(session: Session, reference: str, *, today: date) -> bytes:
    """Return the form of a mandate as PDF in the member's language, to be completed and signed.

    The IBAN stands there by its end alone: the paper goes by mail.
    """
    view = queries.get_mandate(session, reference)
    settings = get_settings(session)
    terms = view.terms
    return render(
        MandateForm(
            language=cast("Language", view.member.language),
            day=today,
            creditor=settings.full_name,
            creditor_address=(
                settings.text("association.street"),
                f"{settings.text('association.postcode')} {settings.text('association.city')}".strip(),
            ),
            creditor_id=settings.text("bank.creditor_id"),
            reference=view.reference,
            is_b2b=view.row.scheme is Scheme.B2B,
            is_recurrent=view.row.recurrence is Recurrence.RECURRENT,
            member_number=view.member.number,
            debtor=terms.name,
            debtor_address=(
                f"{terms.street} {terms.building}".strip(),
                f"{terms.postcode} {terms.city}".strip(),
            ),
            account_shown=terms.iban_shown,
        )
    )
