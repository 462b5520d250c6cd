"""What the columns of a bank's lists mean: said once by a person, remembered with the account, used from then on.

Source: BNK-1, `ux.md` 6.8.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import update
from sqlalchemy.orm import Session

from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.models.bank import BankAccount
from membership.persistence.queries.bank import get_account, list_accounts


def remembered_mapping(session: Session, account_id: int | None) -> str:
    """Return the mapping of an account, without one of the only account; empty when there is none."""
    require(actor_of(session), "bank.read")
    if account_id is not None:
        return get_account(session, account_id).csv_mapping
    accounts = list_accounts(session)
    return accounts[0].csv_mapping if len(accounts) == 1 else ""


def remember_mapping(session: Session, account_ids: Iterable[int], mapping: str) -> None:
    """Use this text of a mapping file for the lists of these accounts from now on."""
    require(actor_of(session), "bank.write")
    for account_id in sorted(set(account_ids)):
        account = get_account(session, account_id)
        if account.csv_mapping == mapping:
            continue
        session.execute(update(BankAccount).where(BankAccount.id == account_id).values(csv_mapping=mapping))
        chain.note(
            session, "bank_account.mapping", "bank_account", account.iban,
            values={"mapping": (account.csv_mapping or None, mapping)},
        )  # fmt: skip
