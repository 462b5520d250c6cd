"""Forms about the people who act for a company in the member area."""

from __future__ import annotations

from wtforms import EmailField, RadioField, StringField
from wtforms.validators import Optional

from membership.domain.errors import N_
from membership.domain.policy import Role
from membership.web.forms.account import LANGUAGE_CHOICES
from membership.web.forms.form import AtMost, Form, NotBlank, Required, SeenForm, choice

ROLE_HINTS = {
    str(Role.COMPANY_USER): N_("Sees invoices and payments, pays and declares."),
    str(Role.COMPANY_ADMIN): N_(
        "Changes data and contacts of the company as well, and decides who has access."
    ),
}
"""Role of the member area -> what it may."""

ROLE_CHOICES = [
    choice(str(Role.COMPANY_USER), N_("User")),
    choice(str(Role.COMPANY_ADMIN), N_("Responsible for the company")),
]


class ColleagueForm(Form):
    """Who is invited, and as what."""

    name = StringField(N_("Name"), [Optional(), AtMost(100)])
    email = EmailField(N_("Mail address"), [NotBlank(N_("Please enter a mail address.")), AtMost(254)])
    role = RadioField(
        N_("Access"),
        [Required(N_("Please choose what the person may do."))],
        choices=ROLE_CHOICES,
        default=str(Role.COMPANY_USER),
    )
    language = RadioField(N_("Language"), choices=LANGUAGE_CHOICES, default="de")


class RoleForm(SeenForm):
    """What a person may do from now on; `seen` is the role that the page showed."""

    role = RadioField(
        N_("Access"), [Required(N_("Please choose what the person may do."))], choices=ROLE_CHOICES
    )
