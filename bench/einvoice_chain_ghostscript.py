"""One complete e-invoice, in terms of the usual chain with Ghostscript in it: platypus, Ghostscript, factur-x.

As `einvoice_chain`, but the page becomes PDF/A-3 by Ghostscript before the XML is attached; its CPU time counts as that
of a child. Not measured where Ghostscript is not installed.
"""

from __future__ import annotations

import shutil

from bench.einvoice_chain import measured
from bench.measure import Result

NAME = "einvoice_chain_ghostscript"
GOAL = 1 / 15
COUNT = 150


def missing() -> str:
    """Return what is not installed, empty when all is there."""
    return "" if shutil.which("gs") else "Ghostscript (apt install ghostscript)"


def measure() -> Result:
    """Compare both sides."""
    return measured(COUNT, "archive", pairs=3)
