"""Frozen dataclasses as plain JSON and back, by their own fields: the form in which documents are kept."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]
T = TypeVar("T")
Reader = Callable[[Any], Any]


class ContentUnreadable(ValueError):
    """Stored content that does not have the form it should have."""


def frozen(part: object) -> dict[str, Json]:
    """Return a dataclass as JSON: fields in order, dates as ISO text, decimals as text, bytes as base64."""
    names = [field.name for field in fields(part)]  # type: ignore[arg-type]  # only dataclasses come here
    return {name: _plain(getattr(part, name)) for name in names}


def _plain(value: object) -> Json:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return frozen(value)


def thawed(cls: type[T], stored: Mapping[str, Json]) -> T:
    """Return the dataclass of a stored mapping; a word too many, a missing one or a wrong type is refused."""
    kind: Any = cls
    result: T = _reader_of(kind)(stored)
    return result


@cache
def _reader_of(kind: Any) -> Reader:  # noqa: ANN401 - a type, a union or a Literal
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        inner = _reader_of(next(arg for arg in get_args(kind) if arg is not NoneType))
        return lambda value: None if value is None else inner(value)
    if origin is tuple:
        item = _reader_of(get_args(kind)[0])
        return lambda value: tuple([item(part) for part in _expect(value, list)])
    if origin is Literal:
        return _one_of(get_args(kind))
    if is_dataclass(kind):
        return _dataclass_reader(kind)
    return _SIMPLE[kind]


def _expect(value: Any, kind: type) -> Any:  # noqa: ANN401 - checked here, of any type before
    if type(value) is not kind:
        message = f"{value!r} is not of the type {kind.__name__}"
        raise ContentUnreadable(message)
    return value


def _one_of(words: tuple[str, ...]) -> Reader:
    def read(value: object) -> object:
        if value not in words:
            message = f"{value!r} is none of {words}"
            raise ContentUnreadable(message)
        return value

    return read


def _dataclass_reader(kind: Any) -> Reader:  # noqa: ANN401 - a dataclass
    hints = get_type_hints(kind)
    readers = {field.name: _reader_of(hints[field.name]) for field in fields(kind)}
    needed = {field.name for field in fields(kind) if field.default is MISSING}

    def read(stored: object) -> object:
        words = _expect(stored, dict)
        if not (needed <= words.keys() <= readers.keys()):
            message = f"{kind.__name__} has the words {sorted(words)}"
            raise ContentUnreadable(message)
        return kind(**{name: readers[name](value) for name, value in words.items()})

    return read


_SIMPLE: dict[type, Reader] = {
    str: lambda value: _expect(value, str),
    int: lambda value: _expect(value, int),
    bool: lambda value: _expect(value, bool),
    date: lambda value: date.fromisoformat(_expect(value, str)),
    Decimal: lambda value: Decimal(_expect(value, str)),
    bytes: lambda value: base64.b64decode(_expect(value, str), validate=True),
}
