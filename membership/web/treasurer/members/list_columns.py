"""The columns of the member list: which there are, which a person sees, and each cell as a file takes it.

Source: `ux.md` 4 "Tables" (column choice saved per user), 6.3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from membership.domain.errors import N_
from membership.persistence.queries.list_views import COLUMNS
from membership.services.exports import FileCell, Kind
from membership.services.members.list_export import WordedLine

PAGE: Final = "members"
"""The name under which the views of this list are kept."""


class ListColumn(NamedTuple):
    """A column of the list.

    Args:
        code: the name it is kept under, and of its cell in the template.
        label: the heading (message id), which may name the `year`.
        sort: the order that its head gives, empty for none.
        kind: the class of its cells on the page.
        file: the kind of its cells in a file.
        cell: the cell of a file.
    """

    code: str
    label: str
    sort: str
    kind: str
    file: Kind
    cell: Callable[[WordedLine], FileCell]

    @property
    def is_number(self) -> bool:
        """Return whether its cells stand at the right."""
        return self.file in {Kind.AMOUNT, Kind.NUMBER}


LIST_COLUMNS: Final = (
    ListColumn("city", N_("City"), "city", "cell-extra", Kind.TEXT, lambda line: line.row.city),
    ListColumn(
        "class", N_("Dues class"), "class", "cell-extra", Kind.TEXT, lambda line: line.row.dues_class or ""
    ),
    ListColumn("size", N_("Employees"), "size", "cell-extra", Kind.NUMBER, lambda line: line.row.headcount),
    ListColumn(
        "dues", N_("Dues for %(year)s"), "dues", "cell-figure", Kind.AMOUNT, lambda line: line.row.dues_cents
    ),
    ListColumn("method", N_("Payment method"), "method", "cell-extra", Kind.TEXT, lambda line: line.method),
    ListColumn("start", N_("Member since"), "start", "cell-extra", Kind.DATE, lambda line: line.row.start),
    ListColumn("contact", N_("Contact"), "contact", "cell-extra", Kind.TEXT, lambda line: line.row.contact),
    ListColumn(
        "email", N_("E-mail for invoices"), "email", "cell-extra", Kind.TEXT, lambda line: line.row.email
    ),
    ListColumn("phone", N_("Phone"), "", "cell-extra", Kind.TEXT, lambda line: line.row.phone),
    ListColumn(
        "declared", N_("Last size"), "declared", "cell-extra", Kind.DATE, lambda line: line.row.declared_on
    ),
    ListColumn("tags", N_("Tags"), "", "cell-extra", Kind.TEXT, lambda line: ", ".join(line.row.tags)),
    ListColumn("open", N_("Open"), "open", "cell-other", Kind.AMOUNT, lambda line: line.row.open_cents),
    ListColumn("state", N_("Status"), "state", "cell-marks", Kind.TEXT, lambda line: line.state),
)
"""All columns beside name and number, in their order on the page."""

USUAL: Final = ("city", "class", "size", "dues", "method", "open", "state")
"""The columns that everybody sees without a choice."""


def chosen_columns(views: Mapping[str, Mapping[str, str]]) -> tuple[ListColumn, ...]:
    """Return the columns that a person sees: those it chose, else the usual ones."""
    kept = views.get(COLUMNS)
    return known_columns(USUAL if kept is None else kept.get("columns", "").split())


def known_columns(codes: Sequence[str]) -> tuple[ListColumn, ...]:
    """Return the columns of these codes in the order of the page; what is no column is left out."""
    return tuple(column for column in LIST_COLUMNS if column.code in codes)
