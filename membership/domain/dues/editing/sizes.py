"""What dues are measured by as fields: day of reference, who counts, weights, own sizes (DUE-6, DUE-7)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, Final

from membership.domain.dues.editing.numbers import day_text, parse_month_day, parse_share
from membership.domain.dues.editing.typed import Document, Errors, Texts, Typed, as_text, just, put
from membership.domain.dues.schedule.bases import CUSTOM, KNOWN_BASES, default_basis
from membership.domain.errors import N_, InputError

CLASSES: Final = ("over_30h", "h20_30", "under_20h", "apprentice", "temporary", "mini_job")
WITH_DAY: Final = frozenset({"prev_year", "dues_year", "year_before_last"})
"""References that name a day; the other words stand for themselves."""
REFERENCES: Final = (
    "", "prev_year", "dues_year", "year_before_last", "prev_year:average", "prev_year:total", "dues_year:average",
    "dues_year:total", "year_before_last:average", "year_before_last:total", "joining", "due_date",
)  # fmt: skip
_HAS_CLASSES: Final = frozenset({"headcount", "fte"})
_WORD = re.compile(r"[^a-z0-9]+")


class SizeKnown(InputError):
    """A size of that name is there already."""

    message = N_("There is a size of this name already.")
    code = "size_known"


def has_classes(name: str) -> bool:
    """Return whether a size is counted by classes of working time."""
    return name in _HAS_CLASSES


def used_sizes(document: Mapping[str, Any]) -> list[str]:
    """Return the sizes that the schedule describes or that a table rests on, in the order in which they are known."""
    found = {*(document.get("bases") or {}), *_bases_in(document["categories"].values())}
    order = {name: index for index, name in enumerate(KNOWN_BASES)}
    return sorted(found, key=lambda name: (order.get(name, len(order)), name))


def _bases_in(rules: Any) -> Iterator[str]:  # noqa: ANN401 - rules of the stored form
    for rule in rules:
        if "basis" in rule:
            yield str(rule["basis"])
        yield from _bases_in(rule.get("parts") or ())


def size_texts(document: Mapping[str, Any], name: str) -> Texts:
    """Return the fields of one size; classes with a field each: `weight_…` and `without_…`."""
    basis = (document.get("bases") or {}).get(name) or {}
    reference = str(basis.get("reference") or "")
    kind, _, day = reference.partition(":")
    has_day = day[:1].isdigit()
    weights, without = basis.get("weights") or {}, basis.get("exclude") or ()
    usual = default_basis(name)
    return {
        "reference": kind if has_day else reference,
        "day": day_text(day) if has_day else "",
        "region": as_text(basis.get("region") or "all"),
        "discrete": as_text(basis.get("discrete", usual.discrete)),
        "label": as_text(basis.get("label") or usual.label),
        "unit": as_text(basis.get("unit")),
        "is_weighted": as_text(bool(weights)),
        **{f"weight_{one}": as_text(weights.get(one)) for one in CLASSES},
        **{f"without_{one}": as_text(one in without) for one in CLASSES},
    }


def with_size(document: Mapping[str, Any], name: str, typed: Mapping[str, Any]) -> tuple[Document, Errors]:
    """Return the document with what was typed about a size, and what is wrong by the name of the field."""
    errors: Errors = {}
    form = Typed(typed, errors)
    bases: Document = dict(document.get("bases") or {})
    basis: Document = dict(bases.get(name) or {})
    put(basis, "reference", _reference(form))
    region = form.typed("region")
    put(basis, "region", region if region in {"region", "site"} else None)
    is_discrete = form.is_set("discrete")
    put(basis, "discrete", None if is_discrete is default_basis(name).discrete else is_discrete)
    if name.startswith(CUSTOM):
        label, usual = form.need("label", just, default_basis(name).label), default_basis(name).label
        put(basis, "label", None if label == usual else label)
        put(basis, "unit", form.optional("unit", just))
    if has_classes(name):
        _with_classes(basis, form)
    if basis or name in bases:
        bases[name] = basis
    return {**document, "bases": bases}, errors


def _reference(form: Typed) -> str | None:
    kind = form.typed("reference")
    if kind not in WITH_DAY:
        return kind or None
    return f"{kind}:{form.need('day', parse_month_day, '06-30')}"


def _with_classes(basis: Document, form: Typed) -> None:
    """Write weights and excluded classes; classes that no field shows stay."""
    weights = {code: one for code, one in (basis.get("weights") or {}).items() if code not in CLASSES}
    without = [code for code in basis.get("exclude") or () if code not in CLASSES]
    for code in CLASSES:
        weight = form.optional(f"weight_{code}", parse_share)
        if form.is_set(f"without_{code}"):
            without.append(code)
        elif weight is not None and form.is_set("is_weighted"):
            weights[code] = weight
    put(basis, "weights", weights or None)
    put(basis, "exclude", without or None)


def with_new_size(document: Mapping[str, Any], label: str, unit: str) -> tuple[Document, str]:
    """Return the document with a size of the association's own, and its name; raises `SizeKnown`."""
    plain = unicodedata.normalize("NFKD", label.casefold()).encode("ascii", "ignore").decode()
    name = f"{CUSTOM}{_WORD.sub('_', plain).strip('_') or 'size'}"
    bases = dict(document.get("bases") or {})
    if name in bases:
        raise SizeKnown
    bases[name] = {"label": label, **({"unit": unit} if unit else {})}
    return {**document, "bases": bases}, name
