"""What is known about a member for one dues year: the input of the calculation.

Source: `interfaces.md` "dues explain"; `domain.md` DUE-5, DUE-7, DUE-17.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NamedTuple

from membership.domain.dues.document import Fields, Node
from membership.domain.dues.errors import FactsWrong
from membership.domain.dues.schedule.bases import KNOWN_BASES
from membership.domain.money import Money
from membership.domain.phrases import phrase

FIRST_YEAR, LAST_YEAR = 1900, 2999
_NOTHING = Money(0)
_NONE: Mapping[str, Any] = MappingProxyType({})
MAX_ROW = 1000

Classes = Mapping[str, Fraction]
BasisValues = Mapping[str, Fraction | Classes]


class Origin(StrEnum):
    """Where the value of a basis comes from (DUE-5)."""

    DECLARED = "declared"
    ESTIMATED = "estimated"
    CARRIED_OVER = "carried_over"
    RESOLVED = "resolved"

    @property
    def is_sure(self) -> bool:
        """Return whether the value may be billed without the word "estimated" (DUE-28)."""
        return self in {Origin.DECLARED, Origin.RESOLVED}


class OverrideKind(StrEnum):
    """What a decision in an individual case sets (DUE-17)."""

    AMOUNT = "amount"
    PERCENT = "percent"
    WAIVE = "waive"


@dataclass(frozen=True, slots=True)
class Override:
    """A decision in an individual case: an annual amount, the share that remains to be paid, or a waiver."""

    kind: OverrideKind
    reason: str
    amount: Money = _NOTHING
    share: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Previous:
    """The year before: the row of the table (from 1), the annual amount, the accepted values."""

    row: int | None = None
    amount: Money | None = None
    basis: BasisValues = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Levy:
    """A special levy for this member: an amount, or a share of the annual dues (DUE-15)."""

    title: str
    amount: Money | None = None
    share: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Move:
    """A change of category (DUE-24)."""

    on: date
    category: str


class Facts(NamedTuple):
    """What is known about one member for one dues year.

    `start` absent: a member since before the year. `basis` holds a number, or heads per class. `left_on` is the end
    of an earlier membership. `group` is the code of a group; `group_lead` names the member that leads it, else it is
    the first of the group in the list.
    `category` is that of the first day; `moves` are changes during the year, `categories` all that it has at once.
    `credit` was paid before and counts now.
    """

    member: str
    year: int
    category: str
    start: date | None = None
    end: date | None = None
    decided_on: date | None = None
    basis: BasisValues = _NONE
    origin: Mapping[str, Origin] = _NONE
    attributes: frozenset[str] = frozenset()
    founded: date | None = None
    group: str | None = None
    group_lead: str | None = None
    sites: tuple[BasisValues, ...] = ()
    previous: Previous = Previous()
    agreed: Money | None = None
    override: Override | None = None
    left_on: date | None = None
    levies: tuple[Levy, ...] = ()
    voluntary: Money | None = None
    categories: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()
    credit: Money | None = None


_KEYS = [
    "member",
    "year",
    "category",
    "start",
    "end",
    "decided_on",
    "basis",
    "origin",
    "attributes",
    "founded",
    "group",
    "sites",
    "previous",
    "agreed",
    "override",
    "left_on",
    "levies",
    "voluntary",
    "categories",
    "category_changes",
    "credit",
]


def read_facts(document: object) -> tuple[Facts, ...]:
    """Return the facts of a parsed JSON list, in its order.

    Raises `FactsWrong` with the JSON pointer of the first thing that is wrong.
    """
    found: list[Facts] = []
    seen: set[tuple[str, int]] = set()
    for node in Node(document, "", FactsWrong).items():
        facts = _facts(node)
        if (facts.member, facts.year) in seen:
            problem = phrase("Member %(member)s stands in the list twice for this year.", member=facts.member)
            raise node.child("member", facts.member).wrong(problem)
        seen.add((facts.member, facts.year))
        found.append(facts)
    return tuple(found)


def _facts(node: Node) -> Facts:
    fields = node.fields(_KEYS)
    start, end = fields.optional("start", Node.day), fields.optional("end", Node.day)
    if start and end and end < start:
        raise fields.need("end").wrong(phrase("The membership ends before it starts."))
    basis = fields.optional("basis", basis_values) or {}
    category = fields.need("category").text()
    return Facts(
        member=fields.need("member").text(),
        year=fields.need("year").whole(FIRST_YEAR, LAST_YEAR),
        category=category,
        start=start,
        end=end,
        decided_on=fields.optional("decided_on", Node.day),
        basis=basis,
        origin=_origins(fields, basis),
        attributes=frozenset(fields.every("attributes", Node.text)),
        founded=fields.optional("founded", Node.day),
        group=fields.optional("group", Node.text),
        sites=fields.every("sites", basis_values),
        previous=fields.either("previous", _previous, Previous()),
        agreed=fields.optional("agreed", Node.money),
        override=fields.optional("override", _override),
        left_on=fields.optional("left_on", Node.day),
        levies=fields.every("levies", _levy),
        voluntary=fields.optional("voluntary", Node.money),
        categories=_categories(fields, category),
        moves=fields.every("category_changes", _move),
        credit=fields.optional("credit", Node.money),
    )


def _categories(fields: Fields, category: str) -> tuple[str, ...]:
    found = fields.every("categories", Node.text)
    if found and category not in found:
        raise fields.need("categories").wrong(
            phrase("“categories” must hold the “category” %(code)s too.", code=category)
        )
    if len(set(found)) < len(found):
        raise fields.need("categories").wrong(phrase("A category stands here twice."))
    return found


def _move(node: Node) -> Move:
    fields = node.fields(("on", "category"))
    return Move(fields.need("on").day(), fields.need("category").text())


def basis_values(node: Node) -> BasisValues:
    """Return the values of an object basis -> number, or basis -> heads per class."""
    values: dict[str, Fraction | Classes] = {}
    for name, value in node.mapping().items():
        check_basis_name(name, value)
        if value.value is None:
            continue
        if isinstance(value.value, Mapping):
            values[name] = {code: heads.number() for code, heads in value.mapping().items()}
        else:
            values[name] = value.number()
    return values


def check_basis_name(name: str, node: Node) -> None:
    """Refuse the name of a basis that does not exist."""
    label = name.removeprefix("custom:")
    if name not in KNOWN_BASES and (label == name or not label):
        known = ", ".join(KNOWN_BASES)
        problem = phrase(
            "There is no basis “%(name)s”. There are %(known)s, and your own as custom:name.",
            name=name,
            known=known,
        )
        raise node.wrong(problem)


def _origins(fields: Fields, basis: BasisValues) -> dict[str, Origin]:
    node = fields.get("origin")
    if node is None:
        return {}
    options = {origin.value: origin for origin in Origin}
    origins: dict[str, Origin] = {}
    for name, value in node.mapping().items():
        check_basis_name(name, value)
        if value.value is None:
            continue
        if name not in basis:
            raise value.wrong(phrase("“%(name)s” has an origin but no value in “basis”.", name=name))
        origins[name] = value.choice(options)
    return origins


def _previous(node: Node) -> Previous:
    fields = node.fields(("row", "amount", "basis"))
    return Previous(
        row=fields.optional("row", lambda row: row.whole(1, MAX_ROW)),
        amount=fields.optional("amount", Node.money),
        basis=fields.optional("basis", basis_values) or {},
    )


def _override(node: Node) -> Override:
    fields = node.fields(("kind", "value", "reason"))
    kind = fields.need("kind").choice({kind.value: kind for kind in OverrideKind})
    reason = fields.either("reason", Node.text, "")
    if kind is OverrideKind.AMOUNT:
        return Override(kind, reason, amount=fields.need("value").money())
    if kind is OverrideKind.PERCENT:
        return Override(kind, reason, share=fields.need("value").percent())
    return Override(kind, reason)


def _levy(node: Node) -> Levy:
    fields = node.fields(("title", "amount", "percent"))
    title = fields.need("title").text()
    amount, share = fields.optional("amount", Node.money), fields.optional("percent", Node.percent)
    if (amount is None) == (share is None):
        raise node.wrong(phrase("A levy has either an amount or a percentage."))
    return Levy(title, amount=amount, share=share or Fraction(0))
