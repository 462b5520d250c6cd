"""XLSX files: stored values, visible sheets, hidden columns; everything dangerous is refused in time."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest
from openpyxl import Workbook

from membership.domain.errors import InputError
from membership.domain.tables import Row
from membership.gateways.tables import Limits, read_table


def saved(workbook: Workbook) -> bytes:
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def workbook_of(*rows: list[object], title: str = "Liste") -> Workbook:
    workbook = Workbook()
    workbook.active.title = title
    for row in rows:
        workbook.active.append(row)
    return workbook


def changed(data: bytes, name: str, change, *, extra: dict[str, bytes] | None = None) -> bytes:
    """Return the archive with one part rewritten and others added."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info)
            new.writestr(info.filename, change(content) if info.filename == name else content)
        for added, content in (extra or {}).items():
            new.writestr(added, content)
    return file.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
PLAIN = saved(workbook_of(["Firma", "MA"], ["A GmbH", 12]))


def refused(data: bytes, **choices: object) -> InputError:
    with pytest.raises(InputError) as caught:
        read_table(data, **choices)
    return caught.value


def test_values_come_as_they_are_stored():
    workbook = workbook_of(
        [
            "A",
            12,
            0.1,
            2.0,
            4500012345678,
            datetime.fromisoformat("2014-04-01T00:00"),
            date(2015, 1, 1),
            True,
            None,
            "x",
        ]
    )
    (row,) = read_table(saved(workbook)).rows
    expected = (
        "A",
        12,
        Decimal("0.1"),
        2,
        4500012345678,
        date(2014, 4, 1),
        date(2015, 1, 1),
        "TRUE",
        None,
        "x",
    )
    assert row.values == expected
    assert not any(isinstance(value, float) for value in row.values)


def test_a_formula_counts_with_its_stored_value_and_is_never_worked_out():
    data = saved(workbook_of(["A GmbH", "=30+7"], ["B GmbH", 5]))
    stored = changed(
        data, SHEET, lambda xml: xml.replace(b"<v />", b"<v>37</v>").replace(b"<v></v>", b"<v>37</v>")
    )
    assert read_table(stored).rows[0].values == ("A GmbH", 37)


def test_a_formula_without_stored_value_shows_its_text_instead_of_looking_empty():
    assert read_table(saved(workbook_of(["A GmbH", "=30+7"], ["B", 5]))).rows[0].values == ("A GmbH", "=30+7")


def test_rows_keep_the_numbers_of_the_sheet_and_hidden_rows_are_rows():
    workbook = workbook_of(["Firma"], [None], ["A"], ["B"])
    workbook.active.row_dimensions[3].hidden = True
    assert [row.number for row in read_table(saved(workbook)).rows] == [1, 3, 4]


def test_hidden_columns_are_told():
    workbook = workbook_of(["Firma", "MA 2025", "MA 2026"], ["A", 1, 2])
    workbook.active.column_dimensions["B"].hidden = True
    assert read_table(saved(workbook)).hidden_columns == {1}


def test_the_first_visible_sheet_with_data_is_read():
    workbook = workbook_of(["alt"], title="Versteckt")
    workbook.active.sheet_state = "hidden"
    workbook.create_sheet("Leer")
    workbook.create_sheet("Mitglieder").append(["Firma", "Ort"])
    table = read_table(saved(workbook))
    assert (table.sheet, table.sheets) == ("Mitglieder", ("Leer", "Mitglieder"))


def test_a_sheet_can_be_named_and_a_wrong_name_lists_the_others():
    workbook = workbook_of(["eins"], title="A")
    workbook.create_sheet("B").append(["zwei"])
    workbook.create_sheet("C")
    data = saved(workbook)
    assert read_table(data, sheet="B").rows == (Row(1, ("zwei",)),)
    assert refused(data, sheet="X").values["sheets"] == "A, B, C"
    assert refused(data, sheet="C").code == "empty_sheet"
    assert refused(saved(Workbook())).code == "empty_sheet"


def test_what_the_file_says_about_its_size_is_not_believed():
    for size in (b'ref="A1"', b'ref="A1:XFD1048576"'):
        data = changed(PLAIN, SHEET, lambda xml, size=size: xml.replace(b'ref="A1:B2"', size))
        assert len(read_table(data).rows) == 2


def test_a_password_is_said():
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    assert refused(ole + "EncryptedPackage".encode("utf-16-le")).code == "password"
    assert refused(ole + "Workbook".encode("utf-16-le")).values["found"] == "XLS"
    encrypted = bytearray(PLAIN)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        encrypted[encrypted.index(signature) + offset] |= 1
    assert refused(bytes(encrypted)).code == "password"


def archive(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<x/>"}, "ODS"),
        ({"word/document.xml": b"<x/>"}, "DOCX"),
        ({"xl/workbook.bin": b"x"}, "XLSB"),
        ({"readme.txt": b"hello"}, "ZIP"),
        ({"[Content_Types].xml": b"<x sheet.macroEnabled.main/>"}, "XLSM"),
    ],
)
def test_sec_57_other_archives_are_recognised(parts, found):
    assert refused(archive(**parts), filename="liste.xlsx").values["found"] == found


def test_sec_57_a_workbook_with_macros_is_refused_whatever_it_calls_itself():
    assert refused(changed(PLAIN, "", bytes, extra={"xl/vbaProject.bin": b"x"})).values["found"] == "XLSM"


def bomb(megabytes: int) -> dict[str, bytes]:
    return {"xl/media/image1.bin": bytes(megabytes * 1024 * 1024)}


@pytest.mark.parametrize(
    "extra",
    [
        bomb(20),
        bomb(60),
        {f"xl/part{number}.xml": b"<x/>" for number in range(60)},
        {f"xl/part{number}.xml": b"<x/>" for number in range(10_000)},
        {"xl/deep.xml": b"<a>" * 300_000 + b"</a>" * 300_000},
    ],
    ids=["ratio", "size", "60 members", "10000 members", "depth"],
)
def test_sec_56_a_bomb_is_refused_within_a_second(extra):
    data = changed(PLAIN, "", bytes, extra=extra)
    started = time.process_time()
    assert refused(data).code == "archive_limit"
    assert time.process_time() - started < 1


def test_sec_55_a_text_of_eleven_megabytes_is_refused():
    noise = b"".join(b"%d " % (number * 7919 % 1_000_003) for number in range(1_600_000))
    data = changed(PLAIN, SHEET, lambda xml: xml.replace(b"<v>12</v>", b"<v>" + noise + b"</v>"))
    assert refused(data).code == "too_large"


@pytest.mark.parametrize("name", ["../evil.xml", "/etc/evil.xml", "xl\\..\\evil.xml", "C:/evil.xml"])
def test_sec_56_a_name_that_leaves_the_archive_is_refused(name):
    assert refused(changed(PLAIN, "", bytes, extra={name: b"<x/>"})).code == "damaged"


def test_sec_56_a_nested_archive_and_a_link_are_refused():
    assert refused(changed(PLAIN, "", bytes, extra={"xl/embeddings/a.xlsx": PLAIN})).code == "damaged"
    file = io.BytesIO(PLAIN)
    with zipfile.ZipFile(file, "a") as new:
        link = zipfile.ZipInfo("xl/link")
        link.external_attr = 0o120777 << 16
        new.writestr(link, "/etc/passwd")
    assert refused(file.getvalue()).code == "damaged"


def test_sec_56_a_false_size_in_the_directory_is_refused():
    data = bytearray(PLAIN)
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = (5).to_bytes(4, "little")
    assert refused(bytes(data)).code == "damaged"


ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
EXTERNAL = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("doctype", [ENTITIES, EXTERNAL, b"<!DOCTYPE x>"])
@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"])
def test_sec_54_any_doctype_is_refused(doctype, part):
    def with_doctype(xml: bytes) -> bytes:
        head, found, rest = xml.partition(b"?>")
        return head + found + doctype + rest if found else doctype + xml

    assert refused(changed(PLAIN, part, with_doctype)).code == "damaged"


def test_a_torn_file_is_one_error():
    for length in range(4, len(PLAIN), 97):
        refused(PLAIN[:length])


def test_rows_and_columns_beyond_the_limits_are_refused():
    wide = workbook_of(["x"])
    wide.active.cell(1, 600, "y")
    assert refused(saved(wide)).code == "too_large"
    assert refused(PLAIN, limits=Limits(rows=1)).code == "too_large"
    far = changed(PLAIN, SHEET, lambda xml: xml.replace(b'<row r="2"', b'<row r="99999999"'))
    assert refused(far).code == "too_large"
