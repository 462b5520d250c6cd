"""Runs the numbered scripts and then makes all triggers anew, in one transaction on both databases."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import Connection, Engine

from membership.persistence import triggers
from membership.persistence.models import Base


def run(connection: Connection) -> None:
    """Run what is asked for on one connection."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        user_module_prefix="columns.",
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        if context.config.attributes.get("with_triggers", True):
            triggers.install(connection)


engine: Engine = current_app.extensions["migrate"].db.engine
with engine.connect().execution_options(write=True) as opened:
    run(opened)
    opened.commit()
