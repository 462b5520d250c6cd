"""Files handed out by pages: name, type and bytes as a response that no cache keeps."""

from __future__ import annotations

from flask import Response

from membership.services.exports import File


def download(file: File) -> Response:
    """Return a file that the browser saves under its name."""
    return _response(file.content, file.media_type, name=file.name, place="attachment")


def pdf(content: bytes, *, name: str) -> Response:
    """Return a PDF that the browser shows, with the name under which it is saved."""
    return _response(content, "application/pdf", name=name, place="inline")


def xml(content: bytes, *, name: str) -> Response:
    """Return an e-invoice that the browser saves under its name."""
    return _response(content, "application/xml", name=name, place="attachment")


def _response(content: bytes, media_type: str, *, name: str, place: str) -> Response:
    response = Response(content, content_type=media_type)
    response.headers.set("Content-Disposition", place, filename=name)
    return response
