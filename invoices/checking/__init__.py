"""Any e-invoice checked, of anybody: PDF or XML, with what is wrong in words.

Source: `interfaces.md` "invoices check"; EN 16931-1, XRechnung 3.0, Factur-X 1.08.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pikepdf

from invoices.attached import NoPdf, attached_xml
from invoices.checking import archive, official, rules, xrechnung
from invoices.checking.finding import Finding, Said
from invoices.checking.reading import XmlRefused, read_xml
from invoices.checking.terms import NoInvoice, Terms, terms_of
from invoices.formats import Language

__all__ = ["Finding", "Report", "check", "report_content"]


@dataclass(frozen=True, slots=True)
class Report:
    """What was found; `profile` is BT-24, else empty; `rules` says whether the official ones were run."""

    profile: str
    rules: Literal["full", "partial"]
    findings: tuple[Finding, ...]

    @property
    def is_ok(self) -> bool:
        """Return whether nothing is wrong; warnings do not count."""
        return not any(finding.level == "error" for finding in self.findings)


def check(data: bytes, language: Language, *, with_official: bool = True) -> Report:
    """Return what is wrong with a PDF or XML, in the order file, structure, rules.

    `with_official` runs the official rules too where they are installed; a document takes a second then.
    """
    said = Said(language)
    found: list[Finding] = []
    if data.lstrip()[:5] == b"%PDF-":
        try:
            attached = attached_xml(data)
        except NoPdf as error:
            return _only(said.error(error.rule))
        if attached is None:
            return _only(said.error("PDF-XML"))
        name, xml = attached
        try:
            terms = _terms(xml)
        except (XmlRefused, NoInvoice) as error:
            return _only(said.error(error.rule, where=name, why=str(error)))
        try:
            found += archive.findings(data, name, terms, said)
        except (pikepdf.PdfError, LookupError, TypeError, ValueError, AttributeError) as error:
            found.append(said.error("PDF", where=name, why=str(error)))
    else:
        xml = data
        try:
            terms = _terms(xml)
        except (XmlRefused, NoInvoice) as error:
            return _only(said.error(error.rule, why=str(error)))
    found += rules.findings(terms, said)
    if terms.is_xrechnung:
        found += xrechnung.findings(terms, said)
    is_full = with_official and official.is_installed(terms)
    if is_full:
        known = {finding.rule for finding in found}
        found += [finding for finding in official.findings(terms) if finding.rule not in known]
    return Report(terms.one("BT-24"), "full" if is_full else "partial", tuple(found))


def report_content(report: Report) -> dict[str, object]:
    """Return a report as JSON: `ok`, `profile`, `findings`, `rules`. Source: `interfaces.md` "invoices check"."""
    return {
        "ok": report.is_ok,
        "profile": report.profile or None,
        "findings": [
            {"rule": each.rule, "level": each.level, "where": each.where or None, "text": each.text}
            for each in report.findings
        ],
        "rules": report.rules,
    }


def _terms(xml: bytes) -> Terms:
    return terms_of(read_xml(xml))


def _only(finding: Finding) -> Report:
    return Report("", "partial", (finding,))
