"""Reading reports about undelivered mails: RFC 3464, and the forms that servers use instead of it.

What arrives is hostile input: the size is limited, depth and number of parts are, and a mail that cannot be read says
nothing. A mail from a person, such as a note of absence, is never a report, whatever it quotes.

Source: RFC 3464 (delivery status), RFC 3462 (multipart/report), QSBMF (qmail); `domain.md` INV-18.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import policy
from email.message import Message
from email.parser import BytesParser
from itertools import islice
from typing import Final

from membership.domain.bounces import Failure, Report

LONGEST: Final = 131_072
"""So many bytes of a mail are read: the status and the head of the returned mail stand before its files."""
_DEEPEST, _MOST_PARTS, _MOST_FAILURES, _MOST_IDS, _LONGEST_SAID = 8, 60, 50, 20, 300
_LONGEST_TEXT: Final = 20_000
_MOST_BLANK_LINES: Final = 3000
"""More than that in so few bytes has no report; each would cost the reader a part of its own."""

_STATUS: Final = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_CODE: Final = re.compile(r"(?<![\d.])5\d\d(?=[ -])")
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9\u00a1-\uffff.-]{1,190}")
_MESSAGE_ID: Final = re.compile(r"^message-id:\s*(<[^<>\s]{1,240}>)", re.IGNORECASE | re.MULTILINE)
_DAEMON: Final = re.compile(r"mailer-daemon|postmaster|mail delivery|<>", re.IGNORECASE)
_FIELD: Final = re.compile(r"^([A-Za-z-]{1,40}):[ \t]*(.*)$")
_REFUSED: Final = re.compile(
    r"permanent (?:fatal )?error|could not be delivered|couldn't be delivered|delivery.{0,30}failed"
    r"|undeliver|user unknown|nicht zugestellt|unzustellbar",
    re.IGNORECASE,
)
_BLANK: Final = re.compile(rb"\n\r?\n")
_STATUS_AS_TEXT: Final = re.compile(r"^final-recipient:", re.IGNORECASE | re.MULTILINE)
_COPY: Final = re.compile(
    r"^(?:-{2,}[^\n]{0,80}copy of|received:|return-path:|from: |message-id:)", re.IGNORECASE | re.MULTILINE
)
_NESTING: Final = re.compile(rb"boundary\s*\*?\d?\*?\s*=|content-type\s*:\s*message/", re.IGNORECASE)


def read_report(content: bytes) -> Report:
    """Return what a mail reports; an empty report for every mail that reports no failure."""
    part = content[:LONGEST]
    if len(_NESTING.findall(part)) > _MOST_PARTS or len(_BLANK.findall(part)) > _MOST_BLANK_LINES:
        return Report()
    try:
        message = BytesParser(policy=policy.compat32).parsebytes(part)
    except RecursionError:
        return Report()
    parts = list(islice(_parts(message, 0), _MOST_PARTS))
    failures = _standard(parts) or _of_other_forms(message, parts)
    if not failures:
        return Report()
    return Report(tuple(failures), tuple(_message_ids(message, parts)))


def _parts(message: Message, depth: int) -> Iterator[Message]:
    """Yield a mail and its parts, not too deep."""
    yield message
    payload = message.get_payload()
    if depth < _DEEPEST and isinstance(payload, list):
        for each in payload:
            if isinstance(each, Message):
                yield from _parts(each, depth + 1)


def _kind(part: Message) -> str:
    return part.get_content_type().lower()


def _standard(parts: list[Message]) -> list[Failure]:
    """Return the failures of the delivery status, which some servers send as plain text."""
    found: list[Failure] = []
    is_report = _kind(parts[0]) == "multipart/report" or _is_from_server(parts[0])
    for part in parts:
        kind = _kind(part)
        if kind in {"message/delivery-status", "message/global-delivery-status"}:
            blocks = _blocks_of(part)
        elif is_report and kind == "text/plain" and _STATUS_AS_TEXT.search(_text(part)):
            blocks = _blocks(_text(part))
        else:
            continue
        found += filter(None, map(_failure, blocks))
    return found[:_MOST_FAILURES]


def _blocks_of(part: Message) -> list[dict[str, str]]:
    payload = part.get_payload()
    if isinstance(payload, list):
        return [
            {name.lower(): str(value) for name, value in block.items()}
            for block in islice(payload, _MOST_FAILURES + 1)
            if isinstance(block, Message)
        ]
    return _blocks(_text(part))


def _blocks(text: str) -> list[dict[str, str]]:
    """Return the groups of fields of a text, which blank lines part; a line that begins with a blank goes on."""
    blocks: list[dict[str, str]] = [{}]
    last = ""
    for line in text.splitlines():
        if not line.strip():
            blocks.append({})
            last = ""
        elif line[0] in " \t" and last:
            blocks[-1][last] += f" {line.strip()}"
        elif field := _FIELD.match(line):
            last = field[1].lower()
            blocks[-1][last] = field[2]
    return [block for block in blocks if block][: _MOST_FAILURES + 1]


def _failure(block: dict[str, str]) -> Failure | None:
    """Return the failure of one recipient; None for the block about the whole mail and for any other word."""
    recipient = _address(block.get("original-recipient", "")) or _address(block.get("final-recipient", ""))
    action = block.get("action", "").strip().lower()
    status = _status(block.get("status", "")) or _status(block.get("diagnostic-code", ""))
    is_failed = action.startswith("fail") or (not action and status.startswith("5"))
    if not recipient or not is_failed:
        return None
    said = block.get("diagnostic-code", "")
    return Failure(recipient, status, shown(re.sub(r"^\s*[\w-]{1,20};", "", said)))


def _of_other_forms(message: Message, parts: list[Message]) -> list[Failure]:
    """Return the failures of a report that follows no standard, if a mail server wrote it and says that it failed."""
    if not _is_from_server(message) or _says_something_else(message, parts):
        return []
    text = next((_text(part) for part in parts if _kind(part) == "text/plain"), "")
    words = _before_the_copy(text[:_LONGEST_TEXT])
    named = _ADDRESS.findall(str(message.get("X-Failed-Recipients", ""))[:_LONGEST_TEXT])
    says_so = _REFUSED.search(f"{message.get('Subject', '')} {words}") is not None
    status = _status(words)
    is_for_good = status.startswith("5") or (not status and _CODE.search(words) is not None)
    if not named and not (says_so and is_for_good):
        return []
    if status and not status.startswith("5"):
        status = ""
    recipients = list(dict.fromkeys(_tidy(each) for each in named or _ADDRESS.findall(words)))
    return [Failure(each, status, shown(_line_about(each, words))) for each in recipients[:_MOST_FAILURES]]


def _is_from_server(message: Message) -> bool:
    return _DAEMON.search(f"{message.get('From', '')} {message.get('Return-Path', '')}"[:2000]) is not None


def _says_something_else(message: Message, parts: list[Message]) -> bool:
    """Return whether a mail has a delivery status, which then says all, or answers by itself for a person."""
    is_reply = "auto-replied" in str(message.get("Auto-Submitted", "")).lower()
    has_status = any(_kind(part).endswith("delivery-status") for part in parts)
    return is_reply or has_status or any(_kind(part) == "message/disposition-notification" for part in parts)


def _before_the_copy(text: str) -> str:
    """Return the words of a report before the returned mail, which qmail and Exim paste into the text."""
    found = _COPY.search(text)
    return text[: found.start()] if found else text


def _line_about(address: str, words: str) -> str:
    """Return the lines about an address: the rest of its own and what follows up to the next blank line."""
    _before, _sign, after = words.partition(address)
    return re.split(r"\n[ \t]*\r?\n", after, maxsplit=1)[0].lstrip(">: \t\r\n")


def _message_ids(message: Message, parts: list[Message]) -> list[str]:
    """Return the numbers of the returned mails: from their heads, wherever a report keeps them."""
    found: dict[str, None] = {}
    for part in parts:
        if part is message:
            if _kind(part) == "text/plain":
                found.update(dict.fromkeys(_MESSAGE_ID.findall(_text(part))))
            continue
        own = re.search(r"<[^<>\s]{1,240}>", str(part.get("Message-ID", "")))
        if own:
            found[own[0]] = None
        if _kind(part).startswith("text/"):
            found.update(dict.fromkeys(_MESSAGE_ID.findall(_text(part))))
    return list(found)[:_MOST_IDS]


def _text(part: Message) -> str:
    """Return the text of a part, however it is packed; signs that cannot be read become a mark."""
    try:
        content = part.get_payload(decode=True)
    except (ValueError, TypeError, LookupError):
        return ""
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""


def _status(text: str) -> str:
    found = _STATUS.search(text)
    return found[1] if found else ""


def _address(text: str) -> str:
    """Return the address of a field like `rfc822; <name@company.de>`; empty when there is none."""
    found = _ADDRESS.search(text.partition(";")[2] or text)
    return _tidy(found[0]) if found else ""


def _tidy(address: str) -> str:
    return address.strip(".'`").casefold()


def shown(text: str) -> str:
    """Return foreign words as one short line that can be shown: printable signs only."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text[:2000]).split())
    return line[:_LONGEST_SAID].strip()
