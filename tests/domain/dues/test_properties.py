"""What holds for all schedules and members: parts add up, order does not matter, more never costs less."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.dues.assessment import LineKind, StepName
from membership.domain.dues.explain import explain
from membership.domain.dues.facts import Facts
from membership.domain.dues.schedule import read_schedule
from membership.domain.money import Money, decimal_text

YEAR = 2027
ADDED = {StepName.ADMISSION_FEE, StepName.LEVY, StepName.VOLUNTARY, StepName.TAX}
JOINS = ["FULL", "HALF", "QUARTER", "QUARTER_NEXT", "MONTH_INCL", "MONTH_NEXT", "MONTH_FULL", "DAY"]
LEAVES = ["NO_REFUND", "MONTH", "QUARTER", "HALF", "DAY"]


def schedule(category, **options):
    document = {
        "code": "P",
        "valid_from": "2000-01-01",
        "prorata": {"join": "FULL"},
        "categories": {"ORD": category},
    }
    return read_schedule({**document, **options})


def owed(order, *facts):
    return explain([order], facts)


def member(number=1, heads=10, **facts):
    return Facts(f"M{number:04d}", YEAR, "ORD", basis={"headcount": Fraction(heads)}, **facts)


cents = st.integers(0, 10**7)
heads = st.fractions(min_value=0, max_value=5000, max_denominator=100)
days = st.integers(0, 364).map(lambda n: date(YEAR, 1, 1) + timedelta(days=n))


@st.composite
def rising_tables(draw):
    bounds = sorted(draw(st.sets(st.integers(1, 3000), max_size=6)))
    amounts = sorted(draw(st.lists(cents, min_size=len(bounds) + 1, max_size=len(bounds) + 1)))
    rows = zip([0, *bounds], amounts, strict=True)
    return {
        "method": "BANDS_FLAT",
        "basis": "headcount",
        "rows": [{"from": bound, "amount": decimal_text(amount)} for bound, amount in rows],
    }


@given(table=rising_tables(), few=heads, more=heads)
def test_where_rows_rise_more_heads_never_cost_less(table, few, more):
    low, high = sorted((few, more))
    order = schedule(table)
    [first], [second] = owed(order, member(heads=low)), owed(order, member(heads=high))
    assert first.total <= second.total


@given(
    base=cents,
    rates=st.lists(st.integers(0, 10**5), min_size=1, max_size=5),
    few=heads,
    more=heads,
    discrete=st.booleans(),
)
def test_a_marginal_table_never_falls_and_never_jumps(base, rates, few, more, discrete):
    rows = [{"from": 1 + 100 * i, "rate": decimal_text(rate)} for i, rate in enumerate(rates)]
    table = {"method": "BANDS_MARGINAL", "basis": "headcount", "base": decimal_text(base), "rows": rows}
    order = schedule(table, bases={"headcount": {"discrete": discrete}})
    low, high = sorted((few, more))
    [first], [second] = owed(order, member(heads=low)), owed(order, member(heads=high))
    dearest = Fraction(max(rates), 100)
    assert 0 <= second.steps[0].result - first.steps[0].result <= dearest * (high - low)


@given(table=rising_tables(), count=heads, start=days, join=st.sampled_from(JOINS), tenth=st.booleans())
def test_the_last_result_of_the_steps_is_the_dues_line(table, count, start, join, tenth):
    options = {"rounding": {"step": "0.10" if tenth else "0.01"}, "prorata": {"join": join}}
    [found] = owed(
        schedule({**table, "admission_fee": "150.00"}, **options), member(heads=count, start=start)
    )
    last = [step for step in found.steps if step.step not in ADDED][-1]
    assert last.result == Fraction(found.dues.cents, 100)
    assert found.total == found.dues + Money(15000)


@given(amount=cents, start=days, join=st.sampled_from(JOINS))
def test_a_part_of_the_year_is_never_more_than_the_year(amount, start, join):
    order = schedule({"method": "FIXED", "amount": decimal_text(amount)}, prorata={"join": join})
    [part], [whole] = owed(order, member(start=start)), owed(order, member())
    assert Money(0) <= part.total <= whole.total
    if start == date(YEAR, 1, 1):
        assert part.total == whole.total


@given(amount=cents, early=days, late=days, leave=st.sampled_from(LEAVES))
def test_who_leaves_later_never_owes_less_and_who_stays_owes_the_year(amount, early, late, leave):
    first, second = sorted((early, late))
    order = schedule(
        {"method": "FIXED", "amount": decimal_text(amount)}, prorata={"join": "FULL", "leave": leave}
    )
    [before], [after] = owed(order, member(end=first)), owed(order, member(end=second))
    [stays], [whole] = owed(order, member(end=date(YEAR, 12, 31))), owed(order, member())
    assert Money(0) <= before.total <= after.total <= whole.total
    assert stays.total == whole.total


@given(amount=cents, start=days, join=st.sampled_from(JOINS))
def test_a_dues_year_of_its_own_is_always_a_whole_year(amount, start, join):
    fixed = {"method": "FIXED", "amount": decimal_text(amount)}
    order = schedule(fixed, dues_year_start="joining", prorata={"join": join})
    [found] = owed(order, member(start=start))
    assert found.total == Money(amount)


@given(one=rising_tables(), other=rising_tables(), count=heads)
def test_parts_add_up_and_lie_between_the_lower_and_the_higher(one, other, count):
    alone = [owed(schedule(table), member(heads=count))[0].steps[0].result for table in (one, other)]
    found = {
        kind: owed(schedule({"method": kind, "parts": [one, other]}), member(heads=count))[0].steps[0].result
        for kind in ("SUM_OF", "LOWER_OF", "HIGHER_OF")
    }
    assert found == {"SUM_OF": sum(alone), "LOWER_OF": min(alone), "HIGHER_OF": max(alone)}


@given(one=rising_tables(), other=rising_tables(), count=heads, start=days, join=st.sampled_from(JOINS))
def test_parts_with_lines_of_their_own_add_up_to_what_the_sum_comes_to(one, other, count, start, join):
    parts = [one, {**other, "kind": "service_fee", "text": "Service"}]
    order = schedule({"method": "SUM_OF", "parts": parts}, prorata={"join": join})
    [found] = owed(order, member(heads=count, start=start))
    exact = next(step.result for step in reversed(found.steps) if step.step is not StepName.ROUNDING)
    assert abs(Fraction(found.dues.cents, 100) - exact) < Fraction(2, 100)
    assert found.dues == sum((line.amount for line in found.lines), Money(0))


@given(amount=cents, shares=st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_due_26_instalments_add_up_to_the_dues(amount, shares):
    every = [
        {"day": f"{2 * n:02d}-15", "share": f"{share}/{sum(shares)}"}
        for n, share in enumerate(shares, start=1)
    ]
    due = {"rule": "fixed_day", "day": "02-15", "instalments": every}
    [found] = owed(schedule({"method": "FIXED", "amount": decimal_text(amount)}, due=due), member())
    assert sum((line.amount for line in found.lines), Money(0)) == Money(amount)


@given(table=rising_tables(), count=heads)
def test_amounts_a_month_a_quarter_or_half_a_year_are_those_of_the_year_so_many_times(table, count):
    [year] = owed(schedule(table), member(heads=count))
    for period, times in (("month", 12), ("quarter", 4), ("half_year", 2)):
        [found] = owed(schedule(table, period=period), member(heads=count))
        assert found.total.cents == times * year.total.cents


@given(table=rising_tables(), few=heads, more=heads)
def test_a_size_that_is_a_sum_costs_what_the_sum_costs(table, few, more):
    bases = {"custom:both": {"sum": {"headcount": "1", "fte": "1/2"}}}
    order = schedule({**table, "basis": "custom:both"}, bases=bases)
    facts = Facts("M0001", YEAR, "ORD", basis={"headcount": few, "fte": more})
    [found], [plain] = owed(order, facts), owed(schedule(table), member(heads=few + more / 2))
    assert found.total == plain.total


@given(amount=cents, early=days, late=days, join=st.sampled_from(JOINS))
def test_who_joins_later_never_pays_more(amount, early, late, join):
    first, second = sorted((early, late))
    order = schedule({"method": "FIXED", "amount": decimal_text(amount)}, prorata={"join": join})
    [before], [after] = owed(order, member(start=first)), owed(order, member(start=second))
    assert after.total <= before.total


@given(
    amount=cents,
    percent=st.integers(0, 100),
    rate=st.integers(0, 100),
    treatment=st.sampled_from(["S", "gross", "SPLIT"]),
)
def test_inv_24_tax_and_split_lose_no_cent(amount, percent, rate, treatment):
    taxes = {
        "S": {"treatment": "S", "rate": str(rate)},
        "gross": {"treatment": "S", "rate": str(rate), "amounts": "gross"},
        "SPLIT": {"treatment": "SPLIT", "rate": str(rate), "taxable_percent": str(percent)},
    }
    [found] = owed(
        schedule({"method": "FIXED", "amount": decimal_text(amount), "tax": taxes[treatment]}), member()
    )
    assert (found.gross if treatment == "gross" else found.net) == Money(amount)
    assert found.gross == sum((line.amount + line.tax_amount for line in found.lines), Money(0))
    for line in found.lines:
        share = Fraction(line.tax_rate or 0)
        exact = amount * share / (1 + share) if treatment == "gross" else line.amount.cents * share
        assert abs(line.tax_amount.cents - exact) < 1


@pytest.mark.parametrize(
    "group",
    [
        {"mode": "discount", "further_percent": "70"},
        {"mode": "discount", "further_amount": "99.99"},
        {"mode": "group_cap", "cap": "777.77"},
    ],
)
@given(table=rising_tables(), counts=st.lists(heads, min_size=2, max_size=5), data=st.data())
def test_inv_24_the_order_of_a_group_does_not_matter(group, table, counts, data):
    order = schedule(table, group=group)
    members = [member(number=i, heads=count, group="G") for i, count in enumerate(counts)]
    shuffled = data.draw(st.permutations(members))
    first = {one.member: one.total for one in owed(order, *members)}
    second = {one.member: one.total for one in owed(order, *shuffled)}
    assert first == second
    if group["mode"] == "group_cap":
        alone = sum(
            (one.total for m in members for one in owed(order, member(heads=m.basis["headcount"]))), Money(0)
        )
        assert sum(first.values(), Money(0)) == min(alone, Money(77777))


@given(table=rising_tables(), counts=st.lists(st.integers(0, 2000), min_size=2, max_size=5), data=st.data())
def test_the_total_of_an_aggregated_group_depends_on_the_sum_alone(table, counts, data):
    order = schedule(table, group={"mode": "aggregate"})
    members = [member(number=i, heads=count, group="G") for i, count in enumerate(counts)]
    found = owed(order, *data.draw(st.permutations(members)))
    [together] = owed(order, member(heads=sum(counts)))
    assert sum((one.total for one in found), Money(0)) == together.total


@given(table=rising_tables(), counts=st.lists(heads, min_size=1, max_size=5))
def test_each_member_alone_owes_what_it_owes_in_the_list(table, counts):
    order = schedule(table)
    members = [member(number=i, heads=count) for i, count in enumerate(counts)]
    together = owed(order, *members)
    assert [one.member for one in together] == [one.member for one in members]
    assert list(together) == [owed(order, alone)[0] for alone in members]
    assert all(line.kind is LineKind.DUES for one in together for line in one.lines)
