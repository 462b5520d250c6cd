"""The words on paper, per document language."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from invoices.formats import Language

_FOLDER: Final = Path(__file__).resolve().parent / "wording"


@cache
def words(language: Language) -> Mapping[str, Mapping[str, str]]:
    """Return section -> word -> text of a language; a text may hold `{names}` to be filled in."""
    with (_FOLDER / f"{language}.toml").open("rb") as file:
        return tomllib.load(file)
