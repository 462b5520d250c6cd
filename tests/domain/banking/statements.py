"""Statements as an association gets them, made with a seed: lines and what each of them truly is.

Six of ten carry an exact reference; the others typing errors, names only, splits, part and over-payments, payers nobody
knows, returns, and lines that have nothing to do with dues. All companies are invented.
"""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from membership.domain.banking.facts import Known, OpenItem, OwnDebit, Payer
from membership.domain.banking.lines import Entry

STEMS = [
    "Weser",
    "Harle",
    "Jade",
    "Leine",
    "Aller",
    "Hunte",
    "Ems",
    "Oste",
    "Wümme",
    "Delme",
    "Ochtum",
    "Lesum",
    "Geeste",
    "Vechte",
    "Hase",
    "Innerste",
    "Oker",
    "Fuhse",
    "Örtze",
    "Böhme",
    "Luhe",
    "Seeve",
    "Este",
    "Schwinge",
    "Medem",
    "Lune",
    "Drepte",
    "Rohr",
    "Brake",
    "Krummhörn",
    "Wangerland",
    "Butjadingen",
    "Ammer",
    "Saater",
    "Wieste",
    "Rodau",
    "Veerse",
    "Fintau",
    "Ilmenau",
    "Gerdau",
]
TRADES = [
    "Blechtechnik",
    "Federn",
    "Gießerei",
    "Lackiererei",
    "Kabelwerk",
    "Sitzbau",
    "Achsbau",
    "Prüftechnik",
    "Logistik",
    "Werkzeugbau",
    "Kunststoff",
    "Antriebe",
    "Sensorik",
    "Dichtungen",
    "Härterei",
    "Zerspanung",
    "Galvanik",
    "Modellbau",
    "Elektronik",
    "Pressteile",
]
FORMS = ["GmbH", "GmbH & Co. KG", "AG", "KG", "UG (haftungsbeschränkt)", "e.K."]
AMOUNTS = [30000, 60000, 60000, 120000, 120000, 240000]
FORMATS = [
    "{n}",
    "{n} Mitgliedsbeitrag 2027",
    "Rechnung {n} vom 11.01.2027",
    "RF: {rf}",
    "{p}",
    "Beitrag {n} {m}",
    "Mitgliedsbeitrag\n{n}",
    "RE.NR. {n}",
]
UNRELATED = [
    ("Stadtwerke Musterhafen", "Erstattung Vertrag 20270415", 8740), ("Finanzamt", "Umsatzsteuer 2026 Erstattung", 60000),
    ("Land Niedersachsen", "Zuwendungsbescheid 2027-0815 Rate 1", 1500000), ("Erika Muster", "Spende Sommerfest", 5000),
    ("STRIPE", "STRIPE PAYOUT po_1N", 116231), ("Messe Service", "Gutschrift 4711", 30000),
]  # fmt: skip


class Line(NamedTuple):
    """A line, its kind, and the items it truly pays (empty: none)."""

    entry: Entry
    kind: str
    items: frozenset[int]


def reference(number):
    core = number.replace("-", "")
    digits = "".join(str(int(sign, 36)) for sign in core + "RF00")
    return f"RF{98 - int(digits) % 97:02d}{core}"


class Town:
    """An association with members, groups, accounts and open items of two years."""

    def __init__(self, seed: int, members: int = 400) -> None:
        self.random = random.Random(seed)  # noqa: S311 - a seed, no secret
        names = [f"{stem} {trade}" for stem in STEMS for trade in TRADES]
        self.random.shuffle(names)
        self.payers = []
        self.items = []
        self.accounts = {}
        for n in range(1, members + 1):
            name = f"{names[n % len(names)]} {self.random.choice(FORMS)}"
            self.accounts[n] = f"DE{n % 90 + 10}{n:018d}"
            group = n // 2 if n % 20 < 2 else None
            known = (self.accounts[n],) if n % 3 == 0 else ()
            habits = ("Lohnbüro Deichgraf",) if n == 7 else ()
            self.payers.append(Payer(n, f"M{n:04d}", (name,), group, known, (f"M{n:04d}-01",), habits))
            amount = self.random.choice(AMOUNTS)
            self.items.append(OpenItem(n, f"RE2027-{n:04d}", n, amount, date(2027, 1, 31), 2027))
            if n % 10 == 0:
                self.items.append(OpenItem(members + n, f"RE2026-{n:04d}", n, 7500, date(2026, 1, 31), 2026))
        self.settled = [
            OpenItem(3 * members + n, f"RE2026-{n:04d}", n, 0, date(2026, 1, 31), 2026)
            for n in range(1, members + 1)
            if n % 10
        ]
        self.debits = [
            OwnDebit(f"RE2027{n:04d}-1", "COLL-2027-01", n, self.items_of(n)[0].open_cents)
            for n in range(members - 5, members + 1)
        ]
        self.known = Known((*self.items, *self.settled), self.payers, self.debits)

    def items_of(self, member):
        return [item for item in self.items if item.member_id == member]

    def statement(self, lines: int = 100) -> list[Line]:
        """Return so many lines about different members, in a random order."""
        members = self.random.sample(range(1, len(self.payers) - 5), lines)
        kinds = ["exact"] * (lines * 6 // 10)
        others = [
            "typo",
            "typo",
            "typo",
            "name",
            "name",
            "name",
            "iban",
            "spelling",
            "spelling",
            "member",
            "part",
            "over",
            "two",
            "third",
            "stranger",
            "twice",
            "group",
            "return",
            "unrelated",
            "unrelated",
        ]
        kinds += [others[n % len(others)] for n in range(lines - len(kinds))]
        made = [
            getattr(self, f"_{kind}")(member, number)
            for number, (kind, member) in enumerate(zip(kinds, members, strict=True))
        ]
        self.random.shuffle(made)
        return made

    def _line(self, kind, member, text, items, *, cents=None, name=None, iban="", number=0, **more):
        payer = self.payers[member - 1]
        amount = Decimal(sum(item.open_cents for item in items) if cents is None else cents) / 100
        shown = payer.names[0] if name is None else name
        entry = Entry(
            amount=amount, currency="EUR", booked_on=date(2027, 2, 3), name=self._as_bank(shown), iban=self.accounts[member] if iban == "" else iban,
            remittance=text, bank_reference=f"B{number}", line=number, **more,
        )  # fmt: skip
        return Line(entry, kind, frozenset(item.id for item in items))

    def _as_bank(self, name):
        return self.random.choice(
            [
                name,
                name.upper(),
                name.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ß", "ss"),
                name[:27],
            ]
        )

    def _exact(self, member, number):
        item = self.items_of(member)[0]
        if self.random.random() < 0.3:
            return self._line(
                "exact", member, None, [item], number=number, creditor_reference=reference(item.number)
            )
        text = self.random.choice(FORMATS).format(
            n=item.number, rf=reference(item.number), p=item.number.replace("-", ""), m=f"M{member:04d}"
        )
        stranger = self.random.random() < 0.3
        return self._line(
            "exact",
            member,
            text,
            [item],
            number=number,
            **({"name": "Kanzlei Deich & Partner", "iban": "DE99999999999999999999"} if stranger else {}),
        )

    def _typo(self, member, number):
        item = self.items_of(member)[0]
        typed = item.number.replace("-", "")
        place = self.random.randrange(6, 9)
        typed = self.random.choice([
            typed.replace("0", "O"), typed[:place] + typed[place + 1] + typed[place] + typed[place + 2 :], typed[:place] + typed[place + 1 :],
            typed[:place] + typed[place] + typed[place:], typed.replace("RE", "R"), typed[:-1] + str((int(typed[-1]) + 1) % 10),
        ])  # fmt: skip
        return self._line("typo", member, f"Beitrag {typed}", [item], number=number)

    def _name(self, member, number):
        return self._line(
            "name",
            member,
            self.random.choice(
                ["Mitgliedsbeitrag 2027", "Beitrag", "MITGLIEDSBEITRAG", "Jahresbeitrag 2027 danke"]
            ),
            self.items_of(member)[:1],
            number=number,
            iban=None,
        )

    def _iban(self, member, number):
        member = member - member % 3 or 3
        return self._line("iban", member, "Beitrag", self.items_of(member)[:1], number=number, name="")

    def _spelling(self, member, number):
        item = self.items_of(member)[0]
        year, running = item.number[2:].split("-")
        text = self.random.choice(
            [
                f"RE {year} {running}",
                f"re{year}{running}",
                f"Re.Nr. {year}/{int(running)}",
                f"Rechnung {int(running)} vom 11.01.{year}",
                f"RE{year}-{running[:2]} {running[2:]}",
                f"{year}-{running}",
                f"R E {year} - {running}",
            ]
        )
        return self._line("spelling", member, text, [item], number=number)

    def _member(self, member, number):
        return self._line(
            "member",
            member,
            self.random.choice([f"M{member:04d}", f"Mitgliedsnr. {member}", f"Beitrag Kd {member}"]),
            self.items_of(member)[:1],
            number=number,
        )

    def _part(self, member, number):
        item = self.items_of(member)[0]
        return self._line("part", member, item.number, [item], cents=item.open_cents // 3, number=number)

    def _over(self, member, number):
        item = self.items_of(member)[0]
        return self._line("over", member, item.number, [item], cents=item.open_cents + 5000, number=number)

    def _two(self, member, number):
        member = member - member % 10 or 10
        return self._line(
            "two",
            member,
            self.random.choice(
                ["Beitrag 2026 und 2027", f"RE2027-{member:04d}, RE2026-{member:04d}", "Beitraege"]
            ),
            self.items_of(member),
            number=number,
        )

    def _third(self, member, number):
        return self._line(
            "third",
            member,
            f"fuer {self.payers[member - 1].names[0]} Beitrag 2027",
            self.items_of(member)[:1],
            number=number,
            name="Kanzlei Deich & Partner",
            iban="DE99999999999999999999",
        )

    def _stranger(self, member, number):
        item = self.items_of(member)[0]
        return self._line(
            "stranger",
            member,
            f"{item.number} {self.payers[member - 1].names[0]}",
            [item],
            number=number,
            name="Erika Muster",
            iban="DE88888888888888888888",
        )

    def _twice(self, member, number):
        member += member % 10 == 0
        item = next(item for item in self.settled if item.member_id == member)
        made = self._line("twice", member, item.number, [item], cents=12345, number=number)
        return made._replace(items=frozenset())

    def _group(self, member, number):
        member = 20 * (member // 20) or 20
        items = self.items_of(member)[:1] + self.items_of(member + 1)[:1]
        return self._line("group", member, "Beitraege unserer Gruppe 2027", items, number=number)

    def _return(self, member, number):
        member = len(self.payers) - number % 6
        debit = next(debit for debit in self.debits if debit.item_id == member)
        return self._line(
            "return",
            member,
            "RUECKLASTSCHRIFT",
            self.items_of(member)[:1],
            cents=-debit.cents - 300,
            number=number,
            end_to_end_id=debit.end_to_end_id,
            return_reason="MS03",
            charges=Decimal(3),
        )

    def _unrelated(self, _member, number):
        name, text, cents = UNRELATED[number % len(UNRELATED)]
        return self._line("unrelated", 1, text, [], cents=cents, number=number, name=name, iban=None)
