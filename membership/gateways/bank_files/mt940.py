"""MT940 and MT942 -> entries and statements. A message begins with field 20; what follows without one belongs to it.

MT942 announces: its entries are pending, the MT940 of the day brings them again.

Source: `interfaces.md` "bank read", BNK-5.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from membership.domain.banking.lines import Balance, Entry, Finding, Statement, Status
from membership.domain.errors import N_
from membership.domain.phrases import phrase
from membership.gateways.bank_files.errors import Trouble, Troubles, UnknownFile
from membership.gateways.bank_files.limits import Limits
from membership.gateways.bank_files.mt940_details import Details, read_details, read_old_details
from membership.gateways.bank_files.mt940_line import Line, read_line
from membership.gateways.bank_files.mt940_text import Field, fields_of
from membership.gateways.bank_files.values import (
    UNREADABLE_DAY,
    checked_iban,
    day_of,
    full_year,
    spaced,
    xml_amount,
)

_BALANCE: Final = re.compile(r"\s*([CD])(\d{6})([A-Z]{3})?([\d.]+(?:,\d*)?)\s*")
_FLOOR: Final = re.compile(r"\s*([A-Z]{3})[CD]?\d")
_CONTROL: Final = re.compile(r"\s*(\d{1,5})([A-Z]{3})([\d.]+(?:,\d*)?)\s*")
_INTERIM: Final = frozenset({"34F", "13", "13D", "90C", "90D"})
_BATCH_CODES: Final = frozenset({"079", "191", "192", "194", "196"})
_MOST_FINDINGS: Final = 100
_BALANCE_TAGS: Final = frozenset({"60F", "60M", "62F", "62M"})
BALANCE_UNREADABLE: Final = N_("The balance of field %(tag)s cannot be read.")
CONTROL_WRONG: Final = N_("Field %(tag)s counts %(said)s, and it is %(found)s.")


class _Message:
    """One message while it is read; an entry is made as soon as what follows its details is reached."""

    def __init__(self) -> None:
        self.account: str | None = None
        self.number: str | None = None
        self.currency: str | None = None
        self.balances: dict[str, Balance] = {}
        self.findings: list[Finding] = []
        self.entries: list[Entry] = []
        self.controls: dict[str, tuple[int, Decimal, int]] = {}
        self.is_interim = False
        self.has_balance = False
        self._line: Line | None = None
        self._details: list[Field] = []

    @property
    def format(self) -> str:
        """Return what the message is by the fields seen so far."""
        return "mt942" if self.is_interim and not self.has_balance else "mt940"

    def begin_entry(self, line: Line | None) -> None:
        """Make an entry of the line before, and wait for the details of this one."""
        if self._line is not None:
            self.entries.append(_entry(self._line, self._details))
        self._line, self._details = line, []

    def add_details(self, field: Field) -> None:
        """Take details, unless they belong to the statement."""
        if self._line is not None:
            self._details.append(field)

    def note(self, finding: Finding) -> None:
        """Keep what does not add up, as far as a person would read it."""
        if len(self.findings) < _MOST_FINDINGS:
            self.findings.append(finding)


def stream_mt940(text: str, limits: Limits) -> Iterator[Entry | Statement]:
    """Yield entries and statements; after the last one raise `EntryUnreadable` when an entry could not be read."""
    troubles = Troubles()
    count = 0
    messages = 0
    for message in _messages(text, troubles, limits):
        messages += 1
        count += len(message.entries)
        limits.require_few(count, messages)
        _compare_controls(message)
        is_pending = message.format == "mt942"
        for entry in message.entries:
            status = Status.PENDING if is_pending else entry.status
            yield entry._replace(currency=message.currency, status=status)
        yield _statement(message)
    troubles.raise_any()
    if not messages:
        raise UnknownFile


def _messages(text: str, troubles: Troubles, limits: Limits) -> Iterator[_Message]:
    message: _Message | None = None
    for field in fields_of(text, limits):
        if field.tag == "20":
            if message is not None:
                message.begin_entry(None)
                yield message
            message = _Message()
            continue
        message = message or _Message()
        if field.tag == "61":
            message.begin_entry(_line(field, troubles))
            limits.require_few(len(message.entries), 1)
        elif field.tag in {"86", "NS"}:
            message.add_details(field)
        else:
            message.begin_entry(None)
            _take(field, message)
    if message is not None:
        message.begin_entry(None)
        yield message


def _line(field: Field, troubles: Troubles) -> Line | None:
    try:
        return read_line(field)
    except Trouble as trouble:
        troubles.add(field.line, trouble.problem)
        return None


def _take(field: Field, message: _Message) -> None:
    """Take what a field outside the entries says about the statement."""
    message.is_interim = message.is_interim or field.tag in _INTERIM
    if field.tag == "25":
        message.account = "".join(field.lines).strip() or None
    elif field.tag in {"28", "28C"}:
        message.number = field.text.strip() or None
    elif field.tag in _BALANCE_TAGS:
        message.has_balance = True
        _take_balance(field, message)
    elif field.tag == "34F" and (floor := _FLOOR.match(field.text)):
        message.currency = message.currency or floor[1]
    elif field.tag in {"90C", "90D"} and (control := _CONTROL.fullmatch(field.text)):
        message.currency = message.currency or control[2]
        try:
            amount = xml_amount(_point(control[3]))
        except Trouble as trouble:
            message.note(Finding(f"line {field.line}", trouble.problem))
        else:
            message.controls[field.tag] = int(control[1]), amount, field.line


def _take_balance(field: Field, message: _Message) -> None:
    match = _BALANCE.fullmatch(field.text)
    try:
        amount = xml_amount(_point(match[4])) if match else None
    except Trouble:
        amount = None
    if match is None or amount is None:
        message.note(Finding(f"line {field.line}", phrase(BALANCE_UNREADABLE, tag=field.tag)))
        return
    day = _six(match[2])
    if day is None:
        message.note(Finding(f"line {field.line}", phrase(UNREADABLE_DAY, text=match[2])))
    message.currency = message.currency or match[3]
    sign = -1 if match[1] == "D" else 1
    # Of several pages in one message the first opening and the last closing hold.
    if field.tag.startswith("60") and field.tag in message.balances:
        return
    message.balances[field.tag] = Balance(amount * sign, match[3], day)


def _point(text: str) -> str:
    return text.replace(".", "").replace(",", ".") if "," in text else text


def _six(digits: str) -> date | None:
    return day_of(full_year(int(digits[:2])), int(digits[2:4]), int(digits[4:]))


def _statement(message: _Message) -> Statement:
    opening, closing = (
        message.balances.get(whole) or message.balances.get(page)
        for whole, page in (("60F", "60M"), ("62F", "62M"))
    )
    return Statement(
        format=message.format,
        account=message.account,
        currency=message.currency,
        number=message.number,
        opening=opening and opening._replace(currency=opening.currency or message.currency),
        closing=closing and closing._replace(currency=closing.currency or message.currency),
        findings=tuple(message.findings),
    )


def _entry(line: Line, fields: list[Field]) -> Entry:
    """Return the entry; its currency and whether all of the message is announced are known at the end of it."""
    found = _details(line, fields)
    reference = line.bank_reference
    is_batch = found.code in _BATCH_CODES
    return Entry(
        amount=line.amount,
        status=Status.PENDING if line.is_expected else Status.BOOKED,
        booked_on=line.booked_on,
        value_on=line.value_on,
        reversal=line.is_reversal,
        bank_reference=reference,
        code=found.code,
        name=found.name,
        iban=found.iban or checked_iban(line.supplement),
        remittance=found.remittance,
        creditor_reference=found.creditor_reference,
        end_to_end_id=found.end_to_end_id,
        mandate_id=found.mandate_id,
        return_reason=found.return_reason,
        batch=(reference or found.customer_reference or line.customer_reference) if is_batch else None,
        ultimate_name=found.ultimate_name,
        booking_text=found.booking_text or line.supplement,
        payment_id=found.customer_reference or (line.customer_reference if is_batch else None),
        original_amount=line.original_amount or found.original_amount,
        charges=line.charges,
        line=line.line,
    )


def _details(line: Line, fields: list[Field]) -> Details:
    """Return what the first field 86 after an entry says; further ones are remarks of the bank."""
    old = [field for field in fields if field.tag == "NS"]
    if old:
        return read_old_details(each for field in old for each in field.lines)
    if not fields:
        return Details()
    found = read_details(fields[0].text, is_credit=line.amount > 0, is_reversal=line.is_reversal)
    remarks = [found.booking_text, *(field.text for field in fields[1:])]
    return found._replace(booking_text=spaced(" ".join(each for each in remarks if each)))


def _compare_controls(message: _Message) -> None:
    """Note where the counts and sums of MT942 are not those of its entries."""
    for tag, (count, amount, line) in message.controls.items():
        sign = 1 if tag == "90C" else -1
        amounts = [entry.amount * sign for entry in message.entries if entry.amount * sign > 0]
        total = sum(amounts, Decimal())
        if (count, amount) != (len(amounts), total):
            text = phrase(
                CONTROL_WRONG, tag=tag, said=f"{count} / {amount}", found=f"{len(amounts)} / {total}"
            )
            message.note(Finding(f"line {line}", text, is_control=True))
