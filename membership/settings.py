"""What an operator sets once: `config/default.toml`, the file in `MEMBERSHIP_CONFIG`, secrets from the environment.

Read at each start and nowhere else. An unknown key stops the start. Source: `architecture.md` "Configuration".
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, Self

from membership import paths

DATABASE: Final = "membership.sqlite3"
"""The database file in the state folder, unless `database_url` names another."""


class SettingsWrong(Exception):
    """A configuration file or variable cannot be used; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The operator's settings and the first values of the association's."""

    base_url: str
    database_url: str
    trusted_proxies: int
    trusted_hosts: tuple[str, ...]
    queue: str
    queue_url: str
    threads: int
    rate_limit_storage: str
    time_zone: str
    max_upload: int
    max_form: int
    max_command_file: int
    staff_idle_minutes: int
    staff_hours: int
    portal_hours: int
    association: Mapping[str, object]
    state_dir: Path
    is_demo: bool = False

    @classmethod
    def load(cls, path: str | None = None, *, state_dir: Path | None = None) -> Self:
        """Return the settings; `path` (else `MEMBERSHIP_CONFIG`) names a file with what differs from the defaults.

        Raises:
            SettingsWrong: a file is missing or no TOML, a key is unknown, or a value has the wrong type.
        """
        merged = _read(paths.data_dir("config") / "default.toml")
        own = path or os.environ.get("MEMBERSHIP_CONFIG")
        if own:
            _merge(merged, _read(Path(own)), own)
        operator = dict(merged["operator"])
        operator["database_url"] = os.environ.get("MEMBERSHIP_DATABASE_URL") or operator["database_url"]
        operator["trusted_hosts"] = tuple(operator["trusted_hosts"])
        state = state_dir or paths.state_dir()
        if not operator["database_url"]:
            operator["database_url"] = f"sqlite:///{state / DATABASE}"
        demo = (state / "demonstration").exists()
        _check_day(is_demo=demo)
        return cls(**operator, association=merged["association"], state_dir=state, is_demo=demo)


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        message = f"the configuration file {path.name} does not exist"
        raise SettingsWrong(message) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"the configuration file {path.name} cannot be read: {error}"
        raise SettingsWrong(message) from error


def _merge(base: dict[str, dict[str, Any]], own: Mapping[str, Any], name: str) -> None:
    for part, values in own.items():
        if part not in base or not isinstance(values, dict):
            message = f"{name}: there is no part [{part}]; there are [operator] and [association]"
            raise SettingsWrong(message)
        for key, value in values.items():
            if key not in base[part]:
                message = f"{name}: there is no setting {key} in [{part}]"
                raise SettingsWrong(message)
            if type(value) is not type(base[part][key]):
                message = f"{name}: {key} is a {type(base[part][key]).__name__}, not {value!r}"
                raise SettingsWrong(message)
            base[part][key] = value


def _check_day(*, is_demo: bool) -> None:
    pinned = os.environ.get("MEMBERSHIP_TODAY")
    testing = os.environ.get("MEMBERSHIP_TESTING") == "1"
    if pinned and not is_demo and not testing:
        message = "MEMBERSHIP_TODAY sets the day for the demonstration only; these are other data. Unset it."
        raise SettingsWrong(message)


OPERATOR_KEYS = frozenset(field.name for field in fields(Settings)) - {"association", "state_dir", "is_demo"}
"""The keys of the part [operator]; a test compares them with the file."""
