"""Forms of the fee schedule editor: what holds for all categories, and the sizes."""

from __future__ import annotations

from wtforms import BooleanField, SelectField, StringField

from membership.domain.dues.editing.general import INSTALMENTS
from membership.domain.errors import N_
from membership.web.forms.fee_rules import DIRECTIONS, JOINS, STEPS, EditorForm, Line, listed
from membership.web.forms.form import AtMost, Required, choice


class InstalmentLine(Line):
    """An instalment: its day and its share."""

    day = StringField()
    share = StringField()


class GeneralForm(EditorForm):
    """What holds for all categories."""

    join = SelectField(
        N_("Who joins during the year pays"), choices=[choice(*each) for each in JOINS.items()]
    )
    cutoff = StringField(
        N_("Last day that pays in full"), description=N_("With half years only, like 30.06.")
    )
    counts_until_day = StringField(
        N_("The month of joining counts up to day"),
        description=N_("With months only, like 15. Empty: the whole month."),
    )
    join_date = SelectField(
        N_("The day that counts"),
        choices=[
            choice("start_date", N_("start of the membership")),
            choice("decided_on", N_("day of the admission")),
        ],
    )
    min_not_prorated = BooleanField(N_("The minimum is paid in full by those who join during the year"))
    leave = SelectField(
        N_("Who leaves during the year gets back"),
        choices=[
            choice("NO_REFUND", N_("nothing")),
            choice("MONTH", N_("the months left")),
            choice("QUARTER", N_("the quarters left")),
            choice("HALF", N_("the half year left")),
            choice("DAY", N_("the days left")),
        ],
    )
    category_change = SelectField(
        N_("A change of category counts"),
        choices=[
            choice("next_year", N_("from the next dues year")),
            choice("month", N_("from the month of the change")),
            choice("none", N_("not decided")),
        ],
    )
    in_statutes = BooleanField(
        N_("The due date stands in the statutes or in the fee schedule"),
        description=N_("Only then a member is in default without a reminder."),
    )
    is_debit_day = BooleanField(N_("The fixed day is the day of the direct debit"))
    instalments = listed(InstalmentLine, INSTALMENTS)
    instalments_above = StringField(
        N_("Instalments only for dues of more than"), description=N_("Empty: for all members.")
    )
    missing = SelectField(
        N_("Without a declaration counts"),
        choices=[
            choice("carry_over", N_("the last known size")),
            choice("carry_over_plus_percent", N_("the last known size and some percent")),
            choice("next_band", N_("one row higher")),
            choice("highest_row", N_("the highest row")),
            choice("estimate", N_("an estimate of the treasurer")),
            choice("block", N_("nothing: no invoice is made")),
        ],
    )
    missing_percent = StringField(N_("Percent on top"), description=N_("With “and some percent” only."))
    opens = StringField(N_("Declarations are asked for from"))
    deadline = StringField(N_("Deadline of the declarations"))
    correct_year = SelectField(
        N_("Corrections count until"),
        choices=[
            choice("dues_year", N_("a day of the dues year")),
            choice("next_year", N_("a day of the following year")),
        ],
    )
    correct_day = StringField(N_("Day"), description=N_("Like 31.03. Empty: not limited."))
    late_decrease = BooleanField(N_("A lower size that is declared late does not count this year"))
    group_mode = SelectField(
        N_("Companies of one group"),
        choices=[
            choice("none", N_("pay like all others")),
            choice("discount", N_("the largest pays in full, each other one a share")),
            choice("further_amount", N_("the largest pays in full, each other one a fixed amount")),
            choice("group_cap", N_("pay together no more than a maximum")),
            choice("aggregate", N_("count as one: the lead company pays for all")),
        ],
    )
    group_percent = StringField(N_("Share of each other company"))
    group_amount = StringField(N_("Amount of each other company"))
    group_cap = StringField(N_("Maximum of the group"))
    rounding_step = SelectField(N_("Dues are rounded to"), choices=list(STEPS))
    rounding_direction = SelectField(N_("In which direction?"), choices=list(DIRECTIONS))
    max_rise = StringField(
        N_("Rise limit"), description=N_("By how many rows a member may rise in a year. Empty: no limit.")
    )
    discounts_together = SelectField(
        N_("Several discounts at once"),
        choices=[
            choice("multiply", N_("are taken off one after the other")),
            choice("largest", N_("only the largest counts")),
            choice("open", N_("not decided")),
        ],
    )
    period = SelectField(
        N_("The amounts of the tables are for"),
        choices=[
            choice("year", N_("a year")),
            choice("half_year", N_("half a year")),
            choice("quarter", N_("a quarter")),
            choice("month", N_("a month")),
        ],
    )
    several_categories = SelectField(
        N_("A member in several categories pays"),
        choices=[
            choice("", N_("not decided")),
            choice("highest", N_("the highest amount")),
            choice("sum", N_("all together")),
        ],
    )
    credit_rest = SelectField(
        N_("Credit above the dues"),
        choices=[
            choice("", N_("not decided")),
            choice("refund", N_("is paid back")),
            choice("carry", N_("is carried over")),
            choice("lapses", N_("lapses")),
        ],
    )
    joined_before = StringField(N_("Only for members who joined before"))
    joined_from = StringField(
        N_("Only for members who joined from"),
        description=N_("Another schedule then counts for the others. Empty: for all members."),
    )


class SizeForm(EditorForm):
    """What a size is: when it is looked at, who counts."""

    label = StringField(N_("Name of the size"))
    unit = StringField(N_("Unit"))
    reference = SelectField(
        N_("As of"),
        choices=[
            choice("", N_("not said")),
            choice("prev_year", N_("a day of the year before")),
            choice("dues_year", N_("a day of the dues year")),
            choice("year_before_last", N_("a day of the year before last")),
            choice("prev_year:average", N_("average of the year before")),
            choice("prev_year:total", N_("total of the year before")),
            choice("dues_year:average", N_("average of the dues year")),
            choice("dues_year:total", N_("total of the dues year")),
            choice("year_before_last:average", N_("average of the year before last")),
            choice("year_before_last:total", N_("total of the year before last")),
            choice("joining", N_("day of joining")),
            choice("due_date", N_("due date")),
        ],
    )
    day = StringField(N_("Day of the year"), description=N_("Like 30.06., with a day only."))
    region = SelectField(
        N_("Counted are"),
        choices=[
            choice("all", N_("all places")),
            choice("region", N_("only the association’s region")),
            choice("site", N_("only the site")),
        ],
    )
    discrete = BooleanField(
        N_("Only whole units"), description=N_("Rates of a table then count whole units.")
    )
    is_weighted = BooleanField(
        N_("Weighted by working time"), description=N_("Heads are then asked for class by class.")
    )
    weight_over_30h = StringField(N_("over 30 hours"))
    weight_h20_30 = StringField(N_("20 to 30 hours"))
    weight_under_20h = StringField(N_("under 20 hours"))
    weight_apprentice = StringField(N_("apprentices"))
    weight_temporary = StringField(N_("temporary workers"))
    weight_mini_job = StringField(N_("mini-jobs"))
    without_over_30h = BooleanField(N_("not counted"))
    without_h20_30 = BooleanField(N_("not counted"))
    without_under_20h = BooleanField(N_("not counted"))
    without_apprentice = BooleanField(N_("not counted"))
    without_temporary = BooleanField(N_("not counted"))
    without_mini_job = BooleanField(N_("not counted"))


class NewSizeForm(EditorForm):
    """A size of the association's own."""

    label = StringField(
        N_("Name of the size"), [Required(), AtMost(60)], description=N_("Like “Beds” or “Vehicles”.")
    )
    unit = StringField(N_("Unit"), [AtMost(20)])
