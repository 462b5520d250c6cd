"""Settings of the association, read in one query."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.domain.settings import KINDS, SettingUnknown, SettingValue
from membership.persistence.models.settings import Logo, Setting


@dataclass(frozen=True, slots=True)
class AssociationSettings:
    """A snapshot of all settings."""

    values: dict[str, SettingValue]

    def text(self, key: str) -> str:
        """Return a text setting."""
        return str(self._value(key))

    def number(self, key: str) -> int:
        """Return a whole number."""
        return int(self._value(key))

    def flag(self, key: str) -> bool:
        """Return a yes or no."""
        return bool(self._value(key))

    def _value(self, key: str) -> SettingValue:
        if key not in KINDS:
            raise SettingUnknown(key=key)
        return self.values[key]


def get_settings(session: Session) -> AssociationSettings:
    """Return all settings as they are now."""
    return AssociationSettings(dict(session.execute(select(Setting.key, Setting.value)).all()))


def find_logo(session: Session) -> Logo | None:
    """Return the logo, if one was given."""
    return session.execute(select(Logo)).scalars().first()
