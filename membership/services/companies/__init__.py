"""What a company does itself in the member area: its people, its data, its membership, what it asks for."""

from membership.services.companies.contacts import add_contact, change_contact
from membership.services.companies.data import change_own_data
from membership.services.companies.inviting import invite_all
from membership.services.companies.leaving import give_notice, notice_receipt
from membership.services.companies.looking import begin_look
from membership.services.companies.people import (
    accept,
    access_of,
    change_role,
    end_access,
    end_person,
    erase_person,
    invite_colleague,
    withdraw_invitation,
)
from membership.services.companies.requests import (
    approve_name,
    ask_erasure,
    decline_name,
    settle_request,
    withdraw_request,
)

__all__ = [
    "accept",
    "access_of",
    "add_contact",
    "approve_name",
    "ask_erasure",
    "begin_look",
    "change_contact",
    "change_own_data",
    "change_role",
    "decline_name",
    "end_access",
    "end_person",
    "erase_person",
    "give_notice",
    "invite_all",
    "invite_colleague",
    "notice_receipt",
    "settle_request",
    "withdraw_invitation",
    "withdraw_request",
]
