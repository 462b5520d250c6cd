"""A small IMAP server for the tests: one account, folders of mails, and faults on demand.

It speaks what reading a mailbox needs (CAPABILITY, STARTTLS, LOGIN, AUTHENTICATE PLAIN, SELECT, EXAMINE, UID SEARCH, UID
FETCH, LOGOUT) and keeps every command, so that a test sees that nothing in the mailbox was changed.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
from base64 import b64decode
from collections.abc import Callable
from typing import Self

USER, PASSWORD = "rueckläufer@verein.example", 'Über "sicher" \\ lang'


class ImapServer:
    """Folders hold (uid, bytes); `faults` maps a command's name to what is sent instead of its answer."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None) -> None:
        self.folders: dict[str, list[tuple[int, bytes]]] = {"INBOX": []}
        self.numbering = 4711
        self.commands: list[str] = []
        self.faults: dict[str, Callable[[socket.socket], object] | bytes] = {}
        self.tls, self.starttls = tls, starttls
        self.is_plain_offered = True
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.is_ended = False

    def put(self, content: bytes | str, *, folder: str = "INBOX") -> int:
        """Add a mail and return its number."""
        mails = self.folders.setdefault(folder, [])
        uid = mails[-1][0] + 1 if mails else 1
        mails.append((uid, content.encode() if isinstance(content, str) else content))
        return uid

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
            threading.Thread(target=self._guarded, args=(accepted,), daemon=True).start()

    def _guarded(self, accepted: socket.socket) -> None:
        try:
            self._talk(self.tls.wrap_socket(accepted, server_side=True) if self.tls else accepted)
        except (OSError, ValueError):
            return
        finally:
            accepted.close()

    def _talk(self, sock: socket.socket) -> None:
        self._answer(sock, "GREETING", b"* OK ready\r\n")
        lines, folder = sock.makefile("rb"), []
        while line := lines.readline():
            tag, _blank, rest = line.decode("utf-8", "replace").strip().partition(" ")
            name = " ".join(rest.split()[:2] if rest.upper().startswith("UID ") else rest.split()[:1]).upper()
            self.commands.append(re.sub(r"(LOGIN|PLAIN).*", r"\1", rest))
            if name == "STARTTLS" and self.starttls:
                sock.sendall(f"{tag} OK go\r\n* CAPABILITY IMAP4rev1 INJECTED\r\n".encode())
                sock = self.starttls.wrap_socket(sock, server_side=True)
                lines = sock.makefile("rb")
                continue
            if name == "AUTHENTICATE":
                sock.sendall(b"+ \r\n")
                given = b64decode(lines.readline()).decode().split("\0")[1:]
                self._sign_in(sock, tag, given == [USER, PASSWORD])
                continue
            if name in {"SELECT", "EXAMINE"}:
                wanted = rest.split(maxsplit=1)[1].strip('"')
                if wanted not in self.folders:
                    sock.sendall(f"{tag} NO no such folder\r\n".encode())
                    continue
                folder = self.folders[wanted]
            self._answer(sock, name, self._said(tag, name, rest, folder), tag=tag)
            if name == "LOGOUT":
                return

    def _sign_in(self, sock: socket.socket, tag: str, is_right: bool) -> None:
        answer = f"{tag} OK signed in\r\n" if is_right else f"{tag} NO [AUTHENTICATIONFAILED] no\r\n"
        self._answer(sock, "LOGIN", answer.encode(), tag=tag)

    def _answer(self, sock: socket.socket, name: str, said: bytes, *, tag: str = "") -> None:
        fault = self.faults.get(name)
        if callable(fault):
            fault(sock)
        elif fault is not None:
            sock.sendall(fault.replace(b"{tag}", tag.encode()))
        else:
            sock.sendall(said)

    def _said(self, tag: str, name: str, rest: str, folder: list[tuple[int, bytes]]) -> bytes:
        done = f"{tag} OK done\r\n".encode()
        if name == "CAPABILITY":
            offered = ["IMAP4rev1", *(["STARTTLS"] if self.starttls else [])]
            offered += ["AUTH=PLAIN"] if self.is_plain_offered else []
            return f"* CAPABILITY {' '.join(offered)}\r\n".encode() + done
        if name == "LOGIN":
            is_right = rest == 'LOGIN "kasse" "geheim \\" wort"'
            return done if is_right else f"{tag} NO wrong\r\n".encode()
        if name in {"SELECT", "EXAMINE"}:
            head = f"* {len(folder)} EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY {self.numbering}] valid\r\n"
            return head.encode() + f"{tag} OK [READ-ONLY] done\r\n".encode()
        if name == "UID SEARCH":
            first = int(re.search(r"UID (\d+):", rest)[1])
            # `n:*` always names the last mail, also when n is above it (RFC 3501, 9).
            found = [uid for uid, _content in folder if uid >= first] or [uid for uid, _c in folder[-1:]]
            return f"* SEARCH {' '.join(map(str, found))}\r\n".encode() + done
        if name == "UID FETCH":
            return _fetched(rest, folder) + done
        return done


def _fetched(rest: str, folder: list[tuple[int, bytes]]) -> bytes:
    uid, size = map(int, re.search(r"FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", rest).groups())
    for number, (each, content) in enumerate(folder, start=1):
        if each == uid:
            part = content[:size]
            return f"* {number} FETCH (UID {uid} BODY[]<0> {{{len(part)}}}\r\n".encode() + part + b")\r\n"
    return b""
