"""What the staff keeps beside a member's data: dated notes, and files such as the form of application.

Both are personal and can go again, so neither is hashed (INV-35); the audit log says that there was one.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from membership.persistence.columns import Base, Instant, RowId


class MemberNote(Base):
    """A note about a member, with its author."""

    __tablename__ = "member_notes"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"), index=True)
    text: Mapped[str]
    actor_key: Mapped[str]
    actor_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)


class MemberFile(Base):
    """A file about a member, encrypted; the hash is that of the plain bytes."""

    __tablename__ = "member_files"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"), index=True)
    title: Mapped[str]
    file_name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str]
    actor_key: Mapped[str]
    actor_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
