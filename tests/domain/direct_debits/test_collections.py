"""What may be debited when, and why not: one table of states, and properties over all of them (INV-15)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.bank_days import is_target_day, next_target_day, target_days_after
from membership.domain.direct_debits.collections import (
    Claim,
    Mandate,
    NotBankDay,
    Notice,
    Reason,
    Sequence,
    TooEarly,
    TooLate,
    announced_day,
    blocks_of,
    doubts_of,
    expected_day,
    proposal,
    refundable_until,
    refusal_of,
    require_day,
)
from membership.domain.direct_debits.mandates import MandateState, Recurrence, Scheme, Standing, state_of
from membership.domain.direct_debits.returns import REACTIONS, OnMandate, may_collect_again, reaction_to
from membership.domain.direct_debits.signs import bank_text, end_to_end_id, is_reference

ACTIVE = Standing(Recurrence.RECURRENT, date(2026, 3, 1), None, is_blocked=False, revoked_on=None)
MANDATE = Mandate(
    id=1, reference="M0001-01", scheme=Scheme.CORE, recurrence=Recurrence.RECURRENT, standing=ACTIVE,
    account_shown="DE•• •••• 2051",
)  # fmt: skip
TOLD = Notice(date(2027, 1, 11), date(2027, 2, 1), 1, 60_000)
CLAIM = Claim(
    id=7, document="RE2027-0042", member_id=3, member_number="M0001", member_name="Hansa", open_cents=60_000,
    due_on=date(2027, 2, 1), notice=TOLD,
)  # fmt: skip
DAY = date(2027, 2, 1)


def refused(claim=CLAIM, mandate=MANDATE, **changes):
    found = refusal_of(claim, mandate, **{"on": DAY, "notice_days": 14, **changes})
    return found and found.reason


def standing(**changes):
    return replace(MANDATE, standing=ACTIVE._replace(**changes))


@pytest.mark.parametrize(
    ("claim", "mandate", "today", "expected"),
    [
        ({}, MANDATE, DAY, DAY),
        ({}, MANDATE, DAY + timedelta(days=1), None),
        ({}, None, DAY, None),
        ({}, replace(MANDATE, id=2), DAY, None),
        ({}, standing(revoked_on=date(2027, 1, 20)), DAY, None),
        ({"notice": None}, MANDATE, DAY, None),
        ({"under_way": "LS2027-0001"}, MANDATE, DAY, None),
        ({"returned": ("MS03",)}, MANDATE, DAY, None),
        ({"has_plan": True}, MANDATE, DAY, None),
        ({"open_cents": 60_001}, MANDATE, DAY, None),
        ({"due_on": date(2027, 2, 6)}, MANDATE, DAY, date(2027, 2, 8)),
    ],
)
def test_a_member_expects_the_debit_that_it_was_told_of(claim, mandate, today, expected):
    assert expected_day(replace(CLAIM, **claim), mandate, today=today) == expected


@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        (date(2027, 1, 1), False), (date(2027, 3, 26), False), (date(2027, 3, 29), False), (date(2027, 5, 1), False),
        (date(2027, 5, 6), True), (date(2027, 5, 17), True), (date(2028, 10, 3), True), (date(2029, 10, 31), True),
        (date(2029, 12, 24), True), (date(2029, 12, 25), False), (date(2029, 12, 26), False), (date(2029, 12, 31), True),
        (date(2027, 1, 30), False), (date(2027, 1, 31), False), (date(2027, 2, 1), True), (date(2026, 4, 3), False),
        (date(2026, 4, 6), False), (date(2028, 4, 14), False), (date(2028, 4, 17), False),
    ],
)  # fmt: skip
def test_d_sepa_8_banks_settle_on_the_days_of_target(day, is_open):
    assert is_target_day(day) is is_open


def test_fi_49_d_sepa_8_a_due_day_at_a_weekend_or_on_a_closing_day_moves_to_the_next_bank_day():
    assert next_target_day(date(2027, 1, 31)) == date(2027, 2, 1)
    assert next_target_day(date(2027, 3, 26)) == date(2027, 3, 30)
    assert next_target_day(date(2027, 12, 25)) == date(2027, 12, 27)
    assert target_days_after(date(2027, 3, 24), 2) == date(2027, 3, 30)
    with pytest.raises(NotBankDay) as error:
        require_day(date(2027, 1, 31), today=date(2027, 1, 11))
    assert error.value.values["next"] == DAY


def test_a_file_reaches_the_bank_one_day_before_and_at_most_40_days_ahead():
    require_day(date(2027, 1, 12), today=date(2027, 1, 11))
    require_day(date(2027, 2, 19), today=date(2027, 1, 11))
    with pytest.raises(TooEarly) as error:
        require_day(date(2027, 3, 25), today=date(2027, 3, 25))
    assert error.value.values["first"] == date(2027, 3, 30)
    with pytest.raises(TooLate):
        require_day(date(2027, 2, 22), today=date(2027, 1, 11))


def test_d_sepa_7_the_invoice_announces_a_bank_day_after_the_notice():
    assert announced_day(date(2027, 1, 31), notified_on=date(2027, 1, 11), notice_days=14) == date(2027, 2, 1)
    assert announced_day(date(2027, 1, 31), notified_on=date(2027, 1, 25), notice_days=14) == date(2027, 2, 8)
    assert announced_day(date(2027, 1, 31), notified_on=date(2027, 1, 29), notice_days=1) == date(2027, 2, 1)


@pytest.mark.parametrize(
    ("claim", "mandate", "reason"),
    [
        (CLAIM, MANDATE, None),
        (CLAIM, None, Reason.NO_MANDATE),
        (CLAIM, standing(signed_on=None), Reason.MANDATE),
        (CLAIM, standing(is_blocked=True), Reason.MANDATE),
        (CLAIM, standing(revoked_on=date(2027, 1, 20)), Reason.MANDATE),
        (CLAIM, standing(signed_on=date(2024, 1, 31)), Reason.MANDATE),
        (replace(CLAIM, under_way="LS2027-0001"), MANDATE, Reason.UNDER_WAY),
        (replace(CLAIM, has_plan=True), MANDATE, Reason.PLAN),
        (replace(CLAIM, returned=("MS03",)), MANDATE, Reason.RETURNED),
        (replace(CLAIM, is_waiting=True), MANDATE, Reason.NOT_SENT),
        (replace(CLAIM, notice=None), MANDATE, Reason.NOT_ANNOUNCED),
        (replace(CLAIM, notice=TOLD._replace(mandate_id=2)), MANDATE, Reason.NOT_ANNOUNCED),
        (replace(CLAIM, notice=TOLD._replace(notified_on=date(2027, 1, 19))), MANDATE, Reason.NOTICE),
        (replace(CLAIM, notice=TOLD._replace(notified_on=date(2027, 1, 18))), MANDATE, None),
        (replace(CLAIM, notice=TOLD._replace(due_on=date(2027, 2, 2))), MANDATE, Reason.NOT_DUE),
        (replace(CLAIM, due_on=date(2027, 6, 30)), MANDATE, Reason.NOT_DUE),
        (replace(CLAIM, open_cents=60_001), MANDATE, Reason.MORE_THAN_ANNOUNCED),
        (replace(CLAIM, open_cents=1), MANDATE, None),
    ],
)  # fmt: skip
def test_inv_15_an_invoice_is_debited_with_mandate_and_notice_only(claim, mandate, reason):
    assert refused(claim, mandate) is reason


def test_a_refusal_for_a_day_names_the_earliest_that_is_possible():
    late = replace(CLAIM, notice=TOLD._replace(notified_on=date(2027, 1, 23)))
    assert refusal_of(late, MANDATE, on=DAY, notice_days=14).earliest == date(2027, 2, 8)
    assert refusal_of(late, MANDATE, on=date(2027, 2, 8), notice_days=14) is None


CLAIMS = st.builds(
    replace,
    st.just(CLAIM),
    notice=st.none()
    | st.builds(
        Notice, st.dates(date(2027, 1, 1), date(2027, 3, 1)), st.dates(date(2027, 1, 1), date(2027, 3, 1)),
        st.sampled_from(["M0001-01", "M0001-02"]), st.integers(1, 90_000),
    ),
    is_waiting=st.booleans(),
    under_way=st.sampled_from(["", "LS2027-0001"]),
    returned=st.sampled_from([(), ("MS03",), ("AM05",)]),
    has_plan=st.booleans(),
)  # fmt: skip
STANDINGS = st.builds(
    Standing,
    st.sampled_from(Recurrence),
    st.none() | st.dates(date(2022, 1, 1), date(2027, 3, 1)),
    st.none() | st.dates(date(2022, 1, 1), date(2027, 3, 1)),
    is_blocked=st.booleans(),
    revoked_on=st.none() | st.dates(date(2022, 1, 1), date(2027, 3, 1)),
)


@given(
    CLAIMS,
    st.none() | STANDINGS,
    st.dates(date(2027, 1, 1), date(2027, 4, 1)),
    st.integers(1, 60),
    st.booleans(),
)
def test_inv_15_over_all_states_nothing_is_debited_without_a_valid_mandate_or_before_the_notice_ran(
    claim, found, day, notice_days, is_again
):
    mandate = found and replace(MANDATE, recurrence=found.recurrence, standing=found)
    if refusal_of(claim, mandate, on=day, notice_days=notice_days, is_again=is_again) is not None:
        return
    assert mandate is not None
    assert state_of(mandate.standing, day) is MandateState.ACTIVE
    assert mandate.standing.signed_on is not None
    assert mandate.standing.revoked_on is None
    assert not mandate.standing.is_blocked
    assert claim.notice.mandate == mandate.reference
    assert claim.notice.notified_on + timedelta(days=notice_days) <= day
    assert claim.notice.due_on <= day
    assert claim.open_cents <= claim.notice.cents
    assert not claim.is_waiting
    assert not claim.under_way
    assert not claim.returned or is_again


def test_a_one_off_mandate_is_debited_once_also_within_one_file():
    once = replace(
        MANDATE, recurrence=Recurrence.ONE_OFF, standing=ACTIVE._replace(recurrence=Recurrence.ONE_OFF)
    )
    found = proposal([CLAIM, replace(CLAIM, id=8, document="RE2027-0043")], {3: once}, on=DAY, notice_days=14)
    assert [each.claim.document for each in found.chosen] == ["RE2027-0042"]
    assert found.left_out[0].refusal.reason is Reason.MANDATE


def test_a_person_leaves_out_and_takes_in_again_after_speaking_with_the_member():
    back = replace(CLAIM, returned=("MS03",))
    assert (
        proposal([CLAIM], {3: MANDATE}, on=DAY, notice_days=14, held=frozenset({CLAIM.document})).chosen == ()
    )
    assert proposal([back], {3: MANDATE}, on=DAY, notice_days=14).chosen == ()
    assert (
        proposal([back], {3: MANDATE}, on=DAY, notice_days=14, again=frozenset({CLAIM.document})).cents
        == 60_000
    )


def test_what_a_person_should_look_at_is_said():
    part = replace(CLAIM, open_cents=100)
    amended = replace(MANDATE, amended_on=date(2027, 1, 20))
    found = proposal([part], {3: amended}, on=date(2027, 2, 2), notice_days=14)
    assert [doubt.message[:12] for doubt in found.chosen[0].doubts] == [
        "%(day)s was ",
        "Less is open",
        "The mandate ",
    ]


def test_d_sepa_1_d_sepa_6_schemes_and_sequence_types_stand_in_blocks_of_their_own():
    mandates = [
        replace(MANDATE, id=number, scheme=scheme, recurrence=recurrence)
        for number, (scheme, recurrence) in enumerate(
            [(Scheme.CORE, Recurrence.RECURRENT), (Scheme.B2B, Recurrence.RECURRENT),
             (Scheme.CORE, Recurrence.ONE_OFF), (Scheme.CORE, Recurrence.RECURRENT)]
        )
    ]  # fmt: skip
    claims = [
        replace(
            CLAIM, id=each.id, member_id=each.id, document=f"RE{each.id}", notice=TOLD._replace(mandate_id=each.id)
        )
        for each in mandates
    ]  # fmt: skip
    found = proposal(claims, {each.id: each for each in mandates}, on=DAY, notice_days=14)
    blocks = [
        (scheme, kind, [each.claim.document for each in part])
        for scheme, kind, part in blocks_of(found.chosen)
    ]
    assert blocks == [
        (Scheme.B2B, Sequence.RECURRENT, ["RE1"]),
        (Scheme.CORE, Sequence.ONE_OFF, ["RE2"]),
        (Scheme.CORE, Sequence.RECURRENT, ["RE0", "RE3"]),
    ]


def test_d_sepa_13_a_core_debit_can_be_refunded_for_eight_weeks():
    assert refundable_until(DAY, Scheme.CORE) == date(2027, 3, 29)
    assert refundable_until(DAY, Scheme.B2B) is None


@pytest.mark.parametrize(
    ("code", "mandate", "once", "twice"),
    [
        ("AC01", OnMandate.BLOCKED, True, False), ("AC04", OnMandate.REVOKED, True, False),
        ("AC06", OnMandate.BLOCKED, True, False), ("AC13", OnMandate.REVOKED, True, False),
        ("AG01", OnMandate.BLOCKED, True, False), ("AG02", OnMandate.KEPT, True, True),
        ("AM04", OnMandate.KEPT, True, False), ("AM05", OnMandate.KEPT, False, False),
        ("BE05", OnMandate.KEPT, True, True), ("FF01", OnMandate.KEPT, True, True),
        ("FF05", OnMandate.KEPT, True, True), ("MD01", OnMandate.BLOCKED, True, False),
        ("MD02", OnMandate.KEPT, True, True), ("MD06", OnMandate.KEPT, True, False),
        ("MD07", OnMandate.BLOCKED, True, False), ("MS02", OnMandate.KEPT, True, False),
        ("MS03", OnMandate.KEPT, True, False), ("RC01", OnMandate.KEPT, True, True),
        ("RR01", OnMandate.KEPT, True, True), ("RR02", OnMandate.KEPT, True, True),
        ("RR03", OnMandate.KEPT, True, True), ("RR04", OnMandate.KEPT, True, True),
        ("SL01", OnMandate.KEPT, True, False), ("XX99", OnMandate.KEPT, True, False),
    ],
)  # fmt: skip
def test_d_sepa_15_each_return_code_has_its_reaction(code, mandate, once, twice):
    assert reaction_to(code).mandate is mandate
    assert reaction_to(code.lower()) == reaction_to(code)
    assert may_collect_again([code]) is once
    assert may_collect_again([code, code]) is twice
    assert (code in REACTIONS) is (code != "XX99")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Müller & Söhne Straßenbau", "Mueller + Soehne Strassenbau"),
        ("ÄÖÜß", "AeOeUess"),
        ("Café Łódź <GmbH>", "Cafe Lodz (GmbH)"),
        ("a\u0308 zerlegt", "ae zerlegt"),
        ("//A///B//", "A/B"),
        ("  viel   Raum\tund\nZeilen ", "viel Raum und Zeilen"),
        ("株式会社", ""),
        ("株式会社 Nord", "株式会社 Nord".translate(dict.fromkeys(map(ord, "株式会社"), "."))),
        ("\u202eNord\u0000", "Nord"),
        ("A" * 200, "A" * 70),
    ],
)
def test_sec_65_d_sepa_11_a_text_takes_the_signs_that_banks_pass_on(text, shown):
    assert bank_text(text, 70) == shown


@given(st.text(max_size=300), st.integers(1, 140))
def test_sec_65_whatever_is_written_only_allowed_signs_remain(text, length):
    shown = bank_text(text, length)
    assert len(shown) <= length
    assert set(shown) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ ")
    assert not shown.startswith("/")
    assert not shown.endswith("/")
    assert "//" not in shown


@given(st.text(max_size=60), st.integers(1, 10**12), st.integers(1, 99))
def test_d_sepa_12_each_debit_has_an_id_that_banks_pass_on(document, item_id, attempt):
    assert is_reference(end_to_end_id(document, item_id=item_id, attempt=attempt))
    assert end_to_end_id("RE2027-0042", item_id=1, attempt=2) == "RE2027-0042-2"


def test_d_sepa_8_target_closes_on_the_days_that_another_library_knows():
    known = holidays.ECB(years=range(2020, 2060))
    day = date(2020, 1, 1)
    while day.year < 2060:
        assert is_target_day(day) is (day.weekday() < 5 and day not in known), day
        day += timedelta(days=1)


def test_nothing_is_doubtful_of_a_debit_that_was_never_announced():
    assert doubts_of(replace(CLAIM, notice=None), MANDATE, on=DAY) == ()


@pytest.mark.parametrize(
    ("codes", "said"), [(("MS03",), "Speak with the member"), (("AM05",), "is not collected again")]
)
def test_what_came_back_says_whether_it_can_be_collected_again(codes, said):
    refusal = refusal_of(replace(CLAIM, returned=codes), MANDATE, on=DAY, notice_days=14)
    assert said in refusal.text.message
