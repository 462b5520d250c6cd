"""What the columns of a bank's CSV list mean, told by their headings: Sparkasse, Volksbank, DKB, Commerzbank and so on.

No layout is known by name: a bank that changes the order of its columns, or leaves some out, is read on.

Source: `domain.md` BNK-1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Final


class Role(StrEnum):
    """What a column can hold; a mapping file uses these words."""

    BOOKED = "booked"
    VALUE = "value"
    AMOUNT = "amount"
    DEBIT = "debit"
    CREDIT = "credit"
    SIGN = "sign"
    CURRENCY = "currency"
    STATUS = "status"
    NAME = "name"
    PAYER = "payer"
    PAYEE = "payee"
    ULTIMATE = "ultimate_name"
    IBAN = "iban"
    TEXT = "text"
    BOOKING_TEXT = "booking_text"
    ACCOUNT = "account"
    END_TO_END = "end_to_end_id"
    MANDATE = "mandate_id"
    BATCH = "batch"
    ORIGINAL = "original_amount"
    CHARGES = "charges"
    PART = "part"


_HEADINGS: Final[dict[Role, str]] = {
    Role.BOOKED: "buchungstag buchungsdatum buchung datum date bookingdate transactiondate completeddate "
    "datecompletedutc dateofbooking buchungszeitpunkt umsatzdatum booked bookedat settlementdateutc "
    "settlementdatelocal ausfuehrungsdatum ausfuehrungsdatumutc",
    Role.VALUE: "valuta valutadatum wertstellung wertstellungsdatum wert wertstellungvaluta valuedate wertdatum "
    "wertstellungstag valutadate",
    Role.AMOUNT: "betrag umsatz amount buchungsbetrag umsatzbetrag betraginkontowaehrung transactionamount netto "
    "zahlungsbetrag paymentamount creditdebitamount totalamountinclvat gesamtbetraginklmwst",
    Role.DEBIT: "soll belastung belastungen debit ausgang abgang auszahlung sollbetrag paidout withdrawal lastschrift "
    "debitamount ausgaben",
    Role.CREDIT: "haben gutschrift gutschriften credit eingang zugang einzahlung habenbetrag paidin deposit "
    "creditamount einnahmen",
    Role.SIGN: "sollhaben sh kennzeichen sollhabenkennzeichen vorzeichen habensoll creditdebit debitcredit dc shkz "
    "sollhabenkz creditdebitindicator",
    Role.CURRENCY: "waehrung currency whg waehrungscode kontowaehrung currencycode zahlungswaehrung paymentcurrency",
    Role.STATUS: "status info state buchungsstatus umsatzstatus",
    Role.NAME: "namezahlungsbeteiligter beguenstigterzahlungspflichtiger auftraggeberempfaenger "
    "auftraggeberbeguenstigter "
    "beguenstigterauftraggeber empfaengerauftraggebername empfaengerauftraggeber empfaengerzahlungspflichtiger "
    "zahlungsbeteiligter partnername counterparty counterpartyname gegenpartei kontoinhabergegenkonto namegegenkonto "
    "zahlungsempfaengerzahlungspflichtiger zahlungspflichtigerempfaenger beguenstigter name partner "
    "namedespartners auftraggeberbzwempfaenger empfaengerbzwauftraggeber empfaenger1 zahlungspartner description1 "
    "namedesauftraggebersempfaengers senderempfaenger namedergegenpartei gegenkontoinhaber",
    Role.PAYER: "zahlungspflichtiger zahlungspflichtige auftraggeber sender payer zahler auftraggebername",
    Role.PAYEE: "zahlungsempfaengerin zahlungsempfaenger empfaenger empfaengerin payee recipient beneficiary "
    "empfaengername",
    Role.ULTIMATE: "abweichenderempfaenger abweichenderauftraggeber",
    Role.IBAN: "iban ibanzahlungsbeteiligter kontonummer kontonummeriban ibankontonummer accountnumber partneriban "
    "kontonr "
    "gegenkonto ibangegenkonto empfaengerauftraggeberiban counterpartyiban ibandespartners ibanempfaengerauftraggeber "
    "kontonummerzahlungsbeteiligter ibanauftraggeberempfaenger ibanzahlungsempfaengerin ibankontonr gegenparteiiban",
    Role.TEXT: "verwendungszweck vwz vorgangverwendungszweck paymentreference reference purpose remittanceinformation "
    "buchungsdetails buchungsinformation beschreibung description mitteilung zahlungszweck avisierungstext details "
    "verwendungszweckzeile zweck text weitereverwendungszwecke zahlungsgrund zahlungsreferenz subject",
    Role.BOOKING_TEXT: "buchungstext umsatzart umsatztyp vorgang buchungsart transaktionstyp transactiontype type "
    "geschaeftsvorfall textschluessel transaktionsart typ",
    Role.ACCOUNT: "ibanauftragskonto auftragskonto ibankontoinhaber ibanauftraggeberkonto auftraggeberkonto meinkonto "
    "eigenesiban eigeneskonto kontoiban",
    Role.END_TO_END: "kundenreferenzendtoend endtoendidentifikation endtoendreferenz endtoendid kundenreferenz "
    "endezuendereferenz "
    "endtoendreference",
    Role.MANDATE: "mandatsreferenz mandat mandatereference mandatereferenz",
    Role.BATCH: "sammlerreferenz",
    Role.ORIGINAL: "lastschrifturspungsbetrag lastschriftursprungsbetrag",
    Role.PART: "einzelbetrag individualamount betragdetail",
    Role.CHARGES: "auslagenersatzruecklastschrift fremdegebuehren",
}
_ROLES: Final = {word: role for role, words in _HEADINGS.items() for word in words.split()}
_FALLBACK_TEXTS: Final = ("buchungstext", "vorgang", "referenz")
_PIECES: Final = frozenset(
    {"vwz", "verwendungszweck", "verwendungszweckzeile", "zweck", "weitereverwendungszwecke"}
)
_OWN_IN_FRONT: Final = frozenset({"kontonummer", "konto", "kontonr", "iban"})
_SEVERAL: Final = frozenset({Role.TEXT})
_LETTERS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_CURRENCY_IN_HEADING: Final = re.compile(
    r"(?:\bin\s+|\(|(?<=\w)\s)\s*(€|EUROS?|EUR|CHF|USD|GBP|PLN|SEK|DKK|NOK|CZK|HUF)\s*\)?\s*$", re.IGNORECASE
)
_LONGEST: Final = 100
_NUMBERED: Final = re.compile(r"(.*?[a-z])\d{1,2}")
_SYMBOLS: Final = {"€": "EUR", "$": "USD", "£": "GBP", "EURO": "EUR", "EUROS": "EUR"}


@dataclass(frozen=True, slots=True)
class Columns:
    """Role -> columns, counted from 0; `width` is how many cells a row must have."""

    places: Mapping[Role, tuple[int, ...]]
    width: int
    currency: str | None = None
    headings: tuple[str, ...] = field(default=())

    def one(self, role: Role) -> int | None:
        """Return the column of a role, None when there is none."""
        found = self.places.get(role)
        return found[0] if found else None

    @property
    def has_amount(self) -> bool:
        """Return whether the columns tell an amount with its sign."""
        return bool({Role.AMOUNT, Role.DEBIT, Role.CREDIT} & set(self.places))


@lru_cache(maxsize=64)
def pieces_in(headings: tuple[str, ...]) -> frozenset[int]:
    """Return the columns that go on with the text of the one before them, which was cut by its length."""
    keys = [re.sub(r"\d+$", "", heading_key(heading)) for heading in headings]
    return frozenset(index for index in range(1, len(keys)) if {keys[index - 1], keys[index]} <= _PIECES)


def heading_key(text: str) -> str:
    """Return a heading as letters and digits only: `Betrag (€)` and `betrag` are one."""
    folded = _CURRENCY_IN_HEADING.sub("", text.strip()[:_LONGEST]).casefold().translate(_LETTERS)
    return re.sub(r"[^a-z0-9]", "", folded)


def currency_code(text: str) -> str | None:
    """Return the code of a currency or its sign, None for anything else."""
    word = text.strip().upper()
    word = _SYMBOLS.get(word, word)
    return word if len(word) == 3 and word.isascii() and word.isalpha() else None  # noqa: PLR2004 - ISO 4217


def recognise(headings: Sequence[str]) -> Columns:
    """Return what the headings mean; a list without day and amount is told by its `places`."""
    keys = [heading_key(each) for each in headings]
    places: dict[Role, list[int]] = {}
    currency = None
    for index, key in enumerate(keys):
        role = _role(key, index)
        if role is None or (role in places and role not in _SEVERAL and role is not Role.CURRENCY):
            continue
        places.setdefault(role, []).append(index)
        if role in {Role.AMOUNT, Role.DEBIT, Role.CREDIT, Role.SIGN}:
            found = _CURRENCY_IN_HEADING.search(headings[index].strip()[:_LONGEST])
            currency = currency or (currency_code(found[1]) if found else None)
    _settle(places, keys)
    last = max((index for index, key in enumerate(keys) if key), default=-1)
    width = max([last + 1, *(index + 1 for found in places.values() for index in found)], default=0)
    return Columns({role: tuple(found) for role, found in places.items()}, width, currency, tuple(headings))


def _role(key: str, index: int) -> Role | None:
    if index == 0 and key in _OWN_IN_FRONT:
        return Role.ACCOUNT
    if key in _ROLES:
        return _ROLES[key]
    numbered = _NUMBERED.fullmatch(key)
    return Role.TEXT if numbered and _ROLES.get(numbered[1]) is Role.TEXT else None


def _settle(places: dict[Role, list[int]], keys: Sequence[str]) -> None:
    """Decide where the same heading means different things at different banks."""
    _settle_sides(places, keys)
    said = next((index for index, key in enumerate(keys) if key.startswith(("endtoend", "endezuende"))), None)
    if said is not None:  # beside it stands the reference of the own order
        places[Role.END_TO_END] = [said]
    if Role.TEXT not in places:
        _settle_text(places, keys)
    if len(places.get(Role.CURRENCY, ())) > 1 and (near := places.get(Role.AMOUNT)):
        after = [index for index in places[Role.CURRENCY] if index > near[0]]
        places[Role.CURRENCY] = (after or places[Role.CURRENCY])[:1]
    if Role.DEBIT in places and Role.CREDIT in places:
        places.pop(Role.AMOUNT, None)  # beside the two columns it is the amount of the original order
    elif (
        Role.AMOUNT in places or Role.DEBIT in places or Role.CREDIT in places
    ):  # one of the two words alone is a kind of transaction
        places.pop(Role.DEBIT, None)
        places.pop(Role.CREDIT, None)
    if Role.BOOKED not in places and Role.VALUE in places:
        places[Role.BOOKED] = places[Role.VALUE]


def _settle_sides(places: dict[Role, list[int]], keys: Sequence[str]) -> None:
    """Decide which columns name the own account and which the other side."""
    own = next((word for word in ("ibanauftraggeberkonto", "ibanauftragskonto") if word in keys), None)
    if own is not None:
        places[Role.ACCOUNT] = [keys.index(own)]
    if (
        "auftraggeberkonto" in keys and "empfaengerkonto" in keys
    ):  # the payer's and the payee's, of either sign
        places[Role.IBAN] = [keys.index("auftraggeberkonto"), keys.index("empfaengerkonto")]
        places.pop(Role.ACCOUNT, None)
    if "gegenkonto" in keys and "kontonummer" in keys:
        places[Role.IBAN], places[Role.ACCOUNT] = [keys.index("gegenkonto")], [keys.index("kontonummer")]
    if "empfaengerzahlungspflichtiger" in keys:  # beside it stands the owner of the account
        places[Role.NAME] = [keys.index("empfaengerzahlungspflichtiger")]


def _settle_text(places: dict[Role, list[int]], keys: Sequence[str]) -> None:
    """Take the kind of transaction for the text of a list that has no other, and leave what else names the kind."""
    chosen = next((keys.index(word) for word in _FALLBACK_TEXTS if word in keys), None)
    if chosen is not None:
        places[Role.TEXT] = [chosen]
        others = [
            index
            for index, key in enumerate(keys)
            if _ROLES.get(key) is Role.BOOKING_TEXT and index != chosen
        ]
        if others:
            places[Role.BOOKING_TEXT] = others[:1]
        else:
            places.pop(Role.BOOKING_TEXT, None)
