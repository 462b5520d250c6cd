"""The states of a mandate, its end after 36 months, references, and accounts outside the EEA."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from membership.domain.direct_debits.mandates import (
    AccountOutside,
    AddressMissing,
    BicMissing,
    DebtorNameWrong,
    MandateState,
    Recurrence,
    ReferenceWrong,
    Standing,
    Terms,
    check_reference,
    check_terms,
    ends_soon,
    expires_on,
    next_reference,
    split_street,
    state_of,
)
from membership.domain.settings import is_creditor_id

RECURRENT = Standing(Recurrence.RECURRENT, date(2025, 2, 28), None, is_blocked=False, revoked_on=None)
ONE_OFF = RECURRENT._replace(recurrence=Recurrence.ONE_OFF)
GERMAN = Terms(name="Hansa Blech GmbH", iban="DE02120300000000202051")
SWISS = Terms(name="Hansa AG", iban="CH9300762011623852957", bic="UBSWCHZH80A", city="Basel", country="CH")


@pytest.mark.parametrize(
    ("standing", "day", "state"),
    [
        (RECURRENT, date(2027, 1, 11), MandateState.ACTIVE),
        (RECURRENT._replace(signed_on=None), date(2027, 1, 11), MandateState.REQUESTED),
        (RECURRENT, date(2028, 2, 28), MandateState.ACTIVE),
        (RECURRENT, date(2028, 2, 29), MandateState.EXPIRED),
        (RECURRENT._replace(last_presented_on=date(2027, 2, 1)), date(2030, 2, 1), MandateState.ACTIVE),
        (RECURRENT._replace(last_presented_on=date(2027, 2, 1)), date(2030, 2, 2), MandateState.EXPIRED),
        (RECURRENT._replace(is_blocked=True), date(2027, 1, 11), MandateState.BLOCKED),
        (RECURRENT._replace(is_blocked=True, revoked_on=date(2026, 1, 1)), date(2027, 1, 11), MandateState.REVOKED),
        (RECURRENT._replace(revoked_on=date(2026, 1, 1)), date(2025, 3, 1), MandateState.REVOKED),
        (ONE_OFF, date(2027, 1, 11), MandateState.ACTIVE),
        (ONE_OFF._replace(last_presented_on=date(2027, 1, 11)), date(2027, 1, 12), MandateState.USED),
    ],
)  # fmt: skip
def test_d_sepa_3_d_sepa_4_the_state_of_a_mandate_follows_from_what_happened(standing, day, state):
    assert state_of(standing, day) is state


def test_d_sepa_4_a_mandate_that_is_going_to_expire_is_named_60_days_ahead():
    assert expires_on(RECURRENT) == date(2028, 2, 28)
    assert ends_soon(RECURRENT, date(2027, 12, 29)) is None
    assert ends_soon(RECURRENT, date(2027, 12, 30)) == date(2028, 2, 28)
    assert ends_soon(RECURRENT, date(2028, 2, 28)) == date(2028, 2, 28)
    assert ends_soon(RECURRENT, date(2028, 2, 29)) is None
    assert ends_soon(RECURRENT._replace(is_blocked=True), date(2028, 2, 1)) is None


@pytest.mark.parametrize("reference", ["M0123-01", "m0123", "A+B/C?(1):2.3,4'5", "X" * 35])
def test_d_sepa_3_a_reference_of_the_allowed_signs_is_taken(reference):
    check_reference(reference)


@pytest.mark.parametrize(
    "reference", ["", "M 1", "Möwe", "/M1", "M1/", "M//1", "X" * 36, "M_1", "M1\n", "M٣"]
)
def test_d_sepa_3_any_other_reference_is_refused(reference):
    with pytest.raises(ReferenceWrong):
        check_reference(reference)


def test_d_sepa_3_a_member_gets_the_next_reference_that_is_free():
    assert next_reference("M0123", []) == "M0123-01"
    assert next_reference("M0123", ["M0123-01", "M0123-02"]) == "M0123-03"
    assert next_reference("Ä 7", ["MANDAT-01"]) == "MANDAT-02"


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        (replace(GERMAN, iban="US00"), AccountOutside),
        (replace(GERMAN, name="株式会社"), DebtorNameWrong),
        (replace(SWISS, bic=""), BicMissing),
        (replace(SWISS, city=""), AddressMissing),
    ],
)
def test_d_sepa_10_an_account_needs_what_the_file_must_name(terms, refusal):
    check_terms(GERMAN)
    check_terms(SWISS)
    with pytest.raises(refusal):
        check_terms(terms)


@pytest.mark.parametrize(
    ("street", "parts"),
    [
        ("Werftstraße 12", ("Werftstraße", "12")),
        ("Straße des 17. Juni 135", ("Straße des 17. Juni", "135")),
        ("Am Werkstor 5 a", ("Am Werkstor", "5 a")),
        ("Marktplatz", ("Marktplatz", "")),
        ("", ("", "")),
    ],
)
def test_d_sepa_10_a_street_is_split_from_its_number(street, parts):
    assert split_street(street) == parts


@pytest.mark.parametrize(
    ("value", "is_valid"),
    [
        ("DE98ZZZ09999999999", True),
        ("DE98 ZZZ 0999 9999 999", True),
        ("DE98ABC09999999999", True),
        ("DE97ZZZ09999999999", False),
        ("DE98ZZZ9999999999", False),
        ("AT61ZZZ01234567890", True),
        ("FR72ZZZ123456", True),
        ("ES23ZZZ47690558N", True),
        ("", False),
    ],
)
def test_d_sepa_2_a_creditor_id_is_known_by_its_check_digits(value, is_valid):
    assert is_creditor_id(value) is is_valid
