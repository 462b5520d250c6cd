"""What a person decides about a bank line, where other money is booked, and whether statements join.

Source: `ux.md` 6.8 and 6.9, BNK-3, BNK-11, BNK-12, INV-34.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from membership.domain.banking.lines import Statement
from membership.domain.errors import N_, Conflict, DomainError, InputError
from membership.domain.ledger import Account, Entry, EntryKind, Posting, entry


class DecisionKind(StrEnum):
    """What was decided about a line; `UNDONE` takes the decision before it back."""

    POSTED = "posted"
    RECORDED = "recorded"
    NOT_DUES = "not_dues"
    COLLECTED = "collected"
    RETURNED = "returned"
    REFUNDED = "refunded"
    PAID_OUT = "paid_out"
    UNDONE = "undone"


class Rest(StrEnum):
    """What becomes of a difference: of the line (`CREDIT`), or of the item (`OPEN`, `WAIVE`)."""

    OPEN = "open"
    WAIVE = "waive"
    CREDIT = "credit"


class Category(StrEnum):
    """What money is that is no dues (BNK-11)."""

    BANK_FEES = "bank_fees"
    SUPPLIER = "supplier"
    STAFF = "staff"
    GRANT = "grant"
    INTEREST = "interest"
    CARD_PAYOUT = "card_payout"
    TRANSFER = "transfer"
    OTHER = "other"


CATEGORY_NAMES: Final = {
    Category.BANK_FEES: N_("Bank charges"),
    Category.SUPPLIER: N_("Supplier"),
    Category.STAFF: N_("Staff"),
    Category.GRANT: N_("Grant or donation"),
    Category.INTEREST: N_("Interest"),
    Category.CARD_PAYOUT: N_("Payout of card payments"),
    Category.TRANSFER: N_("Transfer between own accounts"),
    Category.OTHER: N_("Other income or expense"),
}
_FIRST_YEAR, _LAST_YEAR = 1990, 2199
_OWN: Final = {Category.CARD_PAYOUT: Account.CARD, Category.TRANSFER: Account.TRANSIT}


class StatementDiffers(Conflict):
    """A statement does not add up, or does not follow the last one; a person may accept it with a reason."""

    message = N_("%(why)s Nothing was taken in. Give a reason if it is to be taken in nevertheless.")
    code = "statement_differs"


class StatementKnown(Conflict):
    """The very same file was taken in before."""

    message = N_("This statement was taken in on %(day)s already. Nothing was booked twice.")
    code = "statement_known"


class ForeignAccount(InputError):
    """A statement of an account that is not the association's."""

    message = N_(
        "The statement is of the account %(account)s, which is none of the association. Choose the right file, or add"
        " the account under Settings, Bank accounts."
    )
    code = "foreign_account"


class AccountNotSaid(InputError):
    """A list that names no account while there are several, or none."""

    message = N_("The file does not say which account it is of. Choose the account.")
    code = "account_not_said"


class ForeignCurrency(InputError):
    """A statement in another currency than the books."""

    message = N_("The statement is in %(currency)s. Only accounts in EUR can be taken in.")
    code = "foreign_currency"


class NothingBooked(InputError):
    """A notification that books nothing and explains nothing."""

    message = N_(
        "A file of the kind %(format)s only explains entries of a statement, and this one has no details that say more"
        " than the sum. Take in the statement itself (camt.053, MT940 or CSV)."
    )
    code = "nothing_booked"


class DayUnsaid(InputError):
    """A booked entry without its day."""

    message = N_("The entry %(number)s of the statement has no booking day. Ask the bank for a whole file.")
    code = "day_unsaid"


class DayImplausible(InputError):
    """A day on which no bank books: the file is damaged, or none of a bank."""

    message = N_(
        "The statement names the day %(day)s. Nothing was taken in; ask the bank for the file again."
    )
    code = "day_implausible"


class AmountUneven(InputError):
    """A booked entry, or a balance, with a part of a cent."""

    message = N_(
        "The statement has the amount %(amount)s, which is no whole number of cents. Nothing was taken in; ask the bank"
        " for the file again."
    )
    code = "amount_uneven"


class StatementEmpty(InputError):
    """A file that is read and says nothing."""

    message = N_(
        "The file holds no entry and no balance. Nothing was taken in; choose the statement of account."
    )
    code = "statement_empty"


def require_plausible(statement: Statement, *, currency: str) -> None:
    """Raise for a statement that says nothing, or what no bank says: days of another age, parts of a cent."""
    balances = [each for each in (statement.opening, statement.closing) if each is not None]
    if not statement.entries and not balances:
        raise StatementEmpty
    days = [each.booked_on for each in statement.entries] + [each.day for each in balances]
    wrong = next((day for day in days if day is not None and not _FIRST_YEAR <= day.year <= _LAST_YEAR), None)
    if wrong is not None:
        raise DayImplausible(day=wrong)
    amounts = [(each.amount, each.currency) for each in statement.entries]
    amounts += [(each.amount, each.currency) for each in balances]
    for amount, of in amounts:
        if of in {None, currency} and amount * 100 % 1:
            raise AmountUneven(amount=str(amount))


class LineDecided(Conflict):
    """Somebody has decided about this line."""

    message = N_("This entry was matched by %(name)s just now.")
    code = "line_decided"


class LineUndecided(Conflict):
    """There is nothing to take back."""

    message = N_("Nothing is decided about this entry that could be taken back.")
    code = "line_undecided"


class WrongDirection(DomainError):
    """Money that left cannot settle invoices, money that came cannot be a return."""

    message = N_("This entry moves %(amount)s. That cannot be done with it.")
    code = "wrong_direction"


class PartsDiffer(DomainError):
    """The parts of a line are more than the line."""

    message = N_("The parts come to %(parts)s and the entry to %(amount)s. Change the parts.")
    code = "parts_differ"


class NothingGiven(InputError):
    """A line was to be posted to nothing, and for nobody."""

    message = N_("Name at least one invoice, or the member whose credit balance it becomes.")
    code = "nothing_given"


class RestTooHigh(DomainError):
    """More remains open than is closed as a small difference."""

    message = N_(
        "%(rest)s of %(document)s remain open; only up to %(limit)s are closed as a small difference. Give a reason and"
        " the resolution to waive more."
    )
    code = "rest_too_high"


class AccountContradicts(InputError):
    """An account was named that is not the one of the file."""

    message = N_("The file is of the account %(account)s, not of %(named)s. Nothing was taken in.")
    code = "account_contradicts"


class PaymentDiffers(DomainError):
    """A payment recorded by hand is not what the line says."""

    message = N_("The payment %(payment)s of %(amount)s does not fit this entry, or belongs to another one.")
    code = "payment_differs"


class QuestionMissing(InputError):
    """Somebody is to be asked, and nothing is."""

    message = N_("Please enter what you want to know, in at most 1,000 characters.")
    code = "question_missing"


class RecipientMissing(InputError):
    """Nobody can be asked by mail."""

    message = N_("No mail address is known of %(member)s. Enter one.")
    code = "recipient_missing"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a line for one document, in cents."""

    reference: str
    cents: int


def account_of(category: Category, cents: int) -> Account:
    """Return the ledger account against which a line of this category is booked; its sign tells income from expense."""
    if category in _OWN:
        return _OWN[category]
    if category is Category.BANK_FEES:
        return Account.BANK_FEES
    return Account.OTHER_INCOME if cents > 0 else Account.OTHER_EXPENSE


def other_entry(cents: int, category: Category, *, on: date, text: str) -> Entry:
    """Return the entry of money that is no dues."""
    postings = (Posting(Account.BANK, cents), Posting(account_of(category, cents), -cents))
    return entry(EntryKind.BANK, on, text, postings)


def opening_entry(cents: int, *, on: date, text: str) -> Entry:
    """Return the entry that brings the bank account of the books to what the first statement opens with."""
    return entry(
        EntryKind.OPENING, on, text, (Posting(Account.BANK, cents), Posting(Account.OPENING, -cents))
    )


class Balances(NamedTuple):
    """What statements tell of an account: the balance before its first day and the one after its last.

    Without a day nothing is told. The first and last statement need not be the same, or without a gap between.
    """

    first_on: date | None = None
    opening_cents: int = 0
    last_on: date | None = None
    closing_cents: int = 0

    def joined(self, other: Balances) -> Balances:
        """Return what both tell; of two closing balances of a day the other one counts."""
        if self.first_on is None or self.last_on is None:
            return other
        if other.first_on is None or other.last_on is None:
            return self
        first = other if other.first_on < self.first_on else self
        last = other if other.last_on >= self.last_on else self
        return Balances(first.first_on, first.opening_cents, last.last_on, last.closing_cents)

    def gap_cents(self, moved_cents: int) -> int:
        """Return what the closing balance has more than opening one and entries come to; not 0: some are missing."""
        return self.closing_cents - self.opening_cents - moved_cents if self.last_on is not None else 0


def brought_gap(before: int, after: int) -> int:
    """Return the gap that a statement brings: none where it leaves one as it was, or fills it."""
    return 0 if after in {0, before} else after
