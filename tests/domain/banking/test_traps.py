"""Lines that lead astray: similar names, numbers inside numbers, numbers of others, refunds; none is posted wrongly."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal

import pytest

from membership.domain.banking.facts import Certainty, Known, OpenItem, Payer, Rule
from membership.domain.banking.index import Index
from membership.domain.banking.lines import Entry
from membership.domain.banking.matching import match_line

IBAN, OTHER = "DE02120300000000202051", "DE02500105170137075030"
PAYERS = [
    Payer(1, "M0123", ("Müller Blechtechnik GmbH",), ibans=(IBAN,)),
    Payer(2, "M0124", ("Müller Blechtechnik Süd GmbH",)),
    Payer(3, "M0125", ("Weser Federn AG",), ibans=(OTHER,)),
    Payer(4, "M0126", ("Jade Logistik GmbH",)),
]
_OPEN = [("RE2027-0042", 1), ("RE2027-0043", 2), ("RE2027-0044", 3), ("RE2026-0042", 4), ("RE2027-00421", 4)]


def items_of(numbers, euros=600):
    return [
        OpenItem(place, number, member, euros * 100, date(int(number[2:6]), 1, 31), int(number[2:6]))
        for place, (number, member) in enumerate(numbers, start=1)
    ]


INDEX = Index(Known(items_of(_OPEN), PAYERS))
NUMBER_OF = {place: number for place, (number, _) in enumerate(_OPEN, start=1)}


def match(text, euros=600, **changes):
    return match_line(Entry(Decimal(str(euros)), "EUR", remittance=text, **changes), INDEX)


def paid(candidate):
    return [NUMBER_OF[share.item_id] for share in candidate.shares]


def test_a_longer_number_is_not_the_shorter_one_within_it():
    found = match("Beitrag RE2027-00421")
    assert (paid(found[0]), found[0].certainty) == (["RE2027-00421"], Certainty.SURE)
    assert all(paid(each) != ["RE2027-0042"] for each in found)


def test_pay_2_a_part_payment_goes_to_the_invoice_that_it_names_not_to_the_oldest():
    found = match("RE2027-00421 Rate", euros=100, name="Jade Logistik GmbH")
    assert paid(found[0]) == ["RE2027-00421"]
    assert all(Rule.NUMBER not in each.rules for each in found if paid(each) != ["RE2027-00421"])


def test_a_number_with_a_loose_digit_after_it_may_be_either_of_two():
    found = match("RE2027-0042 1 Beitrag")
    assert Certainty.SURE not in {each.certainty for each in found}
    assert {tuple(paid(each)) for each in found} >= {("RE2027-0042",), ("RE2027-00421",)}


@pytest.mark.parametrize(
    "text",
    [
        "ARE2027-0042",
        "XRE2027-0042 Gutschrift",
        "Beleg LRE20270042",
        "1234RE20270042567",
        "RE2027-00428",
        "RF18539007547034",
    ],
)
def test_numbers_of_somebody_else_are_not_posted(text):
    assert all(each.certainty is not Certainty.SURE for each in match(text, name="Druckerei Nord GmbH"))


@pytest.mark.parametrize(
    "text", ["zuRE2027-0042", "RNRRE2027-0042", "BeitragRE2027-0042", "RG-RE2027-0042", "(RE2027-0042)"]
)
def test_words_glued_to_a_number_do_not_hide_it(text):
    assert match(text)[0].certainty is Certainty.SURE


@pytest.mark.parametrize(
    "word", ["Storno", "Rückerstattung", "Erstattung", "Rücküberweisung", "Retoure", "refund"]
)
def test_a_refund_is_never_posted_by_itself(word):
    for found in match(f"{word} RE2027-0042", name="Müller Blechtechnik GmbH", iban=IBAN):
        assert found.certainty is not Certainty.SURE
        assert "The text speaks of a refund" in [each.message for each in found.doubts]


def test_a_known_account_is_stronger_than_a_name_that_two_members_share():
    found = match("RE2027-0043", name="Müller Blechtechnik GmbH", iban=IBAN)
    assert Certainty.SURE not in {each.certainty for each in found if each.members == (2,)}
    assert [each.members for each in found[:2]] == [(2,), (1,)]


def test_two_members_of_similar_names_are_both_shown_and_said():
    found = match("Mitgliedsbeitrag", name="Müller Blechtechnik")
    assert {each.members for each in found[:2]} == {(1,), (2,)}
    assert all(each.certainty is not Certainty.SURE and each.doubts for each in found[:2])


@pytest.mark.parametrize(
    "text", ["Beitrag M0123 und M0125", "fuer Müller Blechtechnik GmbH und Weser Federn AG"]
)
def test_a_payer_that_names_two_members_pays_for_both(text):
    best = match(text, 1200, name="Lohnbüro Deich")[0]
    assert (best.members, paid(best)) == ((1, 3), ["RE2027-0042", "RE2027-0044"])
    assert Rule.SUM in best.rules
    assert best.certainty is not Certainty.SURE


def test_the_number_of_another_year_and_another_member_is_not_believed():
    for found in match("RE2026-0042", name="Müller Blechtechnik GmbH", iban=IBAN):
        assert found.certainty is not Certainty.SURE
    assert match("RE2026-0042", name="Müller Blechtechnik GmbH", iban=IBAN)[0].members == (1,)


def test_two_whole_numbers_and_the_amount_of_one_need_a_person():
    for text in ("RE2027-0042 statt RE2027-0044", "RE2027-0044 RE2027-0042"):
        assert all(each.certainty is not Certainty.SURE for each in match(text))


@pytest.mark.parametrize("seed", range(4))
def test_among_numbers_of_all_lengths_and_equal_amounts_none_is_posted_to_another(seed):
    dice = random.Random(seed)  # noqa: S311 - a seed, no secret
    numbers = sorted(
        {f"RE{dice.choice((2026, 2027))}-{dice.randrange(10 ** dice.randint(1, 5)):04d}" for _ in range(200)}
    )
    items = items_of([(number, dice.randint(1, 4)) for number in numbers])
    index = Index(Known(items, PAYERS))
    for item in items:
        written = dice.choice(
            (
                item.number,
                item.number.replace("-", ""),
                item.number.replace("-", " "),
                f"Beitrag {item.number}, danke",
            )
        )
        names = (None, PAYERS[item.member_id - 1].names[0])
        best = match_line(Entry(Decimal(600), "EUR", remittance=written, name=dice.choice(names)), index)[0]
        assert [share.item_id for share in best.shares] == [item.id], written
        assert best.certainty is Certainty.SURE or best.certainty is Certainty.LIKELY
