"""What can be wrong with a fee schedule or with facts, and what a schedule leaves undecided.

Source: `domain.md` DUE-34, 2.10 ("the error names its JSON pointer").
"""

from __future__ import annotations

from membership.domain.errors import N_, InputError
from membership.domain.phrases import Phrase, phrase


class DocumentWrong(InputError):
    """A JSON document does not have the form that is asked for; `where` is the JSON pointer of the place."""

    message = N_("%(problem)s (Place: %(place)s)")
    code = "document"

    def __init__(self, *, where: str, problem: Phrase) -> None:
        super().__init__(where=where, problem=problem, place=where or phrase("the whole document"))

    def __str__(self) -> str:
        problem = self.problem
        return f"{problem.message % dict(problem.values)} (Place: {self.where or 'the whole document'})"

    @property
    def problem(self) -> Phrase:
        """Return what is wrong, to be worded."""
        found = self.values["problem"]
        assert isinstance(found, Phrase), found
        return found


class ScheduleWrong(DocumentWrong):
    """A fee schedule is not in the stored form, or contradicts itself."""

    code = "schedule"


class FactsWrong(DocumentWrong):
    """The facts about a member are not in the form of `dues explain`."""

    code = "facts"


class Undecided(Exception):
    """The schedule does not decide for this member; becomes a `Refusal` in the place of the result.

    Source: DUE-34.
    """

    def __init__(self, rule: str, text: Phrase) -> None:
        super().__init__(rule, text)
        self.rule = rule
        self.text = text
