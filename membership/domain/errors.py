"""DomainError and all it can be: what the rules refuse, in one sentence each."""

from __future__ import annotations

from typing import Final


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "mark, translate later"
    """Return the message unchanged; it is translated where it is shown."""
    return message


class DomainError(Exception):
    """A rule refuses; nothing was changed.

    A subclass names what is wrong. Its `message` is what the user reads, with the values filled in after
    translation; `code` is the stable name that `--json` prints; `where` is a place in a file (row, JSON pointer).
    """

    message = N_("This is not possible.")
    code = "refused"

    def __init__(self, *, where: str | None = None, **values: object) -> None:
        self.where = where
        self.values = values
        super().__init__(self.message % values if values else self.message)


class InputError(DomainError):
    """The input cannot be read: a wrong file, a wrong word, a wrong number (exit code 2, status 422)."""

    message = N_("The input is wrong.")
    code = "input"


THINGS: Final = frozenset({
    N_("account"), N_("agreed amount"), N_("application"), N_("approval"), N_("bank account"), N_("bank line"),
    N_("bank statement"), N_("billing run"), N_("category"), N_("collection"), N_("contact"),
    N_("declaration"), N_("direct debit"), N_("document"), N_("draft"), N_("entry"), N_("event"),
    N_("example"), N_("fee schedule"),
    N_("import"), N_("invitation"), N_("invoice"), N_("levy"), N_("mandate"), N_("member"), N_("member file"),
    N_("member note"), N_("page"), N_("payment"), N_("payout"), N_("person"), N_("refund"), N_("refund file"),
    N_("request"), N_("resolution"), N_("rule"), N_("run item"), N_("sending"), N_("session"), N_("size"),
})  # fmt: skip
"""What can be missing: each has its word in every language."""


class NotFound(DomainError):
    """There is no such thing, or it belongs to somebody else: the answer is the same (exit code 2, status 404)."""

    message = N_("There is no %(what)s %(key)s.")
    code = "not_found"

    def __init__(self, *, where: str | None = None, **values: object) -> None:
        if "what" in values:
            assert values["what"] in THINGS, values
            values["key"] = str(values["key"])  # an id is a name: it has no thousands
        super().__init__(where=where, **values)


class NotAllowed(DomainError):
    """The actor's roles do not contain the action (exit code 3, status 403)."""

    message = N_("You do not have the right to do this (%(action)s).")
    code = "not_allowed"


class OnlyLooking(DomainError):
    """Whoever looks at the pages of a company as the company sees them changes nothing there."""

    message = N_(
        "You only look at the member area of this company. End that first, then change its data yourself."
    )
    code = "only_looking"


class Conflict(DomainError):
    """Somebody was faster, or the state does not fit any more (exit code 3, status 409)."""

    message = N_("The data have changed in the meantime. Please look at the present state and try again.")
    code = "conflict"


class AlreadyDone(Conflict):
    """The step was taken before."""

    message = N_("This has been done already.")
    code = "already_done"


class ServiceUnavailable(DomainError):
    """A needed service does not answer (exit code 4, status 503)."""

    message = N_("%(service)s does not answer. Please try again in a moment.")
    code = "unavailable"
