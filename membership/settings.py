"""What an operator sets once: `config/default.toml`, the file in `MEMBERSHIP_CONFIG`, secrets from the environment.

Read at each start and nowhere else. An unknown key stops the start, and so does a value that cannot work.
Source: `architecture.md` "Configuration".
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from membership import paths
from membership.domain.errors import N_, InputError
from membership.domain.phrases import phrase

DATABASE: Final = "membership.sqlite3"
"""The database file in the state folder, unless `database_url` names another."""


class SettingsWrong(InputError):
    """A configuration file or variable cannot be used; the sentence says which and why."""

    message = N_("The configuration cannot be used.")
    code = "configuration"


class FileWrong(SettingsWrong):
    """A configuration file cannot be read."""

    message = N_("The configuration file %(name)s cannot be read: %(why)s.")


class PartUnknown(SettingsWrong):
    """A configuration file has a part that there is not."""

    message = N_("%(name)s: There is no part [%(part)s]; there are [operator] and [association].")


class KeyUnknown(SettingsWrong):
    """A configuration file has a key that there is not."""

    message = N_("%(name)s: There is no setting %(key)s in [%(part)s]. config/default.toml lists them all.")


class ValueWrong(SettingsWrong):
    """A setting has a value that cannot work."""

    message = N_("The setting %(key)s cannot be “%(value)s”: %(expected)s.")


class AddressWrong(SettingsWrong):
    """The address of the database cannot be used; it may hold a password and is not repeated."""

    message = N_(
        "The setting database_url cannot be used. It is empty or begins with sqlite:/// or postgresql+psycopg://."
    )


class LibraryMissing(SettingsWrong):
    """A setting asks for something that was not installed."""

    message = N_("The setting %(key)s needs the library %(library)s. Install the extra “scale”.")


class PinnedDay(SettingsWrong):
    """A pinned day on data that are not the demonstration's."""

    message = N_("MEMBERSHIP_TODAY sets the day for the demonstration only; these are other data. Unset it.")


class StripeKeyWrong(SettingsWrong):
    """The key of Stripe is none; it is not repeated."""

    message = N_(
        "MEMBERSHIP_STRIPE_KEY is no secret key of Stripe. It begins with sk_test_, rk_test_, sk_live_ or rk_live_."
    )


class StripeSecretWrong(SettingsWrong):
    """A signing secret of Stripe is none; it is not repeated."""

    message = N_(
        "MEMBERSHIP_STRIPE_WEBHOOK_SECRETS holds something that is no signing secret. Each begins with whsec_; blanks"
        " or commas stand between them."
    )


class StripeLiveDemo(SettingsWrong):
    """Real money for invented invoices."""

    message = N_(
        "The demonstration takes no key of Stripe for real payments; use one that begins with sk_test_."
    )


class Debugging(SettingsWrong):
    """The debug mode of the framework is on: its console would run any code."""

    message = N_(
        "FLASK_DEBUG is set. The pages are not served in debug mode, because it shows everything: unset it."
    )


QUEUES: Final = ("sqlite", "postgresql", "redis")
RATE_STORES: Final = ("memory", "redis", "rediss", "redis+unix")
_DATABASES: Final = ("sqlite", "postgresql+psycopg")
_SMALLEST: Final = {
    "trusted_proxies": 0, "threads": 1, "max_upload": 1, "max_form": 1, "max_command_file": 1,
    "staff_idle_minutes": 1, "staff_hours": 1, "portal_hours": 1,
    "backup_keep": 1,
}  # fmt: skip
"""Number -> the smallest it may be."""


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
    backup_dir: str
    backup_keep: int
    stripe_url: str
    association: Mapping[str, object]
    state_dir: Path
    is_demo: bool = False
    stripe_key: str = field(default="", repr=False)
    stripe_webhook_secrets: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def load(cls, path: str | None = None, *, state_dir: Path | None = None) -> Self:
        """Return the settings; `path` (else `MEMBERSHIP_CONFIG`) names a file with what differs from the defaults.

        Raises:
            SettingsWrong: a file is missing or no TOML, a key is unknown, or a value has the wrong type or cannot work.
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
        _check(operator)
        key, secrets = _stripe(is_demo=demo)
        return cls(
            **operator, association=merged["association"], state_dir=state, is_demo=demo, stripe_key=key,
            stripe_webhook_secrets=secrets,
        )  # fmt: skip


def _stripe(*, is_demo: bool) -> tuple[str, tuple[str, ...]]:
    """Return key and signing secrets from the environment; two secrets while one takes the place of the other."""
    key = os.environ.get("MEMBERSHIP_STRIPE_KEY", "").strip()
    given = os.environ.get("MEMBERSHIP_STRIPE_WEBHOOK_SECRETS", "")
    secrets = tuple(each for each in re.split(r"[\s,]+", given) if each)
    if key and not re.fullmatch(r"(sk|rk)_(test|live)_[A-Za-z0-9_]+", key):
        raise StripeKeyWrong
    if any(not each.startswith("whsec_") for each in secrets):
        raise StripeSecretWrong
    if is_demo and "_live_" in key:
        raise StripeLiveDemo
    return key, secrets


def refuse_debugging() -> None:
    """Raise `Debugging` when the environment asks for the framework's debug mode (SEC-52)."""
    if os.environ.get("FLASK_DEBUG", "").casefold() not in {"", "0", "false", "no"}:
        raise Debugging


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FileWrong(name=str(path), why=phrase("it does not exist")) from error
    except IsADirectoryError as error:
        raise FileWrong(name=str(path), why=phrase("it is a folder")) from error
    except OSError as error:
        raise FileWrong(name=str(path), why=error.strerror or str(error)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileWrong(name=str(path), why=str(error)) from error


def _merge(base: dict[str, dict[str, Any]], own: Mapping[str, Any], name: str) -> None:
    for part, values in own.items():
        if part not in base or not isinstance(values, dict):
            raise PartUnknown(name=name, part=part)
        for key, value in values.items():
            if key not in base[part]:
                raise KeyUnknown(name=name, key=key, part=part)
            if type(value) is not type(base[part][key]):
                raise _wrong(key, value, _TYPES[type(base[part][key])])
            base[part][key] = value


_TYPES: Final = {
    str: N_("it must be a text in quotation marks"),
    int: N_("it must be a whole number"),
    bool: N_("it must be true or false"),
    list: N_("it must be a list in square brackets"),
}


def _wrong(key: str, value: object, expected: str, **values: str) -> ValueWrong:
    return ValueWrong(key=key, value=str(value), expected=phrase(expected, **values))


def _check_day(*, is_demo: bool) -> None:
    pinned = os.environ.get("MEMBERSHIP_TODAY")
    testing = os.environ.get("MEMBERSHIP_TESTING") == "1"
    if pinned and not is_demo and not testing:
        raise PinnedDay
    try:
        date.fromisoformat(pinned or "2027-01-01")
    except ValueError as error:
        raise _wrong("MEMBERSHIP_TODAY", pinned, N_("it must be a day like 2027-01-31")) from error


def _check(operator: Mapping[str, Any]) -> None:
    """Refuse at the start what would fail later, in the middle of somebody's work."""
    for key, smallest in _SMALLEST.items():
        if operator[key] < smallest:
            expected = N_("it must be a whole number from %(smallest)s")
            raise _wrong(key, operator[key], expected, smallest=str(smallest))
    if not all(isinstance(host, str) for host in operator["trusted_hosts"]):
        raise _wrong("trusted_hosts", list(operator["trusted_hosts"]), N_("it must be a list of host names"))
    _check_zone(operator["time_zone"])
    _check_base("base_url", operator["base_url"])
    _check_base("stripe_url", operator["stripe_url"])
    _check_database(operator["database_url"])
    _check_queue(operator["queue"], operator["queue_url"])
    _check_rate_store(operator["rate_limit_storage"])


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise _wrong(
            "time_zone", zone, N_("there is no such time zone; write it like Europe/Berlin")
        ) from error


def _check_base(key: str, address: str) -> None:
    try:
        parts = urlsplit(address)
        is_right = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_right = False
    if not is_right:
        raise _wrong(key, address, N_("it must be an address like https://beitrag.verein.example"))


def _check_database(address: str) -> None:
    try:
        driver = make_url(address).drivername
    except (ArgumentError, ValueError):
        # Neither the address nor what follows from it is repeated: it may hold a password.
        raise AddressWrong from None
    if driver not in _DATABASES:
        raise AddressWrong
    if driver != "sqlite":
        _need("database_url", "psycopg")


def _check_queue(queue: str, address: str) -> None:
    if queue not in QUEUES:
        raise _wrong("queue", queue, N_("there are sqlite, postgresql and redis"))
    if queue == "sqlite":
        return
    if not address:
        raise _wrong("queue_url", address, N_("the queue %(queue)s needs its address"), queue=queue)
    _need("queue", "redis" if queue == "redis" else "psycopg")


def _check_rate_store(address: str) -> None:
    scheme = address.partition("://")[0]
    if scheme not in RATE_STORES or "://" not in address:
        raise _wrong("rate_limit_storage", scheme, N_("it must begin with memory:// or redis://"))
    if scheme != "memory":
        _need("rate_limit_storage", "redis")


def _need(key: str, library: str) -> None:
    if find_spec(library) is None:
        raise LibraryMissing(key=key, library=library)


OPERATOR_KEYS = frozenset(field.name for field in fields(Settings)) - {
    "association", "state_dir", "is_demo", "stripe_key", "stripe_webhook_secrets",
}  # fmt: skip
"""The keys of the part [operator]; a test compares them with the file."""
