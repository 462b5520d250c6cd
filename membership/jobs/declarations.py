"""Members that have not declared are reminded when the day has come; the demonstration reminds nobody."""

from __future__ import annotations

from dataclasses import replace

from flask import Flask

from membership import clock
from membership.domain.policy import Actor
from membership.persistence.db import read_as, write
from membership.services import declarations
from membership.settings import Settings


def remind_when_due(app: Flask, actor: Actor) -> int:
    """Put the reminders whose day has come into the outbox, each day once; return how many members are reminded."""
    settings: Settings = app.extensions["membership"]
    if settings.is_demo:
        return 0
    today = clock.today(settings.time_zone)
    if not declarations.has_due_reminders(read_as(actor), today=today):
        return 0
    return write(replace(actor, at=clock.now(), form_token=None), declarations.remind_due, today=today)
