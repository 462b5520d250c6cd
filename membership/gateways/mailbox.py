"""Reading a mailbox by IMAP: opened to read only, nothing in it is changed, every answer has its end.

The number of the last mail that was read is kept elsewhere; a mailbox that people read too stays as they left it. A
server that never ends its answer, or sends more than was asked for, is given up.

Source: RFC 3501; `reliability.md` 5.12 (60), SEC-67; `decisions.md` 28.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from membership.domain import bounces as reasons
from membership.domain.bounces import Fetched, Mailbox, MailboxAway
from membership.domain.mail import Security
from membership.gateways.bounce_mail import LONGEST

SECONDS: Final = 30.0
_MOST_BYTES, _LONGEST_LINE, _MOST_DIGITS = 4 * LONGEST, 2 * LONGEST, 10
_MONTHS: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip
"""As IMAP writes them, whatever the locale."""
_PIECE: Final = 16_384


class _TooMuch(Exception):
    """The server sends more than was asked for."""


class _Guarded(imaplib.IMAP4):
    """An IMAP connection whose answers end: those to each command within their time and their bytes."""

    seconds = SECONDS
    pending = b""
    ends = 0.0
    left = _MOST_BYTES

    def begin(self) -> None:
        """Give the next command its time and its bytes."""
        self.ends, self.left = time.monotonic() + self.seconds, _MOST_BYTES

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        """Open the connection; the time of the first answer begins."""
        self.begin()
        super().open(host, port, timeout)

    def read(self, size: int) -> bytes:
        """Return so many bytes of the answer."""
        if size > self.left:
            raise _TooMuch
        while len(self.pending) < size:
            self._receive()
        found, self.pending = self.pending[:size], self.pending[size:]
        return found

    def readline(self) -> bytes:
        """Return one line of the answer with its end."""
        while b"\n" not in self.pending:
            if len(self.pending) > _LONGEST_LINE:
                raise _TooMuch
            self._receive()
        line, sign, self.pending = self.pending.partition(b"\n")
        return line + sign

    def _receive(self) -> None:
        remaining = self.ends - time.monotonic()
        if remaining <= 0:
            raise TimeoutError
        self.sock.settimeout(remaining)
        more = self.sock.recv(_PIECE)
        if not more:
            raise self.abort("closed")
        self.left -= len(more)
        if self.left < 0:
            raise _TooMuch
        self.pending += more

    def encrypt(self, context: ssl.SSLContext) -> None:
        """Begin TLS; what the server said before it counts no more."""
        kind, _answers = self._simple_command("STARTTLS")
        if kind != "OK":
            raise self.error("STARTTLS")
        self.pending = b""
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host)
        self._tls_established = True
        self._get_capabilities()

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return socket.create_connection((self.host, self.port), timeout)


class _GuardedTls(_Guarded):
    """The same, encrypted from the first byte."""

    context: ssl.SSLContext

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return self.context.wrap_socket(super()._create_socket(timeout), server_hostname=self.host)


@dataclass(frozen=True, slots=True)
class OpenMailbox:
    """A mailbox that can be read: how many mails lie in it, and under which numbering (UIDVALIDITY)."""

    imap: _Guarded
    count: int
    numbering: int

    def list_after(self, uid: int, *, since: date | None, limit: int) -> list[int]:
        """Return the numbers of the next mails after one, the oldest first; only those that came since a day."""
        wanted = ["UID", f"{uid + 1}:*"]
        if since is not None:
            wanted += ["SINCE", f"{since.day:02d}-{_MONTHS[since.month - 1]}-{since.year}"]
        with _told():
            self.imap.begin()
            kind, answers = self.imap.uid("SEARCH", *wanted)
        if kind != "OK":
            raise MailboxAway(reasons.NOT_IMAP)
        words = b" ".join(each for each in answers if isinstance(each, bytes)).split()
        found = {int(each) for each in words if each.isdigit() and len(each) <= _MOST_DIGITS}
        return sorted(each for each in found if each > uid)[:limit]

    def fetch(self, uid: int) -> Fetched | None:
        """Return the first bytes of a mail; None when it is gone. It stays unread."""
        with _told():
            self.imap.begin()
            kind, answers = self.imap.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{LONGEST}>)")
        if kind != "OK":
            return None
        content = next((each[1] for each in answers if isinstance(each, tuple)), None)
        return Fetched(uid, content[:LONGEST]) if isinstance(content, bytes) else None


@dataclass(frozen=True, slots=True)
class ImapReader:
    """Opens mailboxes by IMAP; `seconds` is how long the server may take for each answer."""

    seconds: float = SECONDS
    context: ssl.SSLContext | None = None

    @contextmanager
    def __call__(self, mailbox: Mailbox) -> Iterator[OpenMailbox]:
        """Return the open mailbox; raise `MailboxAway` with the reason in plain words."""
        imap = None
        try:
            with _told():
                imap = self._connected(mailbox)
            yield self._opened(imap, mailbox)
        finally:
            if imap is not None:
                _leave(imap)

    def _connected(self, mailbox: Mailbox) -> _Guarded:
        context = self.context or ssl.create_default_context()
        kind = type(
            "Imap",
            (_GuardedTls if mailbox.security is Security.TLS else _Guarded,),
            {"seconds": self.seconds, "context": context},
        )
        imap: _Guarded = kind(mailbox.host, mailbox.port, self.seconds)
        if mailbox.security is Security.STARTTLS:
            imap.begin()
            if "STARTTLS" not in imap.capabilities:
                _leave(imap)
                raise MailboxAway(reasons.NO_STARTTLS)
            imap.encrypt(context)
        return imap

    def _opened(self, imap: _Guarded, mailbox: Mailbox) -> OpenMailbox:
        with _told(refused=reasons.LOGIN_REFUSED):
            imap.begin()
            _sign_in(imap, mailbox)
        with _told(refused=reasons.NO_FOLDER):
            imap.begin()
            kind, answers = imap.select(f'"{mailbox.folder}"', readonly=True)
        if kind != "OK":
            raise MailboxAway(reasons.NO_FOLDER)
        numbering = imap.response("UIDVALIDITY")[1]
        return OpenMailbox(imap, _number(answers), _number(numbering))


def _sign_in(imap: _Guarded, mailbox: Mailbox) -> None:
    """Sign in with PLAIN in UTF-8 where it is offered, else with LOGIN, which knows ASCII only."""
    if "AUTH=PLAIN" in imap.capabilities:
        imap.authenticate("PLAIN", lambda _said: f"\0{mailbox.user}\0{mailbox.password}".encode())
    else:
        if not f"{mailbox.user}{mailbox.password}".isascii():
            raise imap.error("the server knows ASCII only")
        quoted = re.sub(r'(["\\])', r"\\\1", mailbox.user)
        imap.login(f'"{quoted}"', mailbox.password)


def _number(answers: Any) -> int:  # noqa: ANN401 - what imaplib answers
    """Return a number that the server said; 0 for anything else."""
    word = next((each for each in answers or () if isinstance(each, bytes)), b"").strip()
    return int(word) if word.isdigit() and len(word) <= _MOST_DIGITS else 0


def _leave(imap: _Guarded) -> None:
    """Say goodbye without waiting long."""
    with suppress(Exception):
        imap.ends, imap.left = time.monotonic() + 1.0, _LONGEST_LINE
        imap.logout()
    with suppress(OSError):
        imap.shutdown()


@contextmanager
def _told(*, refused: str = reasons.NOT_IMAP) -> Iterator[None]:
    """Say in plain words what went wrong; `refused` is what a plain no of the server means here."""
    try:
        yield
    except _TooMuch as error:
        raise MailboxAway(reasons.TOO_MUCH) from error
    except imaplib.IMAP4.abort as error:
        is_odd = any(word in str(error) for word in ("unexpected", "unterminated"))
        raise MailboxAway(reasons.NOT_IMAP if is_odd else reasons.CLOSED) from error
    except imaplib.IMAP4.error as error:
        raise MailboxAway(refused) from error
    except ssl.SSLError as error:
        raise MailboxAway(reasons.TLS_FAILED) from error
    except TimeoutError as error:
        raise MailboxAway(reasons.TOO_SLOW) from error
    except (socket.gaierror, UnicodeError) as error:
        raise MailboxAway(reasons.NO_HOST) from error
    except OSError as error:
        raise MailboxAway(reasons.NO_CONNECTION) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MailboxAway(reasons.NOT_IMAP) from error
