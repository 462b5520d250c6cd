"""What a person has saved about a list: its columns, and filters with a name."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.persistence.models.users import ListView

COLUMNS = ""
"""The name under which the columns are kept: no filter has it."""


def list_views(session: Session, user_id: int, page: str) -> Mapping[str, Mapping[str, str]]:
    """Return name -> parts of the address, by name; under the empty name the columns, if they were chosen."""
    rows = session.execute(
        select(ListView.name, ListView.query)
        .where(ListView.user_id == user_id, ListView.page == page)
        .order_by(ListView.name)
    )
    return {row.name: row.query for row in rows}
