"""A statement and what was decided about each of its entries, on paper, with the proof that bank and books agree.

Source: `ux.md` 6.9 “States”; § 147 AO (it lies beside the statement).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask.typing import ResponseReturnValue

from invoices import listing
from invoices.formats import Language, amount
from membership.domain.banking.statements import CATEGORY_NAMES, DecisionKind
from membership.domain.money import Money
from membership.persistence.queries import bank_lines, refunds
from membership.persistence.queries.bank_lines import Choice, LineView
from membership.persistence.queries.bank_settled import Settled, booked_of_statement, list_settled
from membership.web.access import policy, read
from membership.web.association import association_settings
from membership.web.downloads import pdf
from membership.web.frame import today
from membership.web.heavy import few_at_once
from membership.web.language import _, day_text, ngettext, words
from membership.web.treasurer.banking.blueprint import blueprint
from membership.web.treasurer.banking.statements import account_rows


@blueprint.get("/statements/<int:statement_id>/pdf")
@policy("bank.read")
@few_at_once
def statement_pdf(statement_id: int) -> ResponseReturnValue:
    """Hand out the reconciliation of a statement."""
    session = read()
    found = bank_lines.get_statement(session, statement_id)
    views = bank_lines.list_lines(session, Choice(statement_id=statement_id))
    shown = words().language
    total = sum(view.line.amount_cents for view in views)
    title = _("Reconciliation of a bank statement")
    content = listing.render(
        listing.Listing(
            title=title,
            author=association_settings().full_name,
            language=shown,
            day=today(),
            lines=_head(found, views, total),
            columns=[
                listing.Column(_("Day"), 1.9),
                listing.Column(_("Name"), 3.2),
                listing.Column(_("Text"), 4),
                listing.Column(_("Matched to"), 3.2),
                listing.Column(_("Amount"), 1.9, is_number=True),
            ],
            rows=_rows(views, shown),
            sums=(_("Sum"), "", "", "", amount(total, shown)),
        )
    )
    name = _("Reconciliation %(number)s.pdf", number=found.number or str(found.id))
    return pdf(content, name=name)


def _head(found: Any, views: Sequence[LineView], total: int) -> list[str]:  # noqa: ANN401 - a row
    """Return what the statement says, and whether the books say the same."""
    account = next(row for row in account_rows() if row.account.id == found.account_id)
    name = account.account.label or account.account.bank_name
    lines = [
        f"{association_settings().full_name} · {name} · {account.account.iban}",
        _("As of %(day)s", day=today()),
    ]
    if found.from_on and found.until_on:
        lines.append(_("Period: %(first)s to %(last)s", first=found.from_on, last=found.until_on))
    if found.opening_cents is not None and found.closing_cents is not None:
        lines.append(
            _(
                "Opening balance %(opening)s, entries %(moved)s, closing balance %(closing)s",
                opening=Money(found.opening_cents), moved=Money(total), closing=Money(found.closing_cents),
            )
        )  # fmt: skip
    waiting = [view for view in views if view.decision is None]
    if waiting:
        text = ngettext("%(n)s entry is not matched yet.", "%(n)s entries are not matched yet.", len(waiting))
        return [*lines, text]
    booked = booked_of_statement(read(), found.id)
    if booked != total:
        differs = _("The books hold %(booked)s of these entries.", booked=Money(booked))
        return [*lines, differs]
    lines.append(ngettext("%(n)s entry is matched.", "All %(n)s entries are matched.", len(views)))
    if account.agrees and account.closing_cents is not None and account.until_on is not None:
        lines.append(
            _(
                "The balance of the statement until %(day)s and the books agree: %(amount)s.",
                day=account.until_on,
                amount=Money(account.closing_cents),
            )
        )
    return lines


def _rows(views: Sequence[LineView], shown: Language) -> list[tuple[str, ...]]:
    ids = [view.decision.id for view in views if view.decision is not None]
    settled = list_settled(read(), ids) if ids else {}
    paid = refunds.list_paid(read(), ids) if ids else {}
    return [
        (
            day_text(view.line.booked_on), view.line.name or view.line.booking_text or "–",
            view.line.remittance or view.line.creditor_reference or "–",
            _matched(view, settled, paid), amount(view.line.amount_cents, shown),
        )
        for view in views
    ]  # fmt: skip


def _matched(view: LineView, settled: dict[int, list[Settled]], paid: dict[int, list[refunds.Paid]]) -> str:
    decision = view.decision
    if decision is None:
        return _("not matched yet")
    if decision.category is not None:
        return _(CATEGORY_NAMES[decision.category])
    if decision.kind is DecisionKind.RETURNED:
        return _("Return debit")
    names = [each.number for each in paid.get(decision.id, ())]
    names += [
        each.document or _("Credit balance of %(member)s", member=each.member)
        for each in settled.get(decision.id, ())
    ]
    return ", ".join(names) or "–"
