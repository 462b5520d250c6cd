"""Step 1: the file, and how it is read."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import DomainError
from membership.domain.member_lists.values import cell_text
from membership.domain.tables import Row
from membership.persistence.queries.members import list_imports
from membership.services.members import files, kept_lists
from membership.web import downloads
from membership.web.access import policy, read
from membership.web.forms.files import FileMissing
from membership.web.forms.member_lists import ImportForm, ReadingForm, reading_form
from membership.web.language import _, words
from membership.web.treasurer.members.blueprint import blueprint
from membership.web.treasurer.members.importing.steps import folder, steps_of

_IMPORTS: Final = 5
_HEADS: Final = 15
_LONGEST: Final = 80


@blueprint.route("/import", methods=["GET", "POST"])
@policy("member.import", takes_files=True)
def import_file() -> ResponseReturnValue:
    """Take the file."""
    form = ImportForm()
    if form.validate_on_submit():
        upload = form.file.data
        try:
            if not upload or not upload.filename:
                raise FileMissing
            token = kept_lists.keep_list(read(), folder(), upload.filename, upload.read())
        except DomainError as error:
            form.refuse(error, "file")
        else:
            return redirect(url_for(".import_columns", token=token), code=303)
    page = render_template(
        "treasurer/members/import_file.html",
        form=form,
        steps=steps_of("import_reading"),
        imports=list_imports(read(), limit=_IMPORTS),
    )
    return page, 422 if form.errors else 200


@blueprint.get("/import/sample.xlsx")
@policy("member.import")
def sample() -> ResponseReturnValue:
    """Hand out a list to fill in."""
    return downloads.download(files.sample_file(words()))


@blueprint.route("/import/<token>/file", methods=["GET", "POST"])
@policy("member.import")
def import_reading(token: str) -> ResponseReturnValue:
    """Show how the file was read, and read it in another way."""
    kept = kept_lists.get_columns(read(), folder(), token)
    form = reading_form(kept.table, _heads(kept), head_row=kept.mapping.head_row)
    if form.validate_on_submit():
        wanted = _wanted(form, kept)
        try:
            if wanted is not None:
                kept_lists.decide_reading(read(), folder(), token, wanted)
        except DomainError as error:
            form.refuse(
                error, "sheet" if "sheet" in form else "encoding" if "encoding" in form else "head_row"
            )
        else:
            return redirect(url_for(".import_columns", token=token), code=303)
    page = render_template(
        "treasurer/members/import_reading.html",
        form=form,
        kept=kept,
        steps=steps_of("import_reading", token=token),
        token=token,
    )
    return page, 422 if form.errors else 200


def _heads(kept: kept_lists.ListColumns) -> list[tuple[str, str]]:
    """Return the rows that may hold the headings: the first ones, and the one that counts at present."""
    rows = [
        row
        for place, row in enumerate(kept.table.rows)
        if place < _HEADS or row.number == kept.mapping.head_row
    ]
    none = ("0", _("The list has no headings"))
    return [*((str(row.number), _shown(row)) for row in rows), none]


def _shown(row: Row) -> str:
    texts = " · ".join(filter(None, (cell_text(value) for value in row.values)))
    short = texts if len(texts) <= _LONGEST else f"{texts[: _LONGEST - 1]}…"
    return _("Row %(row)s", row=str(row.number)) + f": {short}"


def _wanted(form: ReadingForm, kept: kept_lists.ListColumns) -> kept_lists.Decisions | None:
    """Return how the file is to be read, None when that is how it is read already.

    The rows of another sheet or another separator are other rows: their head is looked for anew.
    """
    table = kept.table
    sheet, separator, encoding = (
        form[name].data if name in form else present
        for name, present in (
            ("sheet", table.sheet),
            ("separator", table.separator),
            ("encoding", table.encoding),
        )
    )
    if (sheet, separator, encoding) != (table.sheet, table.separator, table.encoding):
        return replace(
            kept.decisions,
            sheet=sheet or None,
            separator=separator or None,
            encoding=encoding or None,
            head_row=None,
        )
    head_row = int(form.head_row.data)
    if head_row == kept.mapping.head_row and not kept.decisions.is_head_offered:
        return None
    return replace(kept.decisions, head_row=head_row)
