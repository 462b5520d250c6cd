"""The index of numbers finds what looking at every number and every sign one by one finds."""

from __future__ import annotations

import re
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from membership.domain.banking.facts import OpenItem
from membership.domain.banking.numbers import NumberIndex
from membership.domain.banking.text import Packed, pack, packed

NUMBERS = st.builds(
    "{}{}{}{:0{}d}{}".format,
    st.sampled_from(["RE", "GS", "", "ALT"]),
    st.sampled_from([2026, 2027, 1999, 2127]),
    st.sampled_from(["-", "", "/"]),
    st.integers(1, 99),
    st.integers(3, 6),
    st.sampled_from(["", "", "A"]),
)
ITEMS = st.lists(NUMBERS, max_size=12).map(
    lambda numbers: [
        OpenItem(at, number, 1, 100, date(2027, 1, 31), 2027) for at, number in enumerate(numbers, start=1)
    ]
)
PIECES = st.sampled_from([
    "Rechnung ", "RE", " 2027/", "0042", " 2026 ", "-", "ä", "ß", " + ", "1", "A", "RF48", "Nr. ", "1999", "20270001",
])  # fmt: skip
TEXTS = st.lists(st.one_of(PIECES, NUMBERS, st.text(max_size=3)), max_size=10).map("".join)


def slowly(text: Packed, start: int, end: int) -> tuple[int, int]:
    places = [at for at, sign in enumerate(text.shown) if re.match("[A-Za-z0-9]", sign)]
    return places[start], places[end - 1] + 1


@given(text=TEXTS, items=ITEMS)
@settings(max_examples=400)
def test_the_index_finds_what_a_look_at_every_number_finds(text, items):
    index, read = NumberIndex(items), pack(text)
    cores = {item.id: packed(item.number) for item in items}
    named = {each for each, core in cores.items() if core in read.signs}
    found = index.find(read)
    assert found.checked <= found.sure <= named
    assert not found.sure & found.loose
    torn = {
        each
        for each in named
        if all(
            read.is_torn(*slowly(read, match.start(), match.start() + len(cores[each])))
            for match in re.finditer(f"(?={cores[each]})", read.signs)
        )
    }
    assert named - torn <= found.sure | found.loose
    for start in range(len(read.signs)):
        for end in range(start + 1, min(start + 9, len(read.signs)) + 1):
            assert read.span(start, end) == slowly(read, start, end)


@given(text=TEXTS, items=ITEMS)
@settings(max_examples=200)
def test_parts_of_numbers_are_those_of_every_number_that_has_them(text, items):
    index, read = NumberIndex(items), pack(text)
    shapes = [
        (item.id, re.fullmatch(r"[A-Z]*((?:19|20)\d\d)(\d{4,9})[A-Z]*", packed(item.number)))
        for item in items
    ]
    parts = [(each, shape[1], shape[2]) for each, shape in shapes if shape]
    said = re.findall(r"(?<![\d.])((?:19|20)\d\d)\s?[-/ ]\s?(\d{1,9})(?!\d|[.,]\d|\s?[-/]\s?\d)", read.shown)
    found = index.find(read)
    if not found.sure:
        wanted = {
            each
            for each, year, running in parts
            if (int(year), int(running)) in {(int(y), int(n)) for y, n in said}
        }
        assert wanted <= found.loose
    typed = {match[0] for match in re.finditer(r"(?<![0-9OIL])\d{8,10}(?![0-9OIL])", read.signs)}
    exact = {each for each, year, running in parts if year + running in typed}
    assert exact <= set(index.similar(read))


def test_a_running_number_of_two_years_names_neither_without_its_year():
    items = [OpenItem(year, f"RE{year}-0001", 1, 100, date(year, 1, 31), year) for year in (2026, 2027)]
    index = NumberIndex(items)
    assert index.find(pack("Rechnung 1")).loose == frozenset()
    assert index.find(pack("Rechnung 1 Beitrag 2026")).loose == {2026}
