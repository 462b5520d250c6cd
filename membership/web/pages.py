"""All pages: the modules with a `blueprint`, by area. Whoever adds a subject adds one line.

An endpoint is named by area, subject and view: `treasurer.billing.show` is `templates/treasurer/billing/show.html`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final

from flask import Blueprint, Flask

from membership.web.links import MemberNumber, RowId

OPEN: Final = (
    "membership.web.static_files",
    "membership.web.public",
    "membership.web.account",
    "membership.web.application",
    "membership.web.invoice_link",
    "membership.web.declaration_link",
    "membership.web.online_payment",
    "membership.web.webhooks",
)
"""Pages with addresses of their own."""

TREASURER: Final = (
    "membership.web.treasurer.applications",
    "membership.web.treasurer.approvals",
    "membership.web.treasurer.audit",
    "membership.web.treasurer.banking",
    "membership.web.treasurer.billing",
    "membership.web.treasurer.invoices",
    "membership.web.treasurer.dispatch",
    "membership.web.treasurer.mail_texts",
    "membership.web.treasurer.members",
    "membership.web.treasurer.online_payments",
    "membership.web.treasurer.opening",
    "membership.web.treasurer.overview",
    "membership.web.treasurer.payments",
    "membership.web.treasurer.declarations",
    "membership.web.treasurer.direct_debits",
    "membership.web.treasurer.refunds",
    "membership.web.treasurer.requests",
    "membership.web.treasurer.reports",
    "membership.web.treasurer.resolutions",
    "membership.web.treasurer.schedules",
    "membership.web.treasurer.search",
    "membership.web.treasurer.settings",
    "membership.web.treasurer.system",
    "membership.web.treasurer.users",
    "membership.web.treasurer.year_end",
)
"""Staff pages under /treasurer."""

PORTAL: Final = (
    "membership.web.portal.companies",
    "membership.web.portal.company",
    "membership.web.portal.contacts",
    "membership.web.portal.access",
    "membership.web.portal.data",
    "membership.web.portal.leaving",
    "membership.web.portal.privacy",
    "membership.web.portal.orders",
    "membership.web.portal.debits",
    "membership.web.portal.declarations",
    "membership.web.portal.home",
    "membership.web.portal.invoices",
    "membership.web.portal.pay",
)
"""Pages of the member area under /portal."""


def register(app: Flask) -> None:
    """Register every blueprint; an address with a stroke at its end too many or too few is the same page."""
    app.url_map.strict_slashes = False
    app.url_map.converters.update(int=RowId, member=MemberNumber)
    for name in OPEN:
        app.register_blueprint(import_module(name).blueprint)
    for area, names in (("treasurer", TREASURER), ("portal", PORTAL)):
        parent = Blueprint(area, __name__, url_prefix=f"/{area}")
        for name in names:
            parent.register_blueprint(import_module(name).blueprint)
        app.register_blueprint(parent)
