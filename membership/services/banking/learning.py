"""What is learned from confirmed lines: accounts that pay for a member, other sides that are no dues; both removable.

Source: BNK-8 (E), BNK-10, BNK-11.
"""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from membership.domain.banking.statements import Category
from membership.domain.banking.text import packed
from membership.domain.errors import NotFound
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of, insert_missing
from membership.persistence.models.bank import BankLine, BankRule, MemberIban


def learn(session: Session, line: BankLine, member_id: int) -> None:
    """Remember that the account of a line pays for a member; a line without an account teaches nothing."""
    if line.iban_key is None:
        return
    row = {
        "member_id": member_id, "iban_key": line.iban_key, "iban_shown": line.iban_shown, "holder": line.name,
        "line_id": line.id, "at": actor_of(session).at,
    }  # fmt: skip
    insert_missing(session, MemberIban, row)


def unlearn_line(session: Session, line: BankLine) -> None:
    """Forget what this line taught: it was posted to the wrong member, perhaps."""
    session.execute(delete(MemberIban).where(MemberIban.line_id == line.id))


def forget_iban(session: Session, iban_id: int) -> None:
    """Forget an account that was learned; raise `NotFound`."""
    require(actor_of(session), "bank.write")
    found = session.get(MemberIban, iban_id)
    if found is None:
        raise NotFound(what="account", key=iban_id)
    session.delete(found)
    chain.note(
        session, "bank.forget", "account", found.iban_shown, member_id=found.member_id,
        values={"iban": (found.iban_shown, None)},
    )  # fmt: skip


def party_key(line: BankLine) -> str:
    """Return how the other side of a line is known again: its account, else its name; empty when it has neither."""
    return line.iban_key or packed(line.name)


def keep_rule(session: Session, line: BankLine, category: Category) -> None:
    """From now on lines of this other side and direction are of this category; without one nothing is kept."""
    key = party_key(line)
    if not key:
        return
    is_credit = line.amount_cents > 0
    session.execute(delete(BankRule).where(BankRule.party_key == key, BankRule.is_credit == is_credit))
    row = {
        "party_key": key, "party_shown": line.name or line.iban_shown, "is_credit": is_credit, "category": category,
        "actor_name": actor_of(session).name, "at": actor_of(session).at,
    }  # fmt: skip
    insert_missing(session, BankRule, row)
    chain.note(
        session, "bank.rule", "bank_rule", line.name or line.iban_shown, facts={"category": str(category)}
    )


def drop_rule(session: Session, rule_id: int) -> None:
    """Remove a rule; what it decided stays. Raises `NotFound`."""
    require(actor_of(session), "bank.write")
    found = session.get(BankRule, rule_id)
    if found is None:
        raise NotFound(what="rule", key=rule_id)
    session.delete(found)
    chain.note(
        session, "bank.rule_drop", "bank_rule", found.party_shown, facts={"category": str(found.category)}
    )
