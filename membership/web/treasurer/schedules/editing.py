"""What the editor's pages share: the draft they change, its fields in the way of the language, saving it once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.dues.errors import DocumentWrong
from membership.domain.dues.readable import CategoryText, Rule, readable
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.errors import N_, Conflict
from membership.persistence.db import write
from membership.persistence.queries.schedules import VersionLine, get_version
from membership.services import schedule_drafts
from membership.services.dues import schedule_of
from membership.web import sessions
from membership.web.access import current_actor, read
from membership.web.forms.fee_rules import EditorForm
from membership.web.language import _, day_to_type, words

PREVIEW: Final = "preview"
CHANGED_MEANWHILE: Final = N_(
    "Somebody else changed this draft in the meantime. Nothing was kept; look at it again."
)
_NUMBER = re.compile(r"(> )?(\d+)(?:\.(\d+))?", re.ASCII)
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NO_NUMBERS: Final = frozenset(
    {"label", "code", "category", "minimum_category", "basis", "was", "open", "tax_reason", "unit"}
)
_MEANT_AS_WORDS: Final = frozenset({"attribute", "without_attribute"})


def find_draft(version_id: int) -> VersionLine | ResponseReturnValue:
    """Return the draft; a version that is none leads back to its page with the reason. Raises `NotFound`."""
    row = get_version(read(), version_id)
    if row.state == "draft":
        return row
    sessions.notice("info", _("%(code)s is no draft. Copy it to change something.", code=row.code))
    return redirect(url_for(".show", version_id=version_id), code=303)


def localized(texts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the texts of a form with numbers and days as the language writes them."""
    return {
        name: [localized(line) for line in value]
        if isinstance(value, list)
        else _in_language(name, value, texts)
        for name, value in texts.items()
    }


def _in_language(name: str, value: str, texts: Mapping[str, Any]) -> str:
    if name in _NO_NUMBERS or texts.get(name.replace("value_", "when_")) in _MEANT_AS_WORDS:
        return value
    if _ISO_DAY.fullmatch(value):
        return day_to_type(date.fromisoformat(value))
    match = _NUMBER.fullmatch(value)
    if match is None or words().language != "de":
        return value
    sign, whole, fraction = match.groups(default="")
    grouped = f"{int(whole):,}".replace(",", ".")
    return f"{sign}{grouped}" + (f",{fraction}" if fraction else "")


def seen_version() -> int:
    """Return the version of the draft that the form was opened with; 0 when it does not say."""
    seen = request.form.get("version", "")
    return int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else 0  # noqa: PLR2004 - a counter


def is_preview() -> bool:
    """Return whether the form asks for the effect only."""
    return request.form.get("action") == PREVIEW


def parsed(
    form: EditorForm, document: Mapping[str, Any], field_of: Callable[[str], str | None]
) -> FeeSchedule | None:
    """Return the schedule of a document; None when it is wrong, as its field or the form then says."""
    try:
        return schedule_of(document)
    except DocumentWrong as error:
        name = field_of(error.where or "")
        sentence = words().error(error) if name is None else words().value(error.problem)
        form.refuse_at(name, sentence)
        return None


def save(document: Mapping[str, Any], code: str) -> bool:
    """Keep the draft and return True; False when somebody changed it since the form was opened."""
    try:
        write(current_actor(), schedule_drafts.change_draft, code, document, version=seen_version())
    except Conflict:
        return False
    return True


def saved(version_id: int, text: str, endpoint: str = ".show", **values: Any) -> ResponseReturnValue:  # noqa: ANN401 - parts of an address
    """Return the way on after saving, with its notice."""
    sessions.notice("ok", text)
    return redirect(url_for(endpoint, version_id=version_id, **values), code=303)


def told(version_id: int, text: str, endpoint: str, **values: Any) -> ResponseReturnValue:  # noqa: ANN401 - parts of an address
    """Return the way back with the reason why nothing was kept."""
    sessions.notice("warning", text)
    return redirect(url_for(endpoint, version_id=version_id, **values), code=303)


def both(theirs: Sequence[str], mine: Sequence[str], label: str) -> list[dict[str, str]]:
    """Return what is saved now beside what was typed, as sentences."""
    return [{"label": label, "theirs": " ".join(theirs) or "–", "mine": " ".join(mine) or "–"}]


def sentences(schedule: FeeSchedule | None, code: str, names: Mapping[str, str]) -> list[str]:
    """Return the rule of one category in sentences."""
    if schedule is None:
        return []
    found = next((one for one in readable(schedule, names).categories if one.code == code), None)
    return [] if found is None else list(sentences_of(found))


def sentences_of(one: CategoryText) -> list[str]:
    """Return what one category pays in sentences, its tables row by row."""
    say = words().value
    texts: list[str] = []
    for passage in one.passages:
        texts.append(say(passage.text))
        texts += [
            _("from %(start)s: %(amount)s;", start=say(row.start), amount=say(row.amount))
            for row in passage.rows
        ]
    return [*texts, *(say(addition) for addition in one.additions)]


def rule_sentences(rules: Sequence[Rule]) -> list[str]:
    """Return rules as sentences with their names."""
    say = words().value
    return [f"{say(rule.label)}: {say(rule.text)}" for rule in rules]
