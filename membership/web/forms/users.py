"""Forms of the users page: an invitation, the rights of a person."""

from __future__ import annotations

from wtforms import DateField, EmailField, RadioField, SelectMultipleField, StringField
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from membership.domain.errors import N_
from membership.domain.policy import Role
from membership.domain.users import ROLE_NAMES
from membership.web.forms.account import LANGUAGE_CHOICES
from membership.web.forms.form import AtMost, Required, SeenForm, choice

STAFF_ROLES = (
    ("admin", ROLE_NAMES[Role.ADMIN], N_("settings, users, audit log")),
    ("treasurer", ROLE_NAMES[Role.TREASURER], N_("members, dues, invoices, payments, reports")),
    ("office", ROLE_NAMES[Role.OFFICE], N_("members; reads invoices")),
    ("board", ROLE_NAMES[Role.BOARD], N_("reads everything about members and money")),
    ("auditor", ROLE_NAMES[Role.AUDITOR], N_("reads everything, changes nothing")),
)
"""Role, its name, and what it may in a few words."""

PORTAL_ROLES = tuple((role.value, ROLE_NAMES[role]) for role in (Role.COMPANY_USER, Role.COMPANY_ADMIN))


class RightsForm(SeenForm):
    """Roles with the day they end, and companies of the member area."""

    roles = SelectMultipleField(
        N_("Roles"),
        choices=[choice(role, name) for role, name, _text in STAFF_ROLES],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        description=N_("For people of the association. Who only uses the member area needs none."),
    )
    ends_on = DateField(
        N_("Last day of these roles"),
        [Optional()],
        description=N_("For an auditor the end of the mandate. Empty means without end."),
    )
    companies = StringField(
        N_("Companies in the member area"),
        [Optional(), AtMost(500)],
        description=N_("Member numbers, separated by commas: M0001, M0002."),
    )
    portal_role = RadioField(
        N_("Right in the member area"),
        choices=[choice(role, name) for role, name in PORTAL_ROLES],
        description=N_(
            "Both read the same: dues, invoices and data of their company."
            " The administration of the company also enters order numbers."
        ),
        default="company_user",
    )

    def company_numbers(self) -> list[str]:
        """Return the member numbers that were typed, each once."""
        typed = (self.companies.data or "").replace(";", ",").split(",")
        return list(dict.fromkeys(number.strip().upper() for number in typed if number.strip()))


class InviteForm(RightsForm):
    """Who is invited, with which rights."""

    email = EmailField(N_("Mail address"), [Required(N_("Please enter the mail address.")), AtMost(254)])
    name = StringField(N_("Name"), [Optional(), AtMost(100)])
    language = RadioField(N_("Language"), choices=LANGUAGE_CHOICES, default="de")
