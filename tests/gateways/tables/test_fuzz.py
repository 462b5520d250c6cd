"""Hostile bytes: a table, or one `InputError`; nothing else ever comes out of the reader."""

from __future__ import annotations

import io
import os
import zipfile
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from membership.domain.errors import InputError
from membership.gateways.tables import Limits, read_table

pytestmark = pytest.mark.fuzz
EXAMPLES = 20_000 if os.environ.get("SCALE") == "release" else 200
SMALL = Limits(unpacked_bytes=2**20, rows=1000, cells=10_000)


def workbook() -> bytes:
    book = Workbook()
    book.active.append(["Firma", "MA", "Eintritt"])
    book.active.append(["A GmbH", 12.5, date(2014, 4, 1)])
    book.active.append(["=1+1", None, "x"])
    book.active.merge_cells("A4:C4")
    book.active.column_dimensions["B"].hidden = True
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


WORKBOOK = workbook()
PARTS = {
    info.filename: zipfile.ZipFile(io.BytesIO(WORKBOOK)).read(info)
    for info in zipfile.ZipFile(io.BytesIO(WORKBOOK)).infolist()
}
XML = sorted(name for name in PARTS if name.endswith((".xml", ".rels")))


def is_read_or_refused(data: bytes) -> None:
    with suppress(InputError):
        assert read_table(data, limits=SMALL).rows


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300), st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
    )
)
def test_any_bytes_are_read_or_refused(data):
    is_read_or_refused(data)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.text(st.sampled_from("\"';,\t|\r\nä=A1 "), max_size=80),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
)
def test_any_text_of_quotes_and_separators_is_read_or_refused(text, encoding):
    is_read_or_refused(text.encode(encoding))


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, len(WORKBOOK) - 1), st.binary(min_size=1, max_size=8))
def test_a_workbook_with_broken_bytes_is_read_or_refused(place, change):
    is_read_or_refused(WORKBOOK[:place] + change + WORKBOOK[place + len(change) :])


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(XML), st.data())
def test_a_workbook_with_one_part_rewritten_is_read_or_refused(name, data):
    content = PARTS[name]
    place = data.draw(st.integers(0, len(content)))
    length = data.draw(st.integers(0, 12))
    words = st.sampled_from(
        [b"", b"-1", b"9" * 20, b'"', b"<", b"/>", b"NaN", b"XFD1048577", b"s", b"\x00", b"&x;", b't="d" ']
    )
    changed = content[:place] + data.draw(words) + content[place + length :]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for part, old in PARTS.items():
            new.writestr(part, changed if part == name else old)
    is_read_or_refused(file.getvalue())
