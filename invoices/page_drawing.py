"""The process that draws a page: a PDF comes in by the standard input, a PNG goes out; its argument is the page number.

It is started by its path and imports nothing of ours. Its memory and time are bounded; so is the picture: 880 px wide
(A4: 1245 high), never more than twice as high as wide, 16 colours. That is sharp on the page and weighs about 45 kB.
"""

from __future__ import annotations

import resource
import sys
from typing import Final

import pypdfium2
from PIL import Image

_WIDTH: Final = 880
_COLOURS: Final = 16
_MOST_BYTES: Final = 1024 * 1024 * 1024
_SECONDS: Final = 5


def _draw(pdf: bytes, page: int) -> Image.Image:
    with pypdfium2.PdfDocument(pdf) as file:
        found = file[page - 1]
        scale = min(_WIDTH / found.get_width(), 2 * _WIDTH / found.get_height())
        picture: Image.Image = found.render(scale=scale).to_pil().convert("RGB")
    return picture.quantize(_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    _draw(sys.stdin.buffer.read(), int(sys.argv[1])).save(sys.stdout.buffer, "PNG")
