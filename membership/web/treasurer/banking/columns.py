"""The columns of a bank's list that nobody knows: a person says once what they mean; it is remembered for the account.

Source: BNK-1, `ux.md` 6.8 “CSV with remembered mapping per bank”.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.banking.lines import BankFile
from membership.domain.banking.statements import StatementDiffers
from membership.domain.errors import DomainError, InputError
from membership.persistence.db import write
from membership.persistence.queries.bank import get_account
from membership.services import uploads
from membership.services.bank_files import COLUMN_ROLES, UnknownFile, list_cells, mapping_of, read_bank_file
from membership.services.banking.keeping import cents_of
from membership.services.banking.mappings import remember_mapping
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.heavy import few_at_once
from membership.web.language import words
from membership.web.treasurer.banking.blueprint import blueprint
from membership.web.treasurer.banking.importing import RIGHT, folder, taken_in

_WIDEST: Final = 60
_PREVIEWED: Final = 5


@blueprint.route("/import/<token>/columns", methods=["GET", "POST"])
@policy("bank.write")
@few_at_once
def columns(token: str) -> ResponseReturnValue:
    """Choose what each column means, look at the first entries, and take the list in."""
    kept = uploads.get_upload(read(), folder(), token, right=RIGHT)
    account = get_account(read(), int(kept.decisions.get("account", 0)))
    cells: list[tuple[int, list[str]]] = []
    with suppress(InputError):
        cells = list_cells(kept.content, filename=kept.name)
    if not cells:
        return _is_no_list()
    heading_row = _heading_row(number for number, _values in cells)
    width = min(max(len(values) for _number, values in cells), _WIDEST)
    roles = {
        place: role
        for place in range(width)
        if (role := request.form.get(f"column_{place}", "")) in COLUMN_ROLES
    }
    errors: list[dict[str, str]] = []
    found: BankFile | None = None
    if request.method == "POST":
        mapping = mapping_of(roles, cells, heading_row=heading_row)
        try:
            found = read_bank_file(kept.content, filename=kept.name, mapping=mapping)
            if request.form.get("then") == "use":
                keeper = replace(current_actor(), form_token=None)  # the form's one act is taking the list in
                write(keeper, remember_mapping, [account.id], mapping)
                return _taken(kept.content, kept.name, account.id, token)
        except DomainError as error:
            errors.append({"text": words().error(error), "href": "#headings"})
    read_as = found.statements[0].entries[:_PREVIEWED] if found and found.statements else ()
    page = render_template(
        "treasurer/banking/columns.html", token=token, name=kept.name, account=account, cells=cells,
        places=[(place, str(place + 1)) for place in range(width)], heading_row=heading_row, roles=roles,
        role_words=COLUMN_ROLES, found=found, error_lines=errors, entries=[(each, cents_of(each)) for each in read_as],
    )  # fmt: skip
    return page, 422 if errors else 200


def _heading_row(numbers: Iterable[int]) -> int:
    """Return the row that was chosen for the headings, 0 for none; else the first."""
    rows, typed = list(numbers), request.form.get("headings", "")
    is_number = typed.isascii() and typed.isdigit() and len(typed) < 7  # noqa: PLR2004
    chosen = int(typed) if is_number else None
    return chosen if chosen is not None and chosen in {0, *rows} else rows[0]


def _is_no_list() -> ResponseReturnValue:
    """Lead back to the file: it has no columns."""
    sessions.notice("warning", words().error(UnknownFile()))
    return redirect(url_for(".import_file"), code=303)


def _taken(content: bytes, name: str, account_id: int, token: str) -> ResponseReturnValue:
    """Take the list in; where it does not add up, the next page asks why."""
    try:
        return taken_in(content, name, account_id, accepted="")
    except StatementDiffers:
        return redirect(url_for(".check_file", token=token), code=303)
