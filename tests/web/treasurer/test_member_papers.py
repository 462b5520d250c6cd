"""The documents tab and the notes of a record: what the staff brings, opens and takes back."""

from __future__ import annotations

import io
import re

import pytest

from membership.domain.policy import Role
from tests.factories import bill_year, make_association, make_member
from tests.web.treasurer.fee_schedules import CLI

RECORD = "/treasurer/members/M0001"
PDF = b"%PDF-1.7 Antrag %%EOF"


@pytest.fixture
def office(web):
    def make():
        make_association(CLI)
        make_member(CLI, number="M0001")
        bill_year(CLI, with_papers=False)

    web.prepared("member papers", make)
    return web.signed_in(Role.OFFICE)


def test_a_file_is_kept_opened_and_removed_and_a_wrong_one_keeps_the_title(office):
    page = office.get(f"{RECORD}/documents").text
    assert "RE2027-0001" in page
    wrong = office.send(f"{RECORD}/documents", title="Antrag", files={"file": (io.BytesIO(b"MZ"), "a.pdf")})
    assert (wrong.status_code, 'value="Antrag"' in wrong.text) == (422, True)
    kept = office.send(f"{RECORD}/documents", title="Antrag", files={"file": (io.BytesIO(PDF), "a.pdf")})
    assert kept.status_code == 303
    address = re.search(rf'href="({RECORD}/documents/\d+)"', office.get(f"{RECORD}/documents").text)[1]
    assert office.get(address).data == PDF
    assert "Datei abgelegt" in office.get(f"{RECORD}/history").text
    assert office.send(f"{address}/remove").status_code == 303
    assert office.get(address).status_code == 404


def test_a_note_is_written_read_as_text_and_taken_back(office):
    assert office.send(f"{RECORD}/notes", text=" ").status_code == 422
    assert office.send(f"{RECORD}/notes", text="<b>ruft</b>\nzurück").status_code == 303
    page = office.get(f"{RECORD}/history").text
    assert "&lt;b&gt;ruft&lt;/b&gt;<br>zurück" in page
    remove = re.search(rf'action="({RECORD}/notes/\d+/remove)"', page)[1]
    assert office.send(remove).status_code == 303
    assert "ruft" not in office.get(f"{RECORD}/history").text


def test_a_board_member_reads_and_writes_nothing(office, web):
    office.send(f"{RECORD}/notes", text="ruft zurück")
    board = web.signed_in(Role.BOARD)
    assert "ruft zurück" in board.get(f"{RECORD}/history").text
    assert "Neue Notiz" not in board.get(f"{RECORD}/history").text
    assert board.send(f"{RECORD}/notes", text="x").status_code == 403
