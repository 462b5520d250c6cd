"""Any bank file -> statements: the kind is told by the content, never by the name.

Source: `interfaces.md` "bank read", `reliability.md` 5.9.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from membership.domain.banking.lines import BankFile, Entry, Statement
from membership.domain.errors import InputError
from membership.gateways.bank_files.camt import stream_camt
from membership.gateways.bank_files.csv_file import stream_csv
from membership.gateways.bank_files.csv_mapping import CsvMapping
from membership.gateways.bank_files.errors import EmptyFile, FileTooLarge, NotABankFile, UnknownFile
from membership.gateways.bank_files.limits import Limits
from membership.gateways.bank_files.mt940 import stream_mt940
from membership.gateways.bank_files.mt940_text import without_marks
from membership.gateways.bank_files.zip_file import is_zip, members_of
from membership.gateways.tables.errors import NotATable, PasswordProtected
from membership.gateways.tables.kinds import refuse_markup, refuse_other_kinds
from membership.gateways.tables.text import decode

Event = Entry | Statement
_MB: Final = 1024 * 1024
_REACH: Final = 4096
_XML: Final = re.compile(rb"\s*<(?:\?xml|!DOCTYPE|!--|[A-Za-z_][\w.-]*[:\s/>])")
_HTML: Final = re.compile(
    rb"\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html|head|body|svg|table|script|div)\b",
    re.IGNORECASE | re.DOTALL,
)
_MT940: Final = re.compile(r"(?:^|[\r\n}]|[{ä]4:|@@|\A.{0,40}):(?:20|25|61|60[FM]):", re.ASCII)
_ACCOUNT_PROGRAM: Final = re.compile(
    r"\s*(?:OFXHEADER:|<OFX>|(!(?:Type|Account|Option|Clear):?))", re.IGNORECASE
)
_MARKS: Final = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8"))


def read_bank_file(
    data: bytes, *, filename: str = "", mapping: CsvMapping | None = None, limits: Limits | None = None
) -> BankFile:
    """Return all that a bank file holds; raise one `InputError` when it is none or an entry cannot be read."""
    statements: list[Statement] = []
    entries: list[Entry] = []
    for event in stream_bank_file(data, filename=filename, mapping=mapping, limits=limits):
        if isinstance(event, Entry):
            entries.append(event)
        else:
            statements.append(event._replace(entries=tuple(entries)))
            entries = []
    if not statements:
        raise UnknownFile(where=filename or None)
    formats = {statement.format for statement in statements}
    return BankFile(formats.pop() if len(formats) == 1 else "zip", tuple(statements))


def stream_bank_file(
    data: bytes, *, filename: str = "", mapping: CsvMapping | None = None, limits: Limits | None = None
) -> Iterator[Event]:
    """Yield the entries of each statement and then the statement without them, in flat memory for camt.

    What was yielded counts only when the end is reached: an error may come after it.
    """
    limits = limits or Limits()
    try:
        if len(data) > limits.file_bytes:
            raise FileTooLarge(size=-(-len(data) // _MB), limit=limits.file_bytes // _MB)
        if is_zip(data):
            for name, content in members_of(data, limits):
                yield from _named(content, name, mapping, limits)
            return
        yield from _stream(data, mapping, limits)
    except InputError as error:
        _put_name(error, filename)
        raise


def _named(data: bytes, name: str, mapping: CsvMapping | None, limits: Limits) -> Iterator[Event]:
    try:
        yield from _stream(data, mapping, limits)
    except InputError as error:
        _put_name(error, name)
        raise


def _put_name(error: InputError, name: str) -> None:
    if name and error.where is None:
        error.where = name
    elif name and error.where is not None and name not in error.where:
        error.where = f"{name}, {error.where}"


def _stream(data: bytes, mapping: CsvMapping | None, limits: Limits) -> Iterator[Event]:
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise EmptyFile
    _refuse_others(data)
    if _is_xml(data):
        return stream_camt(data, limits)
    text = _text(data)
    if text is not None:
        text = without_marks(text)
    if text is not None and _MT940.search(text[: 16 * _REACH]):
        return stream_mt940(text, limits)
    if text is not None:
        if match := _ACCOUNT_PROGRAM.match(text):
            raise NotABankFile(found="QIF" if match[1] else "OFX")
        try:
            refuse_markup(text)
        except NotATable as error:
            raise NotABankFile(found=str(error.values["found"])) from error
    return stream_csv(data, mapping, limits)


def _refuse_others(data: bytes) -> None:
    try:
        refuse_other_kinds(data)
    except PasswordProtected as error:
        raise NotABankFile(found="XLSX") from error
    except NotATable as error:
        raise NotABankFile(found=str(error.values["found"])) from error


def _is_xml(data: bytes) -> bool:
    """Return whether the bytes begin like XML, whatever their encoding; web pages are told by their first element."""
    start = data[:_REACH]
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            start = start[len(mark) :].decode(encoding, "replace").encode("utf-8")
            break
    if _HTML.match(start):
        raise NotABankFile(found="SVG" if b"<svg" in start.lower() else "HTML")
    return bool(_XML.match(start))


def _text(data: bytes) -> str | None:
    try:
        return decode(data)[0]
    except InputError:
        pass
    try:  # Swedish and old files hold control characters that no list would have
        if b"\x00" in data:
            return None
        with suppress(UnicodeDecodeError):
            return data.decode("utf-8")
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return None
