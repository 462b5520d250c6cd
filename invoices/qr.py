"""The EPC QR code ("GiroCode") of a transfer: its text, its modules, and its drawing as one path.

A QR code is byte mode, level M, with one fixed mask: choosing the best of eight masks costs more than a whole page,
and every mask scans. Only what stays the same (finders, timing, format, version) is taken from segno, once a
version; the changing part is done here with whole numbers and is compared with segno by the tests.

Source: EPC069-12, PAY-9; ISO/IEC 18004 7.4 to 7.7.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import chain, zip_longest
from operator import itemgetter
from typing import Any, Final

import segno
from segno import consts

from invoices.document import BankDetails, Transfer

MASK: Final = 0
QUIET: Final = 4
MOST_BYTES: Final = 331
MOST_CENTS: Final = 99_999_999_999
_LONG_COUNT: Final = 10  # from this version on the length takes two bytes
_PADS: Final = bytes.fromhex("EC11") * 167
_DATA: Final = frozenset({consts.TYPE_DATA_DARK, consts.TYPE_DATA_LIGHT})
# version -> error words a block, data words of each block (ISO/IEC 18004 table 9, level M)
_BLOCKS: Final[dict[int, tuple[int, tuple[int, ...]]]] = {
    1: (10, (16,)),
    2: (16, (28,)),
    3: (26, (44,)),
    4: (18, (32,) * 2),
    5: (24, (43,) * 2),
    6: (16, (27,) * 4),
    7: (18, (31,) * 4),
    8: (22, (38,) * 2 + (39,) * 2),
    9: (22, (36,) * 3 + (37,) * 2),
    10: (26, (43,) * 4 + (44,)),
    11: (30, (50,) + (51,) * 4),
    12: (22, (36,) * 6 + (37,) * 2),
    13: (22, (37,) * 8 + (38,)),
}
_RUN: Final = re.compile("1+")


class PayloadInvalid(ValueError):
    """A transfer that no QR code can carry."""


def payload(bank: BankDetails, transfer: Transfer, *, amount_cents: int) -> str:
    """Return the text of the code: no line after the last used one, no final line break. Source: PAY-9."""
    if not 0 < amount_cents <= MOST_CENTS:
        message = f"{amount_cents} cents cannot be transferred"
        raise PayloadInvalid(message)
    if not (transfer.reference or transfer.remittance):
        message = "a transfer without a reference"
        raise PayloadInvalid(message)
    euros = f"EUR{amount_cents // 100}.{amount_cents % 100:02d}"
    lines = ["BCD", "002", "1", "SCT", bank.bic, bank.holder, bank.iban, euros, "", transfer.reference]
    if transfer.remittance:
        lines.append(transfer.remittance)
    text = "\n".join(lines)
    if len(text.encode()) > MOST_BYTES:
        message = "the texts are too long for a QR code"
        raise PayloadInvalid(message)
    return text


@dataclass(frozen=True, slots=True)
class _Shape:
    """What all codes of one version share."""

    size: int
    capacity: int
    error_words: int
    blocks: tuple[int, ...]
    spare_bits: int
    mask: int
    place: Callable[[str], tuple[Any, ...]]


def _walk(size: int) -> list[int]:
    """Return the cells in the order in which data is placed: pairs of columns from the right, up and down."""
    cells = []
    upwards = True
    for right in (*range(size - 1, 6, -2), 5, 3, 1):
        for row in range(size - 1, -1, -1) if upwards else range(size):
            cells += [row * size + right, row * size + right - 1]
        upwards = not upwards
    return cells


@cache
def _shape(version: int) -> _Shape:
    code = segno.make(
        b"0", mode="byte", version=version, error="m", mask=MASK, boost_error=False, micro=False
    )
    modules = list(chain.from_iterable(code.matrix_iter(border=0, verbose=True)))
    size = 17 + 4 * version
    # segno reports the cell left of the upper format strip as format; it carries data.
    beside_format = 8 * size + size - 9
    order = [cell for cell in _walk(size) if modules[cell] in _DATA or cell == beside_format]
    # A fixed module reads one of the two signs that are appended to the data: light "0", dark "1".
    source = [len(order) + (module >> 8 > 0) for module in modules]
    for index, cell in enumerate(order):
        source[cell] = index
    mask = int("".join("01"[(cell // size + cell % size) % 2 == 0] for cell in order), 2)
    error_words, blocks = _BLOCKS[version]
    spare_bits = len(order) - 8 * (sum(blocks) + error_words * len(blocks))
    return _Shape(size, sum(blocks), error_words, blocks, spare_bits, mask, itemgetter(*source))


def _times(a: int, b: int) -> int:
    """Return the product in the field of 256 elements that QR codes use."""
    product = 0
    while b:
        product ^= a * (b & 1)
        a = (a << 1) ^ (0x11D if a & 0x80 else 0)
        b >>= 1
    return product


@cache
def _multiples(words: int) -> tuple[int, ...]:
    """Return the generator polynomial of so many error words (without its leading 1) times 0 to 255."""
    generator = [1]
    root = 1
    for _ in range(words):
        shifted = [_times(root, factor) for factor in generator]
        generator = [a ^ b for a, b in zip([*generator, 0], [0, *shifted], strict=True)]
        root = _times(root, 2)
    rest = generator[1:]
    return tuple(int.from_bytes(bytes(_times(factor, n) for factor in rest)) for n in range(256))


def _error_words(block: bytes, words: int) -> bytes:
    table = _multiples(words)
    top = 8 * (words - 1)
    below = (1 << top) - 1
    rest = 0
    for byte in block:
        rest = ((rest & below) << 8) ^ table[byte ^ (rest >> top)]
    return rest.to_bytes(words)


def _interleaved(blocks: list[bytes]) -> bytes:
    return bytes(word for word in chain.from_iterable(zip_longest(*blocks)) if word is not None)


def _version_for(length: int) -> int:
    for version, (_, blocks) in _BLOCKS.items():
        if length <= sum(blocks) - (2 if version < _LONG_COUNT else 3):
            return version
    message = f"{length} bytes are too many for a QR code"
    raise PayloadInvalid(message)


def matrix(text: str) -> list[str]:
    """Return the rows of the code, top to bottom, `1` for a dark module, without the quiet zone."""
    data = text.encode()
    version = _version_for(len(data))
    shape = _shape(version)
    count_bytes = 1 if version < _LONG_COUNT else 2
    head = (4 << (8 * count_bytes)) | len(data)
    bits = ((head << (8 * len(data))) | int.from_bytes(data)) << 4
    words = (bits.to_bytes(len(data) + count_bytes + 1) + _PADS)[: shape.capacity]
    blocks = []
    start = 0
    for length in shape.blocks:
        blocks.append(words[start : start + length])
        start += length
    errors = [_error_words(block, shape.error_words) for block in blocks]
    message = int.from_bytes(_interleaved(blocks) + _interleaved(errors)) << shape.spare_bits
    length = 8 * (shape.capacity + shape.error_words * len(blocks)) + shape.spare_bits
    flat = "".join(shape.place(f"{message ^ shape.mask:0{length}b}01"))
    return [flat[at : at + shape.size] for at in range(0, len(flat), shape.size)]


def path(rows: list[str]) -> str:
    """Return the dark modules as one PDF path in units of a module, top row first at y = 0, growing downwards."""
    parts = [
        f"{run.start()} {y} {run.end() - run.start()} 1 re"
        for y, row in enumerate(rows)
        for run in _RUN.finditer(row)
    ]
    parts.append("f")
    return "\n".join(parts)
