"""Looking for 10,000 invoice numbers in 10,000 bank lines, in terms of a scan for each number in each text.

Like for like: both find whole numbers only, in texts and numbers that are packed once. The scan looks through some of
the lines and is multiplied. The note says what all of matching takes in terms of the same scan: names, accounts, sums,
typing errors, and the reasons of every candidate in words.

Six lines of ten carry the number of the invoice, whole or with a blank; the others a member number, a typing error, a
part of the number, the name alone, an amount only, or nothing of ours.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Final

from bench.measure import PAIRS, Result, result_of
from membership.domain.banking.facts import Certainty, Known, OpenItem, Payer
from membership.domain.banking.lines import Entry
from membership.domain.banking.matching import match_lines
from membership.domain.banking.numbers import NumberIndex
from membership.domain.banking.text import pack, packed

NAME = "matching_search"
GOAL = 0.02
COUNT: Final = 10_000
_SCANNED: Final = 200
_CONSONANTS: Final = "bdfghklmnprstvwz"
_VOWELS: Final = "aeiou"
_ENDS: Final = ("bach", "berg", "dorf", "feld", "hausen", "heim", "mann", "ner", "stedt", "werk")
_TRADES: Final = (
    "Blechtechnik", "Federn", "Gießerei", "Lackiererei", "Kabelwerk", "Sitzbau", "Achsbau", "Prüftechnik", "Logistik",
    "Werkzeugbau", "Kunststoff", "Antriebe", "Sensorik", "Dichtungen", "Härterei", "Zerspanung", "Modellbau",
)  # fmt: skip
_FORMS: Final = ("GmbH", "GmbH & Co. KG", "AG", "KG", "e.K.")
_CENTS: Final = (30000, 60000, 60000, 120000, 240000)


def known(count: int) -> Known:
    """Return so many members with an open invoice each; every third has a known account."""
    dice = random.Random(count)  # noqa: S311 - a seed, no secret
    payers, items = [], []
    for n in range(1, count + 1):
        word = "".join(dice.choice(_CONSONANTS) + dice.choice(_VOWELS) for _ in range(3))
        name = f"{word}{dice.choice(_ENDS)} {dice.choice(_TRADES)} {dice.choice(_FORMS)}"
        ibans = (_account(n),) if n % 3 == 0 else ()
        payers.append(Payer(n, f"M{n:06d}", (name,), None, ibans))
        items.append(OpenItem(n, f"RE2027-{n:06d}", n, dice.choice(_CENTS), date(2027, 1, 31), 2027))
    return Known(items, payers)


def lines(facts: Known) -> list[Entry]:
    """Return a line for each invoice, in no order."""
    dice = random.Random(7)  # noqa: S311 - a seed, no secret
    made = [
        _line(payer, item, dice) for payer, item in zip(list(facts.payers), list(facts.items), strict=True)
    ]
    dice.shuffle(made)
    return made


def _line(payer: Payer, item: OpenItem, dice: random.Random) -> Entry:
    number = item.number
    kinds: list[Callable[[], str]] = [
        *[lambda: f"{number} Mitgliedsbeitrag 2027"] * 4,
        *[lambda: f"Rechnung {number.replace('-', ' ')} vom 11.01.2027"] * 2,
        lambda: f"Beitrag {payer.number}",
        lambda: f"RE2027{number[-6:-2]}{number[-1]}{number[-2]}",
        lambda: "Mitgliedsbeitrag 2027",
        lambda: f"Vertrag {dice.randrange(10**7)}",
    ]
    return Entry(
        Decimal(item.open_cents) / 100, "EUR", booked_on=date(2027, 2, 3), name=payer.names[0],
        iban=_account(payer.id) if dice.random() < 0.7 else None, remittance=dice.choice(kinds)(),
        bank_reference=f"B{item.id}", line=item.id,
    )  # fmt: skip


def _account(n: int) -> str:
    return f"DE{n % 90 + 10}{n:018d}"


def ours(count: int) -> float:
    """Match so many lines and return the CPU seconds; most whole numbers must be sure."""
    facts = known(count)
    asked = lines(facts)
    begun = time.process_time()
    found = match_lines(asked, facts)
    seconds = time.process_time() - begun
    sure = sum(bool(each) and each[0].certainty is Certainty.SURE for each in found)
    assert sure > count * 0.55, sure
    return seconds


def search(facts: Known, asked: list[Entry]) -> float:
    """Look for the numbers by the index, which is built too; return the CPU seconds."""
    begun = time.process_time()
    index = NumberIndex(facts.items)
    found = sum(bool(index.find(pack(line.remittance or "")).sure) for line in asked)
    seconds = time.process_time() - begun
    assert found > len(asked) * 0.55, found
    return seconds


def scan(facts: Known, asked: list[Entry]) -> float:
    """Look for every number in some of the texts; return the CPU seconds that all texts would take."""
    begun = time.process_time()
    cores = [packed(item.number) for item in facts.items]
    found = 0
    for line in asked[:_SCANNED]:
        text = packed(line.remittance or "")
        found += sum(core in text for core in cores)
    assert found > _SCANNED * 0.5, found
    return (time.process_time() - begun) * len(asked) / _SCANNED


def measure() -> Result:
    """Return the time of our search in terms of the scan's."""
    facts = known(COUNT)
    asked = lines(facts)
    scans = [scan(facts, asked) for _ in range(PAIRS)]
    ratios = [search(facts, asked) / each for each in scans]
    return result_of(ratios, f"all of matching: {ours(COUNT) / median(scans):.2f}")
