"""The blueprint of the member pages, and the words of what happens to a member in the audit log."""

from __future__ import annotations

from flask import Blueprint

from membership.domain.errors import N_
from membership.web.treasurer.audit import name_actions

blueprint = Blueprint("members", __name__, url_prefix="/members")
name_actions(
    {
        "member.create": N_("Member taken in"),
        "member.import_new": N_("Member imported"),
        "member.import_change": N_("Member changed by an import"),
        "member.import": N_("Member list imported"),
        "member.undo_import": N_("Import of a member list undone"),
        "member.undo_import_new": N_("Import of the member undone"),
        "member.undo_import_change": N_("Change by an import undone"),
        "member.export": N_("Member list exported"),
        "member.change": N_("Member changed"),
        "member.category": N_("Category changed"),
        "member.size": N_("Size recorded"),
        "member.forget_size": N_("Size removed"),
        "company.invite": N_("Person invited to the member area"),
        "company.invite_all": N_("Members invited to the member area"),
        "company.uninvite": N_("Invitation to the member area taken back"),
        "company.accept": N_("Invitation to the member area accepted"),
        "company.look": N_("Member area looked at as the company sees it"),
        "company.role": N_("Access to the member area changed"),
        "company.access_end": N_("Access to the member area ended"),
        "company.ask_name": N_("New name asked for in the member area"),
        "company.decline_name": N_("New name declined"),
        "company.ask_erasure": N_("Erasure asked for in the member area"),
        "company.withdraw_request": N_("Request of a member taken back"),
        "company.settle_request": N_("Request of a member settled"),
        "member.contact_add": N_("Contact added"),
        "member.contact_change": N_("Contact changed"),
        "member.contact_end": N_("Contact ended"),
        "member.contact_restore": N_("Contact taken back"),
        "member.contact_erase": N_("Contact erased"),
        "member.note_add": N_("Note written"),
        "member.note_remove": N_("Note taken back"),
        "member.file_add": N_("File kept"),
        "member.file_remove": N_("File removed"),
        "member.agreed": N_("Amount agreed"),
        "member.agreed_end": N_("Agreed amount ended"),
        "member.override": N_("Decision in the individual case"),
        "member.override_end": N_("Decision in the individual case ended"),
        "member.group": N_("Group changed"),
        "member.order_number": N_("Order number changed"),
        "member.accept": N_("Member admitted"),
        "member.notice": N_("Notice received"),
        "member.notice_withdrawn": N_("End of the membership taken back"),
        "member.end": N_("Membership ends"),
        "member.suspend": N_("Rights suspended"),
        "member.resume": N_("Rights given back"),
        "member.reject": N_("Application turned down"),
        "member.reopen": N_("Application waits for a decision again"),
        "member.exclusion": N_("Exclusion proceedings opened"),
        "member.exclusion_dropped": N_("Exclusion proceedings dropped"),
        "member.insolvency": N_("Insolvency recorded"),
        "member.insolvency_closed": N_("Insolvency closed"),
        "member.merge": N_("Duplicate merged"),
        "member.unmerge": N_("Merge taken back"),
        "member.succeed": N_("Follows another member"),
    }
)
