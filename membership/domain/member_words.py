"""The words for what is kept of a member as a code: language, origin of a size, kind of decision, cause of an end."""

from __future__ import annotations

from typing import Final

from membership.domain.dues.facts import Origin, OverrideKind
from membership.domain.errors import N_
from membership.domain.members import EndCause, NoticeTo, SuccessionKind

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
NOTICE_TO_WORDS: Final = {
    NoticeTo.YEAR_END: N_("at the end of a year"),
    NoticeTo.HALF_YEAR: N_("at the end of a half-year"),
    NoticeTo.QUARTER: N_("at the end of a quarter"),
    NoticeTo.MONTH: N_("at the end of a month"),
    NoticeTo.ANY: N_("on any day"),
}
SUCCESSION_WORDS: Final = {
    SuccessionKind.MERGER: N_("merger"),
    SuccessionKind.ASSET_DEAL: N_("purchase of the business"),
    SuccessionKind.GROUP: N_("another company of the group"),
}
