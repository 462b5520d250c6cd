"""Pictures of the main screens for the README and `docs/`: `make e2e PICTURES=1` writes them anew, else they are looked at.

They show the demonstration as it is made, without what other tests enter.
"""

from __future__ import annotations

import os
from io import BytesIO

import pytest
from PIL import Image

from tests.e2e.conftest import ROOT
from tests.e2e.places import PEOPLE

pytestmark = pytest.mark.e2e

FOLDER = ROOT / "docs" / "pictures"
SCREENS = {
    "overview": ("treasurer", "/treasurer/overview"),
    "members": ("treasurer", "/treasurer/members"),
    "member": ("treasurer", "/treasurer/members/M0007"),
    "schedule": ("treasurer", "/treasurer/schedules/2"),
    "billing-run": ("treasurer", "/treasurer/billing/6"),
    "invoices": ("treasurer", "/treasurer/invoices"),
    "invoice": ("treasurer", "/treasurer/invoices/RE2026-0140"),
    "board-report": ("board", "/treasurer/reports/board?year=2026"),
    "portal": ("portal", "/portal/"),
}
NARROW = ("invoices", "member", "portal")
COLOURS = 128


def test_the_pictures_of_the_main_screens_can_be_taken(demo, watched):
    """Each picture is of a page that is there; with `PICTURES=1` it is kept."""
    taken = {}
    for width, names in ((1280, SCREENS), (390, NARROW)):
        for person in sorted({SCREENS[name][0] for name in names}):
            seen = watched(demo, width=width, mail=PEOPLE[person])
            for name in names:
                whose, path = SCREENS[name]
                if whose != person:
                    continue
                answer = seen.page.goto(f"{demo.address}{path}")
                assert answer.ok, path
                seen.page.evaluate("document.fonts.ready")
                suffix = "" if width == 1280 else f"-{width}"
                taken[f"{name}{suffix}.png"] = seen.page.screenshot()
    if os.environ.get("PICTURES"):
        for name, picture in taken.items():
            small = Image.open(BytesIO(picture)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
            small.save(FOLDER / name, optimize=True)
    assert {picture.name for picture in FOLDER.glob("*.png")} == set(taken), (
        "take them with make e2e PICTURES=1"
    )
