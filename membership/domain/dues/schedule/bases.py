"""What a fee is measured by: heads, turnover and the like, with weights per class where the order has them.

Source: `domain.md` DUE-6, DUE-7, 2.10 `bases`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType

from membership.domain.dues.document import Node
from membership.domain.dues.schedule.derived import WORDS, Derived, read_derived
from membership.domain.phrases import phrase

KNOWN_BASES = ("headcount", "fte", "turnover_eur", "sites", "area_m2", "inhabitants")
CUSTOM = "custom:"
_COUNTED_IN_UNITS = frozenset({"headcount", "sites", "inhabitants"})
_REFERENCE = re.compile(
    r"(?:year_before_last|prev_year|dues_year):(?:\d{2}-\d{2}|total|average)|joining|due_date",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Basis:
    """One basis as the schedule describes it.

    `weights` None: one number is asked for, heads per class are added up. `discrete`: a row of a marginal table
    counts whole units from its bound on.
    """

    name: str
    discrete: bool
    reference: str = ""
    region: str = "all"
    weights: Mapping[str, Fraction] | None = None
    exclude: frozenset[str] = frozenset()
    label: str = ""
    unit: str = ""
    derived: Derived | None = None


@dataclass(frozen=True, slots=True)
class Bases:
    """The bases a schedule describes; any other has the defaults."""

    described: Mapping[str, Basis] = field(default_factory=lambda: MappingProxyType({}))

    def __getitem__(self, name: str) -> Basis:
        return self.described.get(name) or default_basis(name)


@lru_cache(maxsize=64)
def default_basis(name: str) -> Basis:
    """Return a basis that the schedule does not describe."""
    label = name.removeprefix(CUSTOM) if name.startswith(CUSTOM) else ""
    return Basis(name, name in _COUNTED_IN_UNITS, label=label)


def read_bases(node: Node) -> Bases:
    """Return the bases of a schedule by their names."""
    nodes = node.mapping()
    found = {name: _basis(basis_name(child, name), child) for name, child in nodes.items()}
    for name, basis in found.items():
        for other in summands_of(basis):
            place = nodes[name].child("sum", None).child(other, None)
            basis_name(place, other)
            if other == name:
                raise place.wrong(phrase("A sum does not hold itself."))
            if other in found and summands_of(found[other]):
                raise place.wrong(phrase("A sum is made of sizes that are declared, not of another sum."))
    return Bases(found)


def summands_of(basis: Basis) -> Mapping[str, Fraction]:
    """Return the sizes that a basis is the sum of, each with how often it counts; none for one that is declared."""
    return (basis.derived.summands if basis.derived else None) or {}


def basis_name(node: Node, name: str) -> str:
    """Return the name of a basis; refuses one that does not exist."""
    if name in KNOWN_BASES or (name.startswith(CUSTOM) and len(name) > len(CUSTOM)):
        return name
    raise node.wrong(
        phrase(
            "There is no basis “%(name)s”. There are %(known)s, and your own as custom:name.",
            name=name,
            known=", ".join(KNOWN_BASES),
        )
    )


def _basis(name: str, node: Node) -> Basis:
    own_words = ("label", "unit") if name.startswith(CUSTOM) else ()
    fields = node.fields(("reference", "weights", "exclude", "region", "discrete", *WORDS, *own_words))
    usual = default_basis(name)
    return Basis(
        name,
        discrete=fields.either("discrete", Node.boolean, usual.discrete),
        reference=fields.either("reference", _reference, ""),
        region=fields.either("region", lambda n: n.choice({w: w for w in ("all", "region", "site")}), "all"),
        weights=fields.optional("weights", _weights),
        exclude=frozenset(fields.every("exclude", Node.text)),
        label=fields.either("label", Node.text, usual.label),
        unit=fields.either("unit", Node.text, ""),
        derived=read_derived(fields),
    )


def _weights(node: Node) -> Mapping[str, Fraction]:
    weights = {code: child.share() for code, child in node.mapping().items()}
    if not weights:
        raise node.wrong(phrase("At least one class needs a weight."))
    return weights


def _reference(node: Node) -> str:
    text = node.text()
    if not _REFERENCE.fullmatch(text):
        raise node.wrong(
            phrase(
                'A day or period of reference is expected here, such as "prev_year:06-30" or "dues_year:01-01".'
            )
        )
    _, _, day = text.partition(":")
    if day[:1].isdigit():
        Node(day, node.pointer, node.error).month_day()
    return text
