"""The stored form of a condition (`when`) and of what depends on one.

Source: `domain.md` DUE-12, DUE-38, 2.10 "Keys of `when`".
"""

from __future__ import annotations

from fractions import Fraction

from membership.domain.dues.document import Fields, Node
from membership.domain.dues.schedule.bases import basis_name
from membership.domain.dues.schedule.discounts import Discount, Surcharge
from membership.domain.dues.schedule.options import read_doubt, read_open
from membership.domain.dues.schedule.when import BasisRange, When
from membership.domain.phrases import phrase

WORDS = (
    "company_age_at_joining_below",
    "membership_year_max",
    "joined_in_dues_year",
    "headcount_below",
    "attribute",
    "group_position_from",
    "direct_debit",
    "company_age_below",
    "company_age_from",
    "company_age_at_end_below",
    "company_age_at_end_from",
    "joined_from",
    "joined_before",
    "membership_year",
    "basis",
    "without_attribute",
    "membership_year_from",
    "any",
)
_MOST_YEARS = 200
_MOST_POSITIONS = 1000
_MOST_MONTHS = 1200
_HUNDRED = 100


def read_when(node: Node) -> When:
    """Return the condition; one that asks for nothing is refused."""
    fields = node.fields((*WORDS, "from", "below"))
    found = When(
        company_age_at_joining_below=fields.optional("company_age_at_joining_below", _years),
        membership_year_max=fields.optional("membership_year_max", _years),
        joined_in_dues_year=fields.optional("joined_in_dues_year", Node.boolean),
        headcount_below=fields.optional("headcount_below", Node.bound),
        attribute=fields.optional("attribute", Node.text),
        group_position_from=fields.optional("group_position_from", lambda n: n.whole(1, _MOST_POSITIONS)),
        direct_debit=fields.optional("direct_debit", Node.boolean),
        company_age_below=fields.optional("company_age_below", _years),
        company_age_from=fields.optional("company_age_from", _years),
        company_age_at_end_below=fields.optional("company_age_at_end_below", _years),
        company_age_at_end_from=fields.optional("company_age_at_end_from", _years),
        joined_from=fields.optional("joined_from", Node.day),
        joined_before=fields.optional("joined_before", Node.day),
        membership_year=fields.optional("membership_year", _years),
        basis=_basis_range(fields),
        without_attribute=fields.optional("without_attribute", Node.text),
        membership_year_from=fields.optional("membership_year_from", _years),
        any=fields.every("any", read_when),
    )
    if found == When():
        raise node.wrong(
            phrase("A condition needs at least one of these words: %(words)s.", words=", ".join(WORDS))
        )
    return found


def asks_for_position(when: When) -> bool:
    """Return whether a condition asks for the position in a group, anywhere in it."""
    return when.group_position_from is not None or any(asks_for_position(one) for one in when.any)


def read_factor_when(node: Node) -> When:
    """Return a condition on a factor; the position in the group is not known yet when factors count."""
    found = read_when(node)
    if asks_for_position(found):
        raise node.child("group_position_from", 0).wrong(
            phrase("A factor cannot depend on the position in the group. Use a discount.")
        )
    return found


def read_discount(node: Node) -> Discount:
    """Return a discount: a percentage that is taken off, or an amount."""
    fields = node.fields(("code", "percent", "amount", "when", "exclusive", "open", "doubt", "first_months"))
    share, amount = fields.optional("percent", Node.percent), fields.optional("amount", Node.euros)
    reason = read_open(fields, "percent", "amount")
    if (share is None) == (amount is None) and not reason:
        raise node.wrong(phrase("A discount has either a percentage or an amount."))
    months = fields.get("first_months")
    if months and share is None:
        raise months.wrong(
            phrase("“%(word)s” needs “%(other)s” beside it.", word="first_months", other="percent")
        )
    return Discount(
        first_months=months.whole(1, _MOST_MONTHS) if months else 0,
        code=fields.need("code").text(),
        when=fields.either("when", read_when, When()),
        share=share,
        amount=amount or Fraction(0),
        exclusive=fields.either("exclusive", Node.boolean, default=False),
        open=reason,
        doubt=read_doubt(fields),
    )


def read_surcharge(node: Node) -> Surcharge:
    """Return a surcharge: a percentage that is added, or an amount."""
    fields = node.fields(("code", "percent", "amount", "when", "open", "doubt"))
    percent, amount = fields.optional("percent", Node.number), fields.optional("amount", Node.euros)
    reason = read_open(fields, "percent", "amount")
    if (percent is None) == (amount is None) and not reason:
        raise node.wrong(phrase("A surcharge has either a percentage or an amount."))
    return Surcharge(
        code=fields.need("code").text(),
        when=fields.either("when", read_when, When()),
        share=None if percent is None else percent / _HUNDRED,
        amount=amount or Fraction(0),
        open=reason,
        doubt=read_doubt(fields),
    )


def read_part_surcharge(node: Node) -> Surcharge:
    """Return a surcharge inside a part; the position in the group is not known yet when parts are worked out."""
    found = read_surcharge(node)
    _refuse_position(node, found.when)
    return found


def read_part_discount(node: Node) -> Discount:
    """Return a discount inside a part; the position in the group is not known yet when parts are worked out."""
    found = read_discount(node)
    _refuse_position(node, found.when)
    return found


def _refuse_position(node: Node, when: When) -> None:
    if asks_for_position(when):
        raise (
            node.child("when", 0)
            .child("group_position_from", 0)
            .wrong(
                phrase("A part cannot depend on the position in the group. Use a discount of the category.")
            )
        )


def _basis_range(fields: Fields) -> BasisRange | None:
    node, start, below = (fields.get(key) for key in ("basis", "from", "below"))
    bound = start or below
    if node is None:
        if bound is not None:
            raise bound.wrong(phrase("“from” and “below” need a “basis” beside them."))
        return None
    if bound is None:
        raise node.wrong(phrase("“basis” needs “from” or “below” beside it."))
    return BasisRange(
        basis_name(node, node.text()), start.bound() if start else None, below.bound() if below else None
    )


def _years(node: Node) -> int:
    return node.whole(1, _MOST_YEARS)
