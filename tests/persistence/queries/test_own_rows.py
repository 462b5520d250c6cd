"""INV-18: whatever a SELECT looks like, a portal person gets the rows of the own companies and nothing of others.

Every table with a limit holds a row of the company that asks and one of another; the rows are made without the
rules of the tables, because only who may read them is asked here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final

import pytest
from sqlalchemy import (
    Table,
    create_engine,
    event,
    exists,
    func,
    insert,
    inspect,
    literal,
    select,
    true,
    types,
)
from sqlalchemy.orm import Session, aliased

from membership.domain.policy import Actor, Role
from membership.persistence.columns import Base
from membership.persistence.models.settings import Setting
from membership.persistence.queries import visible
from tests.conftest import person

OWN, FOREIGN = 1, 2
STAFF: Final = person(Role.TREASURER)
OPEN_TO_ALL: Final = {
    "AuditValue",
    "BankAccount",
    "ChainHead",
    "ChainLink",
    "CompanyGroup",
    "FormResult",
    "Guard",
    "KnownBrowser",
    "Levy",
    "Logo",
    "MemberCategory",
    "NumberSeries",
    "OneTimeToken",
    "RecoveryCode",
    "SecurityNotice",
    "Setting",
    "SignInFailure",
    "UserSession",
}
"""Tables without a company: settings and counters, or rows that only their holder's own secret finds."""


LIMITED: Final = sorted(
    (mapper.class_ for mapper in Base.registry.mappers if mapper.class_.__name__ not in OPEN_TO_ALL),
    key=lambda model: model.__name__,
)


def _column(model: Any) -> Any:
    return inspect(model).mapper.primary_key[0]


def _key(model: Any) -> Any:
    return getattr(model, _column(model).key)


LISTS: Final[dict[str, Callable[[Any], Any]]] = {
    "column": lambda m: select(_key(m)),
    "entity": select,
    "filtered": lambda m: select(m).where(_key(m).in_([_value(_column(m), each) for each in (OWN, FOREIGN)])),
    "joined": lambda m: select(_key(m)).select_from(Setting).join(m, true()),
    "joined outside": lambda m: select(_key(m)).select_from(Setting).outerjoin(m, true()),
    "subquery": lambda m: select(select(_key(m)).subquery().c[0]),
    "subquery twice": lambda m: select(select(select(_key(m)).subquery().c[0]).subquery().c[0]),
    "entity of a subquery": lambda m: select(_key(aliased(m, select(m).subquery()))),
    "cte": lambda m: select(select(_key(m)).cte().c[0]),
    "union": lambda m: select(_key(m)).union_all(select(_key(m))),
    "union in a subquery": lambda m: select(select(_key(m)).union(select(_key(m))).subquery().c[0]),
    "entities of a union": lambda m: select(m).from_statement(select(m).union_all(select(m))),
    "alias": lambda m: select(_key(aliased(m))),
    "entity of an alias": lambda m: select(aliased(m)),
    "joined alias": lambda m: select(_key(one := aliased(m))).select_from(Setting).join(one, true()),
    "alias outside": lambda m: select(_key(one := aliased(m))).select_from(Setting).outerjoin(one, true()),
    "two names": lambda m: select(_key(one := aliased(m))).join(m, _key(m) == _key(one)),
}
"""Statements that list all rows of a table."""

ASKS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "where": lambda m, other: select(other).where(_key(m) == other),
    "count": lambda m, other: select(other).where(select(func.count(_key(m))).scalar_subquery() > 1),
    "exists": lambda m, other: select(other).where(exists().where(_key(m) == other)),
    "not exists": lambda m, other: select(other).where(~(~exists().where(_key(m) == other))),
    "exists of a select": lambda m, other: select(other).where(select(m).where(_key(m) == other).exists()),
    "correlated": lambda m, other: select(other).where(
        Setting.key == "1", select(_key(m)).where(Setting.key == "1", _key(m) == other).exists()
    ),
    "scalar": lambda m, other: select(
        select(_key(m)).where(_key(m) == other).scalar_subquery(),
    ),
    "in": lambda m, other: select(other).where(other.in_(select(_key(m)))),
    "alias in exists": lambda m, other: select(other).where(exists().where(_key(aliased(m)) == other)),
    "alias in a scalar": lambda m, other: select(
        select(func.max(_key(one := aliased(m)))).where(_key(one) == other).scalar_subquery()
    ),
    "alias beside": lambda m, other: (
        select(_key(one := aliased(m))).join(m, _key(m) != _key(one)).where(_key(one) == other)
    ),
}
"""Statements that give away whether there is a certain row."""


def _acting_for(company: int) -> Actor:
    """Return the person of a company; person and company have the number that all of its rows have."""
    return replace(
        STAFF,
        user_id=company,
        roles=frozenset(),
        companies=((company, Role.COMPANY_ADMIN),),
        name=f"Person {company}",
    )


def _value(column: Any, number: int) -> Any:
    kind = column.type
    while isinstance(kind, types.TypeDecorator) and not isinstance(kind.impl_instance, types.LargeBinary):
        if kind.impl_instance.python_type is datetime:
            return datetime(2027, 1, number, tzinfo=UTC)
        kind = kind.impl_instance
    if isinstance(kind, types.Enum):
        return next(iter(kind.enum_class or kind.enums))
    if isinstance(kind, types.JSON):
        return {}
    made = {
        int: lambda: number,
        str: lambda: str(number),
        date: lambda: date(2027, 1, number),
        datetime: lambda: datetime(2027, 1, number, tzinfo=UTC),
        bool: lambda: bool(number % 2),
        bytes: lambda: b"%d" % number,
    }
    return made[kind.python_type]()


@pytest.fixture(scope="module")
def rows():
    """Return a session on a database in memory whose tables hold row 1 of the own and row 2 of another company."""
    engine = create_engine("sqlite://")

    @event.listens_for(engine, "connect")
    def _without_rules(connection, _record):
        connection.create_function("icontains", 2, lambda text, part: part in text)
        connection.execute("PRAGMA ignore_check_constraints = ON")

    Base.metadata.create_all(engine)
    with Session(engine) as session:
        for table in Base.metadata.sorted_tables:
            for number in (OWN, FOREIGN):
                session.connection().execute(insert(table), _row(table, number))
        session.commit()
        yield session


def _row(table: Table, number: int) -> dict[str, Any]:
    return {column.key: _value(column, number) for column in table.columns}


def _found(session: Session, actor: Actor, statement: Any) -> set[int]:
    session.info["actor"] = actor
    rows = [row[0] for row in session.execute(statement)]
    keys = [_key(row) if isinstance(row, Base) else row for row in rows]
    return {key.day if isinstance(key, date) else int(key) for key in keys if key is not None}


def _row_key(model: Any, number: int) -> Any:
    return literal(_value(_column(model), number), _column(model).type)


@pytest.mark.parametrize("shape", LISTS)
def test_inv_18_a_list_of_any_form_has_own_rows_alone(rows, shape):
    """Both companies ask in turn, so that a statement kept for one would be seen at the other."""
    for model in LIMITED:
        statement = LISTS[shape](model)
        assert _found(rows, STAFF, statement) == {OWN, FOREIGN}, model
        is_closed = model in visible._CLOSED
        for own in (OWN, FOREIGN, OWN):
            assert _found(rows, _acting_for(own), statement) == (set() if is_closed else {own}), model
            assert _found(rows, _acting_for(own), LISTS[shape](model)) == (set() if is_closed else {own}), (
                model
            )


@pytest.mark.parametrize("shape", ASKS)
def test_inv_18_a_question_of_any_form_knows_of_no_row_of_others(rows, shape):
    for model in LIMITED:
        for own, foreign in ((OWN, FOREIGN), (FOREIGN, OWN)):
            other = _row_key(model, foreign)
            statement = ASKS[shape](model, other)
            assert _found(rows, STAFF, statement) == {foreign}, model
            assert _found(rows, _acting_for(own), statement) == set(), model


def test_inv_18_a_row_that_is_asked_for_by_its_key_or_read_again_is_limited_too(rows):
    for model in LIMITED:
        rows.info["actor"] = STAFF
        row = rows.execute(select(model).where(_key(model) == _row_key(model, FOREIGN))).scalar_one()
        identity = inspect(row).identity
        rows.expunge(row)
        rows.info["actor"] = _acting_for(OWN)
        assert rows.get(model, identity) is None, model


def test_inv_18_who_acts_for_nobody_reads_nothing(rows):
    nobody = replace(_acting_for(OWN), companies=(), user_id=99)
    assert {
        model
        for model in LIMITED
        if _found(rows, nobody, select(_key(model))) | _found(rows, nobody, select(model))
    } == set()


def test_inv_18_every_table_has_a_limit_or_is_known_to_have_none(rows):
    """A new table is added to `visible.py`, or here with a reason; a relationship would be one more way to read."""
    names = {mapper.class_.__name__ for mapper in Base.registry.mappers}
    assert names >= OPEN_TO_ALL
    assert {model for model in LIMITED if FOREIGN in _found(rows, _acting_for(OWN), select(model))} == set()
    assert [mapper for mapper in Base.registry.mappers if mapper.relationships] == []


def test_the_limits_do_not_make_the_text_of_a_statement_anew(rows):
    """The statement of one person is the compiled one of all: the companies are values of it."""
    rows.get_bind().clear_compiled_cache()
    for number in range(1, 6):
        _found(rows, _acting_for(number), select(_key(LIMITED[0])))
    assert len(rows.get_bind()._compiled_cache) == 1
