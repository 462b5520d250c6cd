"""What a member owes for a dues year, as its pages show it: each step with its reason, or why nothing is decided."""

from __future__ import annotations

from dataclasses import dataclass

from membership.domain.dues.assessment import Assessment, Result
from membership.services import invoicing
from membership.web.language import words


@dataclass(frozen=True, slots=True)
class Calculation:
    """The steps with their total; `refusal` is set instead when the fee schedule does not decide.

    `gross_cents` is what an invoice would ask for; `notes` are remarks that do not change the result, such as that a
    size is estimated.
    """

    steps: list[dict[str, str]]
    total: dict[str, str]
    gross_cents: int
    dues_class: str
    schedule: str
    refusal: str
    notes: list[str]


def calculation_of(result: Result) -> Calculation:
    """Return a result of the calculation in the language of the page."""
    say = words()
    if not isinstance(result, Assessment):
        return Calculation([], {}, 0, "", "", say.value(result.text), [])
    proof = [
        {"text": step.text, "note": step.note, "amount": step.result}
        for step in invoicing.proof_of(result, say)
    ]
    notes = [say.value(warning.text) for warning in result.warnings]
    if result.is_estimated:
        notes.insert(0, say.text("The basis is estimated."))
    return Calculation(
        steps=proof[:-1],
        total=proof[-1],
        gross_cents=result.gross.cents,
        dues_class=say.value(result.band.label) if result.band else "",
        schedule=result.schedule,
        refusal="",
        notes=notes,
    )
