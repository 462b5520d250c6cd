"""The heads of every answer: content policy, no guessing, no frames, nothing kept by caches.

Source: `reliability.md` 5.12 no. 55, 56; SEC-24, SEC-41 to SEC-44.
"""

from __future__ import annotations

from typing import Final

from flask import Flask, Response

from membership.domain.errors import N_
from membership.settings import Settings, SettingsWrong

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)
_HEADS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
_TWO_YEARS: Final = "max-age=63072000"


class PlainHttp(SettingsWrong):
    """Pages with data are not served without TLS, but on this machine itself."""

    message = N_("base_url must begin with https://; http:// is for 127.0.0.1 and localhost only.")


def register(app: Flask, settings: Settings) -> None:
    """Add the heads to every answer; refuse to start without TLS on anything but a loopback address."""
    is_secure = settings.base_url.startswith("https://")
    host = settings.base_url.split("://", 1)[-1].split("/", 1)[0].rsplit(":", 1)[0]
    if not is_secure and host not in {"127.0.0.1", "localhost", "[::1]"}:
        raise PlainHttp
    heads = {**_HEADS, **({"Strict-Transport-Security": _TWO_YEARS} if is_secure else {})}

    def add(response: Response) -> Response:
        for name, value in heads.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    app.after_request(add)
    app.config.update(
        SESSION_COOKIE_NAME="__Host-form" if is_secure else "beitragsbuch-form",
        SESSION_COOKIE_SECURE=is_secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
