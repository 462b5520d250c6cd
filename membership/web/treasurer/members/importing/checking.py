"""Step 3: what the list would do, before anything is changed; and taking it over."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final, TypeVar

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import N_, InputError
from membership.persistence.db import Session, write
from membership.services import members
from membership.services.members import files, kept_lists
from membership.web import downloads, sessions
from membership.web.access import current_actor, policy, read
from membership.web.frame import today
from membership.web.heavy import few_at_once
from membership.web.language import _, ngettext, words
from membership.web.treasurer.members.blueprint import blueprint
from membership.web.treasurer.members.importing import corrections, shown
from membership.web.treasurer.members.importing.steps import folder, steps_of
from membership.web.treasurer.paging import PAGE, page_number, pager

T = TypeVar("T")
_MOST_DIGITS: Final = 6


class Tab(StrEnum):
    """What the check page shows at once."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    NOTICES = "notices"
    ERRORS = "errors"


_TAB_NAMES: Final = {
    Tab.NEW: N_("New"),
    Tab.CHANGED: N_("Changed"),
    Tab.NOTICES: N_("Please look at"),
    Tab.ERRORS: N_("Errors"),
    Tab.UNCHANGED: N_("Unchanged (members)"),
}


@blueprint.get("/import/<token>/check")
@policy("member.import")
@few_at_once
def check_import(token: str) -> ResponseReturnValue:
    """Show what the list would do; nothing is changed."""
    session = read()
    try:
        kept = kept_lists.get_list(session, folder(), token, today=today())
    except InputError as error:
        sessions.notice("warning", words().error(error))
        return redirect(url_for(".import_columns", token=token), code=303)
    plan = members.plan_import(session, kept.found.members, kept.rules)
    counts = _counts(plan, kept)
    tab = _tab(counts)
    return render_template(
        "treasurer/members/import_check.html",
        token=token,
        name=kept.file.name,
        steps=steps_of("check_import", token=token),
        counts=counts,
        tab=str(tab),
        tabs=_tabs(token, counts, tab),
        sentence=_sentence(counts),
        button=_button(counts[Tab.NEW], counts[Tab.CHANGED]),
        corrected=len(kept.decisions.cells) + len(kept.decisions.words),
        uncategorised=_uncategorised(plan, kept),
        **_shown(session, plan, kept, tab),
    )


def _uncategorised(plan: members.ImportPlan, kept: kept_lists.KeptList) -> int:
    """Return how many new members would be in no category, so that no dues can be worked out for them."""
    if kept.rules.category:
        return 0
    return sum(one.effect is members.Effect.NEW and not one.draft.category for one in plan.members)


def _counts(plan: members.ImportPlan, kept: kept_lists.KeptList) -> dict[Tab, int]:
    return {
        Tab.NEW: plan.count(members.Effect.NEW),
        Tab.CHANGED: plan.count(members.Effect.CHANGED),
        Tab.UNCHANGED: plan.count(members.Effect.UNCHANGED),
        Tab.NOTICES: len(plan.warnings) + len(kept.found.members.skipped),
        Tab.ERRORS: len({problem.row for problem in plan.problems}),
    }


def _tab(counts: dict[Tab, int]) -> Tab:
    """Return the tab that is asked for, else errors, else the first one with something in it."""
    asked = request.args.get("tab", "")
    if asked in set(Tab):
        return Tab(asked)
    order = (Tab.ERRORS, Tab.NEW, Tab.CHANGED, Tab.UNCHANGED)
    return next((tab for tab in order if counts[tab]), Tab.NEW)


def _tabs(token: str, counts: dict[Tab, int], current: Tab) -> list[dict[str, Any]]:
    return [
        {
            "label": _(name),
            "href": url_for(".check_import", token=token, tab=str(tab)),
            "count": counts[tab],
            "is_current": tab is current,
        }
        for tab, name in _TAB_NAMES.items()
    ]


def _sentence(counts: dict[Tab, int]) -> str:
    """Return the sum of the rows: nothing of the list is missing in it."""
    parts = {str(tab): counts[tab] for tab in (Tab.NEW, Tab.CHANGED, Tab.UNCHANGED, Tab.ERRORS)}
    return _(
        "%(rows)s in the list = %(new)s new + %(changed)s changed + %(unchanged)s unchanged + %(errors)s with errors",
        rows=sum(parts.values()),
        **parts,
    )


def _button(new: int, changed: int) -> str:
    """Return what the button does, with its numbers; an empty text when it would do nothing."""
    if not changed:
        return ngettext("Import %(n)s new member", "Import %(n)s new members", new) if new else ""
    if not new:
        return ngettext("Import %(n)s changed member", "Import %(n)s changed members", changed)
    if new == 1:
        return ngettext(
            "Import 1 new and %(n)s changed member", "Import 1 new and %(n)s changed members", changed
        )
    return ngettext(
        "Import %(new)s new and %(n)s changed member",
        "Import %(new)s new and %(n)s changed members",
        changed,
        new=new,
    )


def _shown(session: Session, plan: members.ImportPlan, kept: kept_lists.KeptList, tab: Tab) -> dict[str, Any]:
    """Return what one tab lists, as far as its page goes."""
    names = shown.category_names(session)
    if tab is Tab.ERRORS:
        return corrections.shown_errors(plan, kept, names)
    if tab is Tab.NOTICES:
        return _notices(plan, kept)
    effect = members.Effect(str(tab))
    part, pages = paged([member for member in plan.members if member.effect is effect])
    if tab is Tab.NEW:
        rows = [shown.new_member(member, names, kept.rules.category) for member in part]
    else:
        rows = [shown.known_member(member, names) for member in part]
    return {"rows": rows, "pages": pages}


def _notices(plan: members.ImportPlan, kept: kept_lists.KeptList) -> dict[str, Any]:
    """Return what to look at in good rows, and the rows that are no members, in the order of the list."""
    notices = [
        *((one.row, one.column, one.found, one.text) for one in plan.warnings),
        *((one.row, "", one.text, one.why) for one in kept.found.members.skipped),
    ]
    part, pages = paged(sorted(notices, key=lambda notice: notice[0]))
    return {"remarks": [(*one[:3], words().value(one[3])) for one in part], "pages": pages}


def paged(found: Sequence[T]) -> tuple[Sequence[T], dict[str, Any] | None]:
    """Return the part of a list that the address asks for, and its pager."""
    page = page_number()
    return found[(page - 1) * PAGE : page * PAGE], pager(page, len(found))


@blueprint.post("/import/<token>")
@policy("member.import")
def take_over(token: str) -> ResponseReturnValue:
    """Take the good rows in, as the page has shown them."""
    kept = kept_lists.get_list(read(), folder(), token, today=today())
    new, changed = _seen("new"), _seen("changed")
    done = write(current_actor(), kept_lists.import_list, kept, new=new, changed=changed)
    if done["import"] is None:
        sessions.notice("info", _("The list says what the books say already. Nothing was changed."))
        return redirect(url_for(".index"), code=303)
    return redirect(url_for(".show_import", import_id=done["import"]), code=303)


def _seen(name: str) -> int:
    """Return a number of the check page that the person saw."""
    text = request.form.get(name, "")
    if not text.isascii() or not text.isdigit() or len(text) > _MOST_DIGITS:
        abort(400)
    return int(text)


@blueprint.get("/import/<token>/rejected.xlsx")
@policy("member.import")
@few_at_once
def rejected(token: str) -> ResponseReturnValue:
    """Hand out the rows that stay out, with their problems."""
    session = read()
    kept = kept_lists.get_list(session, folder(), token, today=today())
    plan = members.plan_import(session, kept.found.members, kept.rules)
    file = files.rejected_file(
        kept.found, plan, words=words(), name=_rejected_name(kept.file.name), created=sessions.moment()
    )
    return downloads.download(file)


def _rejected_name(name: str) -> str:
    """Return the name of the file of errors, without an ending: that of the list and what it holds."""
    stem = name.rpartition(".")[0] or name
    return f"{stem}-{_('errors')}"
