"""Whatever one table with its options says, the program comes to what a calculation by hand comes to."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from membership.domain.dues.explain import explain
from membership.domain.dues.facts import read_facts
from membership.domain.dues.schedule import read_schedule
from membership.domain.money import decimal_text
from tests.conftest import IS_RELEASE
from tests.domain.dues.by_hand import dues_of

YEARS = (2027, 2028)
amounts = st.integers(0, 90_000).map(decimal_text)
rates = st.sampled_from(["0.35", "1.77", "2", "12.5"])
bounds = st.sets(st.tuples(st.integers(0, 60), st.booleans()), min_size=1, max_size=5).map(sorted)


def with_some(base, /, **extras):
    return st.fixed_dictionaries(base, optional=extras)


per = st.sampled_from([1, 3, 10])
flat_rows = st.one_of(
    st.fixed_dictionaries({"amount": amounts}),
    st.fixed_dictionaries({"amount": amounts, "rate": rates, "per": per}),
    with_some({"rate": rates, "per": per}, on=st.just("whole")),
)
rate_rows = st.fixed_dictionaries({"rate": rates, "per": per})
conditions = st.sampled_from([
    {"attribute": "a"}, {"direct_debit": True}, {"direct_debit": False}, {"headcount_below": 10},
    {"membership_year_max": 2}, {"joined_in_dues_year": True}, {"attribute": "a", "headcount_below": 20},
])  # fmt: skip
discounts = st.one_of(
    with_some({"code": st.just("p"), "percent": st.sampled_from(["5", "33", "50", "100"])}, when=conditions),
    with_some({"code": st.just("a"), "amount": amounts}, when=conditions, exclusive=st.booleans()),
)


@st.composite
def rules(draw):
    is_flat = draw(st.booleans())
    row = flat_rows if is_flat else rate_rows
    found = {
        "method": "BANDS_FLAT" if is_flat else "BANDS_MARGINAL",
        "basis": "headcount",
        "rows": [{"from": bound, "exclusive": above, **draw(row)} for bound, above in draw(bounds)],
        "discounts": draw(st.lists(discounts, max_size=3)),
        "discounts_together": draw(st.sampled_from(["multiply", "largest"])),
    }
    extra = {
        "min": amounts,
        "cap": amounts,
        "admission_fee": amounts,
        "allowance": st.sampled_from(["5", "20"]),
    }
    if not is_flat:
        extra |= {"base": amounts, "started_units": st.booleans()}
    return found | draw(st.fixed_dictionaries({}, optional=extra))


joins = st.sampled_from(["FULL", "HALF", "QUARTER", "MONTH_INCL", "MONTH_NEXT", "MONTH_FULL", "DAY"])
orders = st.fixed_dictionaries({
    "code": st.just("HAND"), "valid_from": st.just("2000-01-01"), "period": st.sampled_from(["year", "month"]),
    "bases": st.fixed_dictionaries({"headcount": st.fixed_dictionaries({"discrete": st.booleans()})}),
    "rounding": st.fixed_dictionaries({
        "step": st.sampled_from(["0.01", "0.10", "1", "5", "10"]),
        "direction": st.sampled_from(["nearest", "up", "down"]),
    }),
    "prorata": st.fixed_dictionaries({"join": joins, "min_not_prorated": st.booleans()}),
    "categories": st.fixed_dictionaries({"ORD": rules()}),
})  # fmt: skip
heads = st.integers(0, 1200).map(lambda quarters: str(quarters / 4))


@st.composite
def members(draw):
    year = draw(st.sampled_from(YEARS))
    days = st.integers(-800, 364).map(lambda n: (date(year, 1, 1) + timedelta(days=n)).isoformat())
    base = {
        "member": st.just("M0001"), "year": st.just(year), "category": st.just("ORD"),
        "basis": st.fixed_dictionaries({"headcount": heads}),
        "attributes": st.sampled_from([[], ["a"], ["direct_debit"], ["a", "direct_debit"]]),
    }  # fmt: skip
    return draw(with_some(base, start=days))


@settings(max_examples=5000 if IS_RELEASE else 300, deadline=None)
@given(order=orders, member=members())
def test_the_program_comes_to_what_a_calculation_by_hand_comes_to(order, member):
    [found] = explain([read_schedule(order)], read_facts([member]))
    assert Fraction(found.total.cents, 100) == dues_of(order, member)
