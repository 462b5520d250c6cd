from __future__ import annotations

import csv
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.numbering import (
    NumberTooLong,
    Pattern,
    PatternInvalid,
    core,
    is_iban,
    is_rf,
    rf_reference,
)

VECTORS = Path(__file__).resolve().parents[3] / "shared" / "samples" / "vectors"


def test_d_inv_11_a_number_is_made_of_prefix_year_and_running_number():
    assert Pattern("RE{JJJJ}-{NNNN}").number(2027, 42) == "RE2027-0042"


def test_d_inv_11_the_english_word_for_the_year_means_the_same():
    assert Pattern("KO{YYYY}-{NNNNN}").number(2027, 1) == "KO2027-00001"


def test_d_inv_11_a_running_number_grows_beyond_its_digits_and_is_never_cut():
    assert Pattern("RE{JJJJ}-{NNNN}").number(2027, 12345) == "RE2027-12345"


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("RE-{NNNN}", "year"),
        ("RE{JJJJ}{YYYY}-{NNNN}", "year"),
        ("RE{JJJJ}", "running"),
        ("RE{JJJJ}-{NNNN}-{NNNN}", "running"),
        ("RE{JJJJ}-{NNN}", "digits"),
        ("RE{JJJJ}-{NNNNNNNNNN}", "digits"),
        ("re{JJJJ}-{NNNN}", "characters"),
        ("RE {JJJJ}-{NNNN}", "characters"),
        ("RE_{JJJJ}-{NNNN}", "characters"),
        ("RÉ{JJJJ}-{NNNN}", "characters"),
        ("/{JJJJ}-{NNNN}", "slash"),
        ("RE{JJJJ}-{NNNN}/", "slash"),
        ("RE//{JJJJ}-{NNNN}", "slash"),
        ("ABCDEFGHIJKLMN{JJJJ}-{NNNN}", "length"),
    ],
)
def test_d_inv_12_a_pattern_that_banks_or_ledgers_refuse_is_refused(pattern, reason):
    with pytest.raises(PatternInvalid) as refused:
        Pattern(pattern)
    assert refused.value.reason == reason


def test_d_inv_12_twenty_one_letters_and_digits_are_allowed():
    assert Pattern("ABCDEFGHIJKLM/{JJJJ}-{NNNN}").number(2027, 7) == "ABCDEFGHIJKLM/2027-0007"


def test_d_inv_12_a_number_that_outgrows_the_reference_is_refused():
    with pytest.raises(NumberTooLong):
        Pattern("ABCDEFGHIJKLM{JJJJ}-{NNNN}").number(2027, 10_000)


@pytest.mark.parametrize(("year", "n"), [(2027, 0), (2027, -1), (0, 1), (10_000, 1)])
def test_there_is_no_number_before_the_first(year, n):
    with pytest.raises(ValueError, match="there is no number"):
        Pattern("RE{JJJJ}-{NNNN}").number(year, n)


@pytest.mark.parametrize(
    ("number", "reference"),
    [
        ("RE2027-0042", "RF48RE20270042"),
        ("RE2027000123", "RF23RE2027000123"),
        ("539007547034", "RF18539007547034"),
    ],
)
def test_pay_7_references_are_those_of_the_standard(number, reference):
    assert rf_reference(number) == reference
    assert is_rf(reference)


def test_pay_8_the_core_of_the_reference_is_the_number_without_separators():
    assert core("RE/2027-0042") == "RE20270042"


def test_a_reference_is_read_in_groups_and_in_small_letters():
    assert is_rf("rf48 re20 2700 42")


@pytest.mark.parametrize(
    "text", ["", "RF", "RF48", "RF49RE20270042", "RE48RE20270042", "RF48RE2027004٢", "RF00" + "A" * 22]
)
def test_a_wrong_reference_is_found_out(text):
    assert not is_rf(text)


@given(st.text(string.ascii_uppercase + string.digits, max_size=20), st.integers(0, 9), st.integers(1, 9))
def test_every_reference_is_valid_and_none_with_a_wrong_digit_is(number, digit, wrong):
    reference = rf_reference(f"{number}{digit}")
    assert is_rf(reference)
    assert not is_rf(f"{reference[:-1]}{(digit + wrong) % 10}")


def test_an_iban_with_a_wrong_digit_is_found_out():
    assert is_iban("DE89370400440532013000")
    assert not is_iban("DE89370400440532013001")
    assert not is_iban("DE89 3704 0044 0532 0130 00")


@pytest.mark.samples
def test_the_references_of_the_sample_file_are_judged_alike():
    path = VECTORS / "rf-reference.csv"
    if not path.is_file():
        pytest.skip("../shared/samples is not there")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert len(rows) > 20
    assert [row["value"] for row in rows if is_rf(row["value"]) != (row["expected"] == "valid")] == []


def test_a_number_that_is_too_long_has_no_reference():
    with pytest.raises(NumberTooLong):
        rf_reference("R" * 22)
    assert rf_reference("R" * 21).startswith("RF")
