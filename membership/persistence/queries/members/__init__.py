"""Members: single rows, the list page, the record, the account, and all that a document of a member says."""

from membership.persistence.queries.members.account import AccountLine, list_account_lines
from membership.persistence.queries.members.listing import (
    Counts,
    MemberFilter,
    MemberLine,
    Tab,
    count_members,
    list_choices,
    list_members,
)
from membership.persistence.queries.members.record import (
    Category,
    HistoryLine,
    MemberRecord,
    find_record,
    list_history,
)
from membership.persistence.queries.members.rows import (
    find_import,
    find_member,
    find_number,
    find_period,
    get_contact,
    get_import,
    get_member,
    list_categories,
    list_contacts,
    list_import_rows,
    list_imports,
    list_periods,
    list_same_company,
    list_used_numbers,
)
from membership.persistence.queries.members.snapshot import Snapshot, take_snapshot

__all__ = [
    "AccountLine",
    "Category",
    "Counts",
    "HistoryLine",
    "MemberFilter",
    "MemberLine",
    "MemberRecord",
    "Snapshot",
    "Tab",
    "count_members",
    "find_import",
    "find_member",
    "find_number",
    "find_period",
    "find_record",
    "get_contact",
    "get_import",
    "get_member",
    "list_account_lines",
    "list_categories",
    "list_choices",
    "list_contacts",
    "list_history",
    "list_import_rows",
    "list_imports",
    "list_members",
    "list_periods",
    "list_same_company",
    "list_used_numbers",
    "take_snapshot",
]
