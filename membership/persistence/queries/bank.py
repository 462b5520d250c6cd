"""The association's accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.domain.errors import NotFound
from membership.persistence.models.bank import BankAccount


@dataclass(frozen=True, slots=True)
class Account:
    """An account; `opening_cents` lay on it at the end of the day before `opened_on`."""

    id: int
    iban: str
    bic: str
    bank_name: str
    holder: str
    label: str
    opening_cents: int | None
    opened_on: date | None
    csv_mapping: str = ""


_ACCOUNTS = select(
    BankAccount.id,
    BankAccount.iban,
    BankAccount.bic,
    BankAccount.bank_name,
    BankAccount.holder,
    BankAccount.label,
    BankAccount.opening_cents,
    BankAccount.opened_on,
    BankAccount.csv_mapping,
)


def list_accounts(session: Session) -> list[Account]:
    """Return all accounts, the oldest first."""
    return [Account(*row) for row in session.execute(_ACCOUNTS.order_by(BankAccount.id))]


def find_account(session: Session, iban: str) -> Account | None:
    """Return the account with this IBAN, written without blanks."""
    row = session.execute(_ACCOUNTS.where(BankAccount.iban == iban)).first()
    return Account(*row) if row else None


def get_account(session: Session, account_id: int) -> Account:
    """Return an account; raise `NotFound`."""
    row = session.execute(_ACCOUNTS.where(BankAccount.id == account_id)).first()
    if row is None:
        raise NotFound(what="bank account", key=account_id)
    return Account(*row)
