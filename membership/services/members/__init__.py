"""Members: taken in, changed, their sizes and categories, contacts, leaving, and whole lists at once."""

from membership.services.members.comparing import ImportRules, KnownMembers
from membership.services.members.contacts import (
    add_contact,
    change_contact,
    end_contact,
    restore_contact,
)
from membership.services.members.documents import member_document, member_documents, put_member
from membership.services.members.erasing import erase_contact
from membership.services.members.facts import (
    end_agreed_amount,
    end_override,
    forget_basis_value,
    record_basis_value,
    set_agreed_amount,
    set_category,
    set_group,
    set_override,
)
from membership.services.members.importing import ListFile, import_members, rejected_problems
from membership.services.members.insolvency import close_insolvency, record_insolvency, reopen_insolvency
from membership.services.members.joining import take_in_member
from membership.services.members.merging import MERGE_FIELDS, merge_members, unmerge_member
from membership.services.members.orders import set_order_number
from membership.services.members.papers import add_file, add_note, read_file, remove_file, remove_note
from membership.services.members.periods import (
    accept_member,
    begin_exclusion,
    end_membership,
    notice_rule,
    record_notice,
    reject_applicant,
    reopen_application,
    resume_member,
    suspend_member,
    withdraw_notice,
)
from membership.services.members.planning import Effect, ImportPlan, PlannedMember, plan_import
from membership.services.members.records import MemberChanged, change_member, create_member
from membership.services.members.undoing import can_undo, undo_import

__all__ = [
    "MERGE_FIELDS",
    "Effect",
    "ImportPlan",
    "ImportRules",
    "KnownMembers",
    "ListFile",
    "MemberChanged",
    "PlannedMember",
    "accept_member",
    "add_contact",
    "add_file",
    "add_note",
    "begin_exclusion",
    "can_undo",
    "change_contact",
    "change_member",
    "close_insolvency",
    "create_member",
    "end_agreed_amount",
    "end_contact",
    "end_membership",
    "end_override",
    "erase_contact",
    "forget_basis_value",
    "import_members",
    "member_document",
    "member_documents",
    "merge_members",
    "notice_rule",
    "plan_import",
    "put_member",
    "read_file",
    "record_basis_value",
    "record_insolvency",
    "record_notice",
    "reject_applicant",
    "rejected_problems",
    "remove_file",
    "remove_note",
    "reopen_application",
    "reopen_insolvency",
    "restore_contact",
    "resume_member",
    "set_agreed_amount",
    "set_category",
    "set_group",
    "set_order_number",
    "set_override",
    "suspend_member",
    "take_in_member",
    "undo_import",
    "unmerge_member",
    "withdraw_notice",
]
