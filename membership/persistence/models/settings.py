"""Settings of the association: what the settings pages show."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from membership.persistence.columns import Base, Instant, Json, RowId


class Setting(Base):
    """One setting; which keys there are and of what type stands in `domain/settings.py`."""

    __tablename__ = "settings"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(Json)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class Guard(Base):
    """Rows that are locked before a rule over several rows is checked (`reliability.md` 46)."""

    __tablename__ = "guards"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class Logo(Base):
    """A logo of the association as PNG; the older ones stay, because invoices that were issued with them need them."""

    __tablename__ = "logos"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    media_type: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(unique=True)
    is_current: Mapped[bool]
