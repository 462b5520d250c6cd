"""What changes of a mandate: told to the bank until a file that tells it is handed in, shown as each file had it."""

from __future__ import annotations

from datetime import date

import pytest
from lxml import etree

from membership.domain.direct_debits.mandates import ReferenceTaken, TermsUnchanged
from membership.persistence.db import read_as, write
from membership.persistence.queries.direct_debits import collections, mandates
from membership.services import direct_debits, ledger
from membership.services.direct_debits import Draft
from membership.services.settings import change_settings
from tests.factories import make_association, make_mandate, make_member

TODAY, DUE = date(2027, 1, 11), date(2027, 2, 1)
DOCUMENTS = [f"ALT-{number}" for number in range(1, 5)]
FIRST, SECOND, THIRD, FOURTH = DOCUMENTS
SPACE = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"}


@pytest.fixture
def owed(app, treasurer):
    """A member that was told of the debits of four invoices by one mandate, and one that owes nothing."""
    make_association(treasurer)
    write(treasurer, change_settings, {"bank.creditor_id": "DE98ZZZ09999999999"})
    for number in ("M0001", "M0002"):
        make_member(treasurer, number=number)
        make_mandate(treasurer, number)
    told = {"notified_on": TODAY, "due_on": DUE, "way": "Brief", "today": TODAY}
    for document in DOCUMENTS:
        owes = {"reference": document, "dues_year": 2026, "due_on": DUE, "today": TODAY}
        write(treasurer, ledger.book_opening_item, 1, 10_000, **owes)
        write(treasurer, direct_debits.record_notice, document, **told)
    return treasurer


def collect(actor, document):
    """Make the file of one document; return its id."""
    others = frozenset(DOCUMENTS) - {document}
    return write(actor, direct_debits.create_collection, DUE, today=TODAY, held=others).id


def told(actor, collection_id):
    """Return the former reference and creditor ID that a file tells."""
    root = etree.fromstring(write(actor, direct_debits.export_collection, collection_id, today=TODAY))
    paths = ("p:OrgnlMndtId", "p:OrgnlCdtrSchmeId/p:Id//p:Othr/p:Id")
    return [root.findtext(f".//p:AmdmntInfDtls/{path}", namespaces=SPACE) for path in paths]


def rename(actor, known, reference):
    """Give a mandate another reference."""
    write(actor, direct_debits.amend_mandate, known, Draft(reference=reference), today=TODAY)


def hand_in(actor, *collection_ids):
    for each in collection_ids:
        write(actor, direct_debits.mark_submitted, each, on=TODAY)


def withdraw(actor, collection_id):
    write(actor, direct_debits.withdraw_collection, collection_id, on=TODAY)


def test_d_sepa_5_an_amendment_is_told_in_every_file_until_one_that_tells_it_is_handed_in(owed):
    hand_in(owed, collect(owed, FIRST))
    rename(owed, "M0001-01", "NEU-1")
    second, third = collect(owed, SECOND), collect(owed, THIRD)
    withdraw(owed, second)
    assert told(owed, third) == ["M0001-01", None]
    hand_in(owed, third)
    assert told(owed, collect(owed, FOURTH)) == [None, None]


def test_d_sepa_5_while_no_file_is_handed_in_each_is_told_what_an_older_one_may_still_say_otherwise(owed):
    write(owed, change_settings, {"bank.creditor_id": "DE98ABC09999999999"})
    first = collect(owed, FIRST)
    second = collect(owed, SECOND)
    former = [None, "DE98ZZZ09999999999"]
    assert [told(owed, first), told(owed, second)] == [former, former]
    hand_in(owed, second)
    rename(owed, "M0001-01", "NEU-1")
    third = collect(owed, THIRD)
    hand_in(owed, third, first)
    assert told(owed, third) == ["M0001-01", None]
    assert told(owed, collect(owed, FOURTH)) == ["M0001-01", None], "the old reference came last to the bank"


def test_d_sepa_5_a_change_back_is_told_while_a_file_waits_that_has_what_was_between(owed):
    hand_in(owed, collect(owed, FIRST))
    rename(owed, "M0001-01", "NEU-1")
    second = collect(owed, SECOND)
    rename(owed, "NEU-1", "M0001-01")
    third = collect(owed, THIRD)
    assert [told(owed, second), told(owed, third)] == [["M0001-01", None], ["NEU-1", None]]
    session = read_as(owed)
    lines = collections.list_items_of_mandate(session, 1)
    assert [line.mandate for line in lines] == ["M0001-01", "NEU-1", "M0001-01"]
    assert [line.mandate for line in collections.list_items(session, second)] == ["NEU-1"]


def test_d_sepa_3_a_mandate_gets_its_former_reference_back_and_no_other_mandate_does(owed):
    rename(owed, "M0001-01", "NEU-1")
    for other in ("M0001-01", "NEU-1"):
        with pytest.raises(ReferenceTaken):
            rename(owed, "M0002-01", other)
        with pytest.raises(ReferenceTaken):
            make_mandate(owed, "M0002", reference=other)
    with pytest.raises(TermsUnchanged):
        rename(owed, "M0001-01", "NEU-1")
    for again in ("M0001-01", "NEU-1"):
        rename(owed, "M0001-01", again)
        assert mandates.get_mandate(read_as(owed), "M0001-01").reference == again
