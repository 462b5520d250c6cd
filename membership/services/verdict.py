"""What the checker says: what was looked at, and what does not hold."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not hold."""

    invariant: str
    object: str
    expected: str
    found: str


@dataclass(slots=True)
class Verdict:
    """What was checked (invariant -> how many objects) and what was found."""

    checked: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Return whether everything holds."""
        return not self.findings

    def looked_at(self, invariant: str, count: int = 1) -> None:
        """Count objects that were looked at for an invariant."""
        self.checked[invariant] = self.checked.get(invariant, 0) + count

    def add(self, invariant: str, name: str, expected: object, found: object) -> None:
        """Add what does not hold: the object by its name, what is expected and what is found."""
        self.findings.append(Finding(invariant, name, str(expected), str(found)))
