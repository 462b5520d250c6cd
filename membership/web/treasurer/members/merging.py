"""Merge of duplicates: both records side by side, a choice for each field that differs, and the way back.

Source: `ux.md` 6.3.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import DomainError, NotFound
from membership.domain.member_fields import (
    FORMAT_WORDS,
    INVOICE_ADDRESS,
    ORDER_WORDS,
    PAYMENT_WORDS,
    WAY_WORDS,
)
from membership.domain.member_words import LANGUAGE_WORDS
from membership.persistence.db import Session, write
from membership.persistence.queries.members import find_member, get_member, list_likely_duplicates
from membership.services import members
from membership.services.members.merging import MERGE_FIELDS, MergeWrong
from membership.web.access import current_actor, policy, read
from membership.web.forms.company import LABELS
from membership.web.forms.member_bulk import MergeForm
from membership.web.language import _, words
from membership.web.outdated import is_repeated, still_holds
from membership.web.treasurer.members.blueprint import blueprint
from membership.web.treasurer.members.returning import back, to_record

_WORDS = {
    "invoice_format": FORMAT_WORDS,
    "order_wish": ORDER_WORDS,
    "invoice_way": WAY_WORDS,
    "payment_method": PAYMENT_WORDS,
    "language": LANGUAGE_WORDS,
}


@blueprint.route("/<member:number>/merge", methods=["GET", "POST"])
@policy("member.write")
def merge(number: str) -> ResponseReturnValue:
    """Ask for the duplicate, then show both records side by side; the choice of each field is made there."""
    if is_repeated():
        return back(number)
    session = read()
    stays = get_member(session, number)
    form = MergeForm(data={"other": request.args.get("other", "")})
    goes = _other(session, form, stays)
    rows = _rows(stays, goes) if goes is not None else []
    now = "; ".join(f"{row['label']}: {row['mine']} / {row['theirs']}" for row in rows)
    if "merge" not in request.form:
        form.seen.data = now
    elif goes is not None and form.validate_on_submit() and still_holds(form, now):
        taken = [name for name in MERGE_FIELDS if request.form.get(f"take-{name}") == "other"]
        try:
            write(current_actor(), members.merge_members, stays.number, goes.number, taken=taken)
        except DomainError as error:
            form.refuse(error)
        else:
            text = _("%(number)s is merged into this member.", number=goes.number)
            return to_record(stays.number, text, undo=url_for(".unmerge", number=goes.number))
    page = render_template(
        "treasurer/members/merge.html",
        member=stays,
        other=goes,
        form=form,
        rows=rows,
        likely=list_likely_duplicates(session, stays) if goes is None else [],
    )
    return page, 422 if form.errors else 200


def _other(session: Session, form: MergeForm, stays: Any) -> Any:  # noqa: ANN401 - rows
    """Return the duplicate that is asked for; what is wrong with its number hangs at the field."""
    asked = (form.other.data or "").strip()
    if not asked:
        if form.is_submitted():
            form.validate()
        return None
    found = find_member(session, asked)
    if found is not None and found.id != stays.id:
        return found
    is_same = found is not None
    form.refuse(MergeWrong(number=stays.number) if is_same else NotFound(what="member", key=asked), "other")
    return None


def _rows(stays: Any, goes: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - rows
    """Return each field with both values; the one that says something is proposed where the other says nothing."""
    found = []
    has_address = any(getattr(stays, name) for name in INVOICE_ADDRESS)
    for name in MERGE_FIELDS:
        mine, theirs = getattr(stays, name), getattr(goes, name)
        if (mine or "") != (theirs or ""):
            found.append(
                {
                    "name": name,
                    "label": _(LABELS[name]),
                    "mine": _shown(name, mine),
                    "theirs": _shown(name, theirs),
                    "takes_other": not (has_address if name in INVOICE_ADDRESS else mine),
                }
            )
    return found


def _shown(name: str, value: Any) -> str:  # noqa: ANN401 - a column
    if not value:
        return _("nothing")
    if isinstance(value, date):
        return words().value(value)
    if isinstance(value, list | tuple):
        return ", ".join(value)
    return _(_WORDS[name].get(str(value), str(value))) if name in _WORDS else str(value)


@blueprint.post("/<member:number>/unmerge")
@policy("member.write")
def unmerge(number: str) -> ResponseReturnValue:
    """Take the merge of a record back."""
    if is_repeated():
        return back(number)
    write(current_actor(), members.unmerge_member, number)
    return to_record(number, _("The merge is taken back. Both records stand on their own."))
