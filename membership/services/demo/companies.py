"""The invented companies of the demonstration: names, places, people and sizes from one seed; nobody real.

142 of them are members today. The parts are made up so that no register knows them; addresses lie in invented
towns, mail ends in `.example`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from typing import Final

SEED: Final = 2014
COUNT: Final = 145

_FIRST = (
    "Aller", "Brakwisch", "Deichkamp", "Ellerwisch", "Fluthammer", "Grönhusen", "Hafenkant", "Irrwisch", "Jadekoog",
    "Kiebitzmoor", "Lüttmoor", "Moorstich", "Nebelkamp", "Österwiek", "Polderveen", "Querdeich", "Rövenkamp",
    "Sandkroog",
    "Torfstich", "Uferkamp", "Vossbarg", "Wattgrund", "Zwirbeltal", "Sumpflicht", "Krummdiek", "Hollerbrook",
    "Birkenpütt",
    "Kleverhagen", "Windschur", "Süßwiese", "Heidschnuck", "Schollenkamp", "Eiderblick", "Norderwarf", "Dünenrand",
)  # fmt: skip
_TRADE = (
    "Fahrzeugteile", "Blechformteile", "Hydraulik", "Werkzeugbau", "Lacktechnik", "Logistik", "Kunststoff", "Sensorik",
    "Antriebe", "Getriebe", "Federn", "Galvanik", "Elektronik", "Dichtungen", "Kabelbäume", "Prüftechnik", "Pressteile",
    "Robotik", "Batteriesysteme", "Engineering", "Formenbau", "Beschichtung",
)  # fmt: skip
_FORM = (" GmbH", " GmbH", " GmbH & Co. KG", " AG", " KG", " GmbH", " SE", " e.K.")
_TOWNS = (
    ("28199", "Musterbremen"), ("26128", "Altenwarf"), ("27572", "Neuhafen"), ("26386", "Jadestrand"),
    ("26725", "Emsfurt"),
    ("27751", "Delmenkamp"), ("49377", "Moorvechte"), ("26316", "Varelsiel"), ("28876", "Oythe am Moor"),
)  # fmt: skip
_STREETS = (
    "Werftstraße",
    "Am Deich",
    "Industrieweg",
    "Zum Hafen",
    "Gießereistraße",
    "Torfkanal",
    "Lindenallee",
    "Am Werk",
)
_GIVEN = (
    "Maren",
    "Birte",
    "Heiko",
    "Jens",
    "Anja",
    "Dirk",
    "Silke",
    "Okko",
    "Wiebke",
    "Torben",
    "Insa",
    "Rainer",
    "Fenja",
)
_FAMILY = (
    "Brandt", "Ahlers", "Cordes", "Eilers", "Focken", "Gerdes", "Harms", "Janssen", "Kuhlmann", "Lübben", "Meinen",
    "Onken", "Peters", "Rieken", "Sanders", "Tapken", "Ulfers", "Wessels",
)  # fmt: skip


_WOMEN: Final = frozenset({"Maren", "Birte", "Anja", "Silke", "Wiebke", "Insa", "Fenja"})


@dataclass(frozen=True, slots=True)
class Company:
    """One invented company, with all that the demonstration needs of it."""

    number: int
    name: str
    category: str
    street: str
    postcode: str
    city: str
    contact: str
    salutation: str
    mail: str
    start: date
    end: date | None
    heads: int | None
    growth_percent: int
    language: str
    habit: str
    agreed_cents: int | None


def companies(this_year: int) -> list[Company]:
    """Return the companies, the same ones for the same year: joins and leaves lie in the three years up to it."""
    chance = random.Random(SEED)  # noqa: S311 - a seed for invented data, no secret
    names = _names(chance)
    return [_company(chance, number, name, this_year) for number, name in enumerate(names, start=1)]


def _names(chance: random.Random) -> list[str]:
    pairs = [(first, trade) for first in _FIRST for trade in _TRADE]
    chance.shuffle(pairs)
    return [f"{first} {trade}{chance.choice(_FORM)}" for first, trade in pairs[:COUNT]]


def _company(chance: random.Random, number: int, name: str, this_year: int) -> Company:
    category = _category(number)
    if category == "SCI":
        name = f"Hochschule {_FIRST[number % len(_FIRST)]}"
    elif category == "PUB":
        name = f"Kreis {_FIRST[number % len(_FIRST)]}"
    postcode, city = chance.choice(_TOWNS)
    given, family = chance.choice(_GIVEN), chance.choice(_FAMILY)
    title = "Frau" if given in _WOMEN else "Herr"
    domain = "".join(sign for sign in name.split(maxsplit=1)[0].lower().translate(_PLAIN) if sign.isalnum())
    return Company(
        number=number,
        name=name,
        category=category,
        street=f"{chance.choice(_STREETS)} {chance.randrange(1, 90)}",
        postcode=postcode,
        city=city,
        contact=f"{given} {family}",
        salutation=title,
        mail=f"buchhaltung@{domain}{number}.example",
        start=_start(chance, number, this_year),
        end=_end(number, this_year),
        heads=_heads(chance, category, number),
        growth_percent=chance.choice((0, 0, 0, 2, 4, 8, -5)),
        language="en" if number % 29 == 0 else "de",
        habit=_habit(chance, number),
        agreed_cents=chance.choice((150000, 200000, 300000)) if category == "FOE" else None,
    )


_PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_LEFT: Final = frozenset({23, 57, 91})
_LEAVING: Final = frozenset({105})
_WITHOUT_SIZE: Final = frozenset({142})
HABITS: Final = {1: "never", 9: "on_time", 14: "part", 28: "over"}
"""How these pay, whatever chance says: the portal's two companies, and one of each rarer kind."""


def _habit(chance: random.Random, number: int) -> str:
    drawn = chance.choices(("early", "on_time", "late", "part", "never", "over"), (30, 45, 14, 4, 5, 2))[0]
    return HABITS.get(number, drawn)


def _end(number: int, this_year: int) -> date | None:
    if number in _LEFT:
        return date(this_year - 1, 12, 31)
    return date(this_year, 12, 31) if number in _LEAVING else None


def _category(number: int) -> str:
    if number in {12, 77}:
        return "EHR"
    for every, code in ((17, "SCI"), (19, "FOE"), (23, "PUB"), (31, "STA")):
        if number % every == every - 1:
            return code
    return "ORD"


def _start(chance: random.Random, number: int, this_year: int) -> date:
    if number > COUNT - 6:
        return date(this_year, chance.randrange(2, 9), 1)
    if number > COUNT - 14:
        return date(this_year - 1, chance.randrange(2, 12), 15)
    return date(chance.randrange(2009, this_year - 3), chance.choice((1, 4, 7, 10)), 1)


def _heads(chance: random.Random, category: str, number: int) -> int | None:
    if category in {"EHR", "FOE", "SCI", "PUB"} or number in _WITHOUT_SIZE:
        return None
    if category == "STA":
        return chance.randrange(2, 18)
    size = chance.choices((4, 24, 110, 420, 1400), (22, 36, 27, 11, 4))[0]
    return max(1, int(size * chance.choice((60, 80, 100, 130, 170)) / 100))
