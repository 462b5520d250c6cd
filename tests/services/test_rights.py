"""INV-20: every service function that writes asks for a right before it looks at anything, or stands in a list."""

from __future__ import annotations

import ast
import inspect
import pkgutil
import textwrap
from importlib import import_module
from types import FunctionType, SimpleNamespace
from typing import Final

import pytest
from sqlalchemy import delete, insert, update

from membership import services
from membership.domain.errors import NotAllowed
from membership.persistence import chain
from membership.persistence.db import changed_one, insert_missing
from tests.conftest import person

NO_RIGHT_OF_ITS_OWN: Final = {
    "applications.links.add_link": "part of a mail that is sent, and of `admissions.make_link`, which asks",
    "applications.mails.put": "part of what an applicant or the office does, which asked",
    "applications.submitting": "whoever fills in the public form, and whoever holds the link",
    "approvals.note_approved": "part of `approving.approve`, which asked",
    "approvals.require_second": "part of a use case, which asked",
    "approvals.outdate": "part of taking a decision about a bank line back, which asked",
    "banking.dividing": "parts of taking a file in, or a decision back, which asked",
    "banking.joining": "part of taking a file in, which asked",
    "banking.waiving.drop_waiting": "part of taking a decision about a bank line back, which asked",
    "banking.waiving.waive_rests": "part of posting a line, which asked",
    "bank_accounts.keep_account_of_invoices": "part of changing the settings, which asked",
    "banking.learning.keep_rule": "part of setting a line aside, which asked",
    "banking.learning.learn": "part of posting a line, which asked",
    "banking.learning.unlearn_line": "part of taking a decision back, which asked",
    "corrections.cancelling.after_credit": "part of a cancellation or correction, which asked",
    "corrections.cancelling.book_credit": "part of a cancellation or correction, which asked",
    "corrections.cancelling.cancel_claimed": "part of cancelling, reissuing and replacing, which ask",
    "corrections.cancelling.credit_part": "part of correcting and adjusting, which ask",
    "corrections.cancelling.note_correction": "part of a correction, which asked",
    "corrections.claims.decide": "part of each decision about a claim, which asked",
    "corrections.claims.reverse_losses": "part of cancelling and reopening, which ask",
    "corrections.money": "parts of a correction, which asked",
    "corrections.papers.issue_credit_note": "part of a cancellation or correction, which asked",
    "declarations.declaring.save_by_link": "whoever holds the link",
    "declarations.declaring.declare_by_link": "whoever holds the link",
    "declarations.declaring.save_in_portal": "asks for the right to this one member, so it looks for the request first",
    "declarations.declaring.declare_in_portal": "asks for the right to this one member, so it looks for the request first",
    "declarations.evidence.keep_by_link": "whoever holds the link",
    "declarations.evidence.keep_in_portal": "asks for the right to this one member, so it looks for the request first",
    "declarations.links.add_link": "part of a mail that is sent, and of `make_link`, which asks",
    "declarations.links.note_opened": "whoever holds the link",
    "declarations.mails.put": "part of asking, reminding and answering, which asked",
    "direct_debits.collecting.add_step": "part of a step of a collection, which asked",
    "direct_debits.consenting.give_consent": "asks for the right to this one member, so it looks for the member first",
    "applications.mandates.keep_account": "part of sending an application: the form is open to all",
    "applications.mandates.take_mandate": "part of admitting an applicant, which asked",
    "direct_debits.consenting.take_given": "part of a consent in the member area and of admitting, which ask",
    "direct_debits.consenting.revoke_consent": "asks for the right to this one member, so it looks for the member first",
    "direct_debits.documents.keep": "part of keeping a form or a consent, which asked",
    "direct_debits.mandates.take_down": "part of taking a mandate down, which asked",
    "direct_debits.mandates.end_mandate": "part of revoking a mandate, which asked",
    "direct_debits.mandates.add_step": "part of a step of a mandate or a return, which asked",
    "direct_debits.notices.keep_notice": "part of issuing an invoice and of `record_notice`, which ask",
    "direct_debits.settling.follow": "part of a return, which asked",
    "direct_debits.settling.settle": "part of crediting a collection, which asked",
    "direct_debits.settling.unsettle": "part of a return, or of taking a credit back, which ask",
    "instalments.follow": "part of what changes an open item, which asked",
    "known_browsers": "everybody's own browser, after signing in",
    "refunds.preparing.add_step": "part of a step of a refund, which asked",
    "refunds.preparing.step_on": "part of a step of a refund, which asked",
    "members.papers.move_papers": "part of a merge, which asked",
    "members.papers.return_papers": "part of taking a merge back, which asked",
    "members.papers.erase_from_notes": "part of erasing a contact, which asked",
    "payments.withdraw": "part of reversing a payment and of taking a decision about a bank line back, which ask",
    "payments.take_back": "part of correcting and reversing, which ask",
    "security_notices": "told by what changed, which asked; seen by the person itself",
    "payment_mails": "part of booking what the provider or the bank says, which asked",
    "staff_mail.put_mail": "part of what tells somebody something, which asked",
    "staff_mail.put_member_news": "part of what a company does, which asked",
    "companies.mails": "part of what a company or the office does, which asked",
    "companies.people.accept": "whoever holds the link",
    "companies.people.add_link": "part of a mail that is sent",
    "companies.people.put_invitation": "part of inviting, which asked",
    "companies.requests.ask": "part of what a company does, which asked",
    "users.add_account": "part of inviting and of accepting an invitation",
    "staff_mail.put_approval": "part of what is submitted or decided, which asked",
    "staff_mail.put_notices": "part of a notice, which was told by what asked",
    "audit.record_refusal": "notes that somebody was refused",
    "demo": "the invented data of the demonstration, in a database of its own",
    "ledger": "entries are part of a use case, which asked",
    "online_payments.following": "parts of following the provider, which asks",
    "online_payments.receiving.count_refused": "counts a message that nobody signed",
    "online_payments.receiving.keep_message": "the signature of the provider speaks for it; `web/webhooks.py` checks it",
    "online_payments.starting.set_state": "part of each step of an attempt, which asked",
    "outbox": "rows are put by a use case, which asked, and worked off by the worker",
    "invoice_links.add_link": "part of a mail that is sent, and of `make_link`, which asks",
    "invoice_links.note_opened": "whoever holds the link",
    "invoicing": "an invoice is issued by `billing.issue_next`, which asks; the worker keeps its PDF",
    "billing.issuing": "a run is worked off item by item after `take_lane`, which asks",
    "list_views": "everybody's own columns and filters",
    "members.comparing.compare": "changes no row, only what it has found so far",
    "members.planning.plan_import": "changes no row, only what it has found so far",
    "members.periods.receive_notice": "part of recording a notice and of a company's own, which ask",
    "members.facts.join_group": "part of `set_group` and of the import, which asked",
    "members.facts.leave_groups": "part of `set_group` and of an ended membership, which asked",
    "members.records": "parts of `create_member`, `change_member` and the import, which ask",
    "payments.settle": "part of recording and allocating, which ask",
    "second_factor": "everybody sets up their own",
    "sessions": "everybody's own session",
    "settings.add_missing_settings": "the first values, put in by `db upgrade`",
    "sign_in": "signing in is how somebody gets rights",
    "tokens": "parts of `users`, which asks; whoever holds a link may use it",
    "account_mails.put_link": "asked for before anybody is signed in; the mail goes to the owner of the account alone",
    "companies.contacts.tell_contacts": "part of what a company changes, which asked",
    "companies.telling.tell_change": "part of what a company changes, which asked",
    "users.accept_invitation": "whoever holds the link",
    "users.change_password": "everybody's own",
    "users.change_profile": "everybody's own",
    "users.create_first_admin": "whoever holds the one-time code, while nobody has an account",
    "users.reset_password": "whoever holds the link",
}
"""Function or module below `services` -> why it asks for no right. Functions of it that do ask are tested all the same."""

_ASKS: Final = ("take_lane", "create_member", "change_member", "switch_off", "issue_next")
_NOBODY: Final = person()
_STATEMENTS: Final = {
    update,
    insert,
    delete,
    insert_missing,
    changed_one,
    chain.note,
    chain.append,
    chain.append_all,
    chain.register,
}
_BY_HAND: Final = {"session.add", "session.add_all", "session.delete", "setattr"}


def _public() -> dict[str, FunctionType]:
    """Return every public function of the services whose first argument is the session, by its place."""
    found: dict[str, FunctionType] = {}
    for info in pkgutil.walk_packages(services.__path__, "membership.services."):
        module = import_module(info.name)
        for name, each in vars(module).items():
            is_own = isinstance(each, FunctionType) and each.__module__ == module.__name__
            if (
                is_own
                and not name.startswith("_")
                and next(iter(inspect.signature(each).parameters), "") == "session"
            ):
                found[f"{info.name.removeprefix('membership.services.')}.{name}"] = each
    return found


def _resolved(node: ast.expr, names: dict[str, object]) -> object:
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        return getattr(_resolved(node.value, names), node.attr, None)
    return None


def _tree(function: object) -> ast.AST:
    return ast.parse(textwrap.dedent(inspect.getsource(function)))


def _called(function: object) -> list[object]:
    """Return what a function calls, as far as its names are those of its module."""
    names = vars(import_module(function.__module__))
    return [_resolved(node.func, names) for node in ast.walk(_tree(function)) if isinstance(node, ast.Call)]


def _touches_rows(function: object) -> bool:
    """Return whether a function adds, deletes or changes rows with its own hands."""
    for node in ast.walk(_tree(function)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in _BY_HAND:
            return True
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            root = node.value
            while isinstance(root, ast.Attribute):
                root = root.value
            if isinstance(root, ast.Name) and root.id != "self":
                return True
    return False


def _writes(function: object) -> bool:
    """Return whether a function, or one that it calls, puts anything into the database."""
    seen: set[object] = set()
    waiting = [function]
    while waiting:
        one = waiting.pop()
        if _touches_rows(one):
            return True
        for called in _called(one):
            if inspect.isfunction(called) and called in _STATEMENTS:
                return True
            is_ours = (getattr(called, "__module__", None) or "").startswith("membership.services")
            if is_ours and (inspect.isfunction(called) or inspect.isclass(called)) and called not in seen:
                seen.add(called)
                waiting.append(called)
    return False


def _is_listed(place: str) -> bool:
    listed = any(place == each or place.startswith(f"{each}.") for each in NO_RIGHT_OF_ITS_OWN)
    return listed and not place.endswith(_ASKS)


WRITING: Final = {place: each for place, each in _public().items() if _writes(each)}


@pytest.mark.parametrize("place", [place for place in WRITING if not _is_listed(place)])
def test_inv_20_a_service_that_writes_asks_for_a_right_before_anything_else(place):
    session = SimpleNamespace(info={"actor": _NOBODY})
    wanted = list(inspect.signature(WRITING[place]).parameters.values())[1:]
    by_place = [object() for each in wanted if each.kind is each.POSITIONAL_OR_KEYWORD]
    by_name = {each.name: object() for each in wanted if each.kind is each.KEYWORD_ONLY}
    with pytest.raises(NotAllowed):
        WRITING[place](session, *by_place, **by_name)


@pytest.mark.parametrize("listed", NO_RIGHT_OF_ITS_OWN)
def test_the_list_of_services_without_a_right_names_only_what_writes(listed):
    assert any(place == listed or place.startswith(f"{listed}.") for place in WRITING)


def test_the_use_cases_that_are_known_to_write_are_found():
    assert {
        "billing.planning.plan_run",
        "payments.record_payment",
        "schedules.activate_schedule",
    } <= WRITING.keys()
