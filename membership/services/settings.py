"""Settings of the association: first values, changes, the logo."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from invoices import formats
from membership.domain.approvals import SHOWN_WORDS, Action, Proposal, Waiting, loosens
from membership.domain.colours import require_readable
from membership.domain.errors import N_, Conflict, DomainError
from membership.domain.money import Money
from membership.domain.notices import Kind
from membership.domain.phrases import Phrase, phrase
from membership.domain.policy import Actor, Job, Role, require
from membership.domain.settings import KINDS, BicContradicts, SettingValue, check_german, checked
from membership.persistence import chain
from membership.persistence.db import actor_of, write
from membership.persistence.models.dispatch import MailLane
from membership.persistence.models.settings import Setting
from membership.services import bank_accounts, security_notices
from membership.services.approvals import require_second

_IBAN, _BIC, _BANK, _COLOUR = "bank.iban", "bank.bic", "bank.name", "association.brand_colour"
_OPERATED = "mail."
_NOT_THE_SERVER = ("mail.bounce_", "mail.anchor_")
"""Settings of the machine rather than of the association: for the administration alone (`ux.md` 3)."""
_BANK_CODE = 8
"""So many first characters of a BIC name the bank; the rest is a branch."""


class SettingsChanged(Conflict):
    """Somebody else changed the same settings since they were read."""

    message = N_("Somebody else changed these settings in the meantime. Compare both versions.")
    code = "settings_changed"


class SeriesShared(DomainError):
    """Invoices and corrections would take the same numbers."""

    message = N_("Invoices and corrections need numbers of their own; both would be called %(pattern)s.")
    code = "series_shared"


def first_values(values: Mapping[str, object], *, at: datetime) -> None:
    """Copy the first values of `config/default.toml` [association] into the database; known settings stay."""
    actor = Actor(name="setup", at=at, request_id="start", job=Job.SETUP)
    write(actor, add_missing_settings, values)


def add_missing_settings(session: Session, values: Mapping[str, object]) -> None:
    """Add every setting that the database does not know yet."""
    known = set(session.execute(select(Setting.key)).scalars())
    missing = [key for key in KINDS if key not in known]
    if not missing:
        return
    at = actor_of(session).at
    session.execute(
        insert(Setting),
        [{"key": key, "value": checked(key, values[key]), "changed_at": at} for key in missing],
    )
    chain.note(session, "settings.first_values", "settings", "association", facts={"count": len(missing)})


def change_settings(
    session: Session, changes: Mapping[str, object], *, seen: Mapping[str, object] | None = None
) -> list[str] | Waiting:
    """Change settings and return the keys that are different now; each leaves old and new in the audit log.

    Another account of the association, and asking for fewer approvals, wait for a second person where one is needed.
    With a new IBAN of the association's account come BIC and name of the bank; so they do when the IBAN is named and
    one of them is empty. `seen` are values that must still stand. Raises `SettingsChanged` when one does not,
    `SettingWrong`, `BicContradicts`, `ColourTooLight`.
    """
    before, changed = _changed(session, changes, seen)
    proposal = _proposal(before, changed)
    go = require_second(session, proposal) if proposal is not None else None
    if isinstance(go, Waiting):
        return go
    return _save(session, before, changed, facts=go.facts if go is not None else None)


def change_free_settings(
    session: Session, changes: Mapping[str, object], *, seen: Mapping[str, object] | None = None
) -> list[str]:
    """Change settings that never wait for a second person, like `change_settings` otherwise."""
    before, changed = _changed(session, changes, seen)
    assert _proposal(before, changed) is None, changed
    return _save(session, before, changed, facts=None)


def _changed(
    session: Session, changes: Mapping[str, object], seen: Mapping[str, object] | None
) -> tuple[dict[str, object], dict[str, SettingValue]]:
    """Return all settings as they are, and those that would be different, checked."""
    require(actor_of(session), "settings.write")
    if any(key.startswith(_OPERATED) for key in changes):
        require(actor_of(session), "settings.operate")
    before: dict[str, object] = dict(session.execute(select(Setting.key, Setting.value)).all())
    if seen and any(before.get(key) != value for key, value in seen.items()):
        raise SettingsChanged
    after: dict[str, SettingValue] = {key: checked(key, value) for key, value in changes.items()}
    if _COLOUR in after:
        require_readable(str(after[_COLOUR]))
    if _IBAN in after or _BIC in after:
        after = _with_bank(before, after)
    _require_two_series({**before, **after})
    changed = {key: value for key, value in after.items() if before.get(key) != value}
    check_german({**before, **after}, changed)
    return before, changed


def _save(
    session: Session,
    before: Mapping[str, object],
    changed: Mapping[str, SettingValue],
    *,
    facts: Mapping[str, object] | None,
) -> list[str]:
    at = actor_of(session).at
    if changed:
        rows = [{"key": key, "value": value, "changed_at": at} for key, value in changed.items()]
        session.execute(update(Setting), rows)
        values = {key: (before.get(key), value) for key, value in changed.items()}
        chain.note(
            session, "settings.change", "settings", ", ".join(sorted(changed)), facts=facts, values=values
        )
    if any(key.startswith("bank.") for key in changed):
        bank_accounts.keep_account_of_invoices(session, {**before, **changed})
    if any(key.startswith(_OPERATED) and not key.startswith(_NOT_THE_SERVER) for key in changed):
        try_mail_anew(session)
    if _IBAN in changed:
        people = security_notices.holders(session, Role.ADMIN, Role.TREASURER)
        security_notices.tell(session, people, Kind.BANK_CHANGED, name=actor_of(session).name)
    return sorted(changed)


def _proposal(before: Mapping[str, object], changed: Mapping[str, SettingValue]) -> Proposal | None:
    """Return what a second person is asked for; None for settings that anybody with the right changes alone."""
    if loosens(before, changed):
        action, ref = Action.RULES, ", ".join(sorted(changed))
        title = phrase("Ask for fewer approvals")
    elif _IBAN in changed:
        action, ref = Action.BANK, _IBAN
        title = phrase(
            "Change the association’s bank account to %(iban)s", iban=formats.in_fours(str(changed[_IBAN]))
        )
    else:
        return None
    return Proposal(
        action,
        "change_settings",
        "settings",
        ref,
        title,
        dict(changed),
        shown=tuple(
            (
                SHOWN_WORDS.get(key, key),
                phrase("%(new)s (until now: %(old)s)", new=_said(key, new), old=_said(key, before.get(key))),
            )
            for key, new in sorted(changed.items())
        ),
        rests_on={key: before.get(key) for key in changed},
    )


def _said(key: str, value: object) -> Phrase:
    """Return a value of a setting in words."""
    if key == _IBAN and value:
        return phrase("%(value)s", value=formats.in_fours(str(value)))
    if isinstance(value, bool):
        return phrase("yes") if value else phrase("no")
    if key.endswith("_cents"):
        return phrase("%(value)s", value=Money(int(str(value))))
    return phrase("%(value)s", value=str(value or "") or "–")


def try_mail_anew(session: Session) -> None:
    """Let waiting mails be tried at once: with another mail server what was found out about the old one is void."""
    require(actor_of(session), "settings.operate")
    session.execute(
        update(MailLane)
        .where(MailLane.id == 1)
        .values(not_before=None, failures=0, reason="", answer="", tested_at=None)
    )


def _require_two_series(values: Mapping[str, object]) -> None:
    if values.get("invoice.pattern") == values.get("invoice.correction_pattern"):
        raise SeriesShared(pattern=values.get("invoice.pattern"))


def _with_bank(before: Mapping[str, object], after: Mapping[str, SettingValue]) -> dict[str, SettingValue]:
    """Return the changes with BIC and name of the bank, which a new IBAN never takes over from the old one."""
    present = {key: str(before.get(key, "")) for key in (_IBAN, _BIC, _BANK)}
    wanted = {key: str(after.get(key, present[key])) for key in present}
    bank = bank_accounts.find_bank(wanted[_IBAN]) if wanted[_IBAN] else None
    found = {_BIC: bank.bic if bank else "", _BANK: bank.name if bank else ""}
    is_new = wanted[_IBAN] != present[_IBAN]
    if _IBAN in after:
        for key, known in found.items():
            is_old = is_new and wanted[key] == present[key]
            wanted[key] = known if is_old or not wanted[key] else wanted[key]
    if bank and wanted[_BIC] and bank.bic and wanted[_BIC][:_BANK_CODE] != bank.bic[:_BANK_CODE]:
        raise BicContradicts(bank=bank.name or wanted[_IBAN], expected=bank.bic, bic=wanted[_BIC])
    return {**after, **{key: value for key, value in wanted.items() if key in after or value != present[key]}}
