"""A single invoice: a draft that is written, looked at, and issued. Source: `ux.md` 6.7 "Einzelrechnung"."""

from membership.services.single_invoices.drafting import (
    DraftChanged,
    DraftIssued,
    DraftText,
    change_draft,
    discard_draft,
    lines_of,
    start_draft,
)
from membership.services.single_invoices.issuing import (
    AmountChanged,
    Billed,
    ChangeUnconfirmed,
    NothingOwedThen,
    issue_draft,
    preview_documents,
    preview_pdf,
    worked_out,
)

__all__ = [
    "AmountChanged",
    "Billed",
    "ChangeUnconfirmed",
    "DraftChanged",
    "DraftIssued",
    "DraftText",
    "NothingOwedThen",
    "change_draft",
    "discard_draft",
    "issue_draft",
    "lines_of",
    "preview_documents",
    "preview_pdf",
    "start_draft",
    "worked_out",
]
