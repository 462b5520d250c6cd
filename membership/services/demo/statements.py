"""Bank statements of the demonstration as camt.053 files, and what people write when they pay.

Source: BNK-2 and BNK-7; `decisions.md` 20 and 26.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final
from xml.sax.saxutils import escape

from membership.domain.money import decimal_text

_SEED: Final = 815
_BANK: Final = "99999999"
STEPS: Final = (
    *("exact",) * 65, *("typed",) * 9, *("swapped",) * 3, *("name",) * 12, "part", "over", "third",
)  # fmt: skip
"""How the invoices that wait are paid; besides, one is paid in two parts, and two of one company at once."""


@dataclass(frozen=True, slots=True)
class Debited:
    """What a movement says of an own direct debit: the block and count of a credit, or the debit that came back.

    `cents` is the amount of the debit itself, `charges` what the banks kept besides.
    """

    payment_id: str = ""
    count: int = 0
    end_to_end_id: str = ""
    mandate: str = ""
    reason: str = ""
    cents: int = 0
    charges: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """A movement on the account: positive when money came."""

    on: date
    cents: int
    name: str
    iban: str
    text: str
    reference: str = ""
    debited: Debited | None = None


@dataclass(frozen=True, slots=True)
class Owed:
    """An invoice that will be paid: its number and reference, who owes it, and how much."""

    number: str
    reference: str
    payer: int
    name: str
    cents: int


def iban_of(account: int) -> str:
    """Return an invented IBAN with right check digits, of a bank that does not exist."""
    inner = f"{_BANK}{account:010d}"
    return f"DE{98 - int(inner + '131400') % 97:02d}{inner}"


def _by_office(paid: Move, text: str) -> Move:
    """Return a payment as an accounting office makes it for its client."""
    return replace(paid, name="Kanzlei Deich und Partner", iban=iban_of(9_000_002), text=text)


def running_costs(on: date) -> tuple[Move, Move]:
    """Return what the bank takes for the account, and the electricity of the office."""
    charges = f"Kontoführung {on.month:02d}/{on.year}"
    return (
        Move(on, -1_290, "Musterbank Nord", iban_of(9_000_001), charges),
        Move(on, -18_420, "Stadtwerke Musterhafen", iban_of(9_000_003), "Abschlag Strom"),
    )


def dues_paid(owed: Owed, cents: int, on: date) -> Move:
    """Return the payment of an invoice with its number, as most companies pay."""
    return Move(on, cents, owed.name, iban_of(owed.payer), f"{owed.number} Mitgliedsbeitrag {on.year}")


def waiting_moves(owed: Sequence[Owed], *, known: Collection[int], since: date, until: date) -> list[Move]:
    """Return the month that waits: these invoices paid as people pay, and what has nothing to do with them.

    Who paid before (`known`) writes less exactly.
    """
    chance = random.Random(_SEED)  # noqa: S311 - a seed for invented data, no secret
    days = [since + timedelta(days=each) for each in range((until - since).days + 1)]
    open_items = list(owed)
    chance.shuffle(open_items)
    open_items.sort(key=lambda item: item.payer in known)
    payers = [item.payer for item in open_items]
    both = [item for item in open_items if payers.count(item.payer) > 1]
    one, *others = [item for item in open_items if item not in both]
    moves = [_paid(chance, step, item, chance.choice(days)) for step, item in zip(STEPS, others, strict=True)]
    moves += [
        Move(chance.choice(days), cents, one.name, iban_of(one.payer), f"{one.number} Rate")
        for cents in (one.cents - one.cents // 2, one.cents // 2)
    ]
    text, cents = " + ".join(item.number for item in both), sum(item.cents for item in both)
    moves.append(Move(chance.choice(days), cents, both[0].name, iban_of(both[0].payer), text))
    return sorted([*moves, *_others(chance, days)], key=lambda each: (each.on, each.name, each.text))


def _paid(chance: random.Random, step: str, item: Owed, day: date) -> Move:
    plain = Move(day, item.cents, item.name, iban_of(item.payer), item.number)
    if step == "exact":
        return _exact(chance, plain, item)
    if step == "third":
        return _by_office(plain, f"für {item.name}, Zulieferertag")
    if step == "part":
        return replace(plain, cents=item.cents // 2)
    if step == "over":
        return replace(plain, cents=item.cents + 5_000)
    texts = {
        "typed": chance.choice((item.number.replace("-0", "-O"), item.number.replace("RE", "R"))),
        "swapped": _swapped(item.number),
        "name": chance.choice(("Zulieferertag", "Teilnahme", "Beitrag")),
    }
    return replace(plain, text=texts[step])


def _exact(chance: random.Random, plain: Move, item: Owed) -> Move:
    kind = chance.randrange(6)
    if kind == 0:
        return replace(plain, text="", reference=item.reference)
    if kind == 1:
        return _by_office(plain, plain.text)
    spelling = ("{n}", "Rechnung {n}", "{p}", "{n} Zulieferertag", "RF {rf}")[chance.randrange(5)]
    text = spelling.format(n=item.number, p=item.number.replace("-", " "), rf=item.reference)
    return replace(plain, text=text)


def _swapped(number: str) -> str:
    """Return a number with its last two digits swapped: often that of another invoice, and then a person decides."""
    return number[:-2] + number[-1] + number[-2]


def _others(chance: random.Random, days: Sequence[date]) -> Iterator[Move]:
    yield from running_costs(days[-1])
    subsidy = "Zuwendung Netzwerk, 2. Rate"
    yield Move(chance.choice(days), 1_500_000, "Landeskasse Musterland", iban_of(9_000_004), subsidy)


def camt_file(moves: Sequence[Move], *, iban: str, number: int, opening_cents: int) -> bytes:
    """Return a camt.053.001.08 of these movements, in order; its balances add up."""
    closing = opening_cents + sum(move.cents for move in moves)
    entries = "\n".join(_entry(move, f"{number:03d}{place:05d}") for place, move in enumerate(moves, start=1))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>\n'
        f"<GrpHdr><MsgId>AUSZUG-{number}</MsgId><CreDtTm>{moves[-1].on}T20:00:00Z</CreDtTm></GrpHdr>\n"
        f"<Stmt><Id>AUSZUG-{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb>"
        f"<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>\n"
        f"{_balance('OPBD', opening_cents, moves[0].on)}\n{_balance('CLBD', closing, moves[-1].on)}\n{entries}\n"
        "</Stmt></BkToCstmrStmt></Document>\n"
    ).encode()


def _balance(code: str, cents: int, day: date) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_amount(cents)}<Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _amount(cents: int) -> str:
    sign = "CRDT" if cents >= 0 else "DBIT"
    return f'<Amt Ccy="EUR">{decimal_text(abs(cents))}</Amt><CdtDbtInd>{sign}</CdtDbtInd>'


def _entry(move: Move, reference: str) -> str:
    debited = move.debited or Debited()
    side = "Cdtr" if move.cents < 0 and not debited.reason else "Dbtr"
    if debited.payment_id:
        details = f"<Btch><PmtInfId>{debited.payment_id}</PmtInfId><NbOfTxs>{debited.count}</NbOfTxs></Btch>"
    else:
        details = f"<TxDtls>{_transaction(move, side)}</TxDtls>"
    return (
        f"<Ntry>{_amount(move.cents)}<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{move.on}</Dt></BookgDt>"
        f"<ValDt><Dt>{move.on}</Dt></ValDt><AcctSvcrRef>{reference}</AcctSvcrRef>"
        f"<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def _transaction(move: Move, side: str) -> str:
    strd = f"<Strd><CdtrRefInf><Ref>{move.reference}</Ref></CdtrRefInf></Strd>" if move.reference else ""
    told = strd or f"<Ustrd>{escape(move.text)}</Ustrd>"
    parties = (
        f"<RltdPties><{side}><Pty><Nm>{escape(move.name)}</Nm></Pty></{side}>"
        f"<{side}Acct><Id><IBAN>{move.iban}</IBAN></Id></{side}Acct></RltdPties><RmtInf>{told}</RmtInf>"
    )
    return parties if move.debited is None else _returned(move.debited, parties)


def _returned(debited: Debited, parties: str) -> str:
    amount, charges = decimal_text(debited.cents), decimal_text(debited.charges)
    return (
        f"<Refs><EndToEndId>{debited.end_to_end_id}</EndToEndId><MndtId>{debited.mandate}</MndtId></Refs>"
        f'<AmtDtls><InstdAmt><Amt Ccy="EUR">{amount}</Amt></InstdAmt></AmtDtls>'
        f'<Chrgs><Rcrd><Amt Ccy="EUR">{charges}</Amt></Rcrd></Chrgs>'
        f"{parties}<RtrInf><Rsn><Cd>{debited.reason}</Cd></Rsn></RtrInf>"
    )
