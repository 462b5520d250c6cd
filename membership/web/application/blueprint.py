"""The blueprint of the public application, and what its pages share."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, request
from flask.typing import ResponseReturnValue

from membership.web.association import association_settings

blueprint = Blueprint("application", __name__, url_prefix="/application")


def private(answer: ResponseReturnValue) -> Response:
    """Return an answer whose address tells nobody where it came from and that no search engine keeps."""
    response = make_response(answer)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def frame() -> dict[str, Any]:
    """Return who answers questions, and where a change of the language leads."""
    text = association_settings().text
    return {
        "here": request.path,
        "help_contact": {
            "name": text("portal.help_name") or text("invoice.contact_name"),
            "phone": text("portal.help_phone") or text("association.phone"),
            "email": text("portal.help_email") or text("association.email"),
        },
    }
