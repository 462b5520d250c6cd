"""Forms that keep what they were opened with: only what was changed here is sent, and nothing is overwritten unseen.

Source: `ux.md` 4 "Two people at once".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from wtforms import HiddenField

from membership.web.forms.form import Form
from membership.web.language import _

_NOTHING: Final = "–"


class OpenedForm(Form):
    """A form over a thing that others may change meanwhile; `labels` names its fields in their order."""

    labels: ClassVar[Mapping[str, str]]
    opened = HiddenField()

    def typed(self) -> dict[str, str]:
        """Return what stands in the fields, as text."""
        return {name: as_text(self[name].data) for name in self.labels}

    def changed_names(self) -> list[str]:
        """Return the fields that hold something else than when the form was opened."""
        before = self.opened_values()
        return [name for name, text in self.typed().items() if text != before.get(name)]

    def keep_opened(self, values: Mapping[str, str], *, version: int = 0) -> None:
        """Keep the state that the form shows."""
        self.opened.data = json.dumps({"version": version, "values": dict(values)})

    def is_outdated(self, present: Mapping[str, str]) -> bool:
        """Return whether something else is saved now than when the form was opened; one that does not say is not."""
        before = self.opened_values()
        return bool(before) and any(text != before.get(name) for name, text in present.items())

    def opened_version(self) -> int:
        """Return the version the form was opened with; 0 when the form does not say it."""
        version = self._opened().get("version")
        return version if isinstance(version, int) else 0

    def opened_values(self) -> dict[str, str]:
        """Return what stood in the fields when the form was opened."""
        values = self._opened().get("values")
        return {str(name): str(text) for name, text in values.items()} if isinstance(values, dict) else {}

    def _opened(self) -> dict[str, Any]:
        try:
            found = json.loads(self.opened.data or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def as_text(value: object) -> str:
    """Return what a field holds as one text: several choices joined by commas."""
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value)
    return str(value or "").strip()


def versions(
    labels: Mapping[str, str], *, theirs: Mapping[str, str], mine: Mapping[str, str]
) -> list[dict[str, str]]:
    """Return the fields in which the saved state and the typed one differ, each with both."""
    return [
        {"label": _(label), "theirs": theirs[name] or _NOTHING, "mine": mine[name] or _NOTHING}
        for name, label in labels.items()
        if mine[name] != theirs[name]
    ]
