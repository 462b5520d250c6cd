"""What was changed in the settings, in words for the audit log: each setting as its page calls it."""

from __future__ import annotations

from typing import Final

from membership.domain.errors import N_
from membership.web.forms.application_settings import ApplicationSettingsForm
from membership.web.forms.online import OnlineForm
from membership.web.forms.second_person import ApprovalsForm
from membership.web.forms.settings import FORMS, SettingsForm
from membership.web.forms.statements import StatementsForm
from membership.web.language import _
from membership.web.treasurer.audit_words import Values, change_of

_FORMS: Final[tuple[type[SettingsForm], ...]] = (
    *FORMS, ApprovalsForm, StatementsForm, OnlineForm, ApplicationSettingsForm,
)  # fmt: skip
_PLACES: Final[dict[str, tuple[type[SettingsForm], str]]] = {
    key: (form, name) for form in _FORMS for name, key in form.keys.items()
}
"""Key of a setting -> the form it stands on and its field."""

OBJECTS: Final = {key: form.labels[name] for key, (form, name) in _PLACES.items()} | {
    "association": N_("Association"),
    "logo": N_("Logo"),
    "mail.password": N_("Password of the mail server"),
    "mail.bounce_password": N_("Password of the mailbox"),
}
"""What a record about settings can be about -> its words."""

_NO: Final = "False"


def changes(_action: str, values: Values) -> list[str]:
    """Return what changed, one line each."""
    return [change_of(_label(key), _worded(key, old), _worded(key, new)) for key, old, new in values]


def _label(key: str) -> str:
    form, name = _PLACES.get(key, (None, key))
    return _(form.labels[name]) if form else key


def _worded(key: str, text: str | None) -> str:
    form, name = _PLACES.get(key, (None, key))
    if form is None or text is None:
        return text or ""
    return form(formdata=None).worded(name, "" if text == _NO else text)
