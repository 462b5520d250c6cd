"""A real SMTP server for the tests (aiosmtpd), which misbehaves on demand, and one that talks nonsense."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

CUT = "cut"
"""What a fault answers to close the connection without a word."""


class Handler:
    """Keeps what it accepted; `faults` maps a stage to a function of (server's handler, envelope) -> answer or None."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, bytes]] = []
        self.commands: list[str] = []
        self.faults: dict[str, Callable[..., object]] = {}

    async def _fault(self, stage, server, envelope, address=""):
        fault = self.faults.get(stage)
        answer = fault(self, address or ",".join(envelope.rcpt_tos)) if fault else None
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            return None
        if answer == CUT:
            server.transport.abort()
            return "421 gone"
        return answer

    async def handle_MAIL(self, server, _session, envelope, address, _options):  # noqa: N802 - aiosmtpd's names
        self.commands.append(f"MAIL {address}")
        answer = await self._fault("MAIL", server, envelope, address)
        if answer:
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, _session, envelope, address, _options):  # noqa: N802
        self.commands.append(f"RCPT {address}")
        answer = await self._fault("RCPT", server, envelope, address)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, _session, envelope):  # noqa: N802
        self.commands.append("DATA")
        answer = await self._fault("DATA", server, envelope)
        if answer:
            return answer
        for address in envelope.rcpt_tos:
            self.mails.append((address, envelope.content))
        answer = await self._fault("ACCEPTED", server, envelope)
        return answer or "250 2.0.0 queued as 4711"

    @property
    def recipients(self) -> list[str]:
        return [address for address, _content in self.mails]

    def parsed(self, index: int = -1):
        return message_from_bytes(self.mails[index][1], policy=default)


class Server:
    """The server on a free port of this machine."""

    def __init__(
        self, handler: Handler, *, tls: ssl.SSLContext | None = None, port: int = 0, **options
    ) -> None:
        self.handler = handler
        self.controller = Controller(
            handler, hostname="127.0.0.1", port=port or free_port(), ssl_context=tls,
            timeout=60, **options,
        )  # fmt: skip

    def __enter__(self) -> Self:
        self.controller.start()
        return self

    def __exit__(self, *_error) -> None:
        self.controller.stop()

    @property
    def port(self) -> int:
        return self.controller.port


def make_contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return the context of a server with a certificate of its own for 127.0.0.1, and one that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    began = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(began).not_valid_after(began + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "both.pem").write_bytes(secret + certificate.public_bytes(Encoding.PEM))
    of_server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    of_server.load_cert_chain(folder / "both.pem")
    return of_server, ssl.create_default_context(cafile=str(folder / "both.pem"))


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Raw:
    """A listener that answers every connection with what `talk` does with its socket."""

    def __init__(self, talk: Callable[[socket.socket], None]) -> None:
        self.talk = talk
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.is_ended = False

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_error) -> None:
        self.is_ended = True
        self.listener.close()

    def _serve(self) -> None:
        while not self.is_ended:
            try:
                accepted, _peer = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(accepted,), daemon=True).start()

    def _answer(self, accepted: socket.socket) -> None:
        with accepted:
            try:
                self.talk(accepted)
            except OSError:
                return


def dripping(accepted: socket.socket) -> None:
    """Send one byte after the other, for ever."""
    for _number in range(10_000):
        accepted.sendall(b"2")
        time.sleep(0.05)


__all__ = ["CUT", "Handler", "Raw", "Server", "dripping", "free_port", "make_contexts"]
