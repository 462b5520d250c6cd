"""The overview of the bank: each account with its balance and what waits, and the statements that were taken in.

Source: `ux.md` 6.8.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import render_template
from flask.typing import ResponseReturnValue

from membership.persistence.queries import bank_lines
from membership.persistence.queries.bank import Account, list_accounts
from membership.persistence.queries.bank_lines import Choice
from membership.persistence.queries.settings import get_settings
from membership.web.access import policy, read
from membership.web.treasurer.banking.blueprint import blueprint
from membership.web.treasurer.paging import PAGE, page_number, pager


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as the overview shows it, in cents.

    `closing_cents` is None before the first statement with balances; `unseen_cents` is what the books hold that neither
    the statement nor its open entries explain: payments recorded by hand that no statement showed yet.
    """

    account: Account
    closing_cents: int | None
    until_on: date | None
    open_count: int
    open_cents: int
    booked_cents: int

    @property
    def unseen_cents(self) -> int:
        """Return what the books hold beyond the statement and its open entries."""
        return 0 if self.closing_cents is None else self.booked_cents + self.open_cents - self.closing_cents

    @property
    def agrees(self) -> bool:
        """Return whether statement and books are the same to the cent, and nothing waits."""
        return self.closing_cents is not None and not self.open_count and not self.unseen_cents


def account_rows() -> list[AccountRow]:
    """Return all accounts with what their statements and the books say."""
    session = read()
    main = get_settings(session).text("bank.iban")
    rows = []
    for account in list_accounts(session):
        balances = bank_lines.balances_of(session, account.id)
        count, cents = bank_lines.count_lines(session, Choice(is_open=True, account_id=account.id))
        booked = bank_lines.booked_cents(session, account.id, is_main=account.iban == main)
        closing = balances.closing_cents if balances.last_on else None
        rows.append(AccountRow(account, closing, balances.last_on, count, cents, booked))
    return rows


@blueprint.get("/")
@policy("bank.read")
def index() -> ResponseReturnValue:
    """Show accounts and statements."""
    page = page_number()
    rows, total = bank_lines.page_of_statements(read(), offset=(page - 1) * PAGE, limit=PAGE)
    return render_template(
        "treasurer/banking/index.html",
        accounts=account_rows(),
        statements=rows,
        pager=pager(page, total),
        accounts_by_id={account.id: account for account in list_accounts(read())},
    )


@blueprint.get("/statements/<int:statement_id>")
@policy("bank.read")
def statement(statement_id: int) -> ResponseReturnValue:
    """Show a statement with all its entries and what was decided about each."""
    session = read()
    found = bank_lines.get_statement(session, statement_id)
    page, choice = page_number(), Choice(statement_id=statement_id)
    total, _cents = bank_lines.count_lines(session, choice)
    lines = bank_lines.list_lines(session, choice, offset=(page - 1) * PAGE, limit=PAGE)
    return render_template(
        "treasurer/banking/statement.html", statement=found, lines=lines, pager=pager(page, total)
    )
