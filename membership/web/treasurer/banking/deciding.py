"""One entry: posting a suggestion, splitting by hand, no dues, a payment recorded before, taking back.

Source: `ux.md` 6.9 “Cases”.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.approvals import Waiting
from membership.domain.banking.statements import (
    CATEGORY_NAMES,
    Category,
    LineDecided,
    Part,
    Rest,
    RestTooHigh,
)
from membership.domain.claims import ResolutionMissing
from membership.domain.corrections import ReasonMissing
from membership.domain.errors import N_, DomainError, InputError
from membership.domain.money import Money, decimal_text, parse_amount
from membership.persistence.db import write
from membership.persistence.queries import bank_batches, bank_known, bank_lines, bank_questions, refunds
from membership.persistence.queries.bank_lines import LineView
from membership.persistence.queries.bank_settled import list_returned
from membership.persistence.queries.online_payments import find_payout_of
from membership.persistence.queries.payments import list_payments
from membership.persistence.queries.search import search_invoices
from membership.services.banking.deciding import (
    collect_line,
    payout_line,
    post_line,
    record_line,
    refund_line,
    return_line,
    set_aside,
    undo_line,
)
from membership.services.banking.dividing import find_shown
from membership.services.banking.waiving import Waiver, waiting_waivers
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.banking import ROWS, CategoryForm, SplitForm, UndoForm
from membership.web.frame import today
from membership.web.language import _, words
from membership.web.treasurer.banking.blueprint import blueprint
from membership.web.treasurer.dispatch.shown import badge_of
from membership.web.treasurer.search import cents_typed
from membership.web.waiting import is_waiting

_LONGEST: Final = 100
_MOST: Final = 12
_MOST_SIGNS: Final = 40
_MOST_SAID: Final = 200
_PLACES: Final = ((ReasonMissing, "reason"), (ResolutionMissing, "resolution"))


class PartUnreadable(InputError):
    """The hidden parts of a suggestion are not as the page wrote them."""

    message = N_("The page was not sent whole. Please load it again.")
    code = "parts_unreadable"


@blueprint.get("/entries/<int:line_id>")
@policy("bank.read")
def line(line_id: int) -> ResponseReturnValue:
    """Show one entry, what was decided about it, or all that can be."""
    view = bank_lines.get_line(read(), line_id)
    return _page(view, SplitForm(data=_asked_parts()), CategoryForm(), UndoForm())


def _asked_parts() -> dict[str, object]:
    """Return what the fields of a split begin with: the parts that the address names, such as those of a suggestion."""
    return _parts_shown(request.args.getlist("part")) | {"waives": request.args.get("waives") == "1"}


def _parts_shown(parts: Sequence[str]) -> dict[str, object]:
    """Return what the fields of a split hold for parts like `RE2027-0042=60000`."""
    found: dict[str, object] = {"remembers": True}
    with suppress(PartUnreadable):
        for row, text in enumerate(parts[:ROWS], start=1):
            part = _part(text[:_LONGEST])
            found |= {
                f"number_{row}": part.reference,
                f"amount_{row}": decimal_text(part.cents).replace(".", ","),
            }
    return found


def _left_of(view: LineView, form: SplitForm) -> int:
    """Return what the typed amounts leave of an entry; a row that names an invoice alone takes all of it."""
    left = view.line.amount_cents
    for row in range(1, ROWS + 1):
        number, amount = form[f"number_{row}"].data, form[f"amount_{row}"].data
        with suppress(InputError):
            left -= parse_amount(str(amount)) if amount else view.line.amount_cents if number else 0
    return left


def _page(view: LineView, split: SplitForm, category: CategoryForm, undo: UndoForm) -> ResponseReturnValue:
    session = read()
    text = request.args.get("q", "").strip()[:_LONGEST]
    found = search_invoices(session, text, cents=cents_typed(text)) if text else []
    unseen = (
        bank_known.seen_by(view.line, bank_known.list_unseen(session, cents=view.line.amount_cents))
        if view.decision is None and view.line.amount_cents > 0
        else ()
    )
    postings = bank_lines.list_postings(session, view.decision.id) if view.decision else []
    payments = [
        payment
        for posting in postings
        if posting.payment_id is not None
        for payment in list_payments(session, payment_id=posting.payment_id)
    ]
    entries = [posting.entry_id for posting in postings]
    paid_out = refunds.paid_by(session, entries)
    wrong = next((each for each in (split, category, undo) if each.errors), None)
    page = render_template(
        "treasurer/banking/line.html", view=view, form=wrong, split=split, category=category, undo=undo, text=text,
        hits=[hit for hit in found if hit.asks][:_MOST], unseen=unseen, payments=payments, paid_out=paid_out,
        payout=find_payout_of(session, entries) if entries else None,
        came_back=list_returned(session, [view.decision.id])[view.decision.id] if view.decision else [],
        rows=range(1, ROWS + 1), left=_left_of(view, split),
        parts=[bank_lines.get_line(session, each) for each in bank_batches.list_parts(session, view.line.id)],
        sum_id=bank_batches.find_sum(session, view.line.id),
        questions=[(each, badge_of(each)) for each in bank_questions.list_questions(session, view.line.id)],
        is_alone=(is_alone := bank_batches.standing_of(session, view.line.id).is_alone),
        shown_id=find_shown(session, view.line.id) if is_alone else None,
        category_names=CATEGORY_NAMES,
    )  # fmt: skip
    return page, 422 if wrong else 200


@blueprint.post("/entries/<int:line_id>/post")
@policy("bank.write")
def post(line_id: int) -> ResponseReturnValue:
    """Post a suggestion as the page showed it."""
    bank_lines.get_line(read(), line_id)
    parts = [_part(text) for text in request.form.getlist("part")]
    rest = next((each for each in Rest if each == request.form.get("rest")), Rest.OPEN)
    if request.form.get("then") == "open":
        rest = Rest.OPEN
    credit_to = request.form.get("credit_to", "")[:20]
    try:
        write(current_actor(), post_line, line_id, parts, today=today(), rest=rest, credit_to=credit_to)
    except (LineDecided, RestTooHigh) as error:
        sessions.notice("warning", words().error(error))
    else:
        _tell(bank_lines.get_line(read(), line_id))
        if request.form.get("then") == "refund" and (address := _refund_address(line_id)) is not None:
            return redirect(address, code=303)
    return redirect(_next(), code=303)


def _refund_address(line_id: int) -> str | None:
    """Return where the credit balance that an entry left is refunded, None when it left none."""
    session = read()
    decision = bank_lines.get_line(session, line_id).decision
    for posting in bank_lines.list_postings(session, decision.id) if decision is not None else ():
        for view in list_payments(session, payment_id=posting.payment_id) if posting.payment_id else ():
            if view.free_cents > 0:
                amount = decimal_text(view.free_cents).replace(".", ",")
                return url_for(
                    "treasurer.refunds.new", member=view.member.number, line=line_id, amount=amount
                )
    return None


@blueprint.post("/entries/<int:line_id>/refund")
@policy("bank.write")
def refund(line_id: int) -> ResponseReturnValue:
    """Post that own refunds have left the account."""
    bank_lines.get_line(read(), line_id)
    numbers = [text[:_MOST_SIGNS] for text in request.form.getlist("refund")]
    write(current_actor(), refund_line, line_id, numbers)
    _tell(bank_lines.get_line(read(), line_id))
    return redirect(_next(), code=303)


@blueprint.post("/entries/<int:line_id>/payout")
@policy("bank.write")
def payout(line_id: int) -> ResponseReturnValue:
    """Post that the payment provider paid out."""
    bank_lines.get_line(read(), line_id)
    write(current_actor(), payout_line, line_id, request.form.get("payout", "")[:_MOST_SIGNS])
    _tell(bank_lines.get_line(read(), line_id))
    return redirect(_next(), code=303)


@blueprint.post("/entries/<int:line_id>/collect")
@policy("bank.write")
def collect(line_id: int) -> ResponseReturnValue:
    """Post the credit of own direct debits."""
    bank_lines.get_line(read(), line_id)
    collection = request.form.get("collection", "")[:_MOST_SIGNS]
    write(current_actor(), collect_line, line_id, today=today(), collection=collection)
    _tell(bank_lines.get_line(read(), line_id))
    return redirect(_next(), code=303)


@blueprint.post("/entries/<int:line_id>/return")
@policy("bank.write")
def give_back(line_id: int) -> ResponseReturnValue:
    """Post a direct debit that came back: its invoice is open again."""
    bank_lines.get_line(read(), line_id)
    write(current_actor(), return_line, line_id, is_fee_of_member=request.form.get("fee") == "member")
    _tell(bank_lines.get_line(read(), line_id))
    return redirect(_next(), code=303)


def _part(text: str) -> Part:
    reference, _sign, cents = text.rpartition("=")
    if not reference or not (cents.isascii() and cents.isdigit() and len(cents) < _MOST):
        raise PartUnreadable
    return Part(reference, int(cents))


def _tell(view: LineView) -> None:
    _tell_of_waiting(view.line.id)
    sessions.notice(
        "ok",
        _(
            "%(amount)s of %(name)s is posted.",
            amount=Money(view.line.amount_cents),
            name=view.line.name or "–",
        ),
    )


def _tell_of_waiting(line_id: int) -> None:
    """Say what of a decision waits for a second person."""
    decision = bank_lines.get_line(read(), line_id).decision
    for number in waiting_waivers(read(), decision) if decision is not None else ():
        is_waiting(Waiting(number))


def _next() -> str:
    return url_for(".match", later=request.form.getlist("later"))


@blueprint.post("/entries/<int:line_id>/split")
@policy("bank.write")
def split(line_id: int) -> ResponseReturnValue:
    """Post an entry as a person divides it."""
    view = bank_lines.get_line(read(), line_id)
    form = SplitForm()
    if form.validate_on_submit() and _is_split(view, form):
        return redirect(url_for(".match"), code=303)
    return _page(view, form, CategoryForm(formdata=None), UndoForm(formdata=None))


@blueprint.post("/entries/<int:line_id>/waive")
@policy("bank.write")
def waive(line_id: int) -> ResponseReturnValue:
    """Post a suggestion and give up what it leaves of its invoices, in one step; a second person may have to agree."""
    view = bank_lines.get_line(read(), line_id)
    shown = _parts_shown(request.form.getlist("part")) | {"waives": True}
    said = {name: request.form.get(name, "")[:_MOST_SAID] for name in ("reason", "resolution")}
    form = SplitForm(formdata=None, data=shown | said)
    if _is_split(view, form):
        return redirect(_next(), code=303)
    return _page(view, form, CategoryForm(formdata=None), UndoForm(formdata=None))


def _is_split(view: LineView, form: SplitForm) -> bool:
    """Post an entry as the form says and return True; else the form says what is wrong."""
    try:
        _split(view, form)
    except DomainError as error:
        form.refuse(error, next((name for kind, name in _PLACES if isinstance(error, kind)), "number_1"))
        return False
    _tell(view)
    return True


def _split(view: LineView, form: SplitForm) -> None:
    typed = [(form[f"number_{row}"].data, form[f"amount_{row}"].data) for row in range(1, ROWS + 1)]
    parts = [
        Part(str(number).strip(), parse_amount(str(amount)) if amount else view.line.amount_cents)
        for number, amount in typed
        if number
    ]
    given = sum(part.cents for part in parts)
    rest = Rest.CREDIT if given < view.line.amount_cents else Rest.WAIVE if form.waives.data else Rest.OPEN
    waiver = (
        Waiver(str(form.reason.data or ""), str(form.resolution.data or "")) if rest is Rest.WAIVE else None
    )
    write(
        current_actor(), post_line, view.line.id, parts, today=today(), rest=rest, waiver=waiver,
        credit_to=str(form.credit_to.data or "").strip(), remembers=bool(form.remembers.data),
    )  # fmt: skip


@blueprint.post("/entries/<int:line_id>/not-dues")
@policy("bank.write")
def not_dues(line_id: int) -> ResponseReturnValue:
    """Book an entry that is no dues under its category."""
    view = bank_lines.get_line(read(), line_id)
    form = CategoryForm()
    if form.validate_on_submit():
        try:
            write(
                current_actor(),
                set_aside,
                line_id,
                Category(form.category.data),
                always=bool(form.always.data),
            )
        except DomainError as error:
            form.refuse(error, "category")
        else:
            _tell(view)
            return redirect(url_for(".match"), code=303)
    return _page(view, SplitForm(formdata=None), form, UndoForm(formdata=None))


@blueprint.post("/entries/<int:line_id>/recorded")
@policy("bank.write")
def recorded(line_id: int) -> ResponseReturnValue:
    """Say that an entry is a payment that was recorded by hand before."""
    bank_lines.get_line(read(), line_id)
    text = request.form.get("payment", "")
    if not (text.isascii() and text.isdigit() and len(text) < _MOST):
        raise PartUnreadable
    write(current_actor(), record_line, line_id, int(text))
    _tell(bank_lines.get_line(read(), line_id))
    return redirect(_next(), code=303)


@blueprint.post("/entries/<int:line_id>/undo")
@policy("bank.write")
def undo(line_id: int) -> ResponseReturnValue:
    """Take back what was decided; the entry is open again."""
    view = bank_lines.get_line(read(), line_id)
    form = UndoForm()
    if form.validate_on_submit():
        try:
            write(current_actor(), undo_line, line_id, reason=str(form.reason.data).strip(), today=today())
        except DomainError as error:
            form.refuse(error, "reason")
        else:
            told = (
                _("The match is taken back. The entry is open again.")
                if view.decision
                else _("The division is taken back. The sum is open again.")
            )
            sessions.notice("ok", told)
            return redirect(url_for(".line", line_id=line_id), code=303)
    return _page(view, SplitForm(formdata=None), CategoryForm(formdata=None), form)


@blueprint.post("/undo-last")
@policy("bank.write")
def undo_last() -> ResponseReturnValue:
    """Take back the last decision that a person made."""
    last = bank_lines.find_last_decided(read())
    if last is not None:
        reason = _("Undone directly after matching")
        write(current_actor(), undo_line, last.line.id, reason=reason, today=today())
        sessions.notice("ok", _("The match is taken back. The entry is open again."))
    return redirect(url_for(".match"), code=303)
