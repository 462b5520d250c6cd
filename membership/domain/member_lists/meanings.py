"""What one column means, and who says so: a person, an earlier list, or its heading."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from membership.domain.member_lists.choices import Choices, heading_id
from membership.domain.member_lists.fields import Field, field_of_heading, heading_year
from membership.domain.phrases import Phrase, phrase


class Use(StrEnum):
    """What becomes of a column."""

    TAKEN = "taken"
    CHOSEN = "chosen"
    REMEMBERED = "remembered"
    UNKNOWN = "unknown"
    HIDDEN = "hidden"
    OLDER = "older"
    DOUBLED = "doubled"
    LEFT_OUT = "left_out"


READ_USES: Final = frozenset({Use.TAKEN, Use.CHOSEN, Use.REMEMBERED})
USE_TEXTS: Final[Mapping[Use, Phrase]] = {
    Use.TAKEN: phrase("recognised"),
    Use.CHOSEN: phrase("chosen"),
    Use.REMEMBERED: phrase("as in the last list"),
    Use.UNKNOWN: phrase("not recognised, not imported"),
    Use.HIDDEN: phrase("hidden column, not imported"),
    Use.OLDER: phrase("an older year, not imported"),
    Use.DOUBLED: phrase("second column of its kind, not imported"),
    Use.LEFT_OUT: phrase("not imported by choice"),
}


def meaning(index: int, heading: str, group: str, choices: Choices) -> tuple[Field | None, Use]:
    """Return the field of a column and who says so: a choice, an earlier one, the heading with or without its group."""
    if index in choices.places:
        return _decided(choices.places[index], Use.CHOSEN)
    if choices.decides(heading):
        return _decided(choices.field_of(heading), Use.CHOSEN)
    if choices.remembers(heading):
        return _decided(choices.remembered[heading_id(heading)], Use.REMEMBERED)
    together = field_of_heading(f"{group} {heading}") if group and heading else None
    own = field_of_heading(heading) if heading else None
    by_year = field_of_heading(group) if group and heading_year(heading) and own is None else None
    found = together or own or by_year
    return found, Use.TAKEN if found else Use.UNKNOWN


def _decided(chosen: Field | None, use: Use) -> tuple[Field | None, Use]:
    return chosen, use if chosen else Use.LEFT_OUT
