"""The yearly declaration: members are asked, declare, and the association takes over what counts."""

from membership.services.declarations.deciding import (
    accept,
    accept_all,
    end_silence,
    estimate,
    is_unchanged,
    query,
    shown_as,
)
from membership.services.declarations.declaring import (
    Declared,
    NameMissing,
    OpenRequest,
    declare_by_link,
    declare_by_office,
    declare_in_portal,
    open_request,
    save_by_link,
    save_in_portal,
)
from membership.services.declarations.evidence import (
    EvidenceUnreadable,
    KeptFile,
    keep_by_link,
    keep_in_portal,
    read_evidence,
)
from membership.services.declarations.expected import (
    Asked,
    Expected,
    answers_from,
    asked_of,
    asked_of_all,
    band_of,
    expected,
    measured,
    outcome_from,
)
from membership.services.declarations.links import (
    DeclarationLinkEnded,
    OpenedRequest,
    add_link,
    find_link,
    make_link,
    note_opened,
    revoke_links,
)
from membership.services.declarations.papers import receipt
from membership.services.declarations.rounds import (
    RoundPlan,
    ask_again,
    ask_missing,
    change_dates,
    has_due_reminders,
    main_schedule,
    next_year,
    open_round,
    plan_round,
    remind_due,
    remind_round,
    silent_requests,
    usual,
)

__all__ = [
    "Asked", "DeclarationLinkEnded", "Declared", "EvidenceUnreadable", "Expected", "KeptFile", "NameMissing",
    "OpenRequest", "OpenedRequest", "RoundPlan", "accept", "accept_all", "add_link", "answers_from", "ask_again",
    "ask_missing", "asked_of", "asked_of_all", "band_of", "change_dates", "declare_by_link", "declare_by_office",
    "declare_in_portal", "end_silence", "estimate", "expected", "find_link", "has_due_reminders", "is_unchanged",
    "keep_by_link", "keep_in_portal", "main_schedule", "make_link", "measured", "next_year", "note_opened",
    "open_request", "open_round", "outcome_from", "plan_round", "query", "read_evidence", "receipt", "remind_due",
    "remind_round", "revoke_links", "save_by_link", "save_in_portal", "shown_as", "silent_requests", "usual",
]  # fmt: skip
