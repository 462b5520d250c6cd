"""Settings of the association, read in one query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.domain.association import full_name
from membership.domain.settings import KINDS, SettingUnknown, SettingValue
from membership.persistence.models.settings import Logo, Setting


@dataclass(frozen=True, slots=True)
class AssociationSettings:
    """A snapshot of all settings."""

    values: dict[str, SettingValue]
    logo_sha256: str | None = None

    @property
    def full_name(self) -> str:
        """Return the name of the association with its legal form."""
        return full_name(self.text("association.name"), self.text("association.legal_form"))

    @property
    def can_send_mail(self) -> bool:
        """Return whether there is a mail server to send with."""
        return bool(self.text("mail.host") and self.text("mail.sender"))

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


_SETTINGS: Final = select(
    Setting.key,
    Setting.value,
    select(Logo.sha256).where(Logo.is_current).limit(1).scalar_subquery().label("logo"),
)


def get_settings(session: Session) -> AssociationSettings:
    """Return all settings as they are now, and the hash of the logo; one statement."""
    rows = session.execute(_SETTINGS).all()
    return AssociationSettings({row.key: row.value for row in rows}, rows[0].logo if rows else None)


def find_logo(session: Session) -> tuple[bytes, str, str] | None:
    """Return the logo as (bytes, media type, SHA-256), if one was given."""
    row = session.execute(select(Logo.content, Logo.media_type, Logo.sha256).where(Logo.is_current)).first()
    return (row.content, row.media_type, row.sha256) if row else None
