"""The guard in front of the workbook reader: looks through an XLSX file within limits before it is opened.

Each part is unpacked in chunks and counted, and parsed by a bare parser that refuses any DOCTYPE and too
deep, too many or too long elements. On the way it notes which columns of each sheet are hidden and whether a
formula has no stored value, which the reading library does not tell.

Source: `reliability.md` 5.9 no. 40 and 41, SEC-54 to SEC-57.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final
from xml.parsers import expat

from membership.gateways.tables.errors import ArchiveTooLarge, CellTooLong, FileDamaged, PasswordProtected
from membership.gateways.tables.kinds import ZIP, refuse_other_archives
from membership.gateways.tables.limits import Limits

_CHUNK: Final = 64 * 1024
_DIRECTORY_ENTRY: Final = b"PK\x01\x02"
_LINK: Final = 0o120000
_KIND_MASK: Final = 0o170000
_ENCRYPTED: Final = 0x1
_LAST_COLUMN: Final = 16_384


@dataclass
class SheetFacts:
    """What the guard saw in one part of the workbook."""

    hidden_columns: set[int] = field(default_factory=set)
    has_bare_formula: bool = False


def inspect_archive(data: bytes, limits: Limits) -> dict[str, SheetFacts]:
    """Return part name -> facts of an XLSX file that keeps all limits; raise for any other archive."""
    if data.count(_DIRECTORY_ENTRY) > limits.members * 2:
        raise ArchiveTooLarge
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _inspect(archive, len(data), limits)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        ValueError,
        OSError,
        RuntimeError,
    ) as error:
        raise FileDamaged from error


def _inspect(archive: zipfile.ZipFile, packed: int, limits: Limits) -> dict[str, SheetFacts]:
    members = archive.infolist()
    if len(members) > limits.members:
        raise ArchiveTooLarge
    for member in members:
        _check_entry(member)
    names = frozenset(member.filename for member in members)
    if len(names) != len(members):
        raise FileDamaged
    refuse_other_archives(
        names, _start(archive, names, "mimetype"), _start(archive, names, "[Content_Types].xml")
    )
    facts: dict[str, SheetFacts] = {}
    unpacked = 0
    allowed = min(limits.unpacked_bytes, max(packed * limits.ratio, _CHUNK))
    for member in members:
        scan = _Scan(limits)
        with archive.open(member) as part:
            while chunk := part.read(_CHUNK):
                unpacked += len(chunk)
                if unpacked > allowed:
                    raise ArchiveTooLarge
                scan.feed(chunk)
        scan.close()
        facts[member.filename] = scan.facts
    return facts


def _check_entry(member: zipfile.ZipInfo) -> None:
    """Refuse names that leave the archive, links and encrypted parts, before anything is unpacked."""
    if member.flag_bits & _ENCRYPTED:
        raise PasswordProtected
    name = member.filename
    path = PurePosixPath(name)
    is_link = (member.external_attr >> 16) & _KIND_MASK == _LINK
    if is_link or path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
        raise FileDamaged


def _start(archive: zipfile.ZipFile, names: frozenset[str], name: str) -> str:
    """Return the first 64 KB of a part as text, empty when there is no such part."""
    if name not in names:
        return ""
    with archive.open(name) as part:
        return part.read(_CHUNK).decode("utf-8", errors="replace")


class _Scan:
    """One part of the archive: decides by its first bytes whether it is XML, then counts."""

    def __init__(self, limits: Limits) -> None:
        self.facts = SheetFacts()
        self._limits = limits
        self._parser: expat.XMLParserType | None = None
        self._started = False
        self._depth = self._nodes = self._text = 0
        self._formula = self._value = False

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the part."""
        if not self._started:
            self._started = True
            if chunk.startswith(ZIP):
                raise FileDamaged
            if _looks_like_xml(chunk):
                self._parser = self._new_parser()
        self._parse(chunk, is_last=False)

    def close(self) -> None:
        """Take note that the part is over."""
        self._parse(b"", is_last=True)

    def _parse(self, chunk: bytes, *, is_last: bool) -> None:
        if self._parser is None:
            return
        try:
            self._parser.Parse(chunk, is_last)
        except expat.ExpatError as error:
            raise FileDamaged from error

    def _new_parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        return parser

    def _doctype(self, *_: object) -> None:
        raise FileDamaged

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._nodes += 1
        self._text = 0
        if self._depth > self._limits.depth or self._nodes > self._limits.nodes:
            raise ArchiveTooLarge
        if any(len(value) > self._limits.text_bytes for value in attributes.values()):
            raise CellTooLong(limit=self._limits.text_bytes)
        local = name.rpartition(":")[2]
        if local == "col":
            self._column(attributes)
        elif local == "c":
            self._formula = self._value = False
        elif local == "f":
            self._formula = True

    def _end(self, name: str) -> None:
        self._depth -= 1
        local = name.rpartition(":")[2]
        if local in {"v", "is"}:
            self._value = self._value or self._text > 0
        elif local == "c" and self._formula and not self._value:
            self.facts.has_bare_formula = True
        self._text = 0

    def _characters(self, text: str) -> None:
        self._text += len(text)
        if self._text > self._limits.text_bytes:
            raise CellTooLong(limit=self._limits.text_bytes)

    def _column(self, attributes: dict[str, str]) -> None:
        if attributes.get("hidden") in {"1", "true"}:
            first, last = int(attributes.get("min", "1")), int(attributes.get("max", "1"))
            self.facts.hidden_columns.update(range(first - 1, min(last, _LAST_COLUMN)))


def _looks_like_xml(chunk: bytes) -> bool:
    """Return whether a part starts like XML in any encoding a parser would take."""
    start = chunk[:8].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return start.startswith(b"<")
