"""The file as PDF/A-3b with the invoice attached: each row that breaks conformity is a test of its own."""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import replace
from datetime import date
from io import BytesIO

import pikepdf
import pytest
from lxml import etree
from PIL import Image, ImageCms

from invoices import hybrid, profile
from invoices.document import Transfer
from invoices.einvoice import xml_of
from invoices.pdf import render
from tests.invoices.einvoices import EXCHANGE, cases, make
from tests.invoices.printed import PROOF

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
NAMES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "pdf": "http://ns.adobe.com/pdf/1.3/",
    "ext": "http://www.aiim.org/pdfa/ns/extension/",
    "schema": "http://www.aiim.org/pdfa/ns/schema#",
    "property": "http://www.aiim.org/pdfa/ns/property#",
    "fx": "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#",
}


@pytest.fixture(scope="module")
def data() -> bytes:
    return render(make())


@pytest.fixture
def file(data):
    with pikepdf.open(BytesIO(data)) as opened:
        yield opened


@pytest.fixture
def metadata(file):
    return etree.fromstring(file.Root.Metadata.read_raw_bytes())


def words(metadata, path):
    return [node.text for node in metadata.iterfind(f".//{path}", NAMES)]


def test_the_metadata_is_an_unpacked_stream_of_its_type(file):
    stream = file.Root.Metadata
    assert stream.Type == "/Metadata"
    assert stream.Subtype == "/XML"
    assert "/Filter" not in stream
    raw = stream.read_raw_bytes()
    assert raw.startswith('<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'.encode())
    assert raw.endswith(b'<?xpacket end="w"?>')


def test_the_metadata_claims_part_3_and_conformance_b(metadata):
    assert words(metadata, "pdfaid:part") == ["3"]
    assert words(metadata, "pdfaid:conformance") == ["B"]


def test_ein_4_the_extension_schema_describes_the_four_properties(metadata):
    assert words(metadata, "schema:schema") == ["Factur-X PDFA Extension Schema"]
    assert words(metadata, "schema:namespaceURI") == [NAMES["fx"]]
    assert words(metadata, "schema:prefix") == ["fx"]
    described = metadata.find(".//schema:property/rdf:Seq", NAMES)
    rows = [
        tuple(
            row.findtext(f"property:{part}", namespaces=NAMES) for part in ("name", "valueType", "category")
        )
        for row in described
    ]
    assert rows == [
        (name, "Text", "external")
        for name in ("DocumentFileName", "DocumentType", "Version", "ConformanceLevel")
    ]
    assert all(row.findtext("property:description", namespaces=NAMES) for row in described)
    assert all(row.get(f"{_RDF}parseType") == "Resource" for row in described)


def test_ein_4_the_values_of_the_extension(metadata):
    assert words(metadata, "fx:DocumentFileName") == ["factur-x.xml"]
    assert words(metadata, "fx:DocumentType") == ["INVOICE"]
    assert words(metadata, "fx:Version") == ["1.0"]
    assert words(metadata, "fx:ConformanceLevel") == ["EN 16931"]


def test_ein_4_a_cancellation_is_of_the_type_invoice_too():
    with pikepdf.open(BytesIO(render(cases()["cancellation"]))) as opened:
        metadata = etree.fromstring(opened.Root.Metadata.read_raw_bytes())
    assert words(metadata, "fx:DocumentType") == ["INVOICE"]


def test_information_and_metadata_say_the_same():
    document = make(subject="Beitrag <2027> & mehr – „Größe“")
    with pikepdf.open(BytesIO(render(document))) as opened:
        info = {name: str(value) for name, value in opened.docinfo.items()}
        metadata = etree.fromstring(opened.Root.Metadata.read_raw_bytes())
    assert set(info) == {
        "/Title",
        "/Subject",
        "/Author",
        "/Creator",
        "/Producer",
        "/CreationDate",
        "/ModDate",
    }
    assert words(metadata, "dc:title/rdf:Alt/rdf:li") == [info["/Title"]]
    assert words(metadata, "dc:description/rdf:Alt/rdf:li") == [info["/Subject"]] == [document.subject]
    assert words(metadata, "dc:creator/rdf:Seq/rdf:li") == [info["/Author"]]
    assert words(metadata, "xmp:CreatorTool") == [info["/Creator"]]
    assert words(metadata, "pdf:Producer") == [info["/Producer"]]
    assert info["/CreationDate"] == info["/ModDate"] == "D:20270111000000+00'00'"
    assert (
        words(metadata, "xmp:CreateDate")
        == words(metadata, "xmp:ModifyDate")
        == ["2027-01-11T00:00:00+00:00"]
    )


def test_the_output_intent_carries_an_rgb_profile(file):
    (intent,) = file.Root.OutputIntents
    assert intent.Type == "/OutputIntent"
    assert intent.S == "/GTS_PDFA1"
    assert str(intent.OutputConditionIdentifier) == "sRGB IEC61966-2.1"
    stream = intent.DestOutputProfile
    assert stream.N == 3
    assert stream.read_bytes() == profile.srgb()


def test_the_profile_is_a_valid_display_profile_of_version_2():
    made = profile.srgb()
    assert len(made) == struct.unpack(">I", made[:4])[0]
    assert made[8:12] == b"\x02\x10\0\0"
    assert made[12:24] == b"mntrRGB XYZ "
    assert made[36:40] == b"acsp"
    count = struct.unpack(">I", made[128:132])[0]
    tags = [struct.unpack(">4sII", made[132 + 12 * i : 144 + 12 * i]) for i in range(count)]
    assert {name for name, _, _ in tags} == {
        b"desc", b"cprt", b"wtpt", b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC",
    }  # fmt: skip
    assert all(start % 4 == 0 and start + size <= len(made) for _, start, size in tags)


def test_the_profile_shows_the_colours_of_srgb():
    ours = ImageCms.ImageCmsProfile(BytesIO(profile.srgb()))
    assert ImageCms.getProfileName(ours).strip() == profile.NAME
    colours = Image.new("RGB", (16, 16))
    colours.putdata([(16 * n % 256, 37 * n % 256, 255 - n) for n in range(256)])
    shown = ImageCms.profileToProfile(colours, ours, ImageCms.createProfile("sRGB"))
    far = max(
        abs(a - b)
        for one, other in zip(colours.tobytes(), shown.tobytes(), strict=True)
        for a, b in [(one, other)]
    )
    assert far <= 1


def test_ein_3_the_xml_is_attached_by_af_and_by_the_tree_of_names(file):
    (associated,) = file.Root.AF
    assert associated.Type == "/Filespec"
    names = file.Root.Names.EmbeddedFiles.Names
    assert [str(names[0])] == ["factur-x.xml"]
    assert names[1].objgen == associated.objgen


def test_ein_3_the_attachment_is_an_alternative_of_the_document(file):
    (associated,) = file.Root.AF
    assert associated.AFRelationship == "/Alternative"
    assert str(associated.F) == str(associated.UF) == "factur-x.xml"
    assert str(associated.Desc) == "Rechnungsdaten als XML (ZUGFeRD, Profil EN 16931)"


def test_ein_3_the_attachment_is_text_xml_with_its_size_and_date(data, file):
    content = file.Root.AF[0].EF.F
    assert content.objgen == file.Root.AF[0].EF.UF.objgen
    assert content.Type == "/EmbeddedFile"
    assert content.Subtype == "/text/xml"
    assert b"/Subtype /text#2Fxml" in data
    xml = content.read_bytes()
    assert xml == xml_of(make())
    assert content.Params.Size == len(xml)
    assert str(content.Params.ModDate) == "D:20270111000000+00'00'"


def test_every_stream_ends_with_a_line_and_has_its_length(data):
    whole = 0
    for found in re.finditer(rb"\nstream\n", data):
        head = data[data.rfind(b" obj\n", 0, found.start()) : found.start()]
        length = int(re.findall(rb"/Length (\d+)", head)[0])
        assert data[found.end() + length :].startswith(b"\nendstream\n")
        whole += 1
    assert whole == data.count(b"\nendstream\nendobj\n") >= 10


def test_the_file_begins_and_ends_as_an_archive_asks_for(data):
    head, second = data.split(b"\n", 2)[:2]
    assert head == b"%PDF-1.7"
    assert second[:1] == b"%"
    assert all(byte > 127 for byte in second[1:5])
    assert data.endswith(b"%%EOF\n")
    assert re.search(rb"/ID \[<[0-9a-f]{32}><[0-9a-f]{32}>\]", data)
    assert b"/Encrypt" not in data


def test_every_font_is_embedded_and_has_widths_for_its_signs(file):
    fonts = [font for page in file.pages for font in page.Resources.Font.values()]
    assert len(fonts) == 3
    for font in fonts:
        assert font.Subtype == "/TrueType"
        assert re.fullmatch(r"/[A-Z]{6}\+IBMPlexSans.*", str(font.BaseFont))
        assert font.FontDescriptor.FontFile2.Length1 == len(font.FontDescriptor.FontFile2.read_bytes())
        assert int(font.FontDescriptor.Flags) & 4, "a subset with its own codes is symbolic"
        assert "/Encoding" not in font
        assert "/ToUnicode" in font
        assert len(font.Widths) == int(font.LastChar) - int(font.FirstChar) + 1


@pytest.mark.parametrize("name", ["full_year", "cancellation", "direct_debit", "taxed"])
def test_pages_name_nothing_that_an_archive_forbids(name):
    with pikepdf.open(BytesIO(render(cases()[name]))) as opened:
        for page in opened.pages:
            assert set(page.keys()) == {"/Type", "/Parent", "/MediaBox", "/Resources", "/Contents"}
            assert set(page.Resources.keys()) == {"/Font", "/ProcSet"}
        assert set(opened.Root.keys()) == {
            "/Type", "/Pages", "/PageMode", "/Lang", "/Metadata", "/OutputIntents", "/AF", "/Names",
        }  # fmt: skip
        assert set(opened.Root.Names.keys()) == {"/EmbeddedFiles"}
        assert (
            opened.check_pdf_syntax() == [] if hasattr(opened, "check_pdf_syntax") else opened.check() == []
        )
        for page in opened.pages:
            used = {str(each.operator) for each in pikepdf.parse_content_stream(page)}
            assert used <= {
                "BT",
                "ET",
                "Tf",
                "Tm",
                "Tj",
                "rg",
                "RG",
                "w",
                "m",
                "l",
                "c",
                "h",
                "S",
                "B",
                "f",
                "re",
                "q",
                "Q",
                "cm",
                "Do",
            }


def test_a_transparent_logo_stays_within_the_profile(parts):
    document = make(issuer=parts["issuer"](logo=parts["logo"](alpha=128)))
    with pikepdf.open(BytesIO(render(document))) as opened:
        (picture,) = opened.pages[0].Resources.XObject.values()
        assert picture.ColorSpace == "/DeviceRGB"
        assert picture.SMask.ColorSpace == "/DeviceGray"
        assert "/Interpolate" not in picture
        assert opened.Root.OutputIntents[0].DestOutputProfile.N == 3


def test_a_document_without_parts_for_exchange_is_an_archive_without_attachment(invoice):
    for document in (invoice(), invoice(number=None, is_draft=True, payment=Transfer(), exchange=EXCHANGE)):
        with pikepdf.open(BytesIO(render(document))) as opened:
            assert "/AF" not in opened.Root
            assert "/Names" not in opened.Root
            metadata = opened.Root.Metadata.read_raw_bytes()
        assert b"<pdfaid:part>3</pdfaid:part>" in metadata
        assert b"urn:factur-x" not in metadata


def test_the_same_content_gives_the_same_file_and_another_another(parts):
    document = make(lines=parts["lines"](30), proof=PROOF)
    first = render(document)
    assert render(replace(document)) == first
    assert render(replace(document, exchange=replace(EXCHANGE, buyer_mail="a@b.example"))) != first
    assert render(replace(document, issued_on=date(2027, 1, 12))) != first


def test_streams_are_packed_and_unpack_to_what_was_written():
    assert zlib.decompress(hybrid.PACKED.encode("Größe")) == "Größe".encode()
    assert len(render(make())) < 45_000
