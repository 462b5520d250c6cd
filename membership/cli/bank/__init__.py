"""`membership bank read|import|match|lines|post|…|undo`: bank files, and what is decided about their entries.

Source: `interfaces.md`, "bank read" and the table of commands.
"""

from __future__ import annotations

import argparse

from membership.cli.bank.deciding import add_decisions
from membership.cli.bank.importing import add_import
from membership.cli.bank.own_money import add_own_money
from membership.cli.bank.reading import add_read


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """Add the verbs of `bank`."""
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    add_read(verbs)
    add_import(verbs)
    add_decisions(verbs)
    add_own_money(verbs)
