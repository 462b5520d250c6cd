"""Options in words that a schedule, a category and a part of a sum may carry: limits, discounts, tax, due dates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from membership.domain.dues.document import MonthDay
from membership.domain.dues.readable.conditions import condition_words, percent_of
from membership.domain.dues.schedule.choices import DueRule, Treatment
from membership.domain.dues.schedule.discounts import Discount, Surcharge
from membership.domain.dues.schedule.form import AsCategory, Due, Minimum, Rounding, Tax
from membership.domain.dues.schedule.previous_year import PreviousYear
from membership.domain.dues.words import euros
from membership.domain.phrases import Phrase, phrase


def listed(parts: list[Phrase]) -> Phrase:
    """Return the parts with commas between them."""
    found = parts[0]
    for part in parts[1:]:
        found = phrase("%(one)s, %(other)s", one=found, other=part)
    return found


_MONTHS = (
    phrase("%(day)s January"), phrase("%(day)s February"), phrase("%(day)s March"), phrase("%(day)s April"),
    phrase("%(day)s May"), phrase("%(day)s June"), phrase("%(day)s July"), phrase("%(day)s August"),
    phrase("%(day)s September"), phrase("%(day)s October"), phrase("%(day)s November"), phrase("%(day)s December"),
)  # fmt: skip


def day_words(day: MonthDay) -> Phrase:
    """Return a day of every year: “31 January”."""
    return Phrase(_MONTHS[day.month - 1].message, {"day": day.day})


def limit_words(minimum: Minimum | None, cap: Fraction | None, names: Mapping[str, str]) -> Iterator[Phrase]:
    """Yield the annual minimum and maximum."""
    if isinstance(minimum, AsCategory):
        name = names.get(minimum.category, minimum.category)
        yield phrase("At least as much as in the category %(category)s.", category=name)
    elif minimum is not None:
        yield phrase("At least %(amount)s a year.", amount=euros(minimum))
    if cap is not None:
        yield phrase("At most %(amount)s a year.", amount=euros(cap))


def discount_words(discount: Discount) -> Phrase:
    """Return what is taken off, and when."""
    when = condition_words(discount.when)
    if discount.open:
        return phrase("Not decided: %(reason)s (%(when)s).", reason=discount.open, when=when)
    if discount.share is not None:
        percent = percent_of(discount.share)
        if discount.first_months:
            return phrase(
                "%(percent)s %% off in the first %(n)s months of membership: %(when)s.",
                percent=percent,
                n=discount.first_months,
                when=when,
            )
        if discount.exclusive:
            return phrase(
                "%(percent)s %% off, without any other discount: %(when)s.", percent=percent, when=when
            )
        return phrase("%(percent)s %% off: %(when)s.", percent=percent, when=when)
    return phrase("%(amount)s off: %(when)s.", amount=euros(discount.amount), when=when)


def surcharge_words(surcharge: Surcharge) -> Phrase:
    """Return what is added, and when."""
    when = condition_words(surcharge.when)
    if surcharge.open:
        return phrase("Not decided: %(reason)s (%(when)s).", reason=surcharge.open, when=when)
    if surcharge.share is not None:
        return phrase("%(percent)s %% more: %(when)s.", percent=percent_of(surcharge.share), when=when)
    return phrase("%(amount)s more: %(when)s.", amount=euros(surcharge.amount), when=when)


def previous_year_words(limits: PreviousYear) -> Iterator[Phrase]:
    """Yield how far the amount may move from that of the year before."""
    if limits.at_least is not None:
        yield phrase(
            "At least %(percent)s %% of the amount of the year before.", percent=percent_of(limits.at_least)
        )
    if limits.at_most is not None:
        yield phrase(
            "At most %(percent)s %% of the amount of the year before.", percent=percent_of(limits.at_most)
        )


def tax_words(tax: Tax) -> Phrase | None:
    """Return what the tax treatment says, None where dues are not taxable."""
    percent = percent_of(tax.rate)
    if tax.treatment is Treatment.TAXABLE and tax.gross:
        return phrase("The amounts include %(percent)s %% value added tax.", percent=percent)
    if tax.treatment is Treatment.TAXABLE:
        return phrase("%(percent)s %% value added tax is added.", percent=percent)
    if tax.treatment is Treatment.EXEMPT:
        return phrase("Exempt from value added tax: %(reason)s", reason=tax.reason)
    if tax.treatment is Treatment.SPLIT:
        return phrase(
            "Value added tax of %(percent)s %% on %(part)s %% of the dues, the rest is not taxable.",
            percent=percent,
            part=percent_of(tax.taxable_share),
        )
    return None


def rounding_words(rounding: Rounding) -> Phrase:
    """Return the step and the direction of a rounding."""
    step = euros(rounding.step)
    if rounding.direction == "up":
        return phrase("Up to full %(step)s.", step=step)
    if rounding.direction == "down":
        return phrase("Down to full %(step)s.", step=step)
    return phrase("To full %(step)s.", step=step)


def due_words(due: Due) -> Phrase:
    """Return when dues are due."""
    if due.instalments:
        shares = listed(
            [
                phrase("%(percent)s %% on %(day)s", percent=percent_of(one.share), day=day_words(one.day))
                for one in due.instalments
            ]
        )
        if not due.above:
            return phrase("In instalments: %(shares)s.", shares=shares)
        whole = _one_date(due)
        return phrase(
            "%(whole)s Dues above %(amount)s in instalments: %(shares)s.",
            whole=whole,
            amount=euros(due.above),
            shares=shares,
        )
    return _one_date(due)


def _one_date(due: Due) -> Phrase:
    if due.day is None:
        return phrase("%(n)s days after the date of the invoice.", n=due.days)
    day = day_words(due.day)
    if due.rule is DueRule.DIRECT_DEBIT:
        return phrase("%(day)s, the day of the direct debit.", day=day)
    return phrase(
        "%(day)s; for new members and later invoices %(n)s days after the invoice.", day=day, n=due.days
    )


def doubt_words(reason: str) -> Iterator[Phrase]:
    """Yield that something is in doubt, where it is."""
    if reason:
        yield phrase("In doubt: %(reason)s", reason=reason)
