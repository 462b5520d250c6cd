"""A kept list with what was decided about it: read again in the same way, for one day, by one person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from membership.domain.errors import NotAllowed
from membership.domain.member_lists import Choices, Field, FieldTwice, NoCompanyColumn
from membership.domain.policy import Role
from membership.persistence.db import read_as, write
from membership.services import uploads
from membership.services.members import KnownMembers, files, kept_lists
from membership.services.members.kept_lists import Decisions
from membership.services.uploads import UploadGone
from tests.conftest import TODAY, person

ODD = "Ident;Betriebsstätte;Gegend\nB1;Moorwind GmbH;28195 Bremen\n".encode()
FIELDS = {0: Field.NUMBER, 1: Field.NAME, 2: Field.PLACE}


def keep(actor, folder, data=ODD):
    return kept_lists.keep_list(read_as(actor), folder, "liste.csv", data)


def decide_columns(actor, folder, token, fields):
    session = read_as(actor)
    kept = kept_lists.get_columns(session, folder, token)
    kept_lists.decide_columns(session, folder, token, kept, replace(kept.decisions, columns=fields))


def test_decisions_survive_being_stored():
    decided = Decisions(
        sheet="Blatt", encoding="cp1252", separator=";", head_row=0, is_head_offered=True,
        columns={0: Field.NAME, 3: None}, known=KnownMembers.SKIP, category="ORD",
        cells={(4, 2): "x"}, words={"a-mitglied": "ORD"},
    )  # fmt: skip
    assert Decisions.of(decided.stored()) == decided
    assert Decisions.of({}) == Decisions()


def test_nothing_of_a_kept_list_stands_in_clear_on_the_disk(app, treasurer, tmp_path):
    token = keep(treasurer, tmp_path)
    decide_columns(treasurer, tmp_path, token, FIELDS)
    kept = [path.read_bytes() for path in (tmp_path / "uploads").iterdir()]
    assert len(kept) == 2
    assert not any(b"Moorwind" in content or b"number" in content for content in kept)


def test_a_list_is_read_with_the_columns_that_were_chosen(app, treasurer, tmp_path):
    token = keep(treasurer, tmp_path)
    with pytest.raises(NoCompanyColumn):
        kept_lists.get_list(read_as(treasurer), tmp_path, token, today=TODAY)
    decide_columns(treasurer, tmp_path, token, FIELDS)
    kept = kept_lists.get_list(read_as(treasurer), tmp_path, token, today=TODAY)
    (draft,) = kept.found.members.drafts
    assert (draft.number, draft.name, draft.address.city) == ("B1", "Moorwind GmbH", "Bremen")
    assert kept.file.columns == {"Ident": "number", "Betriebsstätte": "name", "Gegend": "place"}


def test_a_choice_that_cannot_be_keeps_nothing(app, treasurer, tmp_path):
    token = keep(treasurer, tmp_path)
    with pytest.raises(FieldTwice):
        decide_columns(treasurer, tmp_path, token, {**FIELDS, 0: Field.NAME})
    with pytest.raises(NoCompanyColumn):
        decide_columns(treasurer, tmp_path, token, {**FIELDS, 1: None})
    assert kept_lists.get_columns(read_as(treasurer), tmp_path, token).decisions.columns == {}


def test_another_reading_forgets_columns_and_corrections_but_not_the_rest(app, treasurer, tmp_path):
    session, token = read_as(treasurer), keep(treasurer, tmp_path)
    decided = Decisions(head_row=1, columns=FIELDS, cells={(2, 1): "x"}, words={"a": "ORD"}, category="FOE")
    kept_lists.decide_reading(session, tmp_path, token, decided)
    found = kept_lists.get_columns(session, tmp_path, token).decisions
    assert found == Decisions(head_row=1, category="FOE")


def test_a_list_is_kept_for_a_day_and_for_one_person(app, treasurer, tmp_path):
    token = keep(treasurer, tmp_path)
    later = replace(treasurer, at=treasurer.at + timedelta(hours=23))
    assert uploads.get_upload(read_as(later), tmp_path, token, right="member.import").content == ODD
    with pytest.raises(UploadGone):
        uploads.get_upload(
            read_as(replace(treasurer, at=treasurer.at + timedelta(hours=25))),
            tmp_path,
            token,
            right="member.import",
        )
    with pytest.raises(UploadGone):
        uploads.get_upload(read_as(person(Role.OFFICE, user_id=99)), tmp_path, token, right="member.import")
    with pytest.raises(NotAllowed):
        uploads.get_upload(read_as(person(Role.BOARD)), tmp_path, token, right="member.import")


def test_what_differs_from_the_headings_is_remembered_and_the_rest_is_not(app, treasurer):
    data = b"Firma;PLZ;Ort;Team;Beitrag 2026;x;x\nA;1;B;3;4;5;6\n"
    choices = Choices(
        places={
            0: Field.NAME,
            1: Field.POSTCODE,
            2: Field.CITY,
            3: Field.HEADCOUNT,
            4: None,
            5: Field.IBAN,
            6: None,
        }
    )
    table, _mapping = files.read_file(data, files.Reading(choices=choices), filename="a.csv")
    assert files.chosen_columns(table, choices) == {"Team": "headcount", "Beitrag 2026": ""}
    assert files.chosen_columns(table, Choices()) == {}


def test_going_back_to_the_recognised_field_is_remembered_too(app, treasurer):
    data = b"Firma;PLZ;Ort;MA\nA;1;B;3\n"
    choices = Choices(
        remembered={"ma": Field.FTE},
        places={0: Field.NAME, 1: Field.POSTCODE, 2: Field.CITY, 3: Field.HEADCOUNT},
    )
    table, _mapping = files.read_file(data, files.Reading(choices=choices), filename="a.csv")
    assert files.chosen_columns(table, choices) == {"MA": "headcount"}


def test_the_import_of_a_kept_list_refuses_what_was_not_seen(app, treasurer, tmp_path):
    token = keep(treasurer, tmp_path)
    decide_columns(treasurer, tmp_path, token, FIELDS)
    kept = kept_lists.get_list(read_as(treasurer), tmp_path, token, today=TODAY)
    with pytest.raises(kept_lists.PlanChanged):
        write(treasurer, kept_lists.import_list, kept, new=2, changed=0)
    assert write(treasurer, kept_lists.import_list, kept, new=1, changed=0)["new"] == 1
    assert files.remembered_choices(read_as(treasurer)).columns["ident"] is Field.NUMBER
