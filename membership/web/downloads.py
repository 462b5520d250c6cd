"""Files handed out by pages: name, type and bytes as a response that no cache keeps."""

from __future__ import annotations

import re
import unicodedata
from typing import IO, Final
from urllib.parse import quote

from flask import Response, send_file

from membership.services.exports import File

_LONGEST_NAME: Final = 150


def download(file: File) -> Response:
    """Return a file that the browser saves under its name; opened all the same, it can do nothing (SEC-59)."""
    response = _response(file.content, file.media_type, name=file.name, place="attachment")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    return response


def pdf(content: bytes, *, name: str) -> Response:
    """Return a PDF that the browser shows, with the name under which it is saved."""
    return _response(content, "application/pdf", name=name, place="inline")


def picture(content: bytes, *, name: str) -> Response:
    """Return a PNG that a page shows."""
    return _response(content, "image/png", name=name, place="inline")


def xml(content: bytes, *, name: str) -> Response:
    """Return an e-invoice that the browser saves under its name."""
    return _response(content, "application/xml", name=name, place="attachment")


def archive(file: IO[bytes], *, name: str) -> Response:
    """Return a ZIP that was written into a temporary file; it is closed when it has been sent."""
    file.seek(0)
    return send_file(file, mimetype="application/zip", as_attachment=True, download_name=name)


def _response(content: bytes, media_type: str, *, name: str, place: str) -> Response:
    response = Response(content, content_type=media_type)
    response.headers["Content-Disposition"] = f"{place}; {_named(name)}"
    return response


def _named(name: str) -> str:
    """Return the file's name as a head holds it: plain signs for every browser, and all signs encoded (RFC 6266).

    It may come from an upload: what is no plain sign never reaches the head as it is (SEC-58).
    """
    tidy = "".join(sign if sign.isprintable() and sign not in '/\\"' else "_" for sign in name)[
        -_LONGEST_NAME:
    ]
    plain = unicodedata.normalize("NFKD", tidy).encode("ascii", "ignore").decode() or "datei"
    encoded = "" if plain == tidy else f"; filename*=UTF-8''{quote(tidy, safe='')}"
    shown = plain if re.fullmatch(r"[\w.-]+", plain) else f'"{plain}"'
    return f"filename={shown}{encoded}"
