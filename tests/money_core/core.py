"""What belongs to the money core, and which tests concern it (`core.toml`); which mutants live, and why (`survivors.toml`)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ONLY_SQLITE = ["-k", "not postgresql", "-p", "no:cacheprovider"]
"""The rules do not know the database, and the whole suite runs on both."""


@dataclass(frozen=True)
class Part:
    """Modules, as paths below the root, and the tests that concern them."""

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]


def parts() -> list[Part]:
    """Return the parts of the money core; raise `LookupError` when a name in `core.toml` finds nothing."""
    table = tomllib.loads((Path(__file__).parent / "core.toml").read_text())
    return [
        Part(name, _paths(each["modules"], but=each["but"]), _paths(each["tests"]))
        for name, each in table.items()
    ]


Key = tuple[str, str, str, str]
"""What names a mutant when lines move: module, function, change, text of the line."""


def survivors() -> dict[Key, str]:
    """Return the mutants that are known to live, each with the reason why no test can or need see it."""
    table = tomllib.loads((Path(__file__).parent / "survivors.toml").read_text())
    return {
        (each["module"], each["function"], each["change"], each["line"]): each["why"]
        for each in table["survivor"]
    }


def _paths(patterns: list[str], *, but: tuple[str, ...] | list[str] = ()) -> tuple[str, ...]:
    found = {
        pattern: {str(path.relative_to(ROOT)) for path in ROOT.glob(pattern)} for pattern in [*patterns, *but]
    }
    empty = [pattern for pattern, paths in found.items() if not paths]
    if empty:
        raise LookupError(empty)
    return tuple(sorted({path for pattern in patterns for path in found[pattern]} - set(but)))
