"""One `Ntry` of a camt file -> entries: a batch with amounts in its details becomes one entry a transaction.

Source: `interfaces.md` "bank read", BNK-2, BNK-4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from membership.domain.banking.lines import Entry, Finding, Status
from membership.domain.errors import N_
from membership.domain.phrases import phrase
from membership.gateways.bank_files.errors import Trouble
from membership.gateways.bank_files.values import (
    MISSING_AMOUNT,
    MISSING_SIGN,
    UNREADABLE_DAY,
    given_id,
    iban_in,
    iso_day,
    quoted,
    spaced,
    unbroken,
    xml_amount,
)

Texts = Mapping[str, Sequence[str]]
_BOOKED: Final = frozenset({"BOOK"})
_PENDING: Final = frozenset({"PDNG", "INFO", "FUTR"})
_SIGNS: Final = {"CRDT": 1, "DBIT": -1}
_TRUE: Final = frozenset({"true", "1"})
_NOTHING: Final[Texts] = {}
_RETURN_FAMILIES: Final = frozenset({"UPDD", "PRDD", "RCDD", "RRTN", "RPCR"})
BATCH_UNEVEN: Final = N_("The transactions of this batch do not come to its amount; it is kept as one entry.")


class RawEntry(NamedTuple):
    """The texts of an `Ntry` and of its `TxDtls`, where it begins and the how many-th it is."""

    texts: Texts
    details: Sequence[Texts]
    line: int
    is_batch: bool
    place: int


class Account(NamedTuple):
    """What an entry must know of its statement: `books` tells whether entries without a status are booked."""

    iban: str | None
    currency: str | None
    books: bool


def first(texts: Texts, key: str) -> str | None:
    """Return the first text of a key."""
    found = texts.get(key)
    return found[0] if found else None


def signed_amount(texts: Texts) -> Decimal:
    """Return the amount of an element with its sign; raise `Trouble` when one of the two is missing or unknown."""
    text = first(texts, "amount")
    if text is None:
        raise Trouble(MISSING_AMOUNT)
    amount = xml_amount(text)
    sign = _SIGNS.get((first(texts, "sign") or "").upper())
    if sign is None:
        raise Trouble(MISSING_SIGN)
    return -amount if sign < 0 else amount


def read_entry(raw: RawEntry, account: Account, findings: list[Finding]) -> list[Entry]:
    """Return the entries of one `Ntry`; raise `Trouble` when it cannot be read.

    A batch whose details carry amounts that come to its own is split; else it stays one, and what does not add up
    is added to the findings.
    """
    texts = raw.texts
    amount = signed_amount(texts)
    reference, payment = (
        given_id(first(texts, "reference")),
        _shared([texts], "payment") or _shared([texts], "message"),
    )
    whole = Entry(
        amount=amount,
        currency=first(texts, "amount@") or account.currency,
        status=_status(first(texts, "status"), account),
        booked_on=_day(texts, "booked", raw.line, findings),
        value_on=_day(texts, "value", raw.line, findings),
        reversal=(first(texts, "reversal") or "").lower() in _TRUE,
        bank_reference=reference,
        payment_id=payment,
        booking_text=spaced(first(texts, "info")),
        line=raw.line,
        place=raw.place,
    )
    details = raw.details
    if len(details) <= 1:
        found = _with_detail(whole, texts, details[0] if details else _NOTHING, account)
        number = found.payment_id or given_id(first(texts, "payment"))
        batch = (reference or number) if raw.is_batch else None
        return [found._replace(batch=batch)]
    batch = reference or payment or given_id(first(texts, "payment")) or _shared(details, "payment")
    parts = _parts(whole, details)
    if parts is None:
        findings.append(Finding(f"line {raw.line}", phrase(BATCH_UNEVEN)))
    if not parts:
        return [_with_detail(whole, texts, _common(details), account)._replace(batch=batch)]
    return [
        _with_detail(
            whole._replace(amount=part, bank_reference=None), _detail_first(texts, detail), detail, account
        )._replace(batch=reference or given_id(first(detail, "payment")) or batch)
        for part, detail in zip(parts, details, strict=True)
    ]


def _parts(whole: Entry, details: Sequence[Texts]) -> list[Decimal] | None:
    """Return the amounts of the details: empty when they carry none, None when they do not come to the whole."""
    parts: list[Decimal] = []
    for detail in details:
        text = _amount_in(detail, ("amount", "moved", "instructed"), whole.currency)
        if text is None:
            return None if parts else []
        sign = first(detail, "sign")
        factor = _SIGNS.get(sign.upper()) if sign else (-1 if whole.amount < 0 else 1)
        try:
            parts.append(xml_amount(text) * (factor or 1))
        except Trouble:
            return None
    total = sum(parts, Decimal())
    if total == whole.amount:
        return parts
    with_fees = [part - (_charges(detail) or 0) for part, detail in zip(parts, details, strict=True)]
    if sum(with_fees, Decimal()) == whole.amount:
        return with_fees
    # Some banks repeat the sign of the original transaction in the details of a return.
    return [-part for part in parts] if total == -whole.amount else None


def _amount_in(detail: Texts, keys: Iterable[str], currency: str | None) -> str | None:
    for key in keys:
        text = first(detail, key)
        if text is not None and first(detail, f"{key}@") in {None, currency}:
            return text
    return None


def _with_detail(entry: Entry, entry_texts: Texts, detail: Texts, account: Account) -> Entry:
    """Return the entry with what its one transaction says: parties, texts, ids, return, fees."""
    code = _code(entry_texts) or _code(detail)
    reason = given_id(_last(detail, "reason"))
    is_return = reason is not None or "returned" in detail or entry.reversal or _is_return_code(code)
    name, iban, ultimate = _other_side(detail, entry.amount, account.iban, is_return=is_return)
    return entry._replace(
        code=code,
        name=name,
        iban=iban,
        ultimate_name=ultimate,
        remittance=_remittance(detail),
        creditor_reference=given_id(first(detail, "creditor_reference")),
        end_to_end_id=given_id(first(detail, "end_to_end")),
        mandate_id=given_id(first(detail, "mandate")),
        return_reason=reason,
        bank_reference=entry.bank_reference or given_id(first(detail, "reference")),
        payment_id=given_id(first(detail, "payment")) or entry.payment_id,
        booking_text=entry.booking_text or spaced(first(detail, "info")),
        original_amount=_original(detail, entry),
        charges=_charges(detail) or _charges(entry_texts),
    )


def _other_side(
    detail: Texts, amount: Decimal, own_iban: str | None, *, is_return: bool
) -> tuple[str | None, str | None, str | None]:
    """Return name, IBAN and ultimate party of the other side.

    The payer of a credit, the payee of a debit. A return names the parties of the original transaction: the debtor
    of a returned debit, the payee of a transfer that comes back. Where a bank turned them round, the own account
    tells.
    """
    sides = ["debtor", "creditor"] if (amount > 0) != is_return else ["creditor", "debtor"]
    chosen, other = sides
    if _is_own(detail, chosen, own_iban) or (
        is_return and not _says(detail, chosen) and not _is_own(detail, other, own_iban)
    ):
        chosen = other
    ultimate = given_id(spaced(first(detail, f"ultimate_{chosen}")))
    return spaced(first(detail, chosen)) or ultimate, iban_in(first(detail, f"{chosen}_iban")), ultimate


def _is_own(detail: Texts, side: str, own_iban: str | None) -> bool:
    return own_iban is not None and iban_in(first(detail, f"{side}_iban")) == own_iban


def _says(detail: Texts, side: str) -> bool:
    return side in detail or f"{side}_iban" in detail


def _code(texts: Texts) -> str | None:
    parts = [first(texts, key) for key in ("domain", "family", "sub_family")]
    return "/".join(part for part in parts if part) or first(texts, "own_code")


def _is_return_code(code: str | None) -> bool:
    return code is not None and code.rpartition("/")[2] in _RETURN_FAMILIES


def _original(detail: Texts, entry: Entry) -> Decimal | None:
    """Return the amount that was instructed, where fees have made another of it."""
    amount = _plain(_amount_in(detail, ("instructed",), entry.currency))
    return None if amount == abs(entry.amount) else amount


def _charges(texts: Texts) -> Decimal | None:
    total = first(texts, "charges_total")
    listed = [total] if total is not None else texts.get("charge", ())
    amounts = [amount for text in listed if (amount := _plain(text)) is not None]
    return sum(amounts, Decimal()) or None


def _plain(text: str | None) -> Decimal | None:
    try:
        return xml_amount(text) if text else None
    except Trouble:
        return None


def _line(text: str) -> str:
    """Return one line of remittance: what a pretty printer put around and between it is no part of it."""
    if "\n" not in text:
        return text
    return unbroken(text) or ""


def _remittance(detail: Texts) -> str | None:
    """Return the free text, else the words beside a structured reference, else the numbers of documents."""
    text = unbroken("".join(map(_line, detail.get("text") or detail.get("more_text", ()))))
    return text or spaced(" ".join(detail.get("document", ())))


def _last(texts: Texts, key: str) -> str | None:
    found = texts.get(key)
    return found[-1] if found else None


def _status(text: str | None, account: Account) -> Status:
    word = (text or "").upper()
    if word in _BOOKED or (not word and account.books):
        return Status.BOOKED
    if word in _PENDING:
        return Status.PENDING
    raise Trouble(phrase("“%(text)s” is no status of an entry", text=quoted(word)))


def _day(texts: Texts, key: str, line: int, findings: list[Finding]) -> date | None:
    text = first(texts, key)
    if text is None:
        return None
    day = iso_day(text)
    if day is None:
        findings.append(Finding(f"line {line}", phrase(UNREADABLE_DAY, text=quoted(text))))
    return day


def _shared(details: Sequence[Texts], key: str) -> str | None:
    values = {value for detail in details for value in detail.get(key) or (None,)}
    return given_id(values.pop()) if len(values) == 1 else None


def _common(details: Sequence[Texts]) -> Texts:
    """Return what all details of an undivided batch say alike; what only some say belongs to no one."""
    head, *rest = details
    return {key: value for key, value in head.items() if all(each.get(key) == value for each in rest)}


def _detail_first(entry_texts: Texts, detail: Texts) -> Texts:
    """Return the texts whose code describes one transaction of a batch: its own, else that of the batch."""
    return detail if _code(detail) else entry_texts
