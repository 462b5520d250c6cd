"""The form of the settings page about the public application for membership."""

from __future__ import annotations

from typing import Final

from wtforms import BooleanField, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, Optional

from membership.domain.errors import N_
from membership.web.forms.form import AtMost
from membership.web.forms.settings import SettingsForm

_LINE: Final = (Optional(), AtMost(140))
_TEXT: Final = (Optional(), AtMost(2000))


class ApplicationSettingsForm(SettingsForm):
    """Whether companies can apply on the pages, what they read there and what they agree to."""

    keys = {
        "is_open": "application.open", "intro": "application.intro", "statutes": "application.statutes",
        "statutes_address": "application.statutes_address", "consent": "application.consent",
        "privacy_version": "application.privacy_version", "keep_months": "application.keep_months",
    }  # fmt: skip

    is_open = BooleanField(N_("Companies can apply for membership on these pages"))
    intro = TextAreaField(
        N_("Introduction"),
        _TEXT,
        description=N_("It stands above the form, in the language of the association."),
    )
    statutes = StringField(
        N_("Version of the statutes"),
        _LINE,
        description=N_("Such as: statutes of 12 March 2024. Applicants agree to this version."),
    )
    statutes_address = StringField(
        N_("Where the statutes can be read"),
        _LINE,
        description=N_("A web address, such as www.verein.de/satzung."),
    )
    consent = TextAreaField(
        N_("What applicants declare"),
        _TEXT,
        description=N_("Empty means our words: that they apply for membership and accept the statutes."),
    )
    privacy_version = StringField(
        N_("Version of the privacy notice"),
        _LINE,
        description=N_("Such as its date. It is kept with each application."),
    )
    keep_months = IntegerField(
        N_("Months until applications that led to nothing are erased"),
        [InputRequired(N_("Please enter a whole number.")), NumberRange(1, 36, N_("From 1 to 36 months."))],
    )
