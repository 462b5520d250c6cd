"""Where files lie: what ships with the program, and what the program keeps."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def data_dir(name: str) -> Path:
    """Return `templates`, `config` or `docs`: beside this file when installed, one level up in a checkout."""
    for place in (_PACKAGE / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    message = f"the folder “{name}” of the program is missing; install it again"
    raise FileNotFoundError(message)


def make_private_dir(path: Path) -> None:
    """Make a folder that only its owner may open; one that is there stays as its owner has set it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def make_private_file(path: Path) -> Path:
    """Make an empty file that only its owner may read, when there is none; return its path."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    return path


def state_dir() -> Path:
    """Return where the database, the queue and the keys lie: `MEMBERSHIP_STATE_DIR`, else `.state/` here."""
    return Path(os.environ.get("MEMBERSHIP_STATE_DIR") or ".state").resolve()
