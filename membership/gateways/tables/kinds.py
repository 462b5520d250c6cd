"""What kind of file some bytes are, told by their content and never by their name (SEC-57)."""

from __future__ import annotations

import re
from typing import Final

from membership.gateways.tables.errors import NotATable, OtherSpreadsheet, PasswordProtected

ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAGIC: Final = (
    (b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"GIF8", "GIF"), (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"), (b"BM", "BMP"), (b"RIFF", "WEBP"), (b"{\\rtf", "RTF"), (b"MZ", "EXE"),
    (b"\x7fELF", "ELF"), (b"\x1f\x8b", "GZIP"), (b"7z\xbc\xaf\x27\x1c", "7Z"), (b"Rar!", "RAR"),
    (b"SQLite format 3", "SQLite"), (b"PK\x05\x06", "ZIP"), (b"PK\x07\x08", "ZIP"),
)  # fmt: skip
_TEXT_MAGIC: Final = frozenset({"BMP", "EXE"})
_PDF_REACH: Final = 1024
_MARKUP: Final = re.compile(r"\s*<(?:!--.*?-->\s*)?([!?]?[a-z][a-z0-9:]*)[\s>/?]", re.IGNORECASE | re.DOTALL)


def refuse_other_kinds(data: bytes) -> None:
    """Raise when the bytes are a known kind of file that is no list."""
    if b"%PDF-" in data[:_PDF_REACH]:
        raise NotATable(found="PDF")
    if data.startswith(_OLE):
        _refuse_ole(data)
    for magic, found in _MAGIC:
        if data.startswith(magic) and (found not in _TEXT_MAGIC or b"\x00" in data[:_PDF_REACH]):
            raise NotATable(found=found)


def _refuse_ole(data: bytes) -> None:
    """Raise for the old container of office files: encrypted XLSX, XLS, or another document."""
    if _utf16("EncryptedPackage") in data or _utf16("EncryptionInfo") in data:
        raise PasswordProtected
    if _utf16("Workbook") in data or _utf16("Book") in data:
        raise OtherSpreadsheet(found="XLS")
    if _utf16("WordDocument") in data:
        raise NotATable(found="DOC")
    raise NotATable(found="OLE")


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-le")


def refuse_markup(text: str) -> None:
    """Raise when a text is HTML, SVG or XML, whatever its name says."""
    match = _MARKUP.match(text[:4096])
    if match is None:
        return
    tag = match[1].casefold()
    if tag in {"html", "!doctype", "head", "body", "table", "div", "script", "meta", "p"}:
        found = "HTML"
    else:
        found = "SVG" if tag == "svg" or "<svg" in text[:4096].casefold() else "XML"
    raise NotATable(found=found)


def kind_of_archive(names: frozenset[str], mimetype: str, content_types: str) -> str:
    """Return `XLSX` or the short name of what else a ZIP archive is."""
    if mimetype.startswith("application/vnd.oasis.opendocument"):
        return "ODS" if "spreadsheet" in mimetype else "ODF"
    if "macroEnabled" in content_types or any(name.casefold().endswith("vbaproject.bin") for name in names):
        return "XLSM"
    for member, found in (
        ("xl/workbook.bin", "XLSB"),
        ("word/document.xml", "DOCX"),
        ("ppt/presentation.xml", "PPTX"),
    ):
        if member in names:
            return found
    if "Index/Document.iwa" in names:
        return "Numbers"
    return "XLSX" if "spreadsheetml.sheet.main" in content_types else "ZIP"


def refuse_other_archives(names: frozenset[str], mimetype: str, content_types: str) -> None:
    """Raise when a ZIP archive is no XLSX workbook without macros."""
    found = kind_of_archive(names, mimetype, content_types)
    if found in {"ODS", "XLSM", "XLSB", "Numbers"}:
        raise OtherSpreadsheet(found=found)
    if found != "XLSX":
        raise NotATable(found=found)
