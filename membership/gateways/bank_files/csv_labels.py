"""A text that names its own parts, because the list has no columns for them: `Auftraggeber: … Buchungstext: …`."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from membership.gateways.bank_files.values import iban_in, spaced

_BEGIN: Final = re.compile(r"\s*(?:Auftraggeber|Empfänger|Zahlungspflichtiger|Buchungstext):")
_LABEL: Final = re.compile(
    r"(?P<name>Auftraggeber|Empfänger|Zahlungspflichtiger):|(?P<iban>Kto/IBAN):|(?P<bic>BLZ/BIC):|(?P<text>Buchungstext):"
)
_NUMBER: Final = re.compile(r"\sRef\. \S+$")


class Labelled(NamedTuple):
    """What the parts of a text say."""

    name: str | None
    iban: str | None
    text: str


def read_labels(text: str) -> Labelled | None:
    """Return the parts of a text that begins with a label and says which of them is the remittance, else None.

    The bank's own number at its end is no part of the remittance.
    """
    if not _BEGIN.match(text):
        return None
    found: dict[str, str] = {}
    matches = list(_LABEL.finditer(text))
    for index, match in enumerate(matches):
        end = matches[index + 1].start() if index + 1 < len(matches) else len(text)
        if match.lastgroup == "text":  # what somebody wrote may hold any of the words
            found["text"] = text[match.end() :]
            break
        found.setdefault(match.lastgroup or "", text[match.end() : end])
    if "text" not in found:
        return None
    return Labelled(
        spaced(found.get("name")), iban_in(found.get("iban")), _NUMBER.sub("", found["text"].strip()).strip()
    )
