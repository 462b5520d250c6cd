"""CSV files: encoding, separator, quotes and row numbers are found."""

from __future__ import annotations

import pytest

from membership.domain.errors import InputError
from membership.domain.tables import Row
from membership.gateways.tables import Limits, read_table

HEAD = "Firma;Ort\r\n"


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("cp1252", "cp1252"),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_the_encoding_is_found(encoding, named):
    table = read_table((HEAD + "Süßwiese GmbH;Köln\r\n").encode(encoding))
    assert table.encoding == named
    assert table.rows[1] == Row(2, ("Süßwiese GmbH", "Köln"))


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_the_separator_is_found(separator):
    lines = [["Firma", "Ort", "Beitrag"], ["A GmbH", "Köln", "1.200"], ["B GmbH", "Bonn", "600"]]
    table = read_table("\n".join(separator.join(line) for line in lines).encode())
    assert table.separator == separator
    assert [list(row.values) for row in table.rows] == lines


def test_commas_in_amounts_and_remarks_do_not_beat_the_semicolon():
    text = "Firma;Beitrag;Bemerkung\nA GmbH;1.200,00 €;gut, alt, treu\nB GmbH;600,00 €;neu, klein, fein\n"
    assert read_table(text.encode()).separator == ";"


def test_a_person_may_choose_encoding_and_separator():
    table = read_table("Firma,x;Ort\nÄ,y;Köln\n".encode("cp850"), encoding="cp850", separator=",")
    assert table.rows[1].values == ("Ä", "y;Köln")


def test_the_separator_line_of_a_spreadsheet_is_understood():
    table = read_table(b"sep=|\r\nFirma|Ort\r\nA;B|Bonn\r\n")
    assert table.rows == (Row(1, ("Firma", "Ort")), Row(2, ("A;B", "Bonn")))


def test_quotes_and_line_breaks_stay_in_their_cell_and_blank_lines_count():
    table = read_table(b'Firma;Text\r\n"""Schmied"" GmbH";"eins;\r\nzwei"\r\n\r\nB;C\r\n')
    assert [row.number for row in table.rows] == [1, 2, 4]
    assert table.rows[1].values == ('"Schmied" GmbH', "eins;\r\nzwei")


def test_a_quotation_mark_in_the_middle_of_a_cell_is_a_sign_like_others():
    assert read_table(b'Firma;Art\n5" Rohr GmbH;x\n').rows[1].values == ('5" Rohr GmbH', "x")


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("'=1+1", "=1+1"),
        ("'+49", "+49"),
        ("'@x", "@x"),
        ("''=1", "'=1"),
        ("'n Abend", "'n Abend"),
        ("'＝1", "＝1"),
    ],
)
def test_the_apostrophe_before_a_formula_sign_is_taken_off(cell, read):
    assert read_table(f"Firma;Ort\n{cell};x\n".encode()).rows[1].values[0] == read


def refused(data: bytes, **choices: object) -> InputError:
    with pytest.raises(InputError) as caught:
        read_table(data, **choices)
    return caught.value


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b" \r\n\r\n", "empty_file"),
        (b";;;\n;;;\n", "empty_file"),
        (b'Firma;Ort\nA;"offen\nB;C\n', "open_quote"),
        (b"Firma;Ort\nA\x81B;C\n", "encoding"),
        (b"Firma;Ort\nA\x00B;C\n", "not_a_table"),
        (b"\xfe\xed\xfa\xce\x01\x02", "not_a_table"),
    ],
)
def test_a_broken_text_is_one_error(data, code):
    assert refused(data).code == code


def test_an_open_quotation_mark_names_its_row():
    assert "3" in str(refused(b'Firma;Ort\nA;B\nC;"offen\nD;E\n'))


def test_a_chosen_encoding_that_does_not_fit_or_exist_is_said():
    assert refused("Köln;x\n".encode("cp1252"), encoding="utf-8").code == "encoding"
    assert refused(b"a;b\n", encoding="klingon").code == "encoding"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"%PDF-1.7\n...", "PDF"),
        (b"\n%PDF-1.4 polyglot;Firma", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"GIF89a", "GIF"),
        (b"MZ\x90\x00\x03", "EXE"),
        (b"<html><table><tr><td>Firma</td></tr></table></html>", "HTML"),
        (b"\xef\xbb\xbf <!DOCTYPE html><p>", "HTML"),
        (b'<svg xmlns="x"><script/></svg>', "SVG"),
        (b'<?xml version="1.0"?><Workbook/>', "XML"),
        (b"{\\rtf1 Firma}", "RTF"),
    ],
)
def test_sec_57_content_counts_and_not_the_name(data, found):
    error = refused(data, filename="mitglieder.csv")
    assert (error.code, error.values["found"], error.where) == ("not_a_table", found, "mitglieder.csv")


def test_a_company_called_bm_or_mz_is_no_picture_and_no_program():
    assert read_table(b"MZ Bau GmbH;Ort\nBM GmbH;Bonn\n").rows[0].values[0] == "MZ Bau GmbH"
    assert read_table(b"BM GmbH;Ort\n").rows[0].values[0] == "BM GmbH"


def test_too_many_bytes_rows_and_columns_are_refused():
    assert refused(b"a;b\n" * 10, limits=Limits(file_bytes=20)).code == "too_large"
    assert refused(b"a;b\n" * 10, limits=Limits(rows=5)).code == "too_large"
    assert refused(b";".join([b"x"] * 600) + b"\n").code == "too_large"
    assert refused(b"Firma;Ort\n" + b"x" * 200_000 + b";y\n").code == "too_large"
