"""Notes and files of a member: for the staff, taken back, reached by a merge and by erasing a person."""

from __future__ import annotations

import pytest

from membership.domain.policy import Role
from membership.persistence.db import read_as, write
from membership.persistence.queries.member_papers import list_files, list_notes
from membership.services import members
from membership.services.members.papers import FileUnreadable, NoteEmpty
from tests.conftest import person
from tests.factories import make_member

PDF = b"%PDF-1.7 Antrag %%EOF"


@pytest.fixture
def number(app, treasurer):
    make_member(treasurer, number="M0001")
    return "M0001"


def notes_of(actor, member_id=1):
    return [note.text for note in list_notes(read_as(actor), member_id)]


def test_a_note_has_its_author_and_is_taken_back(treasurer, number):
    kept = write(treasurer, members.add_note, number, "  Ruft im März zurück ")
    (note,) = list_notes(read_as(treasurer), 1)
    assert (note.text, note.actor_name, note.at) == ("Ruft im März zurück", treasurer.name, treasurer.at)
    write(treasurer, members.remove_note, number, kept)
    assert notes_of(treasurer) == []
    with pytest.raises(NoteEmpty):
        write(treasurer, members.add_note, number, " ")


def test_sec_58_a_file_is_known_by_its_bytes_kept_once_and_given_back_as_it_came(treasurer, number):
    with pytest.raises(FileUnreadable):
        write(treasurer, members.add_file, number, "Antrag", b"MZ%%EOF", file_name="antrag.pdf")
    kept = write(treasurer, members.add_file, number, "Antrag", PDF, file_name="..\\a/antrag.pdf")
    assert write(treasurer, members.add_file, number, "Antrag", PDF, file_name="b.pdf") == kept
    (row,) = list_files(read_as(treasurer), 1)
    assert (row.file_name, PDF in row.content_sealed) == ("antrag.pdf", False)
    assert members.read_file(read_as(treasurer), number, kept).content == PDF
    write(treasurer, members.remove_file, number, kept)
    assert list_files(read_as(treasurer), 1) == []


def test_inv_18_a_company_never_sees_what_the_staff_noted_about_it(treasurer, number):
    write(treasurer, members.add_note, number, "zahlt schleppend")
    write(treasurer, members.add_file, number, "Antrag", PDF, file_name="a.pdf")
    company = read_as(person(user_id=9, companies=((1, Role.COMPANY_ADMIN),)))
    assert (list_notes(company, 1), list_files(company, 1)) == ([], [])


def test_a_merge_moves_notes_and_files_and_gives_them_back(treasurer, number):
    make_member(treasurer, number="M0002")
    write(treasurer, members.add_note, "M0002", "Doppelt?")
    write(treasurer, members.add_file, "M0002", "Antrag", PDF, file_name="a.pdf")
    write(treasurer, members.merge_members, number, "M0002", taken=())
    assert (notes_of(treasurer), len(list_files(read_as(treasurer), 1))) == (["Doppelt?"], 1)
    write(treasurer, members.unmerge_member, "M0002")
    assert (notes_of(treasurer), notes_of(treasurer, 2)) == ([], ["Doppelt?"])
    assert len(list_files(read_as(treasurer), 2)) == 1


def test_inv_35_an_erased_person_disappears_from_the_notes(treasurer, number):
    who = {"name": "Ute Brandt", "salutation": "Frau", "email": "brandt@a.example"}
    contact = write(treasurer, members.add_contact, number, who)
    write(
        treasurer,
        members.add_note,
        number,
        "Frau ute brandt (brandt@a.example) ruft an. Brandtschutz bleibt.",
    )
    write(treasurer, members.end_contact, number, contact, today=treasurer.at.date())
    write(treasurer, members.erase_contact, number, contact)
    assert notes_of(treasurer) == ["Frau … (…) ruft an. Brandtschutz bleibt."]
