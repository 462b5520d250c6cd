"""The worker of the mails, told to work by the test."""

from __future__ import annotations

from flask import current_app

from membership.jobs import engine


def work(actor):
    return engine.send_mails(current_app._get_current_object(), actor)
