"""What a file tells the banks of debtors: which mandate changed since it was presented last, and how it read before.

Source: SEPA-5.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from membership.domain.direct_debits.mandates import NAME_LENGTH, is_same_bank
from membership.domain.direct_debits.signs import bank_text
from membership.gateways.sepa import Amendment
from membership.persistence import crypto
from membership.persistence.queries.direct_debits import collections, mandates
from membership.persistence.queries.direct_debits.collections import Use
from membership.persistence.queries.direct_debits.mandates import MandateView


def changes_of(
    session: Session,
    views: Mapping[int, MandateView],
    accounts: Mapping[int, str],
    *,
    creditor: tuple[str, str],
) -> dict[int, Amendment]:
    """Return mandate -> what the debtor's bank must be told: what changed since it was presented last (SEPA-5).

    A change is told until a file that tells it is handed in, since any before that may be withdrawn; and again while an
    older file waits that says it otherwise. `accounts` are those of today, `creditor` is the ID and the name of today.
    """
    uses = collections.list_uses(session, list(views))
    before = {key: _before(view, uses.get(key, []), creditor=creditor) for key, view in views.items()}
    former = mandates.sealed_of(
        session,
        {
            key: use.terms_id
            for key, use in before.items()
            if _account_then(views[key], use) != views[key].terms.iban_key
        },
    )
    found: dict[int, Amendment] = {}
    for key, view in views.items():
        use = before[key]
        reference = view.reference_at(use.terms_id or 0)
        account = opened(session, former[key]) if key in former else ""
        amendment = Amendment(
            mandate=reference if reference != view.reference else "",
            creditor_id=use.creditor_id if use.creditor_id != creditor[0] else "",
            creditor_name=use.creditor_name if _has_other_name(use, creditor[1]) else "",
            account=account if is_same_bank(account, accounts[key]) else "",
            is_bank_new=bool(account) and not is_same_bank(account, accounts[key]),
        )
        if amendment.is_any:
            found[key] = amendment
    return found


def _before(view: MandateView, uses: list[Use], *, creditor: tuple[str, str]) -> Use:
    """Return the first use that says anything otherwise than now, else the first.

    While none was handed in, what the bank could know is the creditor ID alone that the mandate was given to.
    """
    if not uses or not uses[0].is_handed_in:
        uses = [Use(view.terms_id, view.row.creditor_id, "", is_handed_in=False), *uses]
    return next((use for use in uses if _says_other(view, use, creditor=creditor)), uses[0])


def _says_other(view: MandateView, use: Use, *, creditor: tuple[str, str]) -> bool:
    return (
        _account_then(view, use) != view.terms.iban_key
        or view.reference_at(use.terms_id or 0) != view.reference
        or use.creditor_id != creditor[0]
        or _has_other_name(use, creditor[1])
    )


def _has_other_name(use: Use, name: str) -> bool:
    before = bank_text(use.creditor_name, NAME_LENGTH)
    return bool(before) and before != bank_text(name, NAME_LENGTH)


def _account_then(view: MandateView, use: Use) -> str | None:
    return next((step.iban_key for step in view.steps if step.id == use.terms_id), view.row.iban_key)


def opened(session: Session, account: mandates.SealedAccount) -> str:
    """Return an account in clear, for a file alone."""
    return crypto.unseal(session, account.sealed, table=account.table, column="iban_sealed", uid=account.uid)
