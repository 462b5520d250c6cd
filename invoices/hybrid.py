"""What makes the file PDF/A-3b and an e-invoice: metadata, output intent, and the attached XML, in the same save.

Source: ISO 19005-3; Factur-X 1.08 / ZUGFeRD 2.4, EIN-3 and EIN-4.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.pdfbase.pdfdoc import (
    BasicFonts,
    PDFArray,
    PDFCatalog,
    PDFDictionary,
    PDFDocument,
    PDFName,
    PDFObject,
    PDFStream,
    PDFString,
)

from invoices import profile

ATTACHMENT: Final = "factur-x.xml"
FX: Final = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_PRODUCER: Final = "Beitragsbuch"
_LEVEL: Final = 2
_XML_TYPE: Final = (
    "/text#2Fxml"  # as it must stand in the file; a name made by the library would escape the sign twice
)


@dataclass(frozen=True, slots=True)
class About:
    """What the file says of itself, equal in its information dictionary and its metadata."""

    title: str
    subject: str
    author: str
    language: str
    day: date


class _Raw(PDFObject):
    """An object whose bytes are known already."""

    __RefOnly__ = 1

    def __init__(self, data: bytes) -> None:
        self._data = data

    def format(self, document: PDFDocument) -> bytes:  # noqa: ARG002 - asked for by the library
        """Return the bytes as they stand in the file."""
        return self._data


class _Catalog(PDFCatalog):
    """A catalog that knows the entries of PDF/A-3 too."""

    __NoDefault__ = [*PDFCatalog.__NoDefault__, "OutputIntents", "AF"]  # noqa: RUF012 - as the library declares them


class _Packed:
    """Packs streams at a third of the usual time and about a twentieth more bytes (`make bench`)."""

    pdfname = "FlateDecode"

    @staticmethod
    def encode(content: str | bytes) -> bytes:
        """Return the packed content."""
        return zlib.compress(content.encode() if isinstance(content, str) else content, _LEVEL)


PACKED: Final = _Packed()


class _Stream(PDFStream):
    """A stream whose data ends with a line, as ISO 19005-3 6.1.7.1 asks for."""

    def format(self, document: PDFDocument) -> bytes:
        """Return the stream with an end of line before its last word."""
        if self.filters:
            self.filters = [PACKED]
        data: bytes = super().format(document)
        return data.removesuffix(b"endstream\n") + b"\nendstream\n"


class File(PDFDocument):
    """A file of the library with all that it lacks for PDF/A-3."""

    def __init__(self, language: str) -> None:
        super().__init__(compression=1, invariant=1, pdfVersion=(1, 7), lang=language)
        made: Any = self
        catalog: Any = _Catalog()
        catalog.Pages, catalog.Lang = made.Pages, made.Catalog.Lang
        made.Catalog = self._entries = catalog

    def Reference(self, obj: Any, name: str | None = None) -> Any:  # noqa: ANN401, N802 - the library's method
        """Register an object; every stream comes by here and gets the right end."""
        if type(obj) is PDFStream:
            obj.__class__ = _Stream
        return super().Reference(obj, name)  # type: ignore[no-untyped-call]  # the library has no types

    def describe(self, about: About) -> None:
        """Set what the file says of itself; called once."""
        moment = f"D:{about.day:%Y%m%d}000000+00'00'"
        texts = {
            "Title": about.title,
            "Subject": about.subject,
            "Author": about.author,
            "Creator": _PRODUCER,
            "Producer": _PRODUCER,
            "CreationDate": moment,
            "ModDate": moment,
        }
        self.info: Any = PDFDictionary({name: PDFString(text) for name, text in texts.items()})
        self._entries.OutputIntents = PDFArray([self._output_intent()])

    def add_metadata(self, about: About, *, has_invoice: bool) -> None:
        """Attach the metadata as it is, unpacked."""
        data = _metadata(about, has_invoice=has_invoice).encode()
        head = b"<< /Type /Metadata /Subtype /XML /Length %d >>" % len(data)
        self._entries.Metadata = _Raw(head + b"\nstream\n" + data + b"\nendstream\n")

    def attach(self, xml: bytes, about: About, *, purpose: str) -> None:
        """Attach the invoice as XML: in the tree of names, and as the alternative of the whole document."""
        moment = PDFString(f"D:{about.day:%Y%m%d}000000+00'00'")
        packed = PACKED.encode(xml)
        parameters = PDFDictionary({"ModDate": moment, "Size": len(xml)})
        words = {
            "Type": PDFName("EmbeddedFile"),
            "Subtype": _XML_TYPE,
            "Params": parameters,
            "Filter": PDFName("FlateDecode"),
        }
        content = self.Reference(PDFStream(PDFDictionary(words), packed, filters=()))
        file = self.Reference(
            PDFDictionary(
                {
                    "Type": PDFName("Filespec"),
                    "F": PDFString(ATTACHMENT),
                    "UF": PDFString(ATTACHMENT),
                    "Desc": PDFString(purpose),
                    "AFRelationship": PDFName("Alternative"),
                    "EF": PDFDictionary({"F": content, "UF": content}),
                }
            )
        )
        files = PDFDictionary({"Names": PDFArray([PDFString(ATTACHMENT), file])})
        self._entries.Names = PDFDictionary({"EmbeddedFiles": files})
        self._entries.AF = PDFArray([file])

    def data(self, identifier: str) -> bytes:
        """Return the finished file; the fonts are written with the signs that were used."""
        for font in self.delayedFonts:
            font.addObjects(self)
        fonts: Any = self.idToObject[BasicFonts]
        for font in fonts.dict.values():
            # Hundreds of numbers, written at once.
            font.Widths = f"[{' '.join([f'{width:g}' for width in font.Widths.sequence])}]".encode()
        self._ID = f"[<{identifier}><{identifier}>]".encode()
        self._entries.Outlines = None
        file: bytes = self.format()
        return file

    def _output_intent(self) -> PDFDictionary:
        return PDFDictionary(
            {
                "Type": PDFName("OutputIntent"),
                "S": PDFName("GTS_PDFA1"),
                "OutputConditionIdentifier": PDFString(profile.NAME),
                "Info": PDFString(profile.NAME),
                "DestOutputProfile": self.Reference(_Raw(_packed_profile())),
            }
        )


@cache
def _packed_profile() -> bytes:
    packed = zlib.compress(profile.srgb(), 9)
    head = b"<< /N 3 /Filter /FlateDecode /Length %d >>" % len(packed)
    return head + b"\nstream\n" + packed + b"\nendstream\n"


def _property(name: str, meaning: str) -> str:
    return (
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        f"<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{meaning}</pdfaProperty:description></rdf:li>\n"
    )


_FRAME: Final = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
    '<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">'
    "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>\n"
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>'
    "<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>"
    '<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>'
    "<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language></rdf:Description>\n"
    '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/">'
    "<xmp:CreatorTool>{producer}</xmp:CreatorTool><xmp:CreateDate>{moment}</xmp:CreateDate>"
    "<xmp:ModifyDate>{moment}</xmp:ModifyDate></rdf:Description>\n"
    '<rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">'
    "<pdf:Producer>{producer}</pdf:Producer></rdf:Description>\n"
    "{invoice}</rdf:RDF></x:xmpmeta>\n"
    '<?xpacket end="w"?>'
)
_INVOICE: Final = (
    '<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"'
    ' xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"'
    ' xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">'
    '<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">'
    "<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"
    f"<pdfaSchema:namespaceURI>{FX}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>\n"
    "<pdfaSchema:property><rdf:Seq>"
    + _property("DocumentFileName", "The name of the attached XML")
    + _property("DocumentType", "The type of the document: INVOICE")
    + _property("Version", "The version of the data")
    + _property("ConformanceLevel", "The profile of the data")
    + "</rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>\n"
    f'<rdf:Description rdf:about="" xmlns:fx="{FX}">'
    f"<fx:DocumentFileName>{ATTACHMENT}</fx:DocumentFileName><fx:DocumentType>INVOICE</fx:DocumentType>"
    "<fx:Version>1.0</fx:Version><fx:ConformanceLevel>EN 16931</fx:ConformanceLevel></rdf:Description>\n"
)


def _metadata(about: About, *, has_invoice: bool) -> str:
    return _FRAME.format(
        title=escape(about.title),
        author=escape(about.author),
        subject=escape(about.subject),
        language=about.language,
        producer=_PRODUCER,
        moment=f"{about.day:%Y-%m-%d}T00:00:00+00:00",
        invoice=_INVOICE if has_invoice else "",
    )
