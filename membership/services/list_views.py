"""What a person wants to see of a list: the columns, and filters with a name; each for itself alone.

Source: `ux.md` 4 "Tables" (column choice saved per user), "Filters" (“Filter speichern”).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from membership.domain.errors import N_, Conflict, InputError
from membership.domain.member_fields import tidy_line
from membership.persistence.db import actor_of
from membership.persistence.models.users import ListView
from membership.persistence.queries.list_views import COLUMNS

LONGEST_NAME: Final = 40
MOST_VIEWS: Final = 20


class ViewUnnamed(InputError):
    """A saved filter needs a short name."""

    message = N_("A saved filter needs a name of at most %(limit)s characters.")
    code = "view_unnamed"


class TooManyViews(Conflict):
    """A person keeps only so many filters."""

    message = N_("You have %(limit)s saved filters already. Remove one of them first.")
    code = "too_many_views"


def choose_columns(session: Session, page: str, columns: Sequence[str]) -> None:
    """Keep the columns that the person sees of a list; none means the usual ones."""
    _forget(session, page, COLUMNS)
    if columns:
        _keep(session, page, COLUMNS, {"columns": " ".join(columns)})


def save_view(session: Session, page: str, name: str, query: Mapping[str, str]) -> str:
    """Keep a filter under a name, in place of the one of that name; return the name.

    Raises `ViewUnnamed`, `TooManyViews`.
    """
    tidy = tidy_line("name", name)
    if not tidy or len(tidy) > LONGEST_NAME:
        raise ViewUnnamed(limit=LONGEST_NAME)
    _forget(session, page, tidy)
    of_page = select(func.count()).where(ListView.user_id == _person(session), ListView.page == page)
    if int(session.execute(of_page).scalar_one()) > MOST_VIEWS:
        raise TooManyViews(limit=MOST_VIEWS)
    _keep(session, page, tidy, query)
    return tidy


def forget_view(session: Session, page: str, name: str) -> None:
    """Forget a filter; one that is gone already is no mistake."""
    assert name != COLUMNS, page
    _forget(session, page, name)


def _person(session: Session) -> int:
    user_id = actor_of(session).user_id
    assert user_id is not None, actor_of(session)
    return user_id


def _forget(session: Session, page: str, name: str) -> None:
    own = (ListView.user_id == _person(session), ListView.page == page, ListView.name == name)
    session.execute(delete(ListView).where(*own))


def _keep(session: Session, page: str, name: str, query: Mapping[str, str]) -> None:
    session.add(ListView(user_id=_person(session), page=page, name=name, query=dict(query)))
    session.flush()
