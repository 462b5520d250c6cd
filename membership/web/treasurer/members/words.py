"""The words of the member pages for what is kept as a code."""

from __future__ import annotations

from typing import Final

from membership.domain.dues.facts import Origin, OverrideKind
from membership.domain.dues.schedule.bases import Basis
from membership.domain.errors import N_
from membership.domain.member_lists import BASES, LABELS
from membership.domain.members import EndCause
from membership.web.language import words

LANGUAGE_WORDS: Final = {"de": N_("German"), "en": N_("English")}
ORIGIN_WORDS: Final = {
    Origin.DECLARED: N_("declared by the member"),
    Origin.ESTIMATED: N_("estimated"),
    Origin.CARRIED_OVER: N_("carried over from the year before"),
    Origin.RESOLVED: N_("set by resolution"),
}
OVERRIDE_WORDS: Final = {
    OverrideKind.AMOUNT: N_("Annual amount of"),
    OverrideKind.PERCENT: N_("Share to be paid of"),
    OverrideKind.WAIVE: N_("Dues waived"),
}
CAUSE_WORDS: Final = {
    EndCause.NOTICE: N_("notice given"),
    EndCause.EXCLUSION: N_("exclusion"),
    EndCause.INSOLVENCY: N_("insolvency"),
    EndCause.MERGER: N_("merger with another company"),
    EndCause.DISSOLUTION: N_("company dissolved"),
}


def size_name(basis: Basis) -> str:
    """Return the name of a size in the language of the page; one of the association's own as its schedule calls it."""
    known = next((field for field in BASES if field == basis.name), None)
    return words().value(LABELS[known]) if known else basis.label or basis.name
