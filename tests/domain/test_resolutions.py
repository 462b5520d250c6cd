"""What a resolution is known by, and what rests on it."""

from __future__ import annotations

from datetime import date

import pytest

from membership.domain.resolutions import Key, ResolutionWrong, key_in, read_resolution

MAY = date(2026, 5, 12)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Vorstand 12.05.2026", Key(MAY, "board")),
        ("Mitgliederversammlung vom 12.5.2026, TOP 7", Key(MAY, "MV")),
        ("board 2026-05-12", Key(MAY, "board")),
        ("Vorstand", None),
        ("12.05.2026", None),
        ("Vorstand 31.02.2026", None),
    ],
)
def test_a_typed_line_names_a_resolution_by_organ_and_day(text, key):
    assert key_in(text) == key


@pytest.mark.parametrize(
    ("named", "rests"),
    [
        (Key(MAY, "MV", "7"), True),
        (Key(MAY, "Mitgliederversammlung"), True),
        (Key(MAY, "MV", "8"), False),
        (Key(MAY, "Vorstand", "7"), False),
        (Key(date(2026, 5, 13), "MV", "7"), False),
    ],
)
def test_mem_20_what_names_the_same_organ_day_and_item_rests_on_it(named, rests):
    assert Key(MAY, "MV", "7").covers(named) is rests


def test_a_document_without_its_words_is_refused_with_the_place():
    with pytest.raises(ResolutionWrong, match="“text” is missing"):
        read_resolution({"organ": "MV", "date": "2026-05-12"})
