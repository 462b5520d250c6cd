"""Direct debits: mandates are kept, debits announced, collected as a file for the bank, credited and taken back."""

from membership.domain.direct_debits.mandates import Scheme
from membership.services.direct_debits.collecting import (
    Collected,
    announced,
    create_collection,
    propose_collection,
)
from membership.services.direct_debits.consenting import (
    CollectsNothing,
    Given,
    consent_text,
    find_active,
    give_consent,
    revoke_consent,
    take_given,
)
from membership.services.direct_debits.documents import (
    DocumentUnreadable,
    KeptDocument,
    keep_document,
    mandate_form,
    read_document,
)
from membership.services.direct_debits.expiring import warn_of_expiring
from membership.services.direct_debits.handing_in import (
    export_collection,
    mark_submitted,
    withdraw_collection,
)
from membership.services.direct_debits.mandates import (
    Draft,
    add_mandate,
    amend_mandate,
    block_mandate,
    check_account,
    end_mandate,
    find_same,
    reinstate_mandate,
    revoke_mandate,
    sign_mandate,
)
from membership.services.direct_debits.notices import (
    Announcement,
    announcement_of,
    debited_ibans,
    keep_notice,
    record_notice,
)
from membership.services.direct_debits.returning import Returned, return_debit, undo_return
from membership.services.direct_debits.settling import settle_collection, settle_item, unsettle_collection

__all__ = [
    "Announcement",
    "Collected",
    "CollectsNothing",
    "DocumentUnreadable",
    "Draft",
    "Given",
    "KeptDocument",
    "Returned",
    "Scheme",
    "add_mandate",
    "amend_mandate",
    "announced",
    "announcement_of",
    "block_mandate",
    "check_account",
    "consent_text",
    "create_collection",
    "debited_ibans",
    "end_mandate",
    "export_collection",
    "find_active",
    "find_same",
    "give_consent",
    "keep_document",
    "keep_notice",
    "mandate_form",
    "mark_submitted",
    "propose_collection",
    "read_document",
    "record_notice",
    "reinstate_mandate",
    "return_debit",
    "revoke_consent",
    "revoke_mandate",
    "settle_collection",
    "settle_item",
    "sign_mandate",
    "take_given",
    "undo_return",
    "unsettle_collection",
    "warn_of_expiring",
    "withdraw_collection",
]  # fmt: skip
