"""camt.052, .053 and .054 of any version -> entries and statements, one after the other in flat memory.

Namespaces may be prefixed or missing, and the document may stand in an envelope. Balances: OPBD, else PRCD; CLBD.

Source: `interfaces.md` "bank read", BNK-1, BNK-2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from membership.domain.banking.lines import Balance, Entry, Finding, Statement
from membership.domain.errors import N_
from membership.domain.phrases import phrase
from membership.gateways.bank_files.camt_entry import (
    Account,
    RawEntry,
    Texts,
    first,
    read_entry,
    signed_amount,
)
from membership.gateways.bank_files.camt_paths import BALANCE, DETAIL, ENTRY, RAW, STATEMENT
from membership.gateways.bank_files.errors import (
    LimitExceeded,
    NotABankFile,
    Trouble,
    Troubles,
)
from membership.gateways.bank_files.limits import Limits
from membership.gateways.bank_files.values import given_id, iso_day, packed, xml_amount
from membership.gateways.bank_files.xml_walk import Node, Walk, tree

Event = Entry | Statement
"""What a reader yields: the entries of a statement, then the statement itself without them."""
_MESSAGES: Final = {
    "BkToCstmrStmt": ("camt.053", "Stmt"),
    "BkToCstmrAcctRpt": ("camt.052", "Rpt"),
    "BkToCstmrDbtCdtNtfctn": ("camt.054", "Ntfctn"),
}
_NAMESPACE: Final = re.compile(r"camt\.05[234]\.\d{3}\.\d{2}")
_PAGE: Final = "INTM"
_OPENING: Final = ("OPBD", "PRCD")
_CLOSING: Final = ("CLBD",)
COUNT_WRONG: Final = N_("The file says that there are %(said)s entries, and there are %(found)s.")
SUM_WRONG: Final = N_("The file gives the sum of its credits or debits as %(said)s, and it is %(found)s.")
BALANCE_UNREADABLE: Final = N_("A balance (%(type)s) cannot be read.")
BALANCES_DIFFER: Final = N_("There are several balances %(type)s of one day that differ.")


def stream_camt(data: bytes, limits: Limits) -> Iterator[Event]:
    """Yield entries and statements; after the last one raise `EntryUnreadable` when an entry could not be read."""
    return _Reader(limits).events(data)


class _Reader:
    """The state of one reading."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._search = Node(children=_Search(self))
        self._walk = Walk(self._search, limits)
        self._root = ""
        self._format = ""
        self._ready: list[Event] = []
        self._troubles = Troubles()
        self._count = 0
        self._statement: dict[str, list[str]] = {}
        self._balances: list[Texts] = []
        self._entry: dict[str, list[str]] = {}
        self._details: list[Texts] = []
        self._findings: list[Finding] = []
        self._sums = {"credits": Decimal(), "debits": Decimal()}
        self._currencies: set[str] = set()
        self._has_batch = False
        self._line = 0
        self._entries_here = self._places = 0
        self._statements = 0

    def events(self, data: bytes) -> Iterator[Event]:
        """Yield what was found in each piece of the file."""
        for _piece in self._walk.chunks(data):
            yield from self._ready
            self._ready.clear()
        if not self._format:
            raise NotABankFile(found=self._root[:60] or "XML")
        self._troubles.raise_any()

    def look_at(self, name: str) -> Node:
        """Return where to go on from an element above the message: the tree of the message, or further search."""
        namespace, _, local = name.rpartition(" ")
        if self._root in {"", "Document"}:  # what `Document` holds, its namespace says best
            self._root = (namespace.rpartition(":")[2] if local == "Document" else "") or local
        if local not in _MESSAGES:
            return self._search
        known = _NAMESPACE.search(namespace)
        if namespace and not known:
            raise NotABankFile(found=f"{local}, {namespace}"[:100])
        kind, part = _MESSAGES[local]
        self._format = known[0] if known and known[0].startswith(kind) else kind
        return self._tree(part, f"{namespace} " if namespace else "")

    def _tree(self, part: str, prefix: str) -> Node:
        detail = tree(DETAIL, prefix)
        detail.begin, detail.finish = self._begin_detail, self._end_detail
        entry = tree(
            ENTRY,
            prefix,
            {"NtryDtls/TxDtls": detail, "TxDtls": detail, "NtryDtls/Btch": Node(begin=self._begin_batch)},
        )
        entry.begin, entry.finish = self._begin_entry, self._end_entry
        balance = tree(BALANCE, prefix)
        balance.begin, balance.finish = self._begin_balance, self._end_balance
        statement = tree(STATEMENT, prefix, {"Ntry": entry, "Bal": balance})
        statement.begin, statement.finish = self._begin_statement, self._end_statement
        for key in RAW:
            _mark_raw(detail, key)
        return tree({}, prefix, {part: statement})

    def _begin_statement(self) -> None:
        self._statement = self._walk.current = {}
        self._balances, self._findings = [], []
        self._sums = {"credits": Decimal(), "debits": Decimal()}
        self._currencies = set()
        self._entries_here = 0
        self._statements += 1
        self._limits.require_few(0, self._statements)

    def _begin_balance(self) -> None:
        self._walk.current = {}

    def _end_balance(self) -> None:
        self._balances.append(self._walk.current)
        self._walk.current = self._statement
        if len(self._balances) > self._limits.members * 100:
            raise LimitExceeded(limit=phrase("too many balances"))

    def _begin_entry(self) -> None:
        self._entry = self._walk.current = {}
        self._details = []
        self._has_batch = False
        self._line = self._walk.line

    def _begin_batch(self) -> None:
        self._has_batch = True

    def _begin_detail(self) -> None:
        self._walk.current = {}

    def _end_detail(self) -> None:
        if (
            "payment" in self._entry
        ):  # several batches in one entry: each names its block before its transactions
            self._walk.current.setdefault("payment", self._entry["payment"][-1:])
        self._details.append(self._walk.current)
        self._limits.require_few(self._count + len(self._details), 0)
        self._walk.current = self._entry

    def _end_entry(self) -> None:
        self._walk.current = self._statement
        self._entries_here += 1
        self._places += 1
        raw = RawEntry(self._entry, self._details, self._line, self._has_batch, self._places)
        try:
            entries = read_entry(raw, self._account(), self._findings)
        except Trouble as trouble:
            self._troubles.add(raw.line, trouble.problem)
            return
        total = sum((each.amount for each in entries), Decimal())
        self._sums["credits" if total > 0 else "debits"] += abs(total)
        self._currencies.update(each.currency for each in entries if each.currency is not None)
        self._count += len(entries)
        self._limits.require_few(self._count, 0)
        self._ready += entries

    def _account(self) -> Account:
        iban = first(self._statement, "iban")
        currency = first(self._statement, "currency") or self._currency_of_balances()
        return Account(
            packed(iban).upper() if iban else None, currency, not self._format.startswith("camt.052")
        )

    def _currency_of_balances(self) -> str | None:
        chosen = _chosen(self._balances, _OPENING) or _chosen(self._balances, _CLOSING)
        return first(chosen, "amount@") if chosen else None

    def _end_statement(self) -> None:
        texts = self._statement
        account = self._account()
        other = first(texts, "other")
        findings = self._findings
        opening, closing = (
            _balance(self._balances, types, account.currency, findings, last=last)
            for types, last in ((_OPENING, False), (_CLOSING, True))
        )
        self._compare_summary()
        self._ready.append(
            Statement(
                format=self._format,
                account=account.iban or (packed(other) if other else None),
                currency=account.currency or (self._currencies.pop() if len(self._currencies) == 1 else None),
                number=given_id(first(texts, "number") or first(texts, "legal_number") or first(texts, "id")),
                opening=opening,
                closing=closing,
                findings=tuple(findings),
            )
        )

    def _compare_summary(self) -> None:
        """Note where the file's own count and sums of its entries are not those of the entries."""
        said = first(self._statement, "count")
        if said is not None and said.isascii() and said.isdigit() and int(said[:18]) != self._entries_here:
            found = phrase(COUNT_WRONG, said=said[:18], found=str(self._entries_here))
            self._findings.append(Finding("", found, is_control=True))
        for key in ("credits", "debits"):
            text = first(self._statement, key)
            try:
                amount = xml_amount(text) if text else None
            except Trouble:
                amount = None
            if amount is not None and amount != self._sums[key]:
                found = phrase(SUM_WRONG, said=str(amount), found=str(self._sums[key]))
                self._findings.append(Finding("", found, is_control=True))


class _Search(dict[str, Node]):
    """The children of every element above the message: any name may follow."""

    def __init__(self, reader: _Reader) -> None:
        super().__init__()
        self._reader = reader

    def get(self, name: str, _default: object = None) -> Node:
        return self._reader.look_at(name)


def _mark_raw(node: Node, key: str) -> None:
    for child in node.children.values():
        child.is_raw = child.is_raw or child.key == key
        _mark_raw(child, key)


def _chosen(balances: Sequence[Texts], types: Sequence[str]) -> Texts | None:
    for wanted in types:
        for each in balances:
            if (first(each, "type") or "").upper() == wanted:
                return each
    return None


def _balance(
    balances: Sequence[Texts],
    types: Sequence[str],
    currency: str | None,
    findings: list[Finding],
    *,
    last: bool,
) -> Balance | None:
    """Return the balance of the first of these types that the file has.

    Of several, those in the currency of the account and of the whole statement (not of a page) come first, then
    the earliest day for an opening, the latest for a closing.
    """
    for wanted in types:
        found = []
        for each in balances:
            if (first(each, "type") or "").upper() == wanted:
                try:
                    read = Balance(signed_amount(each), first(each, "amount@") or currency, _day(each))
                except Trouble:
                    findings.append(Finding("", phrase(BALANCE_UNREADABLE, type=wanted)))
                    continue
                found.append((read, (first(each, "sub_type") or "").upper() == _PAGE))
        own = [pair for pair in found if pair[0].currency == currency] or found
        whole = [pair[0] for pair in own if not pair[1]] or [pair[0] for pair in own]
        if whole:
            return _outermost(whole, wanted, findings, last=last)
    return None


def _outermost(found: Sequence[Balance], wanted: str, findings: list[Finding], *, last: bool) -> Balance:
    dated = [each for each in found if each.day is not None]
    if not dated:
        edge = list(found)
    else:
        days = [each.day for each in dated if each.day is not None]
        day = max(days) if last else min(days)
        edge = [each for each in dated if each.day == day]
    if len({(each.amount, each.currency) for each in edge}) > 1:
        findings.append(Finding("", phrase(BALANCES_DIFFER, type=wanted)))
    return edge[-1] if last else edge[0]


def _day(texts: Mapping[str, Sequence[str]]) -> date | None:
    text = first(texts, "day")
    return iso_day(text) if text else None
