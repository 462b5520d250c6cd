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
    TaxNumberMissing,
    first_issue_date,
    get_stationery,
    issue,
    require_complete,
    require_issue_date,
    require_tax_number,
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
    "TaxNumberMissing",
    "calculation_pdf",
    "document_of",
    "first_issue_date",
    "frozen_documents",
    "get_stationery",
    "issue",
    "keep_pdfs",
    "proof_of",
    "require_complete",
    "require_issue_date",
    "require_tax_number",
    "step_sign",
    "store_pdfs",
    "stored_pdf",
]
