"""What never reaches a log: keys, tokens, passwords, codes and bank accounts are masked before any handler sees them.

Every record of the process passes here, also those of libraries, with their tracebacks.
Source: `reliability.md` INV-27, SEC-78, SEC-81; OWASP ASVS 16.2.5.
"""

from __future__ import annotations

import io
import logging
import re
import traceback
from typing import Any, Final

_HIDDEN: Final = "…"
_PATTERNS: Final = (
    (re.compile(r"(\w+://[^/\s:@]*:)[^@\s/]+(?=@)"), rf"\1{_HIDDEN}"),
    (re.compile(r"(?i)\b(Bearer|Basic)\s+[\w.~+/=-]{8,}"), rf"\1 {_HIDDEN}"),
    (re.compile(r"\$argon2\w+\$[\w$=,+/.-]+"), _HIDDEN),
    (re.compile(r"\b(?:sk|rk|pk|whsec)_(?:live_|test_)?\w{8,}"), _HIDDEN),
    (
        re.compile(
            r"(?i)((?:password|passwort|present|secret|token|cookie|session|key|iban)\w*['\"]?\s*[=:]\s*['\"]?)"
            r"(?!(?:None|True|False)\b)(?:(?<=')[^']{4,}|(?<=\")[^\"]{4,}|[^\s'\",;)}\]]{4,})"
        ),
        rf"\1{_HIDDEN}",
    ),
    (re.compile(r"(?i)(\bcode['\"]?\s*[=:]\s*['\"]?)(?=[\w-]*\d)[\w-]{6,}"), rf"\1{_HIDDEN}"),
    (re.compile(r"\b([A-Z]{2})\d{2}(?: ?[0-9A-Z]{4}){2,7} ?([0-9A-Z]{1,4})\b"), None),
    (
        re.compile(
            r"\b[0-9a-f]{32,}\b|\b[A-Z2-7]{26,}\b|\b(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{40,}\b"
        ),
        _HIDDEN,
    ),
)
"""What a secret looks like -> what stands there instead; an IBAN keeps its country and its end."""


def masked(text: str) -> str:
    """Return a text without secrets; an IBAN is shown as `DE•• •••• 3000`."""
    for pattern, shown in _PATTERNS:
        text = pattern.sub(shown if shown is not None else _short_iban, text)
    return text


def install() -> None:
    """Mask every record from here on; a second call changes nothing."""
    made = logging.getLogRecordFactory()
    if isinstance(made, _Masking):
        return
    logging.setLogRecordFactory(_Masking(made))


class _Masking:
    """Makes records whose text and traceback are masked."""

    def __init__(self, inner: Any) -> None:  # noqa: ANN401 - the factory that was there before
        self._inner = inner

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:  # noqa: ANN401 - as logging calls it
        record: logging.LogRecord = self._inner(*args, **kwargs)
        try:
            record.msg, record.args = masked(record.getMessage()), ()
        except (TypeError, ValueError):
            record.msg, record.args = masked(str(record.msg)), ()
        if record.exc_info and record.exc_info[1] is not None:
            text = io.StringIO()
            traceback.print_exception(*record.exc_info, file=text)
            record.exc_text = masked(text.getvalue().rstrip("\n"))
        return record


def _short_iban(found: re.Match[str]) -> str:
    digits = found[0].replace(" ", "")
    return f"{found[1]}•• •••• {digits[-4:]}"
