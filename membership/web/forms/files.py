"""What can be wrong with a file before anybody looks into it."""

from __future__ import annotations

from membership.domain.errors import N_, InputError


class FileMissing(InputError):
    """The form was sent without a file."""

    message = N_("Please choose a file.")
    code = "no_file"
