"""What can be wrong with a file that should come from a bank, one sentence each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from membership.domain.errors import N_, InputError
from membership.domain.phrases import Phrase, phrase

_MOST_NAMED: Final = 5
_MOST_COUNTED: Final = 1_000


class NotABankFile(InputError):
    """The content is something else, and we know what."""

    message = N_(
        "This is no bank statement (found: %(found)s). Choose the CAMT, MT940 or CSV file from your online banking."
    )
    code = "not_a_bank_file"


class UnknownFile(NotABankFile):
    """Bytes that are no known kind of bank file."""

    message = N_(
        "This is no bank statement that can be read. Choose the CAMT, MT940 or CSV file from your online banking."
    )


class EmptyFile(InputError):
    """No byte, or nothing but blanks."""

    message = N_("The file is empty. Fetch the statement from your online banking again.")
    code = "empty_file"


class FileTooLarge(InputError):
    """More bytes than a bank file may have."""

    message = N_("The file has %(size)s MB, a bank file may have %(limit)s MB. Fetch a shorter period.")
    code = "too_large"


class LimitExceeded(InputError):
    """Nested too deep, too many elements, or a text that is too long."""

    message = N_("The file breaks a limit (%(limit)s). No bank writes such files; fetch the statement again.")
    code = "limit"


class TooManyEntries(LimitExceeded):
    """More entries, or statements, than are read at once."""

    message = N_(
        "The file has more than %(count)s %(what)s. Fetch a shorter period from your online banking."
    )


class FileDamaged(InputError):
    """A file that ends too early or was changed on its way."""

    message = N_(
        "The file is damaged or cut off (%(why)s). Fetch the statement from your online banking again."
    )
    code = "damaged"


class Forbidden(InputError):
    """A part that no bank file needs and that can do harm: a document type, an inclusion, a style sheet."""

    message = N_("The file holds “%(what)s”, which no bank file needs. It is not read.")
    code = "forbidden"


class ArchiveTooLarge(InputError):
    """A ZIP file that unpacks to more than is allowed, in bytes, in parts or in proportion."""

    message = N_("The ZIP file unpacks to too much data. Unpack it and choose the files one by one.")
    code = "archive_limit"


class ArchiveEmpty(InputError):
    """A ZIP file without any file in it."""

    message = N_("The ZIP file is empty. Fetch the statement from your online banking again.")
    code = "empty_file"


class ArchiveProtected(InputError):
    """A ZIP file that opens with a password only."""

    message = N_("The ZIP file is protected by a password. Unpack it and choose the files one by one.")
    code = "password"


class ColumnsUnknown(InputError):
    """A CSV file whose headings do not tell day and amount."""

    message = N_(
        "The columns of this CSV file are not known: no column for %(missing)s was found. Name the columns in a "
        "mapping file, or fetch the statement as CAMT."
    )
    code = "columns"


class MappingWrong(InputError):
    """A mapping file that does not fit its form, or not the file it is used for."""

    message = N_("The mapping file is wrong: %(why)s.")
    code = "mapping"


class EntryUnreadable(InputError):
    """One or more entries that cannot be read: nothing of the file is taken in."""

    message = N_(
        "%(problems)s. Nothing of the file is taken in: fetch it from the bank again, as CAMT if the bank offers that."
    )
    code = "entry_unreadable"


class Trouble(Exception):
    """One entry cannot be read; the reader collects these and goes on to the next."""

    def __init__(self, problem: Phrase, line: int | None = None) -> None:
        self.problem = problem
        self.line = line
        super().__init__(problem.message)


class Troubles:
    """The entries of one file that cannot be read, in its order."""

    def __init__(self) -> None:
        self._found: list[tuple[int, Phrase]] = []
        self._count = 0

    def add(self, line: int, problem: Phrase) -> None:
        """Take note of an entry that cannot be read; after very many of them, raise them at once."""
        self._count += 1
        if len(self._found) < _MOST_NAMED:
            self._found.append((line, problem))
        if self._count >= _MOST_COUNTED:
            self.raise_any()

    def __bool__(self) -> bool:
        return self._count > 0

    def raise_any(self) -> None:
        """Raise the first ones as one error, when there are any."""
        if self._count:
            rest = self._count - len(self._found)
            raise EntryUnreadable(where=f"line {self._found[0][0]}", problems=_listed(self._found, rest=rest))


def _listed(found: Sequence[tuple[int, Phrase]], *, rest: int) -> Phrase:
    parts = [phrase("Line %(line)s: %(problem)s", line=str(line), problem=problem) for line, problem in found]
    if rest:
        is_counted = rest + len(found) < _MOST_COUNTED
        parts.append(phrase("%(count)s more", count=rest) if is_counted else phrase("and many more"))
    listed = parts[0]
    for part in parts[1:]:
        listed = phrase("%(first)s; %(next)s", first=listed, next=part)
    return listed
