"""`membership settings list|get|set`: the settings of the association."""

from __future__ import annotations

import argparse

from membership.cli.command import DONE, Out, verb
from membership.domain.settings import KINDS, SettingUnknown, from_text
from membership.persistence.queries.settings import get_settings
from membership.services.settings import change_settings


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """Add the verbs of `settings`."""
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    verb(verbs, "list", _list, purpose="list all settings with their values")
    get = verb(verbs, "get", _get, purpose="print one setting")
    get.add_argument("key", metavar="KEY")
    change = verb(verbs, "set", _set, purpose="change one setting", changing=True)
    change.add_argument("key", metavar="KEY")
    change.add_argument("value", metavar="VALUE")


def _list(_args: argparse.Namespace, out: Out) -> int:
    with out.app():
        values = get_settings(out.read("settings.read")).values
    width = max(map(len, KINDS))
    shown = {key: values[key] for key in sorted(KINDS)}
    out.emit(shown, [f"{key:<{width}}  {_shown(value)}" for key, value in shown.items()])
    return DONE


def _get(args: argparse.Namespace, out: Out) -> int:
    if args.key not in KINDS:
        raise SettingUnknown(key=args.key)
    with out.app():
        value = get_settings(out.read("settings.read")).values[args.key]
    out.emit({"key": args.key, "value": value}, [_shown(value)])
    return DONE


def _set(args: argparse.Namespace, out: Out) -> int:
    value = from_text(args.key, args.value)
    with out.app():
        changed = out.change(change_settings, {args.key: value})
        if out.is_waiting(changed):
            return DONE
    line = (
        out.words.text("%(key)s is now “%(value)s”.", key=args.key, value=_shown(value))
        if changed
        else out.words.text("%(key)s was “%(value)s” already.", key=args.key, value=_shown(value))
    )
    out.emit({"key": args.key, "value": value, "changed": bool(changed)}, [line])
    return DONE


def _shown(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
