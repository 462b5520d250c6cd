"""Stylesheets, scripts and fonts: joined once a process, with the hash of their content in the name.

A page asks for one stylesheet, one script and at most three fonts, and keeps them for a year (`decisions.md` 44).
Few pages ask for a second script, which a list of its own beside `index.txt` names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, abort, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.colours import brand_tokens
from membership.web.access import policy
from membership.web.association import association, association_settings

blueprint = Blueprint("static_files", __name__)

_FOLDER: Final = Path(__file__).resolve().parent / "static"
_KINDS: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
_BARE: Final = {
    "css": re.compile(r"/\*.*?\*/|^\s+|(?<=[;{])\s+(?=[\w-]+:)", re.DOTALL | re.MULTILINE),
    "js": re.compile(r"^\s*//.*\n|^\s+", re.MULTILINE),
}
"""What is for those who read the files and is not sent: comments, indentation, empty lines."""
_DEFAULT_COLOUR: Final = "#0B5A6F"
_INDEX: Final = "index"
_YEAR: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is sent."""

    name: str
    content: bytes
    kind: str


@cache
def files() -> dict[str, StaticFile]:
    """Return every file by the name in its address."""
    joined = (_joined(kind, path.stem) for kind in ("css", "js") for path in (_FOLDER / kind).glob("*.txt"))
    return {file.name: file for file in (*_fonts().values(), *joined)}


def static_url(kind: str, name: str = "") -> str:
    """Return the address of the stylesheet (`css`), the script (`js`, or one of few pages by name) or a `file`."""
    found = _fonts()[name] if kind == "file" else _joined(kind, name or _INDEX)
    return url_for("static_files.show", name=found.name)


def brand_url() -> str | None:
    """Return the address of the association's own colours; None while it uses those of the product."""
    colour = association().colour
    if colour.upper() == _DEFAULT_COLOUR:
        return None
    return url_for("static_files.brand", digest=_digest(_brand_css(colour)))


@blueprint.get("/static/<path:name>")
@policy("public")
def show(name: str) -> ResponseReturnValue:
    """Send a stylesheet, a script or a font."""
    found = files().get(name)
    if found is None:
        abort(404)
    return _kept(found.content, found.kind)


@blueprint.get("/brand.<digest>.css")
@policy("public")
def brand(digest: str) -> ResponseReturnValue:
    """Send the association's colours; an address of older colours does not exist any more."""
    content = _brand_css(association_settings().text("association.brand_colour"))
    if digest != _digest(content):
        abort(404)
    return _kept(content, _KINDS[".css"])


def _kept(content: bytes, kind: str) -> Response:
    response = Response(content, content_type=kind)
    response.headers["Cache-Control"] = _YEAR
    response.set_etag(_digest(content))
    response.make_conditional(request)
    return response


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()[:16]


def _brand_css(colour: str) -> bytes:
    lines = "".join(f"  --{name}: {value};\n" for name, value in brand_tokens(colour).items())
    return f":root {{\n{lines}}}\n".encode()


@cache
def _fonts() -> dict[str, StaticFile]:
    found = {}
    for path in sorted((_FOLDER / "fonts").iterdir()):
        content = path.read_bytes()
        name = f"fonts/{path.stem}.{_digest(content)}{path.suffix}"
        found[f"fonts/{path.name}"] = StaticFile(name, content, _KINDS[path.suffix])
    return found


@cache
def _joined(kind: str, name: str) -> StaticFile:
    names = (_FOLDER / kind / f"{name}.txt").read_text(encoding="utf-8").split()
    text = "\n".join((_FOLDER / each).read_text(encoding="utf-8") for each in names)
    text = _BARE[kind].sub("", text)
    text = re.sub(r'url\("(fonts/[^"]+)"\)', lambda match: f'url("{_fonts()[match[1]].name}")', text)
    content = text.encode()
    return StaticFile(
        f"{'app' if name == _INDEX else name}.{_digest(content)}.{kind}", content, _KINDS[f".{kind}"]
    )
