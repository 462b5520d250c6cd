"""Papers about a member's account, made when they are asked for: the running account, and the balance to confirm.

Both are in the member's language. Source: `ux.md` 6.3 "Beitragskonto".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import cast

from sqlalchemy.orm import Session

from invoices import pdf
from invoices.account import AccountKind, AccountRow, AccountStatement
from invoices.document import DocumentInvalid
from invoices.formats import Language, long_date
from membership.domain.errors import N_, DomainError
from membership.domain.member_account import entry_words
from membership.domain.money import Money
from membership.persistence.models.members import Member
from membership.persistence.queries import reports
from membership.persistence.queries.invoicing import billing_contact
from membership.persistence.queries.members import get_member, list_account_lines
from membership.persistence.queries.settings import find_logo, get_settings
from membership.services.invoicing import issuer_of, recipient_of, salutation_of
from membership.wording import Wording


class AccountUnprintable(DomainError):
    """A name or text on the account cannot be printed."""

    message = N_("The account of %(number)s cannot be printed: %(why)s.")
    code = "account_unprintable"


@dataclass(frozen=True, slots=True)
class _Content:
    """What differs between the two papers."""

    kind: AccountKind
    first: date
    last: date
    intro: str
    rows: tuple[AccountRow, ...]
    opening_cents: int
    closing_cents: int


def account_statement(
    session: Session, number: str, *, since: date | None, until: date, today: date
) -> bytes:
    """Return the PDF of a member's running account; without a first day from its first entry on."""
    member = get_member(session, number)
    words = Wording(cast("Language", member.language))
    before, lines = list_account_lines(session, member.id, since=since, until=until)
    first = since or (lines[0].day if lines else until)
    closing = lines[-1].balance_cents if lines else before
    rows = tuple(
        AccountRow(
            day=line.day,
            text=words.text(entry_words(line.kind, line.reversed_kind)),
            detail=", ".join(line.documents),
            cents=line.cents,
        )
        for line in lines
    )
    intro = words.text(
        "this is your account with us from %(first)s to %(last)s.",
        first=long_date(first, words.language),
        last=long_date(until, words.language),
    )
    content = _Content("statement", first, until, intro, rows, before, closing)
    return _printed(session, member, content, today=today)


def balance_confirmation(session: Session, number: str, *, as_of: date, today: date) -> bytes:
    """Return the PDF that asks a member to confirm its balance at the end of a day, with what it consists of."""
    member = get_member(session, number)
    words = Wording(cast("Language", member.language))
    before, lines = list_account_lines(session, member.id, until=as_of)
    closing = lines[-1].balance_cents if lines else before
    items = reports.list_open_items(session, as_of=as_of, member_id=member.id)
    rows = [
        AccountRow(
            day=item.dated_on,
            text=words.text(N_("Dues invoice")),
            detail=words.text("%(document)s, due on %(day)s", document=item.document, day=item.due_on),
            cents=item.open_cents,
        )
        for item in items
    ]
    credit = closing - sum(row.cents for row in rows)
    if credit:
        rows.append(AccountRow(day=as_of, text=words.text("Credit balance"), cents=credit))
    day = long_date(as_of, words.language)
    intro = words.text("please compare the balance of %(day)s with your books and confirm it to us.", day=day)
    content = _Content("confirmation", as_of, as_of, intro, tuple(rows), 0, closing)
    return _printed(session, member, content, today=today)


def _standing(cents: int, words: Wording) -> str:
    """Return in one sentence who owes how much."""
    if cents > 0:
        return words.text("%(amount)s are open.", amount=Money(cents))
    if cents < 0:
        return words.text("You have a credit balance of %(amount)s.", amount=Money(-cents))
    return words.text("Nothing is open.")


def _printed(session: Session, member: Member, content: _Content, *, today: date) -> bytes:
    """Return the PDF. Raises `AccountUnprintable`."""
    words = Wording(cast("Language", member.language))
    issuer, logo = issuer_of(get_settings(session), words), find_logo(session)
    contact = billing_contact(session, member.id)
    try:
        return pdf.render(
            AccountStatement(
                kind=content.kind,
                language=words.language,
                issued_on=today,
                period_from=content.first,
                period_to=content.last,
                issuer=replace(issuer, logo=logo[0]) if logo else issuer,
                recipient=recipient_of(member, contact),
                subject=words.text("Your account with us"),
                salutation=salutation_of(contact, words),
                intro=f"{content.intro} {_standing(content.closing_cents, words)}",
                rows=content.rows,
                opening_cents=content.opening_cents,
                closing_cents=content.closing_cents,
            )
        )
    except DocumentInvalid as error:
        raise AccountUnprintable(number=member.number, why=str(error)) from error
