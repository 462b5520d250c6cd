"""The logo as a picture object of the file: unpacked once a process, then only placed."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

from PIL import Image
from reportlab.pdfbase.pdfdoc import PDFDictionary, PDFName, PDFStream


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of one file: its name there, its size in pixels, its points and its transparency, if any."""

    name: str
    width: int
    height: int
    colours: PDFStream
    transparency: PDFStream | None


@lru_cache(maxsize=8)
def _unpacked(png: bytes) -> tuple[int, int, bytes, bytes | None]:
    """Return width, height, packed colours and packed transparency, if there is any."""
    with Image.open(BytesIO(png), formats=["PNG"]) as image:
        whole = image.convert("RGBA")
    alpha = whole.getchannel("A")
    opaque = alpha.getextrema() == (255, 255)
    transparency = None if opaque else zlib.compress(alpha.tobytes(), 9)
    return whole.width, whole.height, zlib.compress(whole.convert("RGB").tobytes(), 9), transparency


def _stream(width: int, height: int, data: bytes, space: str) -> PDFStream:
    words = {
        "Type": PDFName("XObject"),
        "Subtype": PDFName("Image"),
        "Width": width,
        "Height": height,
        "BitsPerComponent": 8,
        "ColorSpace": PDFName(space),
        "Filter": PDFName("FlateDecode"),
    }
    return PDFStream(PDFDictionary(words), data, filters=())


def picture(png: bytes) -> Picture:
    """Return the picture with new objects for one file; the unpacked points are kept for the next."""
    width, height, colours, transparency = _unpacked(png)
    return Picture(
        name=f"Logo{hashlib.sha256(png).hexdigest()[:12]}",
        width=width,
        height=height,
        colours=_stream(width, height, colours, "DeviceRGB"),
        transparency=None if transparency is None else _stream(width, height, transparency, "DeviceGray"),
    )
