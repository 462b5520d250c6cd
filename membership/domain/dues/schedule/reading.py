"""From the stored form of a fee schedule to its typed parts, and the references between categories.

Source: `domain.md` 2.10; DUE-11a for chains and circles.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from membership.domain.dues.document import NEW_YEAR, Fields, Node
from membership.domain.dues.errors import ScheduleWrong
from membership.domain.dues.schedule.bases import Bases, read_bases
from membership.domain.dues.schedule.calendar_rules import (
    read_cohort,
    read_declaration,
    read_due,
    read_prorata,
    read_resolution,
)
from membership.domain.dues.schedule.categories import Usual, read_category
from membership.domain.dues.schedule.choices import CreditRest, GroupMode, SeveralCategories, Together
from membership.domain.dues.schedule.form import (
    Agreed,
    AsCategory,
    Category,
    Declaration,
    FactorOf,
    FeeSchedule,
    Group,
    Indexation,
    Method,
    Prorata,
    Rounding,
    Several,
)
from membership.domain.dues.schedule.options import read_max_rise, read_rounding, read_together
from membership.domain.dues.schedule.previous_year import read_previous_year
from membership.domain.phrases import phrase

_KEYS = [
    "code",
    "name",
    "valid_from",
    "valid_to",
    "cohort",
    "period",
    "resolution",
    "due",
    "bases",
    "declaration",
    "prorata",
    "max_rise",
    "indexation",
    "rounding",
    "group",
    "categories",
    "discounts_together",
    "dues_year_start",
    "several_categories",
    "credit_rest",
    "previous_year",
    "currency",
]
_JOINING = "joining"
_PERIODS = {"year": 1, "half_year": 2, "quarter": 4, "month": 12}
_EURO = "EUR"
_GROUP_WORDS = {
    GroupMode.NONE: ("mode",),
    GroupMode.AGGREGATE: ("mode",),
    GroupMode.DISCOUNT: ("mode", "further_percent", "further_amount"),
    GroupMode.CAP: ("mode", "cap"),
}


def read_schedule(document: object) -> FeeSchedule:
    """Return the fee schedule of a parsed JSON object.

    Raises `ScheduleWrong` with the JSON pointer of the first thing that is wrong or not known.
    """
    return _schedule(Node(document, "", ScheduleWrong))


def read_schedules(document: object) -> tuple[FeeSchedule, ...]:
    """Return the versions of a parsed JSON document: one object, or a list of them."""
    node = Node(document, "", ScheduleWrong)
    if not isinstance(document, list):
        return (_schedule(node),)
    items = node.items()
    if not items:
        raise node.wrong(phrase("The list holds no fee schedule."))
    return tuple(_schedule(item) for item in items)


def _schedule(node: Node) -> FeeSchedule:
    fields = node.fields(_KEYS)
    code, valid_from = fields.need("code").text(), fields.need("valid_from").day()
    valid_to = fields.optional("valid_to", Node.day)
    if valid_to and valid_to < valid_from:
        raise fields.need("valid_to").wrong(phrase("The schedule ends before it starts."))
    fields.optional("currency", _currency)
    start = fields.get("dues_year_start")
    follows_joining = start is not None and start.value == _JOINING
    starts = NEW_YEAR if start is None or follows_joining else start.month_day()
    usual = Usual(
        rounding=fields.either("rounding", read_rounding, Rounding()),
        prorata=fields.either("prorata", partial(read_prorata, starts=starts), Prorata()),
        max_rise=fields.optional("max_rise", read_max_rise),
        together=fields.either("discounts_together", read_together, Together.MULTIPLY),
        starts=starts,
        previous_year=fields.optional("previous_year", read_previous_year),
    )
    assert isinstance(node.value, Mapping), node.pointer
    return FeeSchedule(
        code=code,
        name=fields.either("name", Node.text, code),
        valid_from=valid_from,
        valid_to=valid_to,
        cohort=fields.optional("cohort", read_cohort),
        periods=fields.either("period", lambda n: n.choice(_PERIODS), 1),
        resolution=fields.optional("resolution", read_resolution),
        due=fields.optional("due", partial(read_due, starts=starts)),
        bases=fields.either("bases", read_bases, Bases()),
        declaration=fields.either("declaration", read_declaration, Declaration()),
        prorata=usual.prorata,
        indexation=fields.optional("indexation", _indexation),
        rounding=usual.rounding,
        group=fields.either("group", _group, Group()),
        categories=_categories(fields, usual),
        document=dict(node.value),
        starts=starts,
        follows_joining=follows_joining,
        several_categories=fields.optional(
            "several_categories", lambda n: n.choice({one.value: one for one in SeveralCategories})
        ),
        credit_rest=fields.optional(
            "credit_rest", lambda n: n.choice({one.value: one for one in CreditRest})
        ),
    )


def _currency(node: Node) -> None:
    if node.value != _EURO:
        raise node.wrong(
            phrase(
                "Only EUR is possible here: invoices, bank and books are kept in euros. Convert the amounts."
            )
        )


def _categories(fields: Fields, usual: Usual) -> dict[str, Category]:
    node = fields.need("categories")
    nodes = node.mapping()
    if not nodes:
        raise node.wrong(phrase("A fee schedule needs at least one category."))
    categories = {code: read_category(child, code, usual=usual) for code, child in nodes.items()}
    for code, child in nodes.items():
        _check_references(categories, child, categories[code])
        _check_becomes(categories, child, categories[code])
    return categories


def _indexation(node: Node) -> Indexation:
    fields = node.fields(("from", "percent", "step", "direction"))
    pairs = {key: fields.need(key).value for key in ("step", "direction") if fields.get(key)}
    rounding = read_rounding(Node(pairs, node.pointer, node.error))
    return Indexation(fields.need("from").text(), fields.need("percent").percent(), rounding)


def _group(node: Node) -> Group:
    word = node.mapping().get("mode")
    if word is None:
        raise node.wrong(phrase("“%(word)s” is missing here.", word="mode"))
    mode = word.choice({mode.value: mode for mode in GroupMode})
    fields = node.fields(_GROUP_WORDS[mode])
    if mode is GroupMode.DISCOUNT:
        amount = fields.optional("further_amount", Node.euros)
        if amount is None:
            return Group(mode, further_share=fields.need("further_percent").percent())
        if fields.get("further_percent"):
            raise fields.need("further_percent").wrong(
                phrase("Each further company pays either a percentage or an amount.")
            )
        return Group(mode, further_amount=amount)
    if mode is GroupMode.CAP:
        return Group(mode, cap=fields.need("cap").euros())
    return Group(mode)


def _check_references(categories: Mapping[str, Category], node: Node, category: Category) -> None:
    for target, path in _references(category):
        place = node
        for key in path:
            place = place.child(key, None)
        if target not in categories:
            raise place.wrong(phrase("There is no category “%(code)s” in this schedule.", code=target))
        if not _is_minimum(path) and any(
            not _is_minimum(keys) for _, keys in _references(categories[target])
        ):
            raise place.wrong(
                phrase(
                    "Category “%(code)s” is itself worked out from another one. Name that one.", code=target
                )
            )
        if _reaches(categories, target, category.code):
            raise place.wrong(phrase("Category “%(code)s” refers back to this one: a circle.", code=target))


def _is_minimum(path: tuple[str | int, ...]) -> bool:
    """Return whether a reference names a minimum; it takes the whole other category, a factor only its method."""
    return path[-2:] == ("min", "category")


def _check_becomes(categories: Mapping[str, Category], node: Node, category: Category) -> None:
    """Refuse a category that grows into one that does not exist, or back into itself."""
    passed, later = {category.code}, category.becomes
    place = node.child("becomes", None).child("category", None)
    while later is not None:
        if later.category not in categories:
            raise place.wrong(
                phrase("There is no category “%(code)s” in this schedule.", code=later.category)
            )
        if later.category in passed:
            raise place.wrong(
                phrase("Category “%(code)s” refers back to this one: a circle.", code=later.category)
            )
        passed.add(later.category)
        later = categories[later.category].becomes


def _references(category: Category) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    yield from _method_references(category.method, ())
    if isinstance(category.minimum, AsCategory):
        yield category.minimum.category, ("min", "category")


def _method_references(
    method: Method, path: tuple[str | int, ...]
) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    if isinstance(method, FactorOf):
        yield method.category, (*path, "category")
    elif isinstance(method, Agreed) and isinstance(method.minimum, AsCategory):
        yield method.minimum.category, (*path, "min", "category")
    elif isinstance(method, Several):
        for index, part in enumerate(method.parts):
            yield from _method_references(part.method, (*path, "parts", index))
            if isinstance(part.minimum, AsCategory):
                yield part.minimum.category, (*path, "parts", index, "min", "category")


def _reaches(categories: Mapping[str, Category], start: str, goal: str) -> bool:
    todo, seen = [start], set[str]()
    while todo:
        code = todo.pop()
        if code == goal:
            return True
        if code in seen or code not in categories:
            continue
        seen.add(code)
        todo.extend(target for target, _ in _references(categories[code]))
    return False
