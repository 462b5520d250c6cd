"""Bank files that a test writes from movements: MT940 as German banks write it, and the CSV list of a savings bank.

The camt.053 is written by `services/demo/statements.py`. Source: BNK-5, BNK-6.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final

from membership.services.demo.statements import Debited, Move

_WIDTH: Final = 27
_PLAIN: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})
_HEADINGS: Final = (
    "Auftragskonto", "Buchungstag", "Valutadatum", "Buchungstext", "Verwendungszweck", "Glaeubiger ID",
    "Mandatsreferenz", "Kundenreferenz (End-to-End)", "Sammlerreferenz", "Lastschrift Ursprungsbetrag",
    "Auslagenersatz Ruecklastschrift", "Beguenstigter/Zahlungspflichtiger", "Kontonummer/IBAN", "BIC (SWIFT-Code)",
    "Betrag", "Waehrung", "Info",
)  # fmt: skip


def mt940(moves: Sequence[Move], *, iban: str, number: int, opening_cents: int) -> bytes:
    """Return one statement of these movements in order; its balances add up."""
    closing = opening_cents + sum(move.cents for move in moves)
    lines = [
        ":20:STARTUMSE",
        f":25:{iban[4:12]}/{iban[12:]}",
        f":28C:{number:05d}/001",
        f":60F:{_side(opening_cents)}{moves[0].on:%y%m%d}EUR{_comma(opening_cents)}",
    ]
    for move in moves:
        code, key = _kind(move)
        day = f"{move.on:%y%m%d}{move.on:%m%d}"
        lines.append(f":61:{day}{_side(move.cents)}{_comma(move.cents)}N{key}NONREF")
        lines += _wrapped(f":86:{code}" + "".join(_subfields(move)))
    lines += [f":62F:{_side(closing)}{moves[-1].on:%y%m%d}EUR{_comma(closing)}", "-", ""]
    return "\r\n".join(lines).encode("cp1252")


def _kind(move: Move) -> tuple[str, str]:
    """Return the code of the transaction and the type of the entry."""
    if move.debited and move.debited.reason:
        return "109", "RTI"
    if move.debited:
        return "192", "DDT"
    return ("166", "TRF") if move.cents > 0 else ("177", "TRF")


def _subfields(move: Move) -> Iterator[str]:
    debited = move.debited or Debited()
    yield f"?00{'LASTSCHRIFTEN' if move.debited else 'UEBERWEISUNG'}"
    tokens = (
        ("EREF+", debited.end_to_end_id), ("KREF+", debited.payment_id), ("MREF+", debited.mandate),
        ("SVWZ+", move.reference or move.text),
    )  # fmt: skip
    place = 20
    for token, text in tokens:
        told = (token + text.translate(_PLAIN)) if text else ""
        for start in range(0, len(told), _WIDTH):
            yield f"?{place}{told[start : start + _WIDTH]}"
            place += 1
    if move.iban:
        yield f"?31{move.iban}"
    name = move.name.translate(_PLAIN)
    for place, start in zip((32, 33), range(0, len(name), _WIDTH), strict=False):
        yield f"?{place}{name[start : start + _WIDTH]}"
    if debited.reason:
        yield f"?34{_RETURNS[debited.reason]}"


_RETURNS: Final = {"MS03": "914", "AC04": "902"}


def _wrapped(text: str) -> list[str]:
    return [text[start : start + 65] for start in range(0, len(text), 65)]


def _side(cents: int) -> str:
    return "C" if cents >= 0 else "D"


def _comma(cents: int) -> str:
    return f"{abs(cents) // 100},{abs(cents) % 100:02d}"


def savings_bank_csv(moves: Sequence[Move], *, iban: str) -> bytes:
    """Return the list of these movements, the newest first, as savings banks give it out."""
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    rows.writerow(_HEADINGS)
    for move in reversed(moves):
        day = f"{move.on:%d.%m.%y}"
        sign = "-" if move.cents < 0 else ""
        kind = "GUTSCHR. UEBERW. DAUERAUFTR" if move.cents > 0 else "ONLINE-UEBERWEISUNG"
        rows.writerow(
            [
                iban, day, day, kind, move.reference or move.text, "", "", "", "", "", "", move.name, move.iban,
                "", f"{sign}{_comma(move.cents)}", "EUR", "Umsatz gebucht",
            ]
        )  # fmt: skip
    return out.getvalue().encode("cp1252")
