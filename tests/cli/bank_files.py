"""The same month of one account as a bank would give it in its three formats."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

IBAN = "DE89370400440532013000"
OPENING = Decimal("100.00")


class Move(NamedTuple):
    """A booked movement: amount as text, day, the other side, what it says."""

    amount: str
    day: date
    name: str
    text: str
    iban: str = "DE02120300000000202051"


def closing(moves, opening=OPENING):
    return opening + sum((Decimal(move.amount) for move in moves), Decimal())


def camt(moves, opening=OPENING, end=None):
    """Return a camt.053.001.08 with balances."""

    def balance(code, amount, day):
        return (
            f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt>'
            f"<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
        )

    def entry(move, number):
        side, sign = ("Dbtr", "CRDT") if Decimal(move.amount) > 0 else ("Cdtr", "DBIT")
        return (
            f'<Ntry><Amt Ccy="EUR">{move.amount.lstrip("-")}</Amt><CdtDbtInd>{sign}</CdtDbtInd>'
            f"<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{move.day}</Dt></BookgDt><ValDt><Dt>{move.day}</Dt></ValDt>"
            f"<AcctSvcrRef>B{number:05d}</AcctSvcrRef><NtryDtls><TxDtls><RltdPties><{side}><Pty><Nm>{move.name}</Nm></Pty>"
            f"</{side}><{side}Acct><Id><IBAN>{move.iban}</IBAN></Id></{side}Acct></RltdPties>"
            f"<RmtInf><Ustrd>{move.text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
        )

    entries = "".join(entry(move, number) for number, move in enumerate(moves, start=1))
    last = closing(moves, opening) if end is None else end
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
        f"<BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr><Stmt><Id>1</Id><Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        f"{balance('OPBD', opening, moves[0].day)}{balance('CLBD', last, moves[-1].day)}{entries}"
        "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def mt940(moves):
    """Return the month as MT940, with names cut off at 27 characters and texts torn as banks tear them."""

    def entry(move):
        sign = "C" if Decimal(move.amount) > 0 else "D"
        amount = move.amount.lstrip("-").replace(".", ",")
        pieces = [move.text[at : at + 22] for at in range(0, len(move.text), 22)] or [""]
        texts = "".join(
            f"?2{place}{'SVWZ+' if not place else ''}{piece}" for place, piece in enumerate(pieces)
        )
        return (
            f":61:{move.day:%y%m%d}{move.day:%m%d}{sign}{amount}NTRFNONREF\n"
            f":86:166?00GUTSCHRIFT{texts}?31{move.iban}?32{move.name[:27]}\n"
        )

    first, last = moves[0].day, moves[-1].day
    return (
        f":20:STARTUMS\n:25:37040044/0532013000\n:28C:2/1\n:60F:C{first:%y%m%d}EUR{str(OPENING).replace('.', ',')}\n"
        + "".join(map(entry, moves))
        + f":62F:C{last:%y%m%d}EUR{str(closing(moves)).replace('.', ',')}\n-\n"
    ).encode()


def listed(moves, headings=("Buchungstag", "Name", "IBAN", "Verwendungszweck", "Betrag", "Währung")):
    """Return the month as a CSV list."""
    rows = [
        ";".join(
            (f"{move.day:%d.%m.%Y}", move.name, move.iban, move.text, move.amount.replace(".", ","), "EUR")
        )
        for move in moves
    ]
    return "\n".join([";".join(headings), *rows, ""]).encode()
