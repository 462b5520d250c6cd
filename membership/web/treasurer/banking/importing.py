"""Taking a statement in: at once where nothing speaks against it, else after a person has given a reason.

Source: `ux.md` 6.8 “Einlesen”; INV-34.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from membership.domain.banking.lines import BankFile
from membership.domain.banking.statements import StatementDiffers
from membership.domain.errors import DomainError, InputError
from membership.jobs.banking import post_all_sure
from membership.persistence.db import rehearse, write
from membership.persistence.queries.bank import get_account, list_accounts
from membership.persistence.queries.bank_lines import get_statement
from membership.services import uploads
from membership.services.bank_files import list_cells, read_bank_file
from membership.services.banking.importing import preview, take_in
from membership.services.banking.matching import is_posted_at_once
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.banking import AcceptForm, StatementForm
from membership.web.forms.files import FileMissing
from membership.web.forms.form import choice
from membership.web.frame import today
from membership.web.heavy import few_at_once
from membership.web.language import ngettext, words
from membership.web.treasurer.banking.blueprint import blueprint

RIGHT: Final = "bank.write"
_COLUMNS_UNKNOWN: Final = frozenset({"columns", "mapping", "not_a_bank_file"})
"""Codes of the refusals that a person can put right by saying what the columns of a list mean."""


def folder() -> Path:
    """Return where files wait for the next page."""
    return sessions.operator().state_dir


def _form() -> StatementForm:
    form = StatementForm()
    form.account.choices = [
        choice(str(account.id), f"{account.label or account.bank_name} {account.iban[-4:]}".strip())
        for account in list_accounts(read())
    ]
    return form


@blueprint.route("/import", methods=["GET", "POST"])
@policy("bank.write", takes_files=True)
@few_at_once
def import_file() -> ResponseReturnValue:
    """Take a file in; what is doubtful is kept for the check page."""
    form = _form()
    if form.validate_on_submit():
        upload = form.file.data
        try:
            if not upload or not upload.filename:
                raise FileMissing
            data = upload.read()
            account = int(form.account.data)
            try:
                return taken_in(data, upload.filename, account, accepted="")
            except StatementDiffers:
                return redirect(url_for(".check_file", token=_keep(upload.filename, data, account)), code=303)
            except InputError as error:
                if error.code not in _COLUMNS_UNKNOWN or not may_choose_columns(data, upload.filename):
                    raise
                return redirect(url_for(".columns", token=_keep(upload.filename, data, account)), code=303)
        except DomainError as error:
            form.refuse(error, "file")
    page = render_template(
        "treasurer/banking/import.html", form=form, has_several=len(list_accounts(read())) > 1
    )
    return page, 422 if form.errors else 200


def _keep(name: str, data: bytes, account: int) -> str:
    """Keep a file for the next page and return under which name."""
    token = uploads.keep_upload(read(), folder(), name, data, right=RIGHT)
    uploads.keep_decisions(read(), folder(), token, {"account": account}, right=RIGHT)
    return token


def may_choose_columns(data: bytes, name: str) -> bool:
    """Return whether a file is a list whose columns a person can name."""
    with suppress(InputError):
        return bool(list_cells(data, filename=name))
    return False


@blueprint.route("/import/<token>", methods=["GET", "POST"])
@policy("bank.write")
@few_at_once
def check_file(token: str) -> ResponseReturnValue:
    """Show what does not add up, ask why it is taken in nevertheless, and do it."""
    kept = uploads.get_upload(read(), folder(), token, right=RIGHT)
    account = int(kept.decisions.get("account", 0)) or None
    form = AcceptForm()
    if form.validate_on_submit():
        try:
            return taken_in(kept.content, kept.name, account, accepted=str(form.accepted.data))
        except DomainError as error:
            form.refuse(error, "accepted")
    found = _read(kept.content, kept.name, account)
    looker = replace(current_actor(), form_token=None)  # nothing of it is kept
    sheets = rehearse(looker, preview, found, file_hash=sha256(kept.content).hexdigest(), account_id=account)
    page = render_template(
        "treasurer/banking/check.html", form=form, sheets=sheets, name=kept.name, token=token
    )
    return page, 422 if form.errors else 200


@blueprint.errorhandler(uploads.UploadGone)
def ask_for_the_file_again(error: uploads.UploadGone) -> ResponseReturnValue:
    """Lead back to the file, and say why."""
    sessions.notice("warning", words().error(error))
    return redirect(url_for(".import_file"), code=303)


def _read(data: bytes, name: str, account: int | None) -> BankFile:
    mapping = get_account(read(), account).csv_mapping if account else ""
    return read_bank_file(data, filename=name, mapping=mapping)


def taken_in(data: bytes, name: str, account: int | None, *, accepted: str) -> ResponseReturnValue:
    """Take a file in, post what is sure, and lead to what waits."""
    found = _read(data, name, account)
    is_posted = is_posted_at_once(read())
    ids = write(
        current_actor(), take_in, found, file_hash=sha256(data).hexdigest(), file_name=name, account_id=account,
        accepted=accepted,
    )  # fmt: skip
    kept = [get_statement(read(), each) for each in ids]
    new, known = sum(each.line_count for each in kept), sum(each.known_count for each in kept)
    text = ngettext("%(n)s entry taken in", "%(n)s entries taken in", new)
    if known:
        text += ", " + ngettext("%(n)s was known", "%(n)s were known", known)
    sessions.notice("ok", f"{text}.")
    if is_posted:  # the very first sure matches are looked at by a person once (`decisions.md` 15)
        done = post_all_sure(current_actor(), today=today())
        sessions.notice(
            "ok",
            ngettext(
                "%(n)s entry is booked by itself.", "%(n)s entries are booked by themselves.", len(done)
            ),
        )
    return redirect(url_for(".match"), code=303)
