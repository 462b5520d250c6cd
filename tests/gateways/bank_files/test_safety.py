"""Files that mean harm, are damaged or are something else: one `InputError`, soon, in little memory, without a network.

Proof of SEC-54, 55, 56 and 66 for bank files.
"""

from __future__ import annotations

import gzip
import io
import json
import socket
import zipfile

import pytest

from invoices.checking import check
from membership.domain.errors import InputError
from membership.gateways.bank_files import Limits, read_bank_file
from membership.gateways.bank_files.errors import (
    ArchiveEmpty,
    ArchiveTooLarge,
    EmptyFile,
    FileDamaged,
    FileTooLarge,
    Forbidden,
    LimitExceeded,
    NotABankFile,
)
from tests.conftest import IS_RELEASE
from tests.gateways.bank_files.camt_files import DETAIL, camt, entry
from tests.gateways.bank_files.test_csv import PLAIN, ROW
from tests.gateways.bank_files.test_mt940 import DETAILS, FOOT, HEAD, LINE
from tests.gateways.tables.test_memory import run_limited

CAMT = camt(entry(), entry("5.00", "DBIT"))
MT940 = f"{HEAD}{LINE}\n{DETAILS}\n{FOOT}".encode()
LIST = (PLAIN + ROW).encode()
SIZE = 50_000_000 if IS_RELEASE else 2_000_000


def zipped(**files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
ENTITY = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    "doctype", [BOMB, ENTITY, b"<!DOCTYPE Document>", b'<!DOCTYPE d SYSTEM "http://x.example/d.dtd">']
)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_sec_54_any_document_type_is_refused(doctype, mark):
    with pytest.raises(Forbidden):
        read_bank_file(mark + CAMT.replace(b"\n", b"\n" + doctype, 1))


def test_sec_54_inclusions_and_style_sheets_are_refused():
    include = b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'
    for data in (
        CAMT.replace(b"<GrpHdr>", include + b"<GrpHdr>"),
        CAMT.replace(b"\n", b'\n<?xml-stylesheet href="x.xsl"?>', 1),
    ):
        with pytest.raises(Forbidden):
            read_bank_file(data)


@pytest.mark.parametrize("data", [
    b"<Document>" * 300_000,
    CAMT.replace(b"<GrpHdr>", b"<a>" * 300_000),
    CAMT.replace(b"<MsgId>", b"<MsgId " + b" ".join(b'a%d=""' % n for n in range(200_000)) + b">"),
    CAMT.replace(b"Weser", b"W" * 11_000_000),
    CAMT.replace(b"<GrpHdr>", b"<x>" + b"y" * 11_000_000 + b"</x><GrpHdr>"),
    CAMT.replace(b"<GrpHdr>", b"".join(b"<a%d/>" % n for n in range(200_000)) + b"<GrpHdr>"),
], ids=["levels above", "levels", "attributes", "long name", "long text", "many names"])  # fmt: skip
def test_sec_55_own_limits_hold(data):
    with pytest.raises(LimitExceeded):
        read_bank_file(data)


def test_sec_55_a_wrong_namespace_and_two_documents_are_refused():
    with pytest.raises(NotABankFile):
        read_bank_file(CAMT.replace(b"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08", b"urn:evil"))
    with pytest.raises(FileDamaged):
        read_bank_file(CAMT + CAMT.split(b"\n", 1)[1])


def test_elements_of_another_namespace_are_no_part_of_the_statement():
    foreign = CAMT.replace(
        b"<Ntry>", b'<x:Ntry xmlns:x="urn:x"><x:Amt Ccy="EUR">9.00</x:Amt></x:Ntry><Ntry>', 1
    )
    assert len(read_bank_file(foreign).statements[0].entries) == 2


def test_a_zip_gives_the_statements_of_all_its_files():
    found = read_bank_file(
        zipped(
            **{"a.xml": CAMT, "__MACOSX/a.xml": b"x", "x/": b"", "x/._b.xml": b"\x00\x05", "x/b.xml": CAMT}
        )
    )
    assert (found.format, len(found.statements)) == ("camt.053.001.08", 2)
    assert read_bank_file(zipped(**{"a.xml": CAMT, "b.sta": MT940})).format == "zip"


def test_a_wrong_file_in_a_zip_is_named():
    with pytest.raises(InputError) as refused:
        read_bank_file(zipped(**{"a.xml": CAMT, "b.xml": CAMT[:-40]}), filename="c.zip")
    assert refused.value.where.startswith("c.zip, b.xml, line")


def test_sec_56_archives_that_mean_harm_are_refused():
    for data, refusal in (
        (zipped(**{f"{n}.xml": b"<a/>" for n in range(10_000)}), ArchiveTooLarge),
        (zipped(**{"a.xml": b" " * 60_000_000}), ArchiveTooLarge),
        (zipped(**{"a.xml": CAMT + b" " * 900_000}), ArchiveTooLarge),
        (zipped(**{"a.zip": zipped(a=CAMT)}), NotABankFile),
        (zipped(**{"../a.xml": CAMT}), FileDamaged),
        (zipped(**{"/a.xml": CAMT}), FileDamaged),
        (zipped(), ArchiveEmpty),
        (zipped(**{"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<x/>"}), NotABankFile),
        (zipped(a=CAMT)[:-30], FileDamaged),
    ):
        with pytest.raises(refusal):
            read_bank_file(data)
    lying = bytearray(zipped(**{"a.xml": b" " * 60_000_000}))
    place = lying.rindex(b"PK\x01\x02")
    lying[place + 24 : place + 28] = (100).to_bytes(4, "little")
    with pytest.raises(InputError):
        read_bank_file(bytes(lying))


def test_sec_66_nothing_is_fetched(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    location = b'<Document xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x http://192.0.2.1/x.xsd"'
    linked = CAMT.replace(b"<Document", location, 1).replace(b"RE2027-0042", b"http://192.0.2.1/logo.png")
    assert read_bank_file(linked).statements[0].entries[0].remittance == "http://192.0.2.1/logo.png"
    with pytest.raises(Forbidden):
        read_bank_file(CAMT.replace(b"\n", b'\n<!DOCTYPE Document SYSTEM "http://192.0.2.1/x.dtd">', 1))
    invoice = b'<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x http://192.0.2.1/x.xsd"/>'
    assert not check(invoice, "de").is_ok


@pytest.mark.parametrize(("data", "refusal"), [
    (b"", EmptyFile), (b" \r\n\t", EmptyFile), (b"\xef\xbb\xbf", EmptyFile), (b"\x00" * 100, EmptyFile), (b"%PDF-1.7\n%x", NotABankFile),
    (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, NotABankFile), (b"MZ\x90\x00\x03", NotABankFile), (b"<html><body>Login</body></html>", NotABankFile),
    (b"<!DOCTYPE html><html></html>", NotABankFile), (b"<svg xmlns='http://www.w3.org/2000/svg'/>", NotABankFile), (b"<Document/>", NotABankFile),
    (b"<a><b/></a>", NotABankFile), (CAMT.replace(b"camt.053.001.08", b"pain.008.001.08").replace(b"BkToCstmrStmt", b"CstmrDrctDbtInitn"), NotABankFile),
])  # fmt: skip
def test_what_is_something_else_is_named(data, refusal):
    with pytest.raises(refusal):
        read_bank_file(data, filename="auszug.xml")


@pytest.mark.parametrize(("data", "found"), [
    (b"OFXHEADER:100\r\nDATA:OFXSGML\r\n\r\n<OFX></OFX>", "OFX"), (b'<?xml version="1.0"?><?OFX OFXHEADER="200"?><OFX/>', "OFX"),
    (b"!Type:Bank\nD03/02/2027\nT600.00\n^\n", "QIF"), (gzip.compress(CAMT), "GZIP"),
    (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt/></Document>', "pain.002.001.10"),
    (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.029.001.09"><RsltnOfInvstgtn/></Document>', "camt.029.001.09"),
    (b'<r:CrossIndustryInvoice xmlns:r="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"/>', "CrossIndustryInvoice"),
])  # fmt: skip
def test_the_kind_of_another_file_is_named(data, found):
    with pytest.raises(NotABankFile) as refused:
        read_bank_file(data)
    assert refused.value.values["found"] == found


def test_a_file_beyond_its_limit_is_refused():
    with pytest.raises(FileTooLarge):
        read_bank_file(CAMT, limits=Limits(file_bytes=100))
    with pytest.raises(LimitExceeded):
        read_bank_file(CAMT, limits=Limits(entries=1))


def test_a_camt_file_cut_anywhere_is_refused():
    data = camt(*[entry(details=DETAIL.replace("E1", f"E{n}")) for n in range(30)])
    for place in range(1, len(data) - 1, 97):
        with pytest.raises(InputError):
            read_bank_file(data[:place])


@pytest.mark.parametrize("data", [MT940, LIST])
def test_other_files_cut_anywhere_are_read_or_refused(data):
    for place in range(len(data)):
        try:
            found = read_bank_file(data[:place])
        except InputError:
            continue
        assert found.statements


LONG = {
    "xml": ("", entry() + "\n", ""),
    "sta": (HEAD, f"{LINE}\n{DETAILS}\n", FOOT),
    "csv": (PLAIN, ROW, ""),
}


@pytest.mark.parametrize("kind", LONG)
def test_fi_50_a_statement_of_50_megabytes_is_printed_or_refused_within_the_limit_of_a_process(
    kind, tmp_path
):
    path = tmp_path / f"auszug.{kind}"
    head, one, foot = LONG[kind]
    text = head + one * (SIZE // len(one)) + foot
    path.write_bytes(camt(text) if kind == "xml" else text.encode())
    ended = run_limited(f"""
        import os, sys
        from membership.cli.main import main
        shown, kept = os.dup(1), os.open("{tmp_path}/out.json", os.O_WRONLY | os.O_CREAT)
        os.dup2(kept, 1)
        code = main(["bank", "read", "{path}", "--json"])
        sys.stdout.flush()
        os.dup2(shown, 1)
        print(code)
    """)
    assert ended.returncode == 0, ended.stderr[-1000:]
    code = int(ended.stdout.split()[0])
    document = json.loads((tmp_path / "out.json").read_bytes())
    if code == 0:
        assert len(document["statements"][0]["entries"]) > SIZE // 700
    else:
        assert (code, document["error"]["code"], IS_RELEASE) == (2, "limit", True)


def test_fi_50_a_hostile_file_is_refused_in_little_memory():
    ended = run_limited(
        """
        from membership.domain.errors import InputError
        from membership.gateways.bank_files import read_bank_file
        for data in (b"<Document>" * 6_000_000, b"<D>" + b"".join(b"<a%d/>" % n for n in range(500_000)), b"<D " + b"a" * 60_000_000):
            try:
                read_bank_file(data)
            except InputError:
                print("refused")
    """,
        400 * 1024 * 1024,
    )
    assert ended.stdout.split()[:3] == ["refused"] * 3, ended.stderr[-1000:]
