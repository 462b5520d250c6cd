"""A record of the audit log in words for people: what it was about, how much, and what changed.

Source: `ux.md` 9 "Audit log".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from flask import url_for

from membership.domain.errors import N_
from membership.domain.money import Money
from membership.persistence.queries.audit import AuditLine
from membership.web.forms.users import PORTAL_ROLES, STAFF_ROLES
from membership.web.language import _, words
from membership.web.navigation import PORTAL_ENTRIES, STAFF_ENTRIES
from membership.web.sessions import holds

Values = tuple[tuple[str, str | None, str | None], ...]
ChangeWords = Callable[[str, Values], list[str]]

OBJECT_WORDS: Final[dict[str, dict[str, str]]] = {}
"""Kind of object -> what its keys are called; subjects add theirs."""

CHANGE_WORDS: Final[dict[str, ChangeWords]] = {}
"""Subject of an action (what stands before its dot) -> changes in words; subjects add theirs."""

JOB_WORDS: Final = {
    "job:setup": N_("Set-up (program)"),
    "job:sign_in": N_("Sign-in (program)"),
    "job:cli": N_("Command line"),
    "job:worker": N_("Worker (program)"),
    "job:keeper": N_("Daily care (program)"),
}
"""Key of an actor that is no person -> its words."""

_FIELDS: Final = {
    "roles": N_("Roles"),
    "email": N_("E-mail"),
    "name": N_("Name"),
    "language": N_("Language"),
}
_ROLES: Final = {str(role): name for role, name, _text in STAFF_ROLES} | {
    str(role): name for role, name in PORTAL_ROLES
}
_WORD: Final = re.compile(r"[a-z_]+")


def person_words(key: str, name: str) -> str:
    """Return who did something: the name of a person, a job in words."""
    return _(JOB_WORDS[key]) if key in JOB_WORDS else name


def object_words(line: AuditLine) -> str:
    """Return what a record is about: the name of a person or report, the place of a page, else its number."""
    if line.object_kind == "user":
        return line.person_name or line.object_ref
    if line.object_kind == "page":
        return _page(line.object_ref)
    known = OBJECT_WORDS.get(line.object_kind, {})
    return ", ".join(_(known.get(part, part)) for part in line.object_ref.split(", "))


def object_href(line: AuditLine) -> str | None:
    """Return the address of what a record is about, for those who may open it; None where there is no page."""
    return place_of(line.object_kind, line.object_ref)


def place_of(kind: str, ref: str) -> str | None:
    """Return the address of a thing by its kind and number, for those who may open it; None where there is no page."""
    endpoint, name, action = _PAGES.get(kind, ("", "", ""))
    if not endpoint or not holds(action):
        return None
    is_id = name.endswith("_id")
    if is_id and not (ref.isascii() and ref.isdigit()):
        return None
    part: dict[str, Any] = {name: int(ref) if is_id else ref}
    return url_for(endpoint, **part)


_PAGES: Final = {
    "member": ("treasurer.members.show", "number", "member.read"),
    "application": ("treasurer.applications.show", "reference", "member.read"),
    "invoice": ("treasurer.invoices.show", "number", "invoice.read"),
    "payment": ("treasurer.payments.show", "payment_id", "payment.read"),
    "run": ("treasurer.billing.show", "run_id", "billing.read"),
    "user": ("treasurer.users.show", "user_id", "users.read"),
}
"""Kind of object -> its page, the part of its address, the action that opens it."""


def _page(endpoint: str) -> str:
    """Return where in the navigation a page belongs; one that belongs nowhere is shown as the program calls it."""
    place = endpoint.rpartition(".")[0]
    for entries, area in ((STAFF_ENTRIES, ""), (PORTAL_ENTRIES, N_("Member area"))):
        for entry in entries:
            if place == (entry.area or entry.endpoint.rpartition(".")[0]):
                label = _(entry.label)
                return _("%(area)s: %(page)s", area=_(area), page=label) if area else label
    return endpoint


def amount_words(line: AuditLine) -> str:
    """Return the amount that a record is about; an empty text where it is about none."""
    cents = line.facts.get("cents")
    return words().value(Money(cents)) if isinstance(cents, int) else ""


def change_words(line: AuditLine) -> list[str]:
    """Return what changed, one line each: field, what was, what is."""
    known = CHANGE_WORDS.get(line.action.partition(".")[0])
    return known(line.action, line.values) if known else [_change(*value) for value in line.values]


def _change(field: str, old: str | None, new: str | None) -> str:
    shown = _roles if field == "roles" else str
    return change_of(_(_FIELDS.get(field, field)), shown(old or ""), shown(new or ""))


def change_of(label: str, old: str, new: str) -> str:
    """Return one line: what changed, what was and what is now."""
    values = {"field": label, "old": old, "new": new}
    if not old:
        return _("%(field)s: %(new)s", **values) if new else _("%(field)s: removed", **values)
    if not new:
        return _("%(field)s: %(old)s, removed", **values)
    return _("%(field)s: %(old)s → %(new)s", **values)


def _roles(text: str) -> str:
    """Return roles by their names; days and numbers of companies stay as they are."""
    return _WORD.sub(lambda match: _(_ROLES.get(match[0], match[0])), text)
