"""The reason of a return as a statement says it: an ISO code, a number of MT940, or a code within its text.

MT940 has three digits for the reason (“Textschlüsselergänzung”). Numbers that banks use for several reasons are left
out, so that nothing is done to a mandate for a reason that nobody gave.

Source: Deutsche Kreditwirtschaft, DFÜ-Abkommen, Anlage 3, chapter 8 (MT940, field 86, sub-field 34) as banks publish
it; that 901 and 914 are “IBAN wrong” and “reason not specified” stands in statements of banks word by word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from membership.domain.direct_debits.returns import REACTIONS
from membership.domain.errors import N_, InputError

REASON_KEYS: Final = {
    "901": "AC01", "902": "AC04", "903": "AC06", "904": "AG01", "906": "AM04", "907": "AM05", "909": "MD01",
    "910": "MD02", "912": "MD06", "913": "MD07", "914": "MS03", "915": "RC01",
}  # fmt: skip
"""Number of sub-field 34 -> the ISO code that it stands for."""
_SAID: Final = re.compile(rf"(?<![A-Z0-9])({'|'.join(sorted(REACTIONS))})(?![A-Z0-9])")


def iso_reason(said: str, texts: Iterable[str] = ()) -> str:
    """Return the ISO code of a return, else what the bank says instead; empty where it says nothing.

    Args:
        said: the code or number of the statement.
        texts: what stands beside it, where banks write the code when their number says less.
    """
    code = said.strip().upper()
    if code in REACTIONS:
        return code
    named: set[str] = {match for text in texts for match in _SAID.findall(text.upper())}
    if len(named) == 1:
        return named.pop()
    return REASON_KEYS.get(code, code)


class ReasonUnknown(InputError):
    """A person names a reason that no bank has."""

    message = N_(
        "“%(reason)s” is no reason of a return debit. Enter the code of the bank, such as AC04, or nothing."
    )
    code = "reason_unknown"


def named_reason(text: str) -> str:
    """Return the ISO code for what a person typed, a code or a number of MT940; empty stays empty."""
    found = iso_reason(text)
    if found and found not in REACTIONS:
        raise ReasonUnknown(reason=text)
    return found
