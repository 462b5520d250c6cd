"""Checks every invariant that has its data, in one snapshot, and names the row, what is expected and what is found.

Source: `reliability.md` 1 "The checker". Without `full`: all sums and constraints and the last 1,000 links of the
chain; with it the whole chain with every row, and the bytes of every document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Final

from sqlalchemy.orm import Session

from membership.domain.claims import next_due
from membership.persistence import triggers
from membership.persistence.queries import refund_checks as refunds
from membership.persistence.queries import verify as queries
from membership.persistence.queries.bank_checks import (
    divisions_against_parts,
    lines_against_ledger,
    lines_that_do_not_count,
    statements_against_lines,
)
from membership.persistence.queries.closings import late_entries
from membership.persistence.queries.corrections import plan_from
from membership.persistence.queries.direct_debits import collections
from membership.persistence.queries.online_payments import postings_against_payments, transit_against_postings
from membership.services.chain_check import LAST_LINKS, check_chain
from membership.services.direct_debits.collecting import SERIES
from membership.services.verdict import Finding, Verdict

__all__ = ["LAST_LINKS", "Finding", "Verdict", "verify"]


Check = Callable[[Session], Iterator[tuple[str, object, object]]]
"""Yields (the object's name, expected, found) for each object looked at."""


def verify(session: Session, *, full: bool) -> Verdict:
    """Return the verdict over one snapshot: the session's transaction (PostgreSQL: repeatable read, read only)."""
    session.rollback()
    if session.get_bind().dialect.name == "postgresql":
        session.connection(
            execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        )
    verdict = Verdict()
    for invariants, check in _CHECKS:
        _run(session, verdict, invariants, check)
    check_chain(session, verdict, full=full)
    session.rollback()
    return verdict


def _run(session: Session, verdict: Verdict, invariants: tuple[str, ...], check: Check) -> None:
    """Run one check; a cell that cannot even be read is a finding like any other."""
    looked_at = 0
    try:
        for name, expected, found in check(session):
            looked_at += 1
            if expected != found:
                verdict.add(invariants[0], name, expected, found)
    except (ValueError, LookupError, TypeError, OverflowError) as error:
        verdict.add(invariants[0], check.__name__.strip("_").replace("_", " "), "readable values", error)
    for invariant in invariants:
        verdict.looked_at(invariant, looked_at)


def _entries_balance(session: Session) -> Iterator[tuple[str, object, object]]:
    total, _count = queries.ledger_sum(session)
    yield "ledger", 0, total
    wrong = {row[0]: (int(row[1]), row[2]) for row in queries.unbalanced_entries(session)}
    empty = set(queries.entries_without_lines(session))
    for number in queries.entry_numbers(session):
        cents, lines = wrong.get(number, (0, 2))
        yield f"entry {number}", (0, True), (cents, lines >= 2 and number not in empty)  # noqa: PLR2004
    for number in wrong.keys() - set(queries.entry_numbers(session)):
        yield f"entry {number}", "a header", "lines without one"


def _series_have_no_gap(session: Session) -> Iterator[tuple[str, object, object]]:
    counters = {(row.series, row.year): row for row in queries.list_series(session)}
    groups: dict[tuple[str, int], list[int]] = {key: [] for key in counters}
    for row in queries.invoice_numbers(session):
        groups.setdefault((row.series, row.year), []).append(row.running)
    groups["entry", 0] = queries.entry_numbers(session)
    for year, running in collections.running_numbers(session):
        groups.setdefault((SERIES, year), []).append(running)
    for series, year, running in refunds.running_numbers(session):
        groups.setdefault((series, year), []).append(running)
    for key, numbers in groups.items():
        counter = counters.get(key)
        name = f"series {key[0]} {key[1] or ''}".strip()
        if counter is None:
            yield name, "a counter", "none"
            continue
        wanted = range(counter.first, counter.last + 1)
        yield name, len(wanted), len(numbers)
        for position, (expected, found) in enumerate(zip(wanted, numbers, strict=False)):
            if expected != found:
                yield f"{name}, place {position + 1}", expected, found
                break


def _dates_rise(session: Session) -> Iterator[tuple[str, object, object]]:
    rows = queries.invoice_numbers(session)
    for _series, group in groupby(rows, key=lambda row: (row.series, row.year)):
        last = None
        for row in group:
            yield row.number, True, last is None or row.issued_on >= last
            last = row.issued_on
    for series, year, kept, newest in queries.series_against_invoices(session):
        yield f"series {series} {year}, last_issued_on", newest, kept


def _open_follows_ledger(session: Session) -> Iterator[tuple[str, object, object]]:
    for reference, kept, booked, _original in queries.open_items_against_ledger(session):
        yield reference, int(booked), kept


def _items_belong(session: Session) -> Iterator[tuple[str, object, object]]:
    for row in queries.open_items_against_invoices(session):
        found = (row.member_id, row.reference, row.dues_year, row.dated_on)
        yield f"open item {row.id}", (row.billed, row.number, row.billed_year, row.issued_on), found
    strangers = {row.id: row.booked for row in queries.foreign_lines(session)}
    for item, member in queries.open_item_members(session):
        yield f"open item {item}, member of its lines", member, strangers.get(item, member)


def _invoices_add_up(session: Session) -> Iterator[tuple[str, object, object]]:
    for number, net, tax, gross, original, booked in queries.invoices_against_ledger(session):
        yield (
            number,
            (gross, gross, gross),
            (net + tax, original, None if booked is None else int(booked)),
        )


def _payments_cover(session: Session) -> Iterator[tuple[str, object, object]]:
    for payment, amount, allocated in queries.payments_against_allocations(session):
        yield f"payment {payment}", True, 0 <= int(allocated) <= amount
    for reference, kept, _booked, original in queries.open_items_against_ledger(session):
        yield reference, True, 0 <= kept <= original


def _credits_match(session: Session) -> Iterator[tuple[str, object, object]]:
    for member, booked, free in queries.credit_balances(session):
        yield f"credit of member {member}", -int(free), int(booked)


def _billed_once(session: Session) -> Iterator[tuple[str, object, object]]:
    twice = queries.double_billed(session)
    for row in twice:
        yield f"member {row[0]}, {row[1]}, {row[2]}", 1, row[-1]
    for _key, group in groupby(queries.generations(session), key=lambda row: tuple(row[1:5])):
        rows = list(group)
        for place, row in enumerate(rows, start=1):
            is_last = place == len(rows)
            yield row.number, (place, True), (row.generation, is_last or not row[-1])


def _corrections_match(session: Session) -> Iterator[tuple[str, object, object]]:
    """What was credited, waived and written off is what ledger and documents say, and a credit note adds up."""
    for number, *kept_and_booked, papers in queries.corrections_against_ledger(session):
        kept, booked = kept_and_booked[:3], [int(cents) for cents in kept_and_booked[3:]]
        yield number, booked, kept
        if papers is not None:
            yield f"corrections of {number}", int(papers), kept[0]
    for number, net, tax, gross, content in queries.credit_notes(session):
        taken = sum(sum(line) for line in content["taken"])
        yield number, (gross, gross, gross), (net + tax, taken, content["document"]["gross_cents"])
    for event, cents, reverses, booked in queries.events_against_entries(session):
        yield f"decision {event}", cents if reverses else -cents, int(booked)


def _due_dates_follow(session: Session) -> Iterator[tuple[str, object, object]]:
    """A due date is that of the paper, of the newest deferral, or of the instalment that is next."""
    for number, kept, open_cents, on_paper, decided, plan in queries.due_dates(session):
        instalments = plan_from(plan)
        wanted = next_due(instalments, open_cents) if instalments else decided or on_paper
        yield number, wanted, kept


def _items_match(session: Session) -> Iterator[tuple[str, object, object]]:
    for item, state, amount, gross in queries.items_against_invoices(session):
        yield f"run item {item}", amount if state == "done" else None, gross


def _debits_match_files(session: Session) -> Iterator[tuple[str, object, object]]:
    """A file holds the debits and the sum that are kept of it, and an open item stands in one debit at most."""
    for number, count, cents, kept, kept_cents in collections.collections_against_items(session):
        yield f"collection {number}", (count, cents), (kept, kept_cents)
    for item, held in collections.held_twice(session):
        yield f"debits of open item {item}", True, held <= 1


def _debits_have_mandates(session: Session) -> Iterator[tuple[str, object, object]]:
    """Each debit names a mandate of its member that was signed when the file was made, and that the member knew of."""
    for row in collections.debits_against_mandates(session):
        is_signed = row.signed_on is not None and row.signed_on <= row.made_at.date()
        yield (
            f"debit {row.end_to_end_id}",
            (row.member_id, True, True),
            (row.debtor, is_signed, bool(row.notices)),
        )


def _refunds_match(session: Session) -> Iterator[tuple[str, object, object]]:
    """A refund is booked with its amount and on its way until the bank has it; a file holds what was put into it."""
    for number, expected, found in refunds.refunds_against_ledger(session):
        yield f"refund {number}", expected, found
    for number, kept, held in refunds.files_against_refunds(session):
        yield f"refund file {number}", kept, held


def _movements_are_named(session: Session) -> Iterator[tuple[str, object, object]]:
    unnamed = set(queries.unnamed_movements(session))
    for number in queries.entry_numbers(session):
        yield f"entry {number}", True, number not in unnamed


def _closed_time_stays(session: Session) -> Iterator[tuple[str, object, object]]:
    """Nothing was booked into a year after it was closed, and what takes an entry back names it."""
    late = dict(late_entries(session))
    nameless = set(queries.nameless_reversals(session))
    for number in queries.entry_numbers(session):
        yield f"entry {number}", "in open time", late.get(number, "in open time")
        if number in nameless:
            yield f"entry {number}", "the entry that it takes back", "none"


def _lines_are_booked_once(session: Session) -> Iterator[tuple[str, object, object]]:
    """A bank line that was decided has moved its amount in the books, an open one nothing."""
    for line, expected, found in lines_against_ledger(session):
        yield f"bank line {line}", expected, found
    for line, is_decided in lines_that_do_not_count(session):
        yield f"bank line {line}, decided in the stead of its sum or parts", False, is_decided
    for batch, expected_parts, found_parts in divisions_against_parts(session):
        yield f"bank batch {batch}, cents and parts", expected_parts, found_parts


def _online_payments_are_booked_once(session: Session) -> Iterator[tuple[str, object, object]]:
    """What the provider changed stands in the payments, and what lies there is what was not paid out."""
    for uid, expected, found in postings_against_payments(session):
        yield f"online payment {uid}", expected, found
    expected, found = transit_against_postings(session)
    yield "account of the payment provider", expected, found


def _statements_are_whole(session: Session) -> Iterator[tuple[str, object, object]]:
    for statement, expected, found in statements_against_lines(session):
        yield f"bank statement {statement}, entries", expected, found


def _an_admin_is_left(session: Session) -> Iterator[tuple[str, object, object]]:
    users, admins = queries.active_admins(session)
    yield "active administrators", True, admins > 0 or users == 0


def _triggers_stand(session: Session) -> Iterator[tuple[str, object, object]]:
    connection = session.connection()
    wrong = set(triggers.differences(connection))
    for name in sorted(wrong | triggers.statements(connection.dialect.name).keys()):
        yield (
            f"trigger {name}",
            "as shipped",
            "missing or changed" if name in wrong else "as shipped",
        )


_CHECKS: Final[tuple[tuple[tuple[str, ...], Check], ...]] = (
    (("INV-01", "INV-02"), _entries_balance),
    (("INV-03", "INV-04"), _series_have_no_gap),
    (("INV-05",), _dates_rise),
    (("INV-08",), _triggers_stand),
    (("INV-09",), _lines_are_booked_once),
    (("INV-09",), _online_payments_are_booked_once),
    (("INV-34",), _statements_are_whole),
    (("INV-10",), _payments_cover),
    (("INV-11",), _open_follows_ledger),
    (("INV-11",), _items_belong),
    (("INV-11",), _credits_match),
    (("INV-12",), _billed_once),
    (("INV-13",), _items_match),
    (("INV-14",), _debits_match_files),
    (("INV-15",), _debits_have_mandates),
    (("INV-10",), _refunds_match),
    (("INV-16",), _movements_are_named),
    (("INV-21",), _an_admin_is_left),
    (("INV-23",), _closed_time_stays),
    (("INV-25",), _invoices_add_up),
    (("INV-11", "INV-25"), _corrections_match),
    (("INV-16",), _due_dates_follow),
)
