"""Resolutions with their files: a schedule comes into force with its PDF, and the list says what rests on each."""

from __future__ import annotations

from datetime import date

import pytest

from membership.domain.dues.facts import OverrideKind
from membership.domain.resolutions import Key, Resolution
from membership.persistence.db import read_as, write
from membership.services import levies, members, resolutions, schedules
from membership.services.resolutions import ResolutionUnreadable
from membership.services.schedules import ScheduleIncomplete
from tests.factories import LEVY, SCHEDULE, keep_resolution, make_association, make_member

pytestmark = pytest.mark.usefixtures("app")

NEXT = {
    **SCHEDULE,
    "code": "NEU-2028",
    "valid_from": "2028-01-01",
    "resolution": {"organ": "MV", "date": "2026-06-01", "item": "3"},
}
PDF = b"%PDF-1.7 Beschluss %%EOF"


def test_due_32_all_but_the_first_schedule_need_the_pdf_of_the_very_same_resolution(treasurer):
    make_association(treasurer)
    assert schedules.find_without_file(read_as(treasurer)).code == "DEMO-2027"
    write(treasurer, schedules.import_schedule, NEXT)
    for other in (None, {**NEXT, "resolution": {**NEXT["resolution"], "item": "4"}}):
        if other:
            keep_resolution(treasurer, other)
        with pytest.raises(ScheduleIncomplete):
            write(treasurer, schedules.activate_schedule, "NEU-2028")
    kept = keep_resolution(treasurer, NEXT, PDF)
    assert write(treasurer, schedules.activate_schedule, "NEU-2028") == "in_force"
    assert resolutions.read_file(read_as(treasurer), kept).content == PDF
    assert schedules.find_without_file(read_as(treasurer)) is None


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 cut off", b"MZ%PDF %%EOF", b"\x89PNG\r\n\x1a\n IEND"])
def test_sec_58_what_is_no_whole_pdf_is_no_resolution(treasurer, content):
    with pytest.raises(ResolutionUnreadable):
        keep_resolution(treasurer, SCHEDULE, content)


def test_the_same_resolution_again_is_kept_once_and_a_later_text_keeps_the_file(treasurer):
    first = keep_resolution(treasurer, SCHEDULE)
    assert keep_resolution(treasurer, SCHEDULE) == first
    said = Resolution(Key(date(2026, 5, 12), "MV", "7"), "Beiträge um 5 % erhöht")
    assert write(treasurer, resolutions.put_resolution, said, None) != first
    (listed,) = resolutions.list_resolutions(read_as(treasurer))
    assert (listed.text, listed.file_id) == ("Beiträge um 5 % erhöht", first)


def test_mem_20_the_list_names_what_rests_on_a_resolution_and_what_nobody_recorded(treasurer):
    make_association(treasurer)
    keep_resolution(treasurer, SCHEDULE)
    make_member(treasurer, number="M0001")
    write(treasurer, levies.put_levy, LEVY)
    write(
        treasurer, members.set_override, "M0001", kind=OverrideKind.WAIVE, value=None, from_year=2027, reason="Härtefall",
        organ="Vorstand", decided_on=date(2026, 12, 3),
    )  # fmt: skip
    found = resolutions.list_resolutions(read_as(treasurer))
    assert [(each.key.on.isoformat(), each.key.organ, [use.ref for use in each.uses]) for each in found] == [
        ("2026-12-03", "board", ["M0001"]),
        (LEVY["resolution"]["date"], "MV", [LEVY["code"]]),
        ("2026-05-12", "MV", ["DEMO-2027"]),
    ]
    assert [each.file_id is not None for each in found] == [False, False, True]
