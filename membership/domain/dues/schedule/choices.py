"""The words that a fee schedule chooses between; their values are those of the stored form.

Source: `domain.md` 2.2, 2.5, 2.6, 2.10.
"""

from __future__ import annotations

from enum import StrEnum


class Join(StrEnum):
    """How much of the year a member owes that joins in it (DUE-21); `none`: the order does not say."""

    NONE = "none"
    FULL = "FULL"
    HALF = "HALF"
    QUARTER = "QUARTER"
    QUARTER_NEXT = "QUARTER_NEXT"
    MONTH_INCL = "MONTH_INCL"
    MONTH_NEXT = "MONTH_NEXT"
    MONTH_FULL = "MONTH_FULL"
    DAY = "DAY"
    TABLE = "TABLE"


class Leave(StrEnum):
    """What a member gets back that leaves in the year (DUE-23)."""

    NO_REFUND = "NO_REFUND"
    MONTH = "MONTH"
    QUARTER = "QUARTER"
    HALF = "HALF"
    DAY = "DAY"


class RelevantDay(StrEnum):
    """Which day the rule on joining looks at (DUE-22)."""

    START = "start_date"
    DECISION = "decided_on"


class CategoryChange(StrEnum):
    """From when a change of category counts (DUE-24)."""

    NONE = "none"
    NEXT_YEAR = "next_year"
    MONTH = "month"


class Missing(StrEnum):
    """What counts when nobody declared (DUE-28)."""

    CARRY_OVER = "carry_over"
    NEXT_BAND = "next_band"
    HIGHEST_ROW = "highest_row"
    ESTIMATE = "estimate"
    BLOCK = "block"


class Together(StrEnum):
    """What several discounts that hold at once come to (DUE-38)."""

    MULTIPLY = "multiply"
    LARGEST = "largest"
    OPEN = "open"


class Treatment(StrEnum):
    """How a line is treated for value added tax (INV-4)."""

    NOT_TAXABLE = "O"
    TAXABLE = "S"
    EXEMPT = "E"
    SPLIT = "SPLIT"


class SeveralKind(StrEnum):
    """What becomes of the amounts of several parts."""

    LOWER = "LOWER_OF"
    HIGHER = "HIGHER_OF"
    SUM = "SUM_OF"


class DueRule(StrEnum):
    """How the due date is found (DUE-33)."""

    FIXED_DAY = "fixed_day"
    DAYS_AFTER_INVOICE = "days_after_invoice"
    DIRECT_DEBIT = "direct_debit"


class GroupMode(StrEnum):
    """What companies of one group pay (DUE-13)."""

    NONE = "none"
    AGGREGATE = "aggregate"
    DISCOUNT = "discount"
    CAP = "group_cap"


class PartKind(StrEnum):
    """What a part of a sum asks for (DUE-36)."""

    DUES = "dues"
    ADMISSION_FEE = "admission_fee"
    LEVY = "levy"
    SERVICE_FEE = "service_fee"


class SeveralCategories(StrEnum):
    """What a member in several categories owes (DUE-38)."""

    HIGHEST = "highest"
    SUM = "sum"


class CreditRest(StrEnum):
    """What becomes of a credit above what there is to pay (DUE-40)."""

    REFUND = "refund"
    CARRY = "carry"
    LAPSES = "lapses"
