"""What commands that send have in common: the mails that wait go out at once, as far as the mail server takes them."""

from __future__ import annotations

from flask import Flask

from membership.cli.command import Out
from membership.jobs.engine import send_mails


def send_now(app: Flask, out: Out) -> int:
    """Hand in the mails that wait; return how many went. A rehearsal sends nothing."""
    return 0 if out.args.dry_run else send_mails(app, out.actor())
