"""Invoices: what stands on one, how it is issued, and what is kept of it."""

from membership.services.invoicing.archive import (
    PdfNotReady,
    calculation_pdf,
    frozen_documents,
    keep_pdfs,
    store_pdfs,
    stored_pdf,
)
from membership.services.invoicing.documents import (
    Bill,
    InvoiceUnprintable,
    document_of,
    proof_of,
    step_sign,
)
from membership.services.invoicing.issuing import (
    FEE,
    RENDER,
    SERIES,
    AssociationIncomplete,
    IssueDateWrong,
    Stationery,
    get_stationery,
    issue,
    require_complete,
)

__all__ = [
    "FEE",
    "RENDER",
    "SERIES",
    "AssociationIncomplete",
    "Bill",
    "InvoiceUnprintable",
    "IssueDateWrong",
    "PdfNotReady",
    "Stationery",
    "calculation_pdf",
    "document_of",
    "frozen_documents",
    "get_stationery",
    "issue",
    "keep_pdfs",
    "proof_of",
    "require_complete",
    "step_sign",
    "store_pdfs",
    "stored_pdf",
]
