"""What every template may ask for: words, formats, the person, navigation, notices, addresses, tokens.

The list is that of `docs/components.md`; nothing here is passed by a view.
"""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from flask import Flask, g, request, url_for
from flask_login import current_user

from invoices import formats
from membership import __version__, clock
from membership.domain.levies import code_of
from membership.persistence.db import Session
from membership.persistence.queries.dues_years import find_dues_years
from membership.web import language, line_breaks, navigation, news, sessions
from membership.web.association import Association, association
from membership.web.static_files import brand_url, static_url

PRODUCT = ("Beitragsbuch", __version__)


def register(app: Flask) -> None:
    """Give the templates their globals and filters."""
    app.jinja_env.globals.update(
        _=language._,
        ngettext=language.ngettext,
        static_url=static_url,
        may=sessions.holds,
        form_token=form_token,
        product=PRODUCT,
    )
    app.jinja_env.filters.update(
        amount=lambda cents: formats.amount(cents, language.words().language),
        plain_amount=lambda cents: formats.plain_amount(cents, language.words().language),
        number=lambda value: formats.number(value, language.words().language),
        day=language.day_text,
        long_day=lambda day: formats.long_date(day, language.words().language),
        moment=language.moment_text,
        iban=formats.in_fours,
        unbroken=line_breaks.unbroken,
        mail=line_breaks.mail,
        marked=line_breaks.marked,
        phrase=lambda sentence: language.words().value(sentence),
        run_year=run_year,
    )
    app.context_processor(_frame)


def run_year(run: Any) -> str:  # noqa: ANN401 - a row; pages do not import models
    """Return the dues year of a run as it stands in titles, with the levy where it bills one."""
    code = code_of(run.kind)
    year = str(run.dues_year)
    return year if code is None else language._("%(year)s (levy %(code)s)", year=year, code=code)


def form_token() -> str:
    """Return the token of a form: the same form sent twice acts once (`reliability.md` 28)."""
    return secrets.token_urlsafe(16)


def today() -> date:
    """Return the day of this request in the association's zone."""
    return clock.today(sessions.operator().time_zone)


def dues_years(session: Session) -> dict[str, Any]:
    """Return the switch of the dues year for a page that has one: `render_template(…, **dues_years(read()))`.

    `dues_year` comes from `?year=`, else it is the present one, or the first one after it that has dues at all;
    `dues_years` are those there are data for.
    """
    present = today().year
    first, last, begins = find_dues_years(session)
    usual = max(present, begins or present) if first is None or first > present else present
    years = list(range(max(last or usual, usual), min(first or present, present) - 1, -1))
    asked = request.args.get("year", "")
    chosen = int(asked) if asked.isascii() and asked.isdigit() and int(asked) in years else usual
    return {"dues_years": years, "dues_year": chosen}


def _frame() -> dict[str, Any]:
    if g.get("is_plain"):
        return {
            "language": "de",
            "association": Association("Beitragsbuch", has_logo=False, mark="B", colour=""),
            "current_user": sessions.Nobody(),
            "navigation": [],
            "help_href": url_for("public.help"),
            "notices": [],
            "dues_years": [],
            "dues_year": None,
            "brand_url": None,
            "error_lines": [],
            "printed_on": None,
        }
    is_known = current_user.is_authenticated
    return {
        "language": language.words().language,
        "association": association(),
        "navigation": navigation.items(is_staff=current_user.is_staff) if is_known else [],
        "help_href": navigation.help_address(),
        "notices": news.Notices(),
        "dues_years": [],
        "dues_year": None,
        "brand_url": brand_url(),
        "error_lines": [],
        "printed_on": today(),
    }
