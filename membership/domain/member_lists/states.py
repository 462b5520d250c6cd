"""The word in the status column: active, left, notice given, and the date that may stand behind it."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from membership.domain.member_lists.dates import read_day
from membership.domain.member_lists.drafts import DraftState, ProblemKind
from membership.domain.member_lists.fields import plain_key
from membership.domain.member_lists.values import Reading, Unreadable, cell_text
from membership.domain.phrases import phrase
from membership.domain.tables import Value

_WORDS: Final = {
    plain_key(word): state
    for state, words in {
        DraftState.ACTIVE: "aktiv, active, Mitglied, member, aktives Mitglied, aktuell, current, ja, yes, laufend, neu,"
        " new, Neumitglied, A, aufgenommen",
        DraftState.ENDED: "ausgetreten, former, ehemalig, ehemals, ehemaliges Mitglied, left, ended, beendet, inaktiv,"
        " inactive, ausgeschieden, erloschen, Austritt, nein, no, former member, ausgeschlossen, resigned, ended",
        DraftState.NOTICE_GIVEN: "gekündigt, Kündigung, notice given, notice, leaving, kündigt, notice_given",
        DraftState.SUSPENDED: "ruhend, suspended, ruht, pausiert, ruhende Mitgliedschaft",
        DraftState.APPLIED: "Antrag, applied, beantragt, Antrag gestellt, in Aufnahme, application",
        DraftState.PROSPECT: "Interessent, prospect, Interessentin, lead",
    }.items()
    for word in words.split(",")
}
_PARTS: Final = re.compile(r"([^\d]*?)\s*(?:zum|per|am|seit|ab|on|since|as of)?\s*(\d.*)?", re.IGNORECASE)
_EXPECTED: Final = phrase("aktiv, ausgetreten or gekündigt, with the date behind it")


def is_state(word: str) -> bool:
    """Return whether a word says how it stands with a membership, for a word that stands in another column."""
    return plain_key(word) in _WORDS


def read_state(value: Value, *, today: date) -> Reading[tuple[DraftState, date | None]]:
    """Return the state and, of somebody who left or gave notice, the day behind it.

    An unknown word is refused: who is not a member must not be billed.
    """
    match = _PARTS.fullmatch(cell_text(value))
    state = _WORDS.get(plain_key(match[1])) if match else None
    if match is None or state is None:
        raise Unreadable(ProblemKind.STATE, phrase("This status is not known."), _EXPECTED)
    end = read_day(match[2], today=today).value if match[2] else None
    return Reading((state, end if state in {DraftState.ENDED, DraftState.NOTICE_GIVEN} else None))
