"""What makes a PDF no archive file or no e-invoice: its attachment, its metadata, its fonts.

It is no validator of all of PDF/A: it looks at what invoices break most.

Source: ISO 19005-3; Factur-X 1.08, EIN-3 and EIN-4.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final

import pikepdf
from lxml import etree

from invoices.checking.finding import Finding, Said
from invoices.checking.reading import XmlRefused, read_xml
from invoices.checking.terms import Terms

_FX: Final = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_OLDER: Final = (
    "urn:zugferd:pdfa:CrossIndustryDocument:invoice:2p0#",
    "urn:ferd:pdfa:CrossIndustryDocument:invoice:1p0#",
)
_AID: Final = "http://www.aiim.org/pdfa/ns/id/"
_SCHEMA: Final = "http://www.aiim.org/pdfa/ns/schema#"
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_NAMES: Final = frozenset({"factur-x.xml", "xrechnung.xml"})
_LEVELS: Final = {
    "urn:factur-x.eu:1p0:minimum": "MINIMUM",
    "urn:factur-x.eu:1p0:basicwl": "BASIC WL",
    "urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic": "BASIC",
    "urn:cen.eu:en16931:2017": "EN 16931",
    "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended": "EXTENDED",
}
_RELATIONS: Final = frozenset({"/Alternative", "/Data", "/Source"})
_THREE: Final = "3"


def findings(data: bytes, name: str, terms: Terms, said: Said) -> Iterator[Finding]:
    """Yield what is wrong with the file around the XML `name`."""
    with pikepdf.open(BytesIO(data)) as file:
        if file.is_encrypted:
            yield said.error("PDF-ENCRYPTED")
        if "/ID" not in file.trailer:
            yield said.error("PDF-ID")
        yield from _attachment(file, name, said)
        yield from _metadata(file, name, terms, said)
        if "/OutputIntents" not in file.Root:
            yield said.warning("PDF-INTENT")
        for font in sorted(_not_embedded(file)):
            yield said.error("PDF-FONT", where=font, font=font)


def _attachment(file: pikepdf.Pdf, name: str, said: Said) -> Iterator[Finding]:
    if name not in _NAMES:
        yield said.warning("PDF-NAME", where=name, name=name)
    associated: Any = file.Root.get("/AF", [])
    found = [each for each in associated if str(each.get("/UF", each.get("/F", ""))) == name]
    if not found:
        yield said.error("PDF-AF", where=name)
        return
    relation = str(found[0].get("/AFRelationship", ""))
    if relation not in _RELATIONS:
        yield said.error("PDF-RELATION", where=name, found=relation or "–")
    elif relation != "/Alternative":
        yield said.warning("PDF-RELATION", kind="PDF-RELATION-OTHER", where=name, found=relation)
    content = found[0].EF.get("/F", found[0].EF.get("/UF"))
    kind = str(content.get("/Subtype", ""))
    if kind not in {"/text/xml", "/application/xml"}:
        yield said.error("PDF-TYPE", where=name, found=kind or "–")


def _metadata(file: pikepdf.Pdf, name: str, terms: Terms, said: Said) -> Iterator[Finding]:
    if "/Metadata" not in file.Root:
        yield said.error("PDF-METADATA")
        return
    try:
        root = read_xml(file.Root.Metadata.read_bytes())
    except XmlRefused as error:
        yield said.error("PDF-METADATA", where=str(error))
        return
    part, conformance = _value(root, _AID, "part"), _value(root, _AID, "conformance")
    if part != _THREE:
        yield said.error("PDF-PART", found=part or "–")
    elif conformance not in {"A", "B", "U"}:
        yield said.error("PDF-CONFORMANCE", found=conformance or "–")
    described = {node.text for node in root.iter(f"{{{_SCHEMA}}}namespaceURI")}
    if described & set(_OLDER) and _FX not in described:
        yield said.warning("PDF-OLDER")
        return
    if _FX not in described:
        yield said.error("PDF-EXTENSION")
    stated = _value(root, _FX, "DocumentFileName")
    if stated != name:
        yield said.error("PDF-FX-NAME", where="fx:DocumentFileName", found=stated or "–", name=name)
    level = "XRECHNUNG" if terms.is_xrechnung else _LEVELS.get(terms.one("BT-24").lower(), "")
    stated = _value(root, _FX, "ConformanceLevel")
    if level and stated != level:
        yield said.error("PDF-FX-LEVEL", where="fx:ConformanceLevel", found=stated or "–", level=level)


def _value(root: Any, namespace: str, name: str) -> str:  # noqa: ANN401 - an element of the library
    """Return a property, written as an element or as an attribute."""
    for node in root.iter(f"{{{namespace}}}{name}"):
        return (node.text or "").strip()
    for node in root.iter(f"{{{_RDF}}}Description"):
        text = node.get(etree.QName(namespace, name))
        if text is not None:
            return str(text).strip()
    return ""


def _not_embedded(file: pikepdf.Pdf) -> set[str]:
    """Return the names of fonts of the pages whose program is not in the file."""
    found = set()
    for page in file.pages:
        resources: Any = page.obj.get("/Resources", {})
        fonts: Any = resources.get("/Font", {})
        for font in fonts.values():
            for each in font.get("/DescendantFonts", [font]):
                descriptor = each.get("/FontDescriptor", {})
                programs = ("/FontFile", "/FontFile2", "/FontFile3")
                is_drawn = str(each.get("/Subtype", "")) == "/Type3"
                if not is_drawn and not any(program in descriptor for program in programs):
                    found.add(str(each.get("/BaseFont", "?")).removeprefix("/"))
    return found
