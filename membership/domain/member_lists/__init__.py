"""Member lists as offices keep them: which column means what, and which rows are members.

`recognise_columns` finds head and columns of a table, `read_members` turns its rows into drafts and problems.
"""

from membership.domain.member_lists.choices import Choices, choices_of, read_choices
from membership.domain.member_lists.columns import (
    ColumnMapping,
    FieldTwice,
    ListColumn,
    NoAddressColumn,
    NoCompanyColumn,
    recognise_columns,
    require_columns,
    require_distinct,
)
from membership.domain.member_lists.company_names import company_key, legal_form_of
from membership.domain.member_lists.drafts import (
    KIND_TITLES,
    Address,
    ContactDraft,
    DraftState,
    Function,
    MemberDraft,
    MemberList,
    ProblemKind,
    RowProblem,
    RowWarning,
    SkippedRow,
)
from membership.domain.member_lists.fields import BASES, LABELS, Field
from membership.domain.member_lists.heads import HeadRowMissing, column_letter
from membership.domain.member_lists.meanings import USE_TEXTS, Use
from membership.domain.member_lists.reading import read_members
from membership.domain.member_lists.rejected import RejectedRows, problem_sentence, rejected_rows_table

__all__ = [
    "BASES",
    "KIND_TITLES",
    "LABELS",
    "USE_TEXTS",
    "Address",
    "Choices",
    "ColumnMapping",
    "ContactDraft",
    "DraftState",
    "Field",
    "FieldTwice",
    "Function",
    "HeadRowMissing",
    "ListColumn",
    "MemberDraft",
    "MemberList",
    "NoAddressColumn",
    "NoCompanyColumn",
    "ProblemKind",
    "RejectedRows",
    "RowProblem",
    "RowWarning",
    "SkippedRow",
    "Use",
    "choices_of",
    "column_letter",
    "company_key",
    "legal_form_of",
    "problem_sentence",
    "read_choices",
    "read_members",
    "recognise_columns",
    "rejected_rows_table",
    "require_columns",
    "require_distinct",
]
