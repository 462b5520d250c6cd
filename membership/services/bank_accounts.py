"""The association's accounts: the one on the invoices, further ones, and what lay on each when the books began.

The account on the invoices is a setting (`bank.iban`); it is kept here as well, and stays when another one takes its
place: its statements still come. Source: `ux.md` 6.1 no. 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from membership.domain.errors import N_, Conflict, DomainError, InputError
from membership.domain.member_lists.codes import read_iban
from membership.domain.member_lists.values import Unreadable
from membership.domain.policy import require
from membership.gateways.bank_directory import Bank, find_bank
from membership.persistence import chain
from membership.persistence.db import actor_of, insert_missing
from membership.persistence.models.bank import BankAccount
from membership.persistence.queries.bank import Account, find_account, get_account
from membership.persistence.queries.settings import get_settings

_KIND = "bank_account"


class IbanUnreadable(InputError):
    """What was typed is no IBAN; says what is wrong with it."""

    message = N_("%(why)s")
    code = "iban"


class AccountKnown(Conflict):
    """The account is in the list already."""

    message = N_("The account %(iban)s is in the list already.")
    code = "account_known"


class AccountOnInvoices(DomainError):
    """The account on the invoices cannot be removed."""

    message = N_("Members pay to this account. Choose another one for the invoices first, then remove it.")
    code = "account_on_invoices"


class DayMissing(InputError):
    """A balance without its day says nothing."""

    message = N_("Please enter the day on which the account had this balance.")
    code = "day_missing"


def add_account(
    session: Session, *, iban: str, holder: str, label: str, opening_cents: int | None, opened_on: date | None
) -> None:
    """Add a further account; BIC and name of the bank come from the IBAN.

    Raises `IbanUnreadable`, `AccountKnown`, `DayMissing`.
    """
    require(actor_of(session), "settings.write")
    try:
        packed = read_iban(iban).value
    except Unreadable as error:
        raise IbanUnreadable(why=error.problem) from error
    if find_account(session, packed) is not None:
        raise AccountKnown(iban=packed)
    _require_day(opening_cents, opened_on)
    bank = find_bank(packed) or Bank("", "")
    row = {
        "iban": packed, "bic": bank.bic, "bank_name": bank.name, "holder": holder, "label": label,
        "opening_cents": opening_cents, "opened_on": opened_on, "added_at": actor_of(session).at,
    }  # fmt: skip
    insert_missing(session, BankAccount, row)
    values = {"holder": (None, holder), **_changes(None, label, opening_cents, opened_on)}
    chain.note(session, "bank_account.add", _KIND, packed, values=values)


def change_account(
    session: Session, account_id: int, *, label: str, opening_cents: int | None, opened_on: date | None
) -> None:
    """Change what an account is called and what lay on it when the books began; raises `DayMissing`."""
    require(actor_of(session), "settings.write")
    account = get_account(session, account_id)
    _require_day(opening_cents, opened_on)
    changed = _changes(account, label, opening_cents, opened_on)
    if not changed:
        return
    values = {"label": label, "opening_cents": opening_cents, "opened_on": opened_on}
    session.execute(update(BankAccount).where(BankAccount.id == account_id).values(**values))
    chain.note(session, "bank_account.change", _KIND, account.iban, values=changed)


def remove_account(session: Session, account_id: int) -> None:
    """Remove an account from the list; raises `AccountOnInvoices` for the one that members pay to."""
    require(actor_of(session), "settings.write")
    account = get_account(session, account_id)
    if account.iban == get_settings(session).text("bank.iban"):
        raise AccountOnInvoices
    session.execute(delete(BankAccount).where(BankAccount.id == account_id))
    chain.note(session, "bank_account.remove", _KIND, account.iban)


def keep_account_of_invoices(session: Session, values: Mapping[str, object]) -> None:
    """Keep the account that the settings name among the accounts, with its present holder and bank."""
    iban = str(values.get("bank.iban") or "")
    if not iban:
        return
    details = {
        "bic": str(values.get("bank.bic", "")), "bank_name": str(values.get("bank.name", "")),
        "holder": str(values.get("bank.holder", "")),
    }  # fmt: skip
    row = {
        "iban": iban, "label": "", "opening_cents": None, "opened_on": None, "added_at": actor_of(session).at,
        **details,
    }  # fmt: skip
    insert_missing(session, BankAccount, row)
    session.execute(update(BankAccount).where(BankAccount.iban == iban).values(**details))


def _require_day(cents: int | None, day: date | None) -> None:
    if cents is not None and day is None:
        raise DayMissing


def _changes(
    account: Account | None, label: str, opening_cents: int | None, opened_on: date | None
) -> dict[str, chain.Change]:
    before = (account.label, account.opening_cents, account.opened_on) if account else ("", None, None)
    pairs = zip(
        ("label", "opening_cents", "opened_on"), before, (label, opening_cents, opened_on), strict=True
    )
    return {name: (_text(old), _text(new)) for name, old, new in pairs if old != new}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


__all__ = [
    "AccountKnown",
    "AccountOnInvoices",
    "Bank",
    "DayMissing",
    "IbanUnreadable",
    "add_account",
    "change_account",
    "find_bank",
    "keep_account_of_invoices",
    "remove_account",
]
