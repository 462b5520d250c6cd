"""Files that a command names: read whole, written whole; what is wrong with one is said in one sentence."""

from __future__ import annotations

import errno
import sys
from pathlib import Path
from typing import Final

from membership.domain.errors import N_, InputError
from membership.domain.phrases import Phrase, phrase

STANDARD: Final = "-"
"""Standard input or output instead of a file."""
_MEGABYTE: Final = 1_048_576
_REASONS: Final = {
    errno.ENOENT: N_("it does not exist, or its folder does not"),
    errno.EACCES: N_("there is no right to do so"),
    errno.EPERM: N_("there is no right to do so"),
    errno.EROFS: N_("this disk is read-only"),
    errno.EISDIR: N_("it is a folder"),
    errno.ENOTDIR: N_("its folder is a file"),
    errno.ENOSPC: N_("the disk is full"),
    errno.ENAMETOOLONG: N_("the name is too long"),
}


class FileMissing(InputError):
    """A file named on the command line cannot be read."""

    message = N_("The file %(name)s cannot be read: %(why)s.")
    code = "file"


class FileUnwritable(InputError):
    """A file named on the command line cannot be written."""

    message = N_("The file %(name)s cannot be written: %(why)s.")
    code = "file_unwritable"


def why(error: OSError) -> Phrase | str:
    """Return the reason of the operating system, in our words where we have them."""
    known = _REASONS.get(error.errno or 0)
    return Phrase(known) if known else (error.strerror or str(error))


def read_file(name: str, *, limit: int) -> bytes:
    """Return the bytes of a file (`-` is standard input); raise one sentence when it is missing or too large."""
    if name == STANDARD:
        data = sys.stdin.buffer.read(limit + 1)
    else:
        try:
            with Path(name).open("rb") as file:
                data = file.read(limit + 1)
        except OSError as error:
            raise FileMissing(name=name, why=why(error)) from error
    if len(data) > limit:
        raise FileMissing(name=name, why=phrase("it is larger than %(size)s MB", size=limit // _MEGABYTE))
    return data


def write_file(name: str, data: bytes) -> None:
    """Write bytes to a file (`-` is standard output); raise one sentence when that is not possible."""
    if name == STANDARD:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        return
    try:
        Path(name).write_bytes(data)
    except OSError as error:
        raise FileUnwritable(name=name, why=why(error)) from error
