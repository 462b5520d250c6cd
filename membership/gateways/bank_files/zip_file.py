"""The files of a ZIP archive, each unpacked in pieces within limits: the sizes in the directory are not believed.

Source: `reliability.md` 5.9 no. 41, SEC-56.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from membership.domain.errors import N_
from membership.domain.phrases import Phrase
from membership.gateways.bank_files.errors import (
    ArchiveEmpty,
    ArchiveProtected,
    ArchiveTooLarge,
    FileDamaged,
    NotABankFile,
)
from membership.gateways.bank_files.limits import Limits

ZIP: Final = b"PK\x03\x04"
_EMPTY_ZIP: Final = b"PK\x05\x06"
_CHUNK: Final = 64 * 1024
_DIRECTORY_ENTRY: Final = b"PK\x01\x02"
_LINK: Final = 0o120000
_KIND_MASK: Final = 0o170000
_ENCRYPTED: Final = 0x1
_LITTER: Final = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_TORN: Final = Phrase(N_("the ZIP file cannot be unpacked"))
_ODD_NAME: Final = Phrase(N_("a file in it has a name that no bank gives"))


def is_zip(data: bytes) -> bool:
    """Return whether the bytes begin like a ZIP archive."""
    return data.startswith((ZIP, _EMPTY_ZIP))


def members_of(data: bytes, limits: Limits) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each file in the archive, in its order; raise when a limit is broken."""
    if data.count(_DIRECTORY_ENTRY) > limits.members * 2:
        raise ArchiveTooLarge
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from _unpacked(archive, len(data), limits)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        ValueError,
        OSError,
        RuntimeError,
    ) as error:
        raise FileDamaged(why=_TORN) from error


def _unpacked(archive: zipfile.ZipFile, packed: int, limits: Limits) -> Iterator[tuple[str, bytes]]:
    members = archive.infolist()
    if len(members) > limits.members:
        raise ArchiveTooLarge
    for member in members:
        _check(member)
    if any(member.filename == "[Content_Types].xml" for member in members):
        raise NotABankFile(found="XLSX, DOCX")
    files = [
        member for member in members if not member.filename.endswith("/") and not _is_litter(member.filename)
    ]
    if not files:
        raise ArchiveEmpty
    allowed = min(limits.unpacked_bytes, max(packed * limits.ratio, _CHUNK))
    total = 0
    for member in files:
        pieces = []
        with archive.open(member) as part:
            while piece := part.read(_CHUNK):
                total += len(piece)
                if total > allowed:
                    raise ArchiveTooLarge
                pieces.append(piece)
        content = b"".join(pieces)
        if is_zip(content):
            raise NotABankFile(found="ZIP", where=member.filename)
        yield member.filename, content


def _check(member: zipfile.ZipInfo) -> None:
    """Refuse names that leave the archive, links and encrypted parts, before anything is unpacked."""
    if member.flag_bits & _ENCRYPTED:
        raise ArchiveProtected
    name = member.filename
    path = PurePosixPath(name)
    is_link = (member.external_attr >> 16) & _KIND_MASK == _LINK
    if is_link or path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
        raise FileDamaged(why=_ODD_NAME)


def _is_litter(name: str) -> bool:
    path = PurePosixPath(name)
    return name.startswith("__MACOSX/") or path.name in _LITTER or path.name.startswith("._")
