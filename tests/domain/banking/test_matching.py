"""One line at a time: spellings, typing errors, sums, groups, doubts, returns; what is sure and what never is."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from membership.domain.banking.facts import Certainty, Known, OpenItem, OwnDebit, Payer, Rule
from membership.domain.banking.index import Index
from membership.domain.banking.lines import Entry, Status
from membership.domain.banking.matching import match_line, match_lines
from membership.domain.banking.text import is_reference

SURE, LIKELY, POSSIBLE = Certainty.SURE, Certainty.LIKELY, Certainty.POSSIBLE
IBAN = "DE02120300000000202051"
PAYERS = [
    Payer(1, "M0123", ("Müller Blechtechnik GmbH",), ibans=(IBAN,), mandates=("M0123-01",), habits=("Lohnbüro Deichgraf",)),
    Payer(2, "M0124", ("Weser Lackiererei AG",), group=7),
    Payer(3, "M0125", ("Harle Sitzbau GmbH & Co. KG",), group=7),
    Payer(4, "M0126", ("Müller Gießerei KG",)),
]  # fmt: skip


def item(number, member, euros, *, open_euros=None, due=date(2027, 1, 31), id_=None):
    year, running = number[2:].split("-")
    return OpenItem(
        id_ or int(year) * 10_000 + int(running),
        number,
        member,
        int((euros if open_euros is None else open_euros) * 100),
        due,
        int(year),
    )


ITEMS = [
    item("RE2027-0042", 1, 600), item("RE2027-0043", 2, 300), item("RE2027-0044", 3, 450), item("RE2027-0045", 4, 600),
    item("RE2026-0007", 2, 75, due=date(2026, 1, 31)), item("RE2026-0042", 1, 600, open_euros=0), item("RE2027-0600", 4, 999),
]  # fmt: skip
DEBITS = [
    OwnDebit("RE20270044-1", "COLL-1", 20270044, 45000),
    OwnDebit("RE20270043-1", "COLL-1", 20270043, 30000),
]
INDEX = Index(Known(ITEMS, PAYERS, DEBITS))


def match(text=None, euros=600, **changes):
    return match_line(Entry(Decimal(str(euros)), "EUR", remittance=text, **changes), INDEX)


def best(text=None, euros=600, **changes):
    found = match(text, euros, **changes)
    assert found
    return found[0]


@pytest.mark.parametrize("text", [
    "RE2027-0042", "RE 2027 0042", "RE20270042", "re20270042", "RF48 RE20 2700 42", "RF48RE20270042", "RE2027-00 42 Beitrag", "Rechnung RE2027-0042 vom 4.1.2027",
    "BeitragRE2027-0042M0123", "R E 2027/0042", "RE2027.0042", "RE–2027–0042", "MITGLIEDSBEITRAG RE2027-0042 600,00 EUR",
])  # fmt: skip
def test_the_whole_number_and_the_amount_are_sure(text):
    found = best(text, name="Kanzlei Unbekannt")
    assert (found.certainty, found.shares, found.rest_cents) == (SURE, ((20270042, 60000),), 0)
    assert Rule.NUMBER in found.rules


def test_a_structured_reference_is_sure():
    found = best(creditor_reference="RF48 RE20 2700 42")
    assert (found.certainty, found.points) == (SURE, 130)
    assert {Rule.REFERENCE, Rule.AMOUNT} <= found.rules
    assert best(creditor_reference="RF47RE20270042").rules >= {Rule.NUMBER}


@pytest.mark.parametrize(
    ("reference", "right"),
    [
        ("RF48RE20270042", True),
        ("RF23RE2027000123", True),
        ("RF18539007547034", True),
        ("RF47RE20270042", False),
        ("RF", False),
        ("RE20270042", False),
        ("RFXXRE2027", False),
    ],
)
def test_check_digits_of_references(reference, right):
    assert is_reference(reference) is right


@pytest.mark.parametrize(
    "text",
    [
        "2027/42",
        "Re.Nr. 2027/42",
        "Rechnung 42 vom 04.01.2027",
        "Rechnungsnr. 42 aus 2027",
        "2027-0042",
        "RG 42/ 2027 ",
    ],
)
def test_a_part_of_the_number_needs_another_sign(text):
    alone = best(text)
    assert (alone.shares, alone.certainty) == (((20270042, 60000),), LIKELY)
    assert best(text, iban=IBAN).certainty is SURE


@pytest.mark.parametrize("text", ["RE2O27OO42", "RE20270O42", "RE2072-0042", "RE2027-0402", "RE2O270042"])
def test_one_typing_error_is_found_and_said_but_never_sure_alone(text):
    found = best(f"Beitrag {text}")
    assert (found.shares, found.certainty) == (((20270042, 60000),), LIKELY) or len(match(text)) > 1
    assert Rule.SIMILAR in found.rules
    assert next(each for each in found.reasons if each.rule is Rule.SIMILAR).text.values == {
        "number": "RE2027-0042"
    }


def test_a_number_mistyped_into_another_invoice_is_not_sure():
    found = match("RE2027-0045", name="Müller Blechtechnik GmbH", iban=IBAN)
    assert found[0].members == (1,)
    assert all(each.certainty is not SURE or each.members == (1,) for each in found)
    assert next(each for each in found if each.members == (4,)).certainty is not SURE


@pytest.mark.parametrize(
    "changes",
    [
        {"text": None},
        {"text": "Beitrag", "name": "Müller Blechtechnik GmbH"},
        {"text": "Mitgliedsbeitrag 2027", "name": "MUELLER BLECHTECHN"},
    ],
)
def test_nothing_is_sure_by_amount_or_name_alone(changes):
    for euros in (600, 999, 300, 450):
        assert all(each.certainty is not SURE for each in match(euros=euros, **changes))


def test_an_amount_that_only_one_invoice_has_is_possible():
    assert (best(euros=999).certainty, best(euros=999).members) == (POSSIBLE, (4,))
    assert match(euros=600) == ()


def test_name_and_amount_are_likely_and_a_known_account_makes_them_sure():
    assert best("Beitrag", name="Müller Blechtechnik").certainty is LIKELY
    found = best("Beitrag", name="Müller Blechtechnik", iban=IBAN)
    assert (found.certainty, found.rules) == (SURE, {Rule.IBAN, Rule.NAME, Rule.AMOUNT})


@pytest.mark.parametrize(
    "text", ["M0123", "Beitrag M 0123", "Kd 123", "Mitgliedsnr. 123", "Beitrag 2027M0123", "Mitglied 0123"]
)
def test_the_member_number_is_found(text):
    found = best(text, iban=IBAN)
    assert found.rules >= {Rule.MEMBER, Rule.IBAN, Rule.AMOUNT}
    assert (found.members, found.certainty) == ((1,), SURE)


@pytest.mark.parametrize(
    "text", ["M01234", "Tel. 0421 60042", "2027 600,00", "Spende 2027", "01.2027-42 Stück"]
)
def test_other_numbers_are_no_numbers_of_ours(text):
    assert not any({Rule.MEMBER, Rule.NUMBER} & each.rules for each in match(text, 123))


def test_several_invoices_by_number_are_sure_when_their_sum_fits():
    found = best("RE2027-0042 + 0045", 1200)
    assert (found.certainty, found.shares) == (SURE, ((20270042, 60000), (20270045, 60000)))
    found = best("RE2026-0007, RE2027-0043", 375)
    assert (found.certainty, [share.item_id for share in found.shares]) == (SURE, [20260007, 20270043])


def test_a_sum_without_numbers_is_suggested():
    found = best("Beitraege", 375, name="Weser Lackiererei AG")
    assert (found.certainty, found.rules) == (LIKELY, {Rule.SUM, Rule.NAME})


def test_one_company_pays_for_its_group():
    found = best("Beitraege", 750, name="Weser Lackiererei AG")
    assert (found.members, [share.cents for share in found.shares], found.certainty) == (
        (2, 3),
        [30000, 45000],
        LIKELY,
    ) or found.members == (3, 2)


def test_part_and_over_payments_are_suggestions_with_the_difference_in_words():
    less, more = best("RE2027-0042", 300), best("RE2027-0042", 700)
    assert (less.certainty, less.shares, less.rest_cents) == (
        LIKELY,
        ((20270042, 30000),),
        0,
    ) or less.certainty is POSSIBLE
    assert (more.shares, more.rest_cents) == (((20270042, 60000),), 10000)
    assert [each.message for each in (*less.doubts, *more.doubts)] == [
        "The amount is %(amount)s too low",
        "The amount is %(amount)s too high",
    ]
    assert SURE not in {less.certainty, more.certainty}


def test_an_invoice_that_is_paid_already_becomes_credit():
    found = best("RE2026-0042")
    assert (found.shares, found.rest_cents, found.certainty is SURE) == ((), 60000, False)
    assert "The invoice is paid already" in [each.message for each in found.doubts]


def test_the_year_in_the_text_speaks_against_another_year():
    found = best("Beitrag 2026", name="Müller Blechtechnik", iban=IBAN)
    assert found.certainty is not SURE
    assert "The text names the year %(year)s" in [each.message for each in found.doubts]


def test_a_payer_of_earlier_years_and_a_mandate_are_signs():
    assert Rule.HABIT in best("Beitrag", name="Lohnbüro Deichgraf").rules
    assert best("Beitrag", mandate_id="M0123-01").rules == {Rule.MANDATE, Rule.AMOUNT}


def test_an_account_known_for_two_members_is_no_sign():
    payers = [PAYERS[0], PAYERS[1]._replace(ibans=(IBAN,)), *PAYERS[2:]]
    found = match_line(
        Entry(Decimal(600), "EUR", remittance="Beitrag", iban=IBAN), Index(Known(ITEMS, payers))
    )
    assert all(Rule.IBAN not in each.rules for each in found)


def test_a_new_payer_is_said():
    assert "New payer" in [each.message for each in best("RE2027-0042", iban="DE99").doubts]
    assert best("RE2027-0042", iban="DE99").certainty is SURE


def test_the_batch_of_an_own_collection_pays_all_its_items():
    found = best("SAMMLER", 750, payment_id="COLL-1", batch="B1")
    assert (found.certainty, sum(share.cents for share in found.shares), found.rest_cents) == (SURE, 75000, 0)
    found = best("", 450, end_to_end_id="RE20270044-1")
    assert (found.certainty, found.shares) == (SURE, ((20270044, 45000),))


def test_a_return_takes_back_the_item_and_names_the_fee():
    found = best(
        "RUECKLASTSCHRIFT", -453, end_to_end_id="RE20270044-1", return_reason="MS03", charges=Decimal(3)
    )
    assert (found.is_return, found.shares, found.rest_cents, found.certainty) == (
        True,
        ((20270044, 45000),),
        300,
        SURE,
    )
    assert best("", -453, end_to_end_id="RE20270044-1").certainty is LIKELY
    assert match("RE2027-0044", -450) == ()


def test_what_is_no_money_in_our_currency_is_not_matched():
    assert match("RE2027-0042", status=Status.PENDING) == ()
    assert match_line(Entry(Decimal(600), "USD", remittance="RE2027-0042"), INDEX) == ()
    assert match("RE2027-0042", "600.001") == ()
    assert match("RE2027-0042", reversal=True) == ()


def test_two_payments_of_one_invoice_are_not_both_posted():
    lines = [
        Entry(Decimal(600), "EUR", remittance="RE2027-0042", bank_reference=f"B{n}", line=n) for n in range(3)
    ]
    found = match_lines(lines, Known(ITEMS, PAYERS))
    assert [each[0].certainty is SURE for each in found] == [True, False, False]
    assert found[1][0].rest_cents == 60000


def test_the_words_that_were_found_are_told_for_the_page():
    assert best("Beitrag RE 2027-0042 und M0123").found == ("RE 2027-0042", "M0123")


@pytest.mark.parametrize("euros", [599.99, 300, 600.01, 1200])
def test_bnk_9_many_signs_are_not_sure_where_the_amount_is_another_one(euros):
    found = best("RE2027-0042 M0123", euros, iban=IBAN, name="Müller Blechtechnik GmbH")
    assert {Rule.NUMBER, Rule.MEMBER, Rule.IBAN} <= found.rules
    assert (found.certainty, found.shares[0].item_id) == (LIKELY, 20270042)
