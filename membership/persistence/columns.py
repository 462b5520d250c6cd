"""The base of all tables, the column types, and the canonical form of values that are hashed."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from hashlib import sha256
from typing import Any

from sqlalchemy import BigInteger, DateTime, Enum, Integer, LargeBinary, MetaData, Text, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, registry


def _values(kind: type[StrEnum]) -> list[str]:
    return [member.value for member in kind]


class Base(DeclarativeBase):
    """The base of all tables; constraints get names that both databases share."""

    registry = registry(
        type_annotation_map={
            StrEnum: Enum(StrEnum, native_enum=False, length=32, values_callable=_values),
        },
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
    )


RowId = BigInteger().with_variant(Integer, "sqlite")
"""The type of a primary key: 64 bits on PostgreSQL, the row id on SQLite."""


class Instant(TypeDecorator[datetime]):
    """A moment: aware in Python, UTC in the database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC; SQLite keeps it without a zone."""
        if value is None:
            return None
        assert value.tzinfo is not None, value
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Exact(TypeDecorator[Fraction]):
    """An exact number as text: `37`, `35.5` or `1/3`; never a float."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Fraction | None, dialect: Dialect) -> str | None:
        """Return the shortest exact text."""
        return None if value is None else exact_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Fraction | None:
        """Return the number again."""
        return None if value is None else Fraction(value)


class Canonical(str):
    """Canonical JSON text that was worked out before, for a column of type `Json`."""

    __slots__ = ()


class Json(TypeDecorator[Any]):
    """Canonical JSON text: sorted keys, no blanks, the same on both databases."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:
        """Return the canonical text; `Canonical` is that already."""
        if value is None:
            return None
        return str(value) if isinstance(value, Canonical) else canonical(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> object:
        """Return the value again."""
        return None if value is None else json.loads(value)


Bytes = LargeBinary
Cents = BigInteger


def exact_text(value: Fraction | int) -> str:
    """Return a number as decimal text where that is exact, else as a fraction."""
    exact = Fraction(value)
    denominator = exact.denominator
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    if denominator != 1:
        return str(exact)
    decimal = Decimal(exact.numerator) / Decimal(exact.denominator)
    return f"{decimal:f}"


def canonical(value: object) -> str:
    """Return canonical JSON: sorted keys, whole numbers, ISO dates; a float is refused (`reliability.md` 23)."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return sha256(value).hexdigest()
    message = f"{value!r} has no canonical form"
    raise TypeError(message)
