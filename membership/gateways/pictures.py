"""Uploaded pictures: PNG or JPEG by content, read with limits and written anew as PNG without anything else in it.

Source: `ux.md` 6.1 (2), SEC-57.
"""

from __future__ import annotations

from io import BytesIO
from typing import Final

from PIL import Image, UnidentifiedImageError

from membership.domain.errors import N_, InputError

MAX_BYTES: Final = 2 * 1024 * 1024
_MAX_SIDE: Final = 6000
_KEPT_SIDE: Final = 1200
_KEPT_BYTES: Final = 64 * 1024
"""What every invoice can carry along; a logo is 60 mm wide at most."""
_SMALLER: Final = 0.8


class PictureWrong(InputError):
    """A file is no picture that can be printed."""

    message = N_("The file is no PNG or JPEG picture. Please save the logo as PNG and upload it again.")
    code = "picture"


class PictureTooLarge(InputError):
    """A picture has too many bytes or points."""

    message = N_("The picture is too large. At most 2 MB and 6,000 points a side are possible.")
    code = "picture_large"


def as_png(data: bytes) -> bytes:
    """Return the picture as PNG of at most 1,200 points a side and 64 KiB; raise when it is none or too large.

    A picture of very many colours loses points until it is small enough.
    """
    if len(data) > MAX_BYTES:
        raise PictureTooLarge
    try:
        with Image.open(BytesIO(data), formats=["PNG", "JPEG"]) as image:
            if max(image.size) > _MAX_SIDE:
                raise PictureTooLarge
            whole = image.convert("RGBA" if image.mode in {"RGBA", "LA", "P", "PA"} else "RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise PictureWrong from error
    side = _KEPT_SIDE
    whole.thumbnail((side, side))
    while len(png := _written(whole)) > _KEPT_BYTES:
        side = int(max(whole.size) * _SMALLER)
        whole.thumbnail((side, side))
    return png


def _written(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()
