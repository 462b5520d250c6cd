"""The global search and the lists: names in any spelling, a whole IBAN by its keyed hash."""

from __future__ import annotations

import pytest

from membership.domain.policy import Role
from membership.persistence.db import read_as, write
from membership.persistence.queries.members import MemberFilter, list_members
from membership.persistence.queries.search import search_members
from membership.services import members
from tests.conftest import TODAY, person

IBAN = "DE89370400440532013000"


@pytest.fixture
def known(app):
    actor = person(Role.TREASURER)
    fields = {"name": "Öhlmann Straßenbau GmbH", "city": "Bremen", "postcode": "28195", "iban": IBAN}
    write(actor, members.create_member, fields, number="M0001")
    return read_as(actor)


@pytest.mark.parametrize(
    "typed", [IBAN, "DE89 3704 0044 0532 0130 00", "de89 3704 0044 0532 0130 00", "3000"]
)
def test_a_member_is_found_by_its_iban_and_by_its_end(known, typed):
    assert [hit.number for hit in search_members(known, typed)] == ["M0001"]


def test_another_iban_finds_nobody(known):
    assert search_members(known, "DE89370400440532013001") == []


@pytest.mark.parametrize("typed", ["Oehlmann", "öhlmann", "OEHLMANN", "strassenbau", "Öhlmann Straßen"])
def test_a_name_is_found_in_either_spelling(known, typed):
    assert [hit.number for hit in search_members(known, typed)] == ["M0001"]
    listed = list_members(known, MemberFilter(year=2027, today=TODAY, text=typed))
    assert [line.number for line in listed] == ["M0001"]
