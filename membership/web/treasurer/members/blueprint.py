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
        "member.import": N_("Member list imported"),
        "member.change": N_("Member changed"),
        "member.category": N_("Category changed"),
        "member.size": N_("Size recorded"),
        "member.contact_add": N_("Contact added"),
        "member.contact_change": N_("Contact changed"),
        "member.contact_end": N_("Contact ended"),
        "member.agreed": N_("Amount agreed"),
        "member.override": N_("Decision in the individual case"),
        "member.group": N_("Group changed"),
        "member.notice": N_("Notice received"),
        "member.end": N_("Membership ends"),
    }
)
