"""`python -m membership` is the command `membership`."""

from membership.cli.main import run

run()
