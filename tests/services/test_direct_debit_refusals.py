"""What direct debits refuse, and what happens a second time: each in one sentence, nothing booked twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from membership.domain.direct_debits.collections import CreditorIncomplete, StateOther
from membership.domain.direct_debits.mandates import (
    MandateEnded,
    MandateState,
    SignedInFuture,
    TermsUnchanged,
)
from membership.domain.errors import AlreadyDone
from membership.domain.policy import Role
from membership.persistence.db import read_as, write
from membership.persistence.queries.direct_debits import collections, mandates
from membership.services import direct_debits
from membership.services.direct_debits import Draft
from membership.services.direct_debits.collecting import announced
from membership.services.direct_debits.mandates import IbanMissing
from membership.services.direct_debits.notices import NoMandateForNotice, NoticeInFuture
from membership.services.direct_debits.returning import DebitWithdrawn, FeeNegative
from membership.services.direct_debits.settling import settle_item, unsettle_item
from membership.services.settings import change_settings
from tests.conftest import person
from tests.factories import bill_year, make_association, make_mandate, make_member

ACTOR = person(Role.TREASURER, Role.ADMIN, user_id=1000)
ISSUED, DUE, LATER = date(2027, 1, 11), date(2027, 2, 1), date(2027, 2, 8)
FIRST = "RE2027-0001-1"
OTHER = "DE89370400440532013000"


@pytest.fixture
def billed(sqlite_app):
    """Two members with invoices of 600.00 that are debited, and one that transfers."""
    make_association(ACTOR)
    write(ACTOR, change_settings, {"bank.creditor_id": "DE98ZZZ09999999999"})
    for number in ("M0001", "M0002", "M0003"):
        make_member(ACTOR, number=number, name=f"Hansa {number} GmbH")
    make_mandate(ACTOR, "M0001")
    make_mandate(ACTOR, "M0002")
    bill_year(ACTOR, with_papers=False)


@pytest.fixture
def made(billed):
    """The collection of both."""
    return write(ACTOR, direct_debits.create_collection, DUE, today=ISSUED)


def state(reference, day=LATER):
    return mandates.get_mandate(read_as(ACTOR), reference).state_on(day)


def refused(kind, use_case, *arguments, **named):
    with pytest.raises(kind):
        write(ACTOR, use_case, *arguments, **named)


def test_what_was_announced_is_known_by_day_until_a_file_holds_it(billed):
    assert announced(read_as(ACTOR)) == [(DUE, 2, 120_000)]
    write(ACTOR, direct_debits.create_collection, DUE, today=ISSUED)
    assert announced(read_as(ACTOR)) == []


def test_without_a_creditor_id_nothing_is_collected_and_the_settings_are_named(billed):
    write(ACTOR, change_settings, {"bank.creditor_id": ""})
    with pytest.raises(CreditorIncomplete) as error:
        write(ACTOR, direct_debits.create_collection, DUE, today=ISSUED)
    assert "Gläubiger-ID" in str(error.value.values)


def test_a_mandate_says_what_stands_in_the_way(billed):
    draft = Draft(iban=OTHER, signed_on=ISSUED)
    refused(IbanMissing, direct_debits.add_mandate, "M0003", Draft(), today=ISSUED)
    refused(
        SignedInFuture, direct_debits.add_mandate, "M0003", Draft(iban=OTHER, signed_on=DUE), today=ISSUED
    )
    refused(AlreadyDone, direct_debits.sign_mandate, "M0001-01", signed_on=ISSUED, today=ISSUED)
    assert direct_debits.find_same(read_as(ACTOR), "M0003", draft) is None
    second = write(ACTOR, direct_debits.add_mandate, "M0001", draft, today=ISSUED)
    assert direct_debits.find_same(read_as(ACTOR), "M0001", draft) == second
    assert direct_debits.find_same(read_as(ACTOR), "M0001", Draft(signed_on=ISSUED)) is None


def test_an_account_or_a_holder_is_changed_alone_and_nothing_else_counts_as_a_change(billed):
    amend = direct_debits.amend_mandate
    write(ACTOR, amend, "M0001-01", Draft(name="Hansa Holding AG"), today=ISSUED)
    terms = mandates.get_mandate(read_as(ACTOR), "M0001-01").terms
    assert (terms.name, terms.iban_shown) == ("Hansa Holding AG", "DE•• •••• 2051")
    refused(TermsUnchanged, amend, "M0001-01", Draft(name="Hansa Holding AG"), today=ISSUED)
    write(ACTOR, direct_debits.revoke_mandate, "M0001-01", on=ISSUED)
    refused(MandateEnded, amend, "M0001-01", Draft(iban=OTHER), today=ISSUED)


def test_a_mandate_is_blocked_once_and_freed_only_when_blocked(billed):
    refused(MandateEnded, direct_debits.reinstate_mandate, "M0001-01", on=ISSUED, reason="geklärt")
    for _time in range(2):
        write(ACTOR, direct_debits.block_mandate, "M0001-01", on=ISSUED, reason="unklar")
    assert len(mandates.get_mandate(read_as(ACTOR), "M0001-01").steps) == 1
    write(ACTOR, direct_debits.reinstate_mandate, "M0001-01", on=ISSUED, reason="geklärt")
    assert state("M0001-01") is MandateState.ACTIVE


def test_a_notice_needs_a_mandate_and_a_day_that_has_come(billed):
    told = {"due_on": DUE, "way": "letter", "today": ISSUED}
    refused(NoMandateForNotice, direct_debits.record_notice, "RE2027-0003", notified_on=ISSUED, **told)
    refused(NoticeInFuture, direct_debits.record_notice, "RE2027-0001", notified_on=DUE, **told)


def test_an_invoice_announces_nothing_without_an_active_mandate(billed):
    write(ACTOR, direct_debits.revoke_mandate, "M0001-01", on=ISSUED)
    bill_year(ACTOR, 2028, today=date(2028, 1, 11), with_papers=False)
    write(ACTOR, direct_debits.revoke_mandate, "M0002-01", on=date(2028, 1, 12))
    assert [day for day, _count, _cents in announced(read_as(ACTOR))][1:] == [date(2028, 1, 31)]


def test_a_withdrawn_file_is_neither_handed_in_nor_credited_nor_returned(made):
    write(ACTOR, direct_debits.withdraw_collection, made.id, on=ISSUED)
    refused(StateOther, direct_debits.mark_submitted, made.id, on=ISSUED)
    refused(StateOther, direct_debits.settle_collection, made.id, on=DUE, today=DUE)
    refused(DebitWithdrawn, direct_debits.return_debit, FIRST, reason_code="MS03", on=LATER)


def test_each_step_of_a_debit_is_possible_once(made):
    write(ACTOR, direct_debits.mark_submitted, made.id, on=ISSUED)
    refused(AlreadyDone, direct_debits.mark_submitted, made.id, on=ISSUED)
    refused(AlreadyDone, direct_debits.unsettle_collection, made.id, on=DUE, reason="?")
    refused(AlreadyDone, unsettle_item, FIRST, on=DUE, reason="?")
    refused(AlreadyDone, direct_debits.undo_return, FIRST, on=LATER, today=LATER, reason="?")
    write(ACTOR, settle_item, FIRST, on=DUE, today=DUE)
    refused(AlreadyDone, settle_item, FIRST, on=DUE, today=DUE)
    write(ACTOR, unsettle_item, FIRST, on=DUE, reason="falsch zugeordnet")
    refused(FeeNegative, direct_debits.return_debit, FIRST, reason_code="MS03", fee_cents=-1, on=LATER)
    write(ACTOR, direct_debits.return_debit, FIRST, reason_code="", on=LATER)
    refused(AlreadyDone, direct_debits.return_debit, FIRST, reason_code="MS03", on=LATER)
    assert collections.get_item(read_as(ACTOR), FIRST).return_code == "MS03"


def test_a_return_ends_a_mandate_once_and_takes_back_only_its_own_step(made):
    write(ACTOR, direct_debits.revoke_mandate, "M0001-01", on=DUE, reason="Brief")
    write(ACTOR, direct_debits.return_debit, FIRST, reason_code="AC04", on=LATER)
    assert len(mandates.get_mandate(read_as(ACTOR), "M0001-01").steps) == 1
    write(ACTOR, direct_debits.undo_return, FIRST, on=LATER, today=LATER, reason="falscher Umsatz")
    assert state("M0001-01") is MandateState.REVOKED


def test_a_member_without_a_mandate_has_none_to_revoke_and_no_account_is_debited(billed):
    member = replace(ACTOR, roles=frozenset(), companies=((3, Role.COMPANY_ADMIN),))
    assert write(member, direct_debits.revoke_consent, "M0003", today=ISSUED) == []
    assert direct_debits.debited_ibans(read_as(ACTOR), [3]) == {}
    write(ACTOR, change_settings, {"bank.creditor_id": ""})
    with pytest.raises(direct_debits.CollectsNothing):
        direct_debits.consent_text(read_as(ACTOR), "de")
