"""How a page of settings is opened, saved and shown again: each value with what it was opened with.

Only what was changed is saved; what somebody else changed meanwhile is shown beside it. Source: `ux.md` 4, 9.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import N_, DomainError, InputError
from membership.domain.settings import BicContradicts, IbanWrong, SettingWrong
from membership.jobs.bounces import Reading
from membership.jobs.dispatch import TestMail
from membership.persistence.db import write
from membership.services.mail_server import PasswordUnprotected
from membership.services.settings import SettingsChanged, change_settings
from membership.web import sessions
from membership.web.access import current_actor, read
from membership.web.association import association_settings, fresh_settings
from membership.web.forms.opened import as_text, versions
from membership.web.forms.settings import SettingsForm
from membership.web.language import _, words
from membership.web.treasurer.overview import setup
from membership.web.waiting import is_waiting

BESIDE: Final[dict[str, Callable[[SettingsForm], dict[str, object]]]] = {}
"""Page -> what it shows beside its form; the pages add theirs."""


class DoesNotFit(InputError):
    """What was typed cannot be the value of this field."""

    message = N_("“%(value)s” does not fit here: %(expected)s")
    code = "setting_wrong"


SAVED: Final = N_("The settings are saved.")


def present_values(keys: Mapping[str, str]) -> dict[str, object]:
    """Return field -> the value that is saved now."""
    values = association_settings().values
    return {name: values[key] for name, key in keys.items()}


def texts(present: Mapping[str, object]) -> dict[str, str]:
    """Return values as the fields of a form hold them."""
    return {name: as_text(value) for name, value in present.items()}


def opened(kind: type[SettingsForm]) -> SettingsForm:
    """Return a page's form with what is saved; it keeps that to notice later what somebody else changed."""
    present = present_values(kind.keys)
    form = kind(formdata=None, data=present)
    form.keep_opened(texts(present))
    return form


def seen(form: SettingsForm) -> dict[str, object] | None:
    """Return the saved values that the form was opened with; None when it does not say it."""
    if not form.opened_values():
        return None
    return {form.keys[name]: value for name, value in present_values(form.keys).items()}


def show(
    name: str,
    form: SettingsForm,
    *,
    status: int = 200,
    both: list[dict[str, str]] | None = None,
    tested: TestMail | None = None,
    tried: Reading | None = None,
) -> ResponseReturnValue:
    """Show a page of settings with its form, and what belongs beside it."""
    page = render_template(
        f"treasurer/settings/{name}.html",
        form=form,
        values=association_settings(),
        versions=both,
        tested=tested,
        tried=tried,
        **BESIDE.get(name, _nothing)(form),
        clash=words().text(SettingsChanged.message),
    )
    return page, status


def _nothing(_form: SettingsForm) -> dict[str, object]:
    return {}


def _change(form: SettingsForm) -> object:
    return write(current_actor(), change_settings, changed_values(form), seen=seen(form))


def save(
    name: str, form: SettingsForm, *, saved: str = "", change: Callable[[SettingsForm], object] = _change
) -> ResponseReturnValue:
    """Save what was changed and show the page again; say at the field what cannot be saved."""
    if not form.validate_on_submit():
        return show(name, form, status=422)
    changes = changed_values(form)
    if changes and form.is_outdated(texts(present_values(form.keys))):
        return ask(name, form)
    try:
        result = change(form)
    except SettingsChanged:
        return ask(name, form)
    except PasswordUnprotected as error:
        form.refuse(error, "security")
        return show(name, form, status=422)
    except (SettingWrong, BicContradicts) as error:
        form.refuse(_for_people(error), _field_of(error, form.keys))
        return show(name, form, status=422)
    if not is_waiting(result):
        sessions.notice("ok", saved or _(SAVED), onward=setup.onward(read()))
    return redirect(url_for(".association_data" if name == "association" else f".{name}"), code=303)


def _for_people(error: DomainError) -> DomainError:
    """Return what is wanted without the key of the setting, which is for commands."""
    if not isinstance(error, SettingWrong) or isinstance(error, IbanWrong):
        return error
    return DoesNotFit(value=error.values["value"], expected=error.values["expected"])


def changed_values(form: SettingsForm) -> dict[str, object]:
    """Return what was changed since the form was opened; an emptied BIC or bank name is found by the IBAN again."""
    names = form.changed_names()
    if {"bic", "bank_name"} & set(names):
        names.append("iban")
    return {form.keys[name]: "" if form[name].data is None else form[name].data for name in names}


def ask(name: str, sent: SettingsForm) -> ResponseReturnValue:
    """Show what is saved now beside what was typed; the fields hold what both changed, together."""
    fresh_settings()
    present, changed = present_values(sent.keys), sent.changed_names()
    theirs, mine = texts(present), sent.typed()
    form = type(sent)(
        formdata=None,
        data={each: sent[each].data if each in changed else present[each] for each in sent.keys},
    )
    form.keep_opened(theirs)
    worded = [{each: form.worded(each, text) for each, text in texts.items()} for texts in (theirs, mine)]
    both = versions(form.labels, theirs=worded[0], mine=worded[1])
    return show(name, form, status=409, both=both)


def _field_of(error: DomainError, keys: Mapping[str, str]) -> str | None:
    if isinstance(error, BicContradicts):
        return "bic"
    return next((field for field, key in keys.items() if key == error.values["key"]), None)
