"""The language of a page: the person's, else the one chosen here before signing in, else the association's.

Never the browser's: amounts and dates follow the same choice. Source: `decisions.md` 19.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from flask import Response, g, request

from invoices import formats
from invoices.formats import Language
from membership.web import sessions
from membership.web.association import association_settings
from membership.wording import LANGUAGES, Wording

COOKIE: Final = "language"
_YEAR: Final = 365 * 24 * 3600


def words() -> Wording:
    """Return the words of this request."""
    if "words" not in g:
        g.words = Wording(_language())
    found: Wording = g.words
    return found


def _(message: str, /, **values: object) -> str:
    """Return a message in the language of this request; calls of this are collected for the catalogue."""
    return words().text(message, **values)


def ngettext(one: str, many: str, n: int, /, **values: object) -> str:
    """Return the singular or plural of a message in the language of this request."""
    return words().count(one, many, n, **values)


def prefer(language: str) -> None:
    """Use the language of the member for this page, unless one was chosen here before."""
    if request.cookies.get(COOKIE) not in LANGUAGES and language in LANGUAGES:
        g.words = Wording(language)


def keep_choice(response: Response, language: str) -> None:
    """Keep a choice made before signing in."""
    is_secure = sessions.operator().base_url.startswith("https://")
    response.set_cookie(
        COOKIE, language, max_age=_YEAR, secure=is_secure, httponly=True, samesite="Lax", path="/"
    )


def moment_text(value: datetime) -> str:
    """Return a moment in the association's zone: `16.02.2027 08:12`."""
    local = value.astimezone(ZoneInfo(sessions.operator().time_zone))
    return f"{formats.short_date(local.date(), words().language)} {local:%H:%M}"


def day_text(value: date | datetime) -> str:
    """Return a day: `16.02.2027`; of a moment the day in the association's zone."""
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(sessions.operator().time_zone)).date()
    return formats.short_date(value, words().language)


def day_to_type(day: date) -> str:
    """Return a day as an input takes it back: German, else ISO; never in the order of the browser."""
    return formats.short_date(day, "de") if words().language == "de" else day.isoformat()


def _language() -> Language:
    if g.get("is_plain"):
        return "de"
    found = sessions.find_session()
    if found is not None:
        return _known(found.language) or "de"
    chosen = _known(request.args.get("lang", "")) or _known(request.cookies.get(COOKIE, ""))
    return chosen or _known(association_settings().text("association.language")) or "de"


def _known(text: str) -> Language | None:
    return next((language for language in LANGUAGES if language == text), None)
