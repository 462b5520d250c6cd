"""Handing mail to a server by SMTP: what became of it, told apart to the last byte.

Before the final dot nothing was sent, whatever broke; after it only the server knows. So a failure before it is tried
again, one after it is `UNKNOWN`. Every answer has a deadline and its length is limited: a server that never ends its
answer, or says something that is no answer, is given up.

Source: `reliability.md` FI-33 to FI-35, INV-17; 5.12 (60); SEC-64.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Final

from membership.domain import mail_reasons as reasons
from membership.domain.dispatch import AddressUnusable, Outcome, checked_address
from membership.domain.mail import Delivery, Letter, MailServer, MailServerAway, Security

SECONDS: Final = 30.0
_MOST_LINES, _LONGEST_LINE, _LONGEST_ANSWER = 100, 2000, 300
_SIGNED_IN, _OK, _FORWARDED, _MORE, _START, _CLOSING = 235, 250, 251, 334, 354, 421
_FOR_NOW, _FOR_GOOD, _ABOVE = 400, 500, 600
_WANTS_SIGN_IN: Final = frozenset({530, 534, 535, 538})
_POLICY: Final = SMTP.clone(cte_type="7bit")


class NotSmtp(smtplib.SMTPException):
    """What answered is no mail server."""


class _Guarded(smtplib.SMTP):
    """An SMTP connection whose answers end: each within its time, its lines and its bytes."""

    pending = b""

    def getreply(self) -> tuple[int, bytes]:
        """Return code and text of one answer; raise `NotSmtp` for anything else, `TimeoutError` when it takes long."""
        ends = time.monotonic() + float(self.timeout)
        lines: list[bytes] = []
        while len(lines) < _MOST_LINES:
            line = self._line(ends)
            if not re.fullmatch(rb"[2-5]\d\d(?:[ -].*)?", line, re.DOTALL):
                self.close()
                raise NotSmtp
            lines.append(line[4:].strip(b" \t\r\n"))
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(lines)
        self.close()
        raise NotSmtp

    def _line(self, ends: float) -> bytes:
        while b"\n" not in self.pending:
            if self.sock is None:
                raise smtplib.SMTPServerDisconnected
            if len(self.pending) > _LONGEST_LINE:
                self.close()
                raise NotSmtp
            self.sock.settimeout(max(ends - time.monotonic(), 0.001))
            try:
                more = self.sock.recv(4096)
            except OSError:
                self.close()
                raise
            self.sock.settimeout(self.timeout)
            if not more:
                self.close()
                raise smtplib.SMTPServerDisconnected
            self.pending += more
        line, _sign, self.pending = self.pending.partition(b"\n")
        return line.rstrip(b"\r")

    def starttls(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:  # noqa: ANN401 - what smtplib takes
        """Begin TLS; what was said before it counts no more."""
        answer = super().starttls(*args, **kwargs)
        self.pending = b""
        return answer

    def sign_in(self, user: str, password: str) -> None:
        """Sign in with PLAIN or LOGIN in UTF-8, which smtplib does in ASCII only; else with what smtplib knows."""
        self.ehlo_or_helo_if_needed()
        offered = str(self.esmtp_features.get("auth", "")).upper().split()
        if "PLAIN" in offered:
            both = f"\0{user}\0{password}"
            code, answer = self.docmd("AUTH", f"PLAIN {_packed(both)}")
        elif "LOGIN" in offered:
            code, answer = self.docmd("AUTH", f"LOGIN {_packed(user)}")
            if code == _MORE:
                code, answer = self.docmd(_packed(password))
        else:
            self.login(user, password)
            return
        if code != _SIGNED_IN:
            raise smtplib.SMTPAuthenticationError(code, answer)


def _packed(text: str) -> str:
    return b64encode(text.encode()).decode()


class _GuardedTls(_Guarded, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """Opens SMTP connections; `seconds` is how long the server may take for each answer."""

    seconds: float = SECONDS
    context: ssl.SSLContext | None = None

    @contextmanager
    def __call__(self, server: MailServer) -> Iterator[Connection]:
        """Return the open connection; raise `MailServerAway` with the reason in plain words."""
        smtp = self._open(server)
        try:
            yield Connection(smtp, server)
        finally:
            with suppress(OSError, smtplib.SMTPException):
                smtp.timeout = min(self.seconds, 2.0)
                smtp.quit()
            smtp.close()

    def _open(self, server: MailServer) -> _Guarded:
        smtp: _Guarded | None = None
        try:
            smtp = self._connected(server)
            if server.security is Security.STARTTLS:
                smtp.starttls(context=self._context())
            smtp.ehlo_or_helo_if_needed()
            if server.user:
                smtp.sign_in(server.user, server.password)
        except (OSError, smtplib.SMTPException, UnicodeError, ValueError) as error:
            if smtp is not None:
                smtp.close()
            raise _away(error) from error
        return smtp

    def _connected(self, server: MailServer) -> _Guarded:
        name = server.sender.rpartition("@")[2].encode("idna").decode() or "localhost"
        if server.security is Security.TLS:
            return _GuardedTls(
                server.host, server.port, local_hostname=name, timeout=self.seconds, context=self._context()
            )
        return _Guarded(server.host, server.port, local_hostname=name, timeout=self.seconds)

    def _context(self) -> ssl.SSLContext:
        return self.context or ssl.create_default_context()


class Connection:
    """An open connection on which one mail after the other is handed in."""

    def __init__(self, smtp: _Guarded, server: MailServer) -> None:
        self._smtp = smtp
        self._server = server

    @property
    def is_open(self) -> bool:
        """Return whether another mail can be handed in."""
        return self._smtp.sock is not None

    def send(self, letter: Letter, *, is_late: Callable[[], bool]) -> Delivery:
        """Hand in one mail and return what became of it; break off before its last byte when it is late."""
        try:
            recipient = _in_ascii(letter.recipient)
            content = _stuffed(_message(letter, self._server, recipient).as_bytes())
        except (AddressUnusable, UnicodeError, ValueError):
            return Delivery(Outcome.FAILED, reasons.ADDRESS_WRONG)
        try:
            refused = self._offer(recipient)
            if refused is not None:
                return refused
            self._smtp.send(content)
        except (OSError, smtplib.SMTPException) as error:
            self._smtp.close()
            return Delivery(Outcome.RETRY, _reason_of(error), is_server_down=True)
        if is_late():
            self._smtp.close()
            return Delivery(Outcome.RETRY, reasons.TOO_LATE)
        return self._finish()

    def _offer(self, recipient: str) -> Delivery | None:
        """Name sender and recipient and ask to begin; return the refusal, if there is one."""
        code, answer = self._smtp.mail(_in_ascii(self._server.sender))
        if code != _OK:
            reason = reasons.SENDER_REFUSED if code >= _FOR_GOOD else reasons.SERVER_BUSY
            return self._refused(Delivery(Outcome.RETRY, reason, _shown(code, answer), is_server_down=True))
        code, answer = self._smtp.rcpt(recipient)
        if code not in {_OK, _FORWARDED}:
            return self._refused(_refusal(code, answer, reasons.RECIPIENT_REFUSED))
        code, answer = self._smtp.docmd("DATA")
        return None if code == _START else self._refused(_refusal(code, answer, reasons.MAIL_REFUSED))

    def _refused(self, delivery: Delivery) -> Delivery:
        try:
            self._smtp.rset()
        except (OSError, smtplib.SMTPException):
            self._smtp.close()
        return delivery

    def _finish(self) -> Delivery:
        """Send the final dot; from here on only the server's answer says what became of the mail."""
        try:
            self._smtp.send(b".\r\n")
            code, answer = self._smtp.getreply()
        except (OSError, smtplib.SMTPException):
            self._smtp.close()
            return Delivery(Outcome.UNKNOWN, reasons.BROKEN_OFF)
        if code == _OK:
            return Delivery(Outcome.SENT, answer=_shown(code, answer))
        if code >= _FOR_NOW:
            return _refusal(code, answer, reasons.MAIL_REFUSED)
        return Delivery(Outcome.UNKNOWN, reasons.BROKEN_OFF, _shown(code, answer))


def _refusal(code: int, answer: bytes, for_good: str) -> Delivery:
    """Return what a refusal means: 421 and a wanted sign-in concern every mail, 4xx is later, 5xx is no."""
    said = _shown(code, answer)
    if code in _WANTS_SIGN_IN:
        return Delivery(Outcome.RETRY, reasons.LOGIN_REFUSED, said, is_server_down=True)
    if code == _CLOSING:
        return Delivery(Outcome.RETRY, reasons.SERVER_BUSY, said, is_server_down=True)
    if _FOR_GOOD <= code < _ABOVE:
        return Delivery(Outcome.FAILED, for_good, said)
    return Delivery(Outcome.RETRY, reasons.LATER, said)


def _away(error: Exception) -> MailServerAway:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        answer = _shown(error.smtp_code, said if isinstance(said, bytes) else str(said).encode())
        return MailServerAway(_reason_of(error), answer=answer)
    return MailServerAway(_reason_of(error))


_REASONS: Final[tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...]] = (
    (NotSmtp, reasons.NOT_SMTP),
    (smtplib.SMTPAuthenticationError, reasons.LOGIN_REFUSED),
    (smtplib.SMTPServerDisconnected, reasons.CLOSED),
    (smtplib.SMTPResponseException, reasons.SERVER_BUSY),
    (ssl.SSLError, reasons.TLS_FAILED),
    (TimeoutError, reasons.TOO_SLOW),
    ((socket.gaierror, UnicodeError), reasons.NO_HOST),
    ((OSError, ValueError), reasons.NO_CONNECTION),
)


def _reason_of(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return reasons.NO_STARTTLS if "STARTTLS" in str(error) else reasons.NO_LOGIN
    if isinstance(error, smtplib.SMTPException) and "authentication" in str(error):
        return reasons.NO_LOGIN
    return next((reason for kind, reason in _REASONS if isinstance(error, kind)), reasons.NOT_SMTP)


def _shown(code: int, answer: bytes) -> str:
    """Return what the server said as one short line that can be shown: printable signs only."""
    text = answer.decode("utf-8", "replace")
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return f"{code} {line}"[:_LONGEST_ANSWER].strip()


def _in_ascii(address: str) -> str:
    """Return the address of one mailbox with its domain as DNS knows it."""
    local, _sign, domain = checked_address(address).rpartition("@")
    return f"{local}@{domain.encode('idna').decode()}"


def _message(letter: Letter, server: MailServer, recipient: str) -> EmailMessage:
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(server.sender_name, addr_spec=_in_ascii(server.sender))
    message["To"] = Address(letter.recipient_name, addr_spec=recipient)
    if server.reply_to:
        message["Reply-To"] = Address(addr_spec=_in_ascii(server.reply_to))
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.at)
    message["Message-ID"] = letter.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    for each in letter.attachments:
        kind, _slash, subtype = each.media_type.partition("/")
        message.add_attachment(each.content, maintype=kind, subtype=subtype, filename=each.name)
    message["Content-Language"] = letter.language  # last, because heads of the content move into its parts
    return message


def _stuffed(content: bytes) -> bytes:
    """Return the lines as SMTP wants them: CRLF, a leading dot doubled, a line end at the end."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    return re.sub(rb"(?m)^\.", b"..", lines.rstrip(b"\r\n") + b"\r\n")
