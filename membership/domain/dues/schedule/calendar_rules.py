"""The stored form of what depends on days: due dates, parts of a year, declarations, cohorts.

Source: `domain.md` DUE-2, DUE-20 to DUE-24, DUE-27 to DUE-29, DUE-33, DUE-37, 2.10.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import partial

from membership.domain.dues.document import MonthDay, Node
from membership.domain.dues.schedule.choices import CategoryChange, DueRule, Join, Leave, Missing, RelevantDay
from membership.domain.dues.schedule.form import (
    Cohort,
    Declaration,
    Due,
    Instalment,
    JoinShare,
    Prorata,
    Resolution,
)
from membership.domain.dues.schedule.options import read_doubt, read_open
from membership.domain.phrases import phrase

_MOST_DAYS = 366
_LONGEST_MONTH = 31
_CORRECT_UNTIL = re.compile(r"(?:dues_year|next_year):\d{2}-\d{2}", re.ASCII)
_DUE_WORDS = {
    DueRule.FIXED_DAY: ("rule", "day", "in_statutes", "new_member_days"),
    DueRule.DAYS_AFTER_INVOICE: ("rule", "days", "in_statutes"),
    DueRule.DIRECT_DEBIT: ("rule", "day", "in_statutes", "new_member_days"),
}


def read_due(node: Node, *, starts: MonthDay) -> Due:
    """Return when dues are due; instalments stand in the order of the dues year."""
    rule = node.mapping().get("rule")
    if rule is None:
        raise node.wrong(phrase("“%(word)s” is missing here.", word="rule"))
    kind = rule.choice({kind.value: kind for kind in DueRule})
    fields = node.fields((*_DUE_WORDS[kind], "instalments", "above"))
    in_statutes = fields.either("in_statutes", Node.boolean, default=False)
    above = fields.get("above")
    if above and not fields.get("instalments"):
        raise above.wrong(
            phrase("“%(word)s” needs “%(other)s” beside it.", word="above", other="instalments")
        )
    instalments = fields.optional("instalments", partial(_instalments, starts=starts)) or ()
    limit = above.euros() if above else Fraction(0)
    if kind is DueRule.DAYS_AFTER_INVOICE:
        days = _days(fields.need("days"))
        return Due(kind, days=days, in_statutes=in_statutes, instalments=instalments, above=limit)
    return Due(
        kind,
        day=fields.need("day").month_day(),
        days=fields.either("new_member_days", _days, 30),
        in_statutes=in_statutes,
        instalments=instalments,
        above=limit,
    )


def _instalments(node: Node, *, starts: MonthDay) -> tuple[Instalment, ...]:
    found: list[Instalment] = []
    for item in node.items():
        fields = item.fields(("day", "share"))
        one = Instalment(fields.need("day").month_day(), fields.need("share").share())
        if not one.share:
            raise item.child("share", 0).wrong(phrase("An instalment of nothing is none."))
        if found and _in_order(one.day, starts) <= _in_order(found[-1].day, starts):
            raise item.child("day", 0).wrong(phrase("The days must rise from row to row."))
        found.append(one)
    if sum((one.share for one in found), Fraction(0)) != 1:
        raise node.wrong(phrase("The shares of the instalments must add up to 1."))
    return tuple(found)


def _in_order(day: MonthDay, starts: MonthDay) -> tuple[bool, MonthDay]:
    """Return where a day stands in the dues year."""
    return day < starts, day


def read_prorata(node: Node, *, starts: MonthDay) -> Prorata:
    """Return what is owed of a year in which a membership starts or ends."""
    fields = node.fields(
        (
            "join",
            "cutoff",
            "date",
            "leave",
            "min_not_prorated",
            "category_change",
            "shares",
            "counts_until_day",
            "doubt",
        )
    )
    usual = Prorata()
    join = fields.either("join", lambda n: n.choice({j.value: j for j in Join}), Join.NONE)
    cutoff = fields.get("cutoff")
    if cutoff and join is not Join.HALF:
        raise cutoff.wrong(phrase("“cutoff” belongs to the rule HALF."))
    shares = fields.get("shares")
    if shares and join is not Join.TABLE:
        raise shares.wrong(phrase("“shares” belongs to the rule TABLE."))
    until = fields.get("counts_until_day")
    if until and join is not Join.MONTH_INCL:
        raise until.wrong(phrase("“counts_until_day” belongs to the rule MONTH_INCL."))
    return Prorata(
        counts_until=until.whole(1, _LONGEST_MONTH) if until else usual.counts_until,
        shares=_shares(fields.need("shares"), starts=starts) if join is Join.TABLE else (),
        doubt=read_doubt(fields),
        join=join,
        cutoff=cutoff.month_day() if cutoff else usual.cutoff,
        day=fields.either("date", lambda n: n.choice({d.value: d for d in RelevantDay}), usual.day),
        leave=fields.either(
            "leave", lambda n: n.choice({leave.value: leave for leave in Leave}), usual.leave
        ),
        min_not_prorated=fields.either("min_not_prorated", Node.boolean, default=False),
        category_change=fields.either(
            "category_change", lambda n: n.choice({c.value: c for c in CategoryChange}), usual.category_change
        ),
    )


def _shares(node: Node, *, starts: MonthDay) -> tuple[JoinShare, ...]:
    shares: list[JoinShare] = []
    for item in node.items():
        fields = item.fields(("until", "share", "open", "doubt"))
        reason = read_open(fields, "share")
        until = fields.need("until").month_day()
        share = Fraction(0) if reason else fields.need("share").share()
        if share > 1:
            raise item.child("share", 0).wrong(phrase("A share of the year ends at 1."))
        if shares and _in_order(until, starts) <= _in_order(shares[-1].until, starts):
            raise item.child("until", 0).wrong(phrase("The days must rise from row to row."))
        shares.append(JoinShare(until, share, reason, read_doubt(fields)))
    if not shares:
        raise node.wrong(phrase("A table needs at least one row."))
    return tuple(shares)


def read_declaration(node: Node) -> Declaration:
    """Return how the yearly declaration runs."""
    fields = node.fields(("opens", "deadline", "missing", "correct_until", "late_decrease"))
    usual = Declaration()
    plus = fields.optional("missing", _plus)
    return Declaration(
        plus_share=plus or Fraction(0),
        opens=fields.either("opens", Node.month_day, usual.opens),
        deadline=fields.either("deadline", Node.month_day, usual.deadline),
        missing=fields.either("missing", _missing, usual.missing),
        correct_until=fields.either("correct_until", _correct_until, ""),
        ignores_late_decrease=fields.either(
            "late_decrease", lambda n: n.choice({"ignored": True}), default=False
        ),
    )


def read_cohort(node: Node) -> Cohort:
    """Return for which members a version counts."""
    fields = node.fields(("joined_before", "joined_from"))
    cohort = Cohort(fields.optional("joined_before", Node.day), fields.optional("joined_from", Node.day))
    if cohort == Cohort():
        raise node.wrong(phrase("A cohort needs “joined_before” or “joined_from”."))
    if cohort.joined_before and cohort.joined_from and cohort.joined_before <= cohort.joined_from:
        raise node.wrong(phrase("Nobody can have joined in this cohort: it ends before it starts."))
    return cohort


def read_resolution(node: Node) -> Resolution:
    """Return who resolved the schedule."""
    fields = node.fields(("organ", "date", "item"))
    return Resolution(
        organ=fields.need("organ").choice({"MV": "MV", "board": "board"}),
        on=fields.optional("date", Node.day),
        item=fields.either("item", Node.text, ""),
    )


def _missing(node: Node) -> Missing:
    if isinstance(node.value, dict):
        return Missing.CARRY_OVER
    return node.choice({missing.value: missing for missing in Missing})


def _plus(node: Node) -> Fraction | None:
    if not isinstance(node.value, dict):
        return None
    return node.fields(("carry_over_plus_percent",)).need("carry_over_plus_percent").percent()


def _correct_until(node: Node) -> str:
    text = node.text()
    if not _CORRECT_UNTIL.fullmatch(text):
        raise node.wrong(phrase('A day is expected here, such as "next_year:03-31".'))
    Node(text.partition(":")[2], node.pointer, node.error).month_day()
    return text


def _days(node: Node) -> int:
    return node.whole(0, _MOST_DAYS)
