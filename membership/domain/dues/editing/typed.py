"""What was typed into a form, read value by value: what is wrong is kept under the name of its field."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar

from membership.domain.errors import N_, DomainError, InputError

Document = dict[str, Any]
Texts = dict[str, Any]
"""Field -> its text, for a list of rows a list of such dicts, as a form shows them."""
Errors = dict[str, DomainError]
T = TypeVar("T")
YES: Final = "y"


class FieldEmpty(InputError):
    """A field that the chosen method needs is empty."""

    message = N_("Please fill this in.")
    code = "empty"


class Typed:
    """The fields of a form, or of one line of it: `prefix` is what their names begin with in `errors`."""

    def __init__(self, texts: Mapping[str, Any], errors: Errors, prefix: str = "") -> None:
        self._texts, self.errors, self._prefix = texts, errors, prefix

    def typed(self, name: str) -> str:
        """Return what stands in a field, without blanks at its ends."""
        return str(self._texts.get(name) or "").strip()

    def is_set(self, name: str) -> bool:
        """Return whether a box is ticked."""
        return self._texts.get(name) in {True, YES}

    def refuse(self, name: str, error: DomainError) -> None:
        """Keep what is wrong with a field; the first error counts."""
        self.errors.setdefault(f"{self._prefix}{name}", error)

    def optional(self, name: str, read: Callable[[str], T]) -> T | None:
        """Return what a field says, None when it is empty or cannot be read, as `errors` then says."""
        text = self.typed(name)
        if not text:
            return None
        try:
            return read(text)
        except DomainError as error:
            self.refuse(name, error)
            return None

    def need(self, name: str, read: Callable[[str], T], default: T) -> T:
        """Return what a field says; the default when it is empty or cannot be read, as `errors` then says."""
        if not self.typed(name):
            self.refuse(name, FieldEmpty())
        found = self.optional(name, read)
        return default if found is None else found

    def lines(self, name: str) -> Iterator[tuple[int, Typed]]:
        """Yield the lines of a list, each with its number in the form."""
        for index, line in enumerate(self._texts.get(name) or ()):
            yield index, Typed(line, self.errors, f"{name}-{index}-")


def put(rule: Document, key: str, value: object) -> None:
    """Write a value into a rule; None takes the key away."""
    if value is None:
        rule.pop(key, None)
    else:
        rule[key] = value


def as_text(value: object) -> str:
    """Return a stored value as the text of a field."""
    return "" if value is None or value is False else YES if value is True else str(value)


def just(text: str) -> str:
    """Return a text as it was typed."""
    return text
