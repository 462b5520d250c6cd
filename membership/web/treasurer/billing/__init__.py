"""Billing runs: preview, exceptions, check page, progress, result.

Source: `ux.md` 6.6; INV-12, INV-13.
"""

from __future__ import annotations

from membership.web.treasurer.billing import corrections, levies, protocol, release, runs
from membership.web.treasurer.billing.blueprint import blueprint

__all__ = ["blueprint", "corrections", "levies", "protocol", "release", "runs"]
