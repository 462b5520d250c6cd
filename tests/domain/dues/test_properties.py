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
JOINS = ["FULL", "HALF", "QUARTER", "MONTH_INCL", "MONTH_NEXT", "DAY"]


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
    "group", [{"mode": "discount", "further_percent": "70"}, {"mode": "group_cap", "cap": "777.77"}]
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
