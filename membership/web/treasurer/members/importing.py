"""The import of a member list: choose the file, look at what it would do, take it over, and undo it.

Between the steps the file is kept encrypted for a day. Source: `ux.md` 6.4; SEC-58.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import DomainError
from membership.domain.member_lists import KIND_TITLES, LABELS, RowProblem, problem_sentence
from membership.persistence.db import Session, write
from membership.persistence.queries.members import get_import
from membership.services import members
from membership.services.members import files, uploads
from membership.services.members.importing import rejected_problems
from membership.web import downloads, sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.form import Form
from membership.web.forms.members import ImportForm
from membership.web.frame import today
from membership.web.language import _, words
from membership.web.treasurer.members.blueprint import blueprint


def _folder() -> Path:
    return sessions.operator().state_dir


@blueprint.route("/import", methods=["GET", "POST"])
@policy("member.import", takes_files=True)
def import_file() -> ResponseReturnValue:
    """Take the file."""
    form = ImportForm()
    if form.validate_on_submit():
        upload = form.file.data
        content = upload.read() if upload else b""
        name = (upload.filename or "") if upload else ""
        try:
            files.read_file(content, files.Reading(), filename=name)
        except DomainError as error:
            form.refuse(error, "file")
        else:
            token = uploads.keep_upload(read(), _folder(), name, content)
            return redirect(url_for(".check_import", token=token), code=303)
    page = render_template("treasurer/members/import_file.html", form=form)
    return page, 422 if form.errors else 200


@blueprint.get("/import/sample.xlsx")
@policy("member.import")
def sample() -> ResponseReturnValue:
    """Hand out a list to fill in."""
    return downloads.download(files.sample_file(words()))


def _read(session: Session, token: str) -> tuple[uploads.Upload, files.ReadList, members.ImportRules]:
    upload = uploads.get_upload(session, _folder(), token)
    found = files.read_list(session, upload.content, files.Reading(), filename=upload.name, today=today())
    rules = members.ImportRules(today=today(), value_days=files.value_days(found.mapping, today()))
    return upload, found, rules


@blueprint.get("/import/<token>/check")
@policy("member.import")
def check_import(token: str) -> ResponseReturnValue:
    """Show what the file would do; nothing is changed."""
    session = read()
    upload, found, rules = _read(session, token)
    plan = members.plan_import(session, found.members, rules)
    return render_template(
        "treasurer/members/import_check.html",
        form=Form(),
        token=token,
        name=upload.name,
        plan=plan,
        effects={str(effect): plan.count(effect) for effect in members.Effect},
        columns=[
            (column.heading, words().value(LABELS[column.field]) if column.field and column.is_used else None)
            for column in found.mapping.columns
        ],
        groups=_groups(plan.problems),
        warnings=[words().value(warning.text) for warning in plan.warnings],
    )


def _groups(problems: Any) -> list[tuple[str, list[dict[str, str]]]]:  # noqa: ANN401 - any sequence of problems
    groups: dict[str, list[dict[str, str]]] = {}
    for problem in problems:
        groups.setdefault(words().value(KIND_TITLES[problem.kind]), []).append(_problem(problem))
    return list(groups.items())


def _problem(problem: RowProblem) -> dict[str, str]:
    return {
        "row": str(problem.row),
        "column": problem.column,
        "found": problem.found,
        "text": words().value(problem_sentence(problem)),
    }


@blueprint.post("/import/<token>")
@policy("member.import")
def take_over(token: str) -> ResponseReturnValue:
    """Take the good rows in."""
    upload, found, rules = _read(read(), token)
    file = members.ListFile(upload.name, upload.content, files.chosen_columns(found.mapping))
    done = write(current_actor(), members.import_members, found.members, file=file, rules=rules)
    if done["import"] is None:
        sessions.notice("info", _("The list says what the books say already. Nothing was changed."))
        return redirect(url_for(".index"), code=303)
    return redirect(url_for(".show_import", import_id=done["import"]), code=303)


@blueprint.get("/import/<token>/rejected.xlsx")
@policy("member.import")
def rejected(token: str) -> ResponseReturnValue:
    """Hand out the rows that stay out, with their problems."""
    session = read()
    upload, found, rules = _read(session, token)
    plan = members.plan_import(session, found.members, rules)
    file = files.rejected_file(found, plan, words=words(), name=upload.name, created=sessions.moment())
    return downloads.download(file)


@blueprint.get("/imports/<int:import_id>")
@policy("member.import")
def show_import(import_id: int) -> ResponseReturnValue:
    """Show the result of an import."""
    row = get_import(read(), import_id)
    groups = _groups(rejected_problems(row.rejected))
    return render_template("treasurer/members/import_result.html", row=row, groups=groups)


@blueprint.post("/imports/<int:import_id>/undo")
@policy("member.import")
def undo(import_id: int) -> ResponseReturnValue:
    """Take an import back, until a member of it has an invoice."""
    try:
        count = write(current_actor(), members.undo_import, import_id, today=today())
    except DomainError as error:
        sessions.notice("warning", words().error(error))
        return redirect(url_for(".show_import", import_id=import_id), code=303)
    sessions.notice("ok", words().count("One member is as before.", "%(n)s members are as before.", count))
    return redirect(url_for(".index"), code=303)
