"""Drafts: from an example, a file or an older version; their details changed; thrown away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership import paths
from membership.domain.dues.drafts import Details, details_of, with_details
from membership.domain.dues.errors import ScheduleWrong
from membership.domain.dues.json_text import parse_json
from membership.domain.dues.readable import readable
from membership.domain.dues.readable.rules import rules_of
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.errors import N_, DomainError, InputError
from membership.persistence.db import write
from membership.persistence.queries.schedules import VersionLine, get_version, id_of_version, list_versions
from membership.services import schedule_drafts, schedules
from membership.services.dues import schedule_of
from membership.services.schedule_drafts import CodeTaken, Example, get_example, list_examples
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.files import FileMissing
from membership.web.forms.schedules import DetailsForm, NewDraftForm, UploadForm
from membership.web.frame import today
from membership.web.language import _, words
from membership.web.treasurer.schedules.blueprint import blueprint
from membership.web.treasurer.schedules.editing import both, find_draft, rule_sentences, save, saved
from membership.web.treasurer.schedules.shown import names_of

_LARGEST_FILE = 1_048_576
EXAMPLE_WORDS = {
    "heads": (
        N_("Table by number of employees"),
        N_("Five rows by size, start-ups pay half, companies of a group less."),
    ),
    "flat-fee": (N_("The same amount for all"), N_("One fixed amount; science and public bodies pay less.")),
    "turnover-bands": (
        N_("Table by turnover"),
        N_("Four rows by turnover, one fixed amount for science."),
    ),
    "turnover": (
        N_("Base amount and a share of turnover"),
        N_("A base amount, and a rate on turnover above one million euros."),
    ),
    "marginal": (
        N_("Base amount and a rate per employee"),
        N_("A base amount, and a rate per employee that falls with size."),
    ),
    "weighted": (
        N_("Table by full-time equivalents"),
        N_("Part-timers count in part, amounts a month, companies of a group count as one."),
    ),
    "per-mille": (
        N_("Per mille of the turnover"),
        N_("A share of the turnover with minimum and maximum, in two instalments."),
    ),
    "empty": (N_("Empty"), N_("Free of dues to begin with: you choose the method of every category.")),
}
"""Name of the example -> its title and one sentence; the page offers them in this order."""


class FileTooLarge(InputError):
    """The file cannot be a fee schedule: it is too large."""

    message = N_("The file is larger than 1 MB. A fee schedule is a small JSON file.")
    code = "file_size"


def _example_words(example: Example) -> tuple[str, str]:
    title, text = EXAMPLE_WORDS.get(example.name, (example.schedule.name, ""))
    return _(title), _(text)


@blueprint.get("/new")
@policy("schedule.write")
def new() -> ResponseReturnValue:
    """Offer the examples and the upload."""
    return _start_page(UploadForm())


def _start_page(form: UploadForm) -> ResponseReturnValue:
    order = {name: index for index, name in enumerate(EXAMPLE_WORDS)}
    found = sorted(list_examples(_folder()), key=lambda one: order.get(one.name, len(order)))
    examples = [(example, *_example_words(example)) for example in found]
    latest = next(iter(list_versions(read())), None)
    page = render_template("treasurer/schedules/new.html", form=form, examples=examples, latest=latest)
    return page, 422 if form.errors else 200


def _folder() -> Any:  # noqa: ANN401 - a path
    return paths.data_dir("config") / "examples"


@blueprint.post("/upload")
@policy("schedule.write", takes_files=True)
def upload() -> ResponseReturnValue:
    """Take a file in as a draft; what is wrong with it is said with its place."""
    form = UploadForm()
    if form.validate_on_submit():
        try:
            code = write(current_actor(), schedule_drafts.add_draft, _uploaded(form))
        except DomainError as error:
            form.refuse(error, "file")
        else:
            return _kept(code)
    return _start_page(form)


def _uploaded(form: UploadForm) -> Mapping[str, Any]:
    if not form.file.data or not form.file.data.filename:
        raise FileMissing
    content = form.file.data.read(_LARGEST_FILE + 1)
    if len(content) > _LARGEST_FILE:
        raise FileTooLarge
    document = parse_json(content, ScheduleWrong)
    schedule_of(document)
    return cast("Mapping[str, Any]", document)


@blueprint.route("/examples/<name>", methods=["GET", "POST"])
@policy("schedule.write")
def example(name: str) -> ResponseReturnValue:
    """Show an example in words and ask for the association's own details."""
    found = get_example(_folder(), name)
    form = NewDraftForm()
    kept = _new_draft(form, found.schedule)
    if kept is not None:
        return _kept(kept)
    title, lead = _example_words(found)
    names = names_of(read())
    page = render_template(
        "treasurer/schedules/example.html",
        form=form,
        title=title,
        lead=lead,
        name=name,
        text=readable(found.schedule, names),
        names=names,
        say=words().value,
    )
    return page, 422 if form.errors else 200


@blueprint.route("/<int:version_id>/copy", methods=["GET", "POST"])
@policy("schedule.write")
def copy(version_id: int) -> ResponseReturnValue:
    """Make a new draft of another version."""
    found = get_version(read(), version_id)
    form = NewDraftForm()
    kept = _new_draft(form, schedule_of(found.document))
    if kept is not None:
        return _kept(kept)
    page = render_template("treasurer/schedules/copy.html", form=form, row=found)
    return page, 422 if form.errors else 200


def _new_draft(form: NewDraftForm, start: FeeSchedule) -> str | None:
    """Fill the form, or keep what it says as a draft and return its code; None while there is something to ask."""
    if request.method == "GET":
        form.show(_next_details(start))
        return None
    if not form.validate_on_submit():
        return None
    details = form.details(str(form.code.data).strip())
    if details is None:
        return None
    details = _of_its_year(details, _next_details(start))
    try:
        return write(current_actor(), schedule_drafts.add_draft, with_details(start.document, details))
    except DomainError as error:
        form.refuse(error, "code" if isinstance(error, CodeTaken) else None)
        return None


def _next_details(start: FeeSchedule) -> Details:
    """Return the details of the version after the newest one: this year's, or the year after it."""
    year = str(next_year())
    return replace(
        details_of(start),
        code=f"BO-{year}",
        name=_("Fee schedule %(year)s", year=year),
        year=int(year),
        resolved_on=None,
        item="",
    )


def _of_its_year(details: Details, proposed: Details) -> Details:
    """Return the details with name and short name of their year, where these were left as they were proposed."""
    year = str(details.year)
    name = _("Fee schedule %(year)s", year=year) if details.name == proposed.name else details.name
    return replace(details, name=name, code=f"BO-{year}" if details.code == proposed.code else details.code)


def next_year() -> int:
    """Return the year of the next version: this one, or the year after the newest that is no draft."""
    used = [row.valid_from.year + 1 for row in list_versions(read()) if row.state != "draft"]
    return max([today().year, *used])


def _kept(code: str) -> ResponseReturnValue:
    sessions.notice("ok", _("The fee schedule %(code)s is kept as a draft.", code=code))
    return redirect(url_for(".show", version_id=id_of_version(read(), code)), code=303)


@blueprint.route("/<int:version_id>/edit", methods=["GET", "POST"])
@policy("schedule.write")
def edit(version_id: int) -> ResponseReturnValue:
    """Change name, year, resolution and due date of a draft."""
    row = find_draft(version_id)
    if not isinstance(row, VersionLine):
        return row
    form, before = DetailsForm(), details_of(schedule_of(row.document))
    if request.method == "GET":
        form.show(before)
        return _details_page(form, row)
    details = form.details(row.code) if form.validate_on_submit() else None
    if details is None:
        return _details_page(form, row), 422
    document = with_details(row.document, details)
    if parsed_details(form, document) is None:
        return _details_page(form, row), 422
    if not save(document, row.code):
        newer = get_version(read(), version_id)
        return _details_page(form, newer, both_details(newer, document)), 409
    return saved(version_id, _("The draft is saved."))


def _details_page(form: DetailsForm, row: VersionLine, versions: list[dict[str, str]] | None = None) -> str:
    return render_template("treasurer/schedules/edit.html", form=form, row=row, versions=versions)


def parsed_details(form: DetailsForm, document: Mapping[str, Any]) -> FeeSchedule | None:
    """Return the schedule with the details that were typed; None when it is wrong, as the form then says."""
    try:
        return schedule_of(document)
    except DomainError as error:
        form.refuse(error)
        return None


def both_details(newer: VersionLine, document: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return what is saved now beside what was typed: names, years, resolution and due date in words."""
    theirs, mine = schedule_of(newer.document), schedule_of(document)
    return [
        *both([theirs.name], [mine.name], _("Name")),
        *both([str(theirs.valid_from.year)], [str(mine.valid_from.year)], _("First dues year")),
        *both(rule_sentences(list(rules_of(theirs))), rule_sentences(list(rules_of(mine))), _("Rules")),
    ]


@blueprint.route("/<int:version_id>/delete", methods=["GET", "POST"])
@policy("schedule.write")
def delete(version_id: int) -> ResponseReturnValue:
    """Ask whether a draft is to be thrown away; then do it."""
    row = get_version(read(), version_id)
    if request.method == "GET":
        if row.state != "draft":
            return redirect(url_for(".show", version_id=version_id))
        return render_template("treasurer/schedules/delete.html", row=row)
    write(current_actor(), schedules.delete_schedule, row.code)
    sessions.notice("ok", _("The draft %(code)s is deleted.", code=row.code))
    return redirect(url_for(".index"), code=303)
