"""Whatever the form allows: a schedule that can be read gives each member an amount or a refusal with a rule."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from membership.domain.dues.assessment import DUES_KINDS, Assessment, LineKind, Refusal, StepName
from membership.domain.dues.check import check_schedule
from membership.domain.dues.errors import ScheduleWrong
from membership.domain.dues.explain import explain
from membership.domain.dues.facts import Facts, Move, Origin, Previous, read_facts
from membership.domain.dues.readable import readable
from membership.domain.dues.report import as_json
from membership.domain.dues.schedule import read_schedule
from membership.domain.dues.schedule.options import ROUNDING_STEPS
from membership.domain.dues.stored import from_stored, to_stored
from membership.domain.money import Money, decimal_text
from membership.wording import Wording
from tests.conftest import IS_RELEASE

YEAR = 2027
CODES = ("ORD", "SCI", "STA")
WORDS = Wording("de").value
AFTER = {StepName.ADMISSION_FEE, StepName.LEVY, StepName.VOLUNTARY, StepName.TAX}
euros = st.integers(0, 10**6).map(decimal_text)
percents = st.sampled_from(["0", "5", "50", "100"])
factors = st.sampled_from(["1/2", "1", "1.5", "3"])
reasons = st.sampled_from(["nicht gedruckt", "unleserlich"])
bases = st.sampled_from(["headcount", "turnover_eur", "custom:assets", "custom:both"])
days = st.integers(-800, 364).map(lambda n: date(YEAR, 1, 1) + timedelta(days=n))


def with_some(base, /, **extras):
    """A dict with some of the extra keys."""
    return st.fixed_dictionaries(base, optional=extras)


conditions = st.one_of(
    st.fixed_dictionaries({"attribute": st.just("umbrella")}),
    st.fixed_dictionaries({"membership_year_max": st.integers(1, 3)}),
    st.fixed_dictionaries({"company_age_below": st.integers(1, 5)}),
    st.fixed_dictionaries({"basis": bases, "from": st.integers(0, 50)}),
    st.fixed_dictionaries({"without_attribute": st.just("umbrella")}),
    st.fixed_dictionaries(
        {"any": st.just([{"membership_year_from": 2}, {"basis": "headcount", "below": 10}])}
    ),
)
discounts = st.one_of(
    with_some(
        {"code": st.just("a"), "percent": percents}, when=conditions, doubt=reasons, exclusive=st.booleans()
    ),
    with_some({"code": st.just("b"), "amount": euros}, when=conditions),
    with_some({"code": st.just("c"), "open": reasons}, when=conditions),
    with_some(
        {"code": st.just("d"), "percent": percents, "first_months": st.integers(1, 30)}, when=conditions
    ),
)
surcharges = st.one_of(
    with_some(
        {"code": st.just("e"), "percent": st.sampled_from(["10", "150"])}, when=conditions, doubt=reasons
    ),
    with_some({"code": st.just("f"), "amount": euros}, when=conditions),
    with_some({"code": st.just("g"), "open": reasons}, when=conditions),
)
previous_years = st.sampled_from([
    {"at_least_percent": "100"}, {"at_most_percent": "120"}, {"at_least_percent": "90", "at_most_percent": "110"},
])  # fmt: skip
derived = st.fixed_dictionaries(
    {"custom:both": st.sampled_from([
        {"sum": {"headcount": "1", "custom:assets": "1/2"}},
        {"sum": {"headcount": "2"}, "rounding": {"step": "10", "direction": "up"}},
    ])},
    optional={
        "headcount": st.sampled_from([{"rounding": {"step": "1"}}, {"years": 2}, {"years": 2, "fewer_years": "mean"}]),
        "turnover_eur": st.just({"rounding": {"step": "100", "direction": "down"}}),
    },
)  # fmt: skip
taxes = st.sampled_from([
    "O", {"treatment": "S", "rate": "19"}, {"treatment": "S", "rate": "7", "amounts": "gross"},
    {"treatment": "E", "reason": "§ 4"}, {"treatment": "SPLIT", "taxable_percent": "90", "rate": "19"},
])  # fmt: skip
roundings = st.fixed_dictionaries({
    "step": st.sampled_from(list(ROUNDING_STEPS)),
    "direction": st.sampled_from(["nearest", "up", "down"]),
})  # fmt: skip
dues_rules = st.one_of(
    st.fixed_dictionaries({"rule": st.just("fixed_day"), "day": st.sampled_from(["01-31", "06-30"])}),
    st.fixed_dictionaries({"rule": st.just("days_after_invoice"), "days": st.integers(0, 60)}),
    with_some(
        {
            "rule": st.just("fixed_day"),
            "day": st.just("02-28"),
            "instalments": st.just([{"day": "02-28", "share": "1/3"}, {"day": "08-31", "share": "2/3"}]),
        },
        above=euros,
    ),
)


@st.composite
def tables(draw, row):
    bounds = [0, *sorted(draw(st.sets(st.integers(1, 500), max_size=3)))]
    return [{"from": bound, **draw(row)} for bound in bounds]


flat_rows = st.one_of(
    with_some({"amount": euros}, doubt=reasons, label=st.just("Stufe")),
    st.fixed_dictionaries({"amount": euros, "rate": st.just("2.5"), "per": st.integers(1, 10)}),
    st.fixed_dictionaries({"rate": st.just("1.77"), "on": st.just("whole")}),
    with_some({"agreed": st.just(True)}, min=euros),
    st.fixed_dictionaries({"open": reasons}),
)
rate_rows = st.one_of(
    with_some({"rate": st.sampled_from(["0.43", "2", "6.5"])}, per=st.integers(1, 1000), doubt=reasons),
    st.fixed_dictionaries({"open": reasons}),
)
simple = st.one_of(
    st.just({"method": "FREE"}),
    st.fixed_dictionaries({"method": st.just("FIXED"), "amount": euros}),
    st.fixed_dictionaries({"open": reasons}),
    with_some({"method": st.just("AGREED")}, min=euros),
    with_some({"method": st.just("BANDS_FLAT"), "basis": bases, "rows": tables(flat_rows)}, allowance=st.just("5")),
    with_some(
        {"method": st.just("BANDS_MARGINAL"), "basis": bases, "rows": tables(rate_rows)},
        base=euros, started_units=st.booleans(), allowance=st.just("7"),
    ),
)  # fmt: skip
options = {
    "when": conditions, "cap": euros, "factor": factors, "discounts": st.lists(discounts, max_size=2),
    "surcharges": st.lists(surcharges, max_size=2), "rounding": roundings, "tax": taxes, "due": dues_rules, "doubt": reasons,
}  # fmt: skip


@st.composite
def parts(draw, *, is_sum):
    part = {**draw(simple), **draw(st.fixed_dictionaries({}, optional=options))}
    if is_sum:
        kinds = st.sampled_from(["dues", "service_fee", "admission_fee", "levy"])
        part |= draw(st.fixed_dictionaries({}, optional={"kind": kinds, "text": st.just("Teil")}))
    return part


@st.composite
def methods(draw):
    word = draw(st.sampled_from(["simple", "simple", "SUM_OF", "LOWER_OF", "HIGHER_OF"]))
    if word == "simple":
        return draw(simple)
    return {"method": word, "parts": draw(st.lists(parts(is_sum=word == "SUM_OF"), min_size=2, max_size=3))}


@st.composite
def categories(draw):
    method = draw(methods())
    extra = {
        "cap": euros, "discounts": st.lists(discounts, max_size=2), "admission_fee": euros | st.just({"percent": "50"}), "tax": taxes,
        "rounding": roundings, "due": dues_rules, "doubt": reasons,
        "discounts_together": st.sampled_from(["multiply", "largest", "open"]),
        "surcharges": st.lists(surcharges, max_size=2), "previous_year": previous_years,
    }  # fmt: skip
    if method.get("method") != "AGREED":
        extra["min"] = euros
    return {**method, **draw(st.fixed_dictionaries({}, optional=extra))}


@st.composite
def schedules(draw):
    found = {code: draw(categories()) for code in ("ORD", "SCI")}
    factor = {"method": "FACTOR_OF", "category": "ORD", "factor": draw(factors)}
    found["STA"] = draw(
        st.sampled_from([factor, {**factor, "becomes": {"category": "SCI", "after_years": 1}}])
    )
    join = draw(
        st.sampled_from(
            [
                "FULL",
                "HALF",
                "QUARTER",
                "QUARTER_NEXT",
                "MONTH_INCL",
                "MONTH_NEXT",
                "MONTH_FULL",
                "DAY",
                "none",
            ]
        )
    )
    document = {
        "code": "ANY", "valid_from": "2000-01-01", "categories": found,
        "bases": draw(derived),
        "prorata": {
            "join": join, "category_change": draw(st.sampled_from(["next_year", "month", "none"])),
            "leave": draw(st.sampled_from(["NO_REFUND", "MONTH", "QUARTER", "HALF", "DAY"])),
        },
        **draw(st.fixed_dictionaries({}, optional={
            "period": st.sampled_from(["year", "half_year", "quarter", "month"]),
            "dues_year_start": st.sampled_from(["09-01", "10-15", "joining"]),
            "several_categories": st.sampled_from(["highest", "sum"]),
            "credit_rest": st.sampled_from(["refund", "carry", "lapses"]),
            "due": dues_rules,
            "group": st.sampled_from([
                {"mode": "aggregate"}, {"mode": "discount", "further_percent": "70"},
                {"mode": "discount", "further_amount": "100.00"},
                {"mode": "group_cap", "cap": "500.00"},
            ]),
            "declaration": st.fixed_dictionaries({
                "missing": st.sampled_from(["carry_over", "next_band", "highest_row", "estimate", "block"])
            }),
        })),
    }  # fmt: skip
    return read_schedule(document)


numbers = st.fractions(min_value=0, max_value=2000, max_denominator=4)
values = st.dictionaries(
    bases,
    numbers | st.dictionaries(st.sampled_from(["2024", "2025", "2026"]), numbers, max_size=3),
    max_size=3,
)


@st.composite
def members(draw, number):
    basis = draw(values)
    category = draw(st.sampled_from(CODES))
    return Facts(
        member=f"M{number:04d}",
        year=YEAR,
        category=category,
        start=draw(st.none() | days),
        basis=basis,
        origin=dict.fromkeys(list(basis)[:1], Origin.ESTIMATED),
        attributes=draw(st.sampled_from([frozenset(), frozenset({"umbrella"})])),
        founded=draw(st.none() | days),
        group=draw(st.sampled_from([None, "G"])),
        end=draw(st.sampled_from([None, None, date(YEAR, 8, 20)])),
        previous=Previous(amount=draw(st.none() | st.integers(0, 10**5).map(Money)), basis=draw(values)),
        agreed=draw(st.none() | st.integers(0, 10**6).map(Money)),
        categories=draw(st.sampled_from([(), (category,), CODES])),
        moves=draw(st.sampled_from([(), (Move(date(YEAR, 7, 1), "SCI"),)])),
        credit=draw(st.none() | st.integers(1, 10**5).map(Money)),
    )


@settings(max_examples=2000 if IS_RELEASE else 150, deadline=None)
@given(schedule=schedules(), facts=st.tuples(*(members(n) for n in range(1, 4))))
def test_any_schedule_decides_or_refuses_and_every_cent_is_explained(schedule, facts):
    results = explain([schedule], facts)
    assert [result.member for result in results] == [one.member for one in facts]
    for result in results:
        if isinstance(result, Refusal):
            assert result.rule.startswith("DUE-")
            assert "%(" not in WORDS(result.text)
            continue
        assert isinstance(result, Assessment)
        assert from_stored(to_stored(result)) == result
        assert sum((line.amount.cents for line in result.lines), 0) == result.total.cents
        assert all(line.amount.cents >= 0 for line in result.lines if line.kind is not LineKind.CREDIT)
        assert all(line.kind not in DUES_KINDS or line.amount for line in result.lines)
        _last_step_is_the_dues(schedule, result)
    assert "%(" not in str(as_json(results, WORDS))


def _last_step_is_the_dues(schedule, result):
    """With gross prices the lines hold the net; else the last step of the dues is what the lines come to."""
    if any(line.tax_rate for line in result.lines):
        return
    steps = [step for step in result.steps if step.step not in AFTER | {StepName.BASIS}]
    assert steps[-1].result == Fraction(result.dues.cents, 100)


@settings(max_examples=1000 if IS_RELEASE else 100, deadline=None)
@given(schedules())
def test_any_schedule_can_be_checked_and_read_aloud(schedule):
    for finding in check_schedule(schedule):
        assert finding.where.startswith("/")
        assert "%(" not in WORDS(finding.text)
    text = readable(schedule)
    for category in text.categories:
        for passage in category.passages:
            assert "%(" not in WORDS(passage.text)
        assert not any("%(" in WORDS(one) for one in category.additions)


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["BANDS_FLAT", "open", "1/2"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["method", "rows", "parts", "categories", "code", "valid_from", "when", "due", "open", "x"]),
        inner, max_size=4,
    ), max_leaves=20,
))  # fmt: skip
def test_whatever_is_no_schedule_ends_with_its_place(document):
    with pytest.raises(ScheduleWrong) as wrong:
        read_schedule(document)
    assert isinstance(wrong.value.where, str)


def test_facts_of_the_rarer_words_are_read():
    [facts] = read_facts([{
        "member": "M1", "year": 2027, "category": "A", "categories": ["A", "B"], "credit": "5.00",
        "category_changes": [{"on": "2027-07-01", "category": "B"}],
    }])  # fmt: skip
    assert (facts.categories, facts.credit, facts.moves) == (
        ("A", "B"),
        Money(500),
        (Move(date(2027, 7, 1), "B"),),
    )
