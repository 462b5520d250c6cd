"""A mandate as a file says it, in the shape of the command line.

Source: `interfaces.md` “Shapes”.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from membership.domain.direct_debits.mandates import Recurrence, Scheme
from membership.domain.dues.document import Node
from membership.domain.dues.errors import DocumentWrong

KEYS: Final = frozenset({
    "reference", "member", "scheme", "recurrence", "name", "iban", "bic", "signed_on", "place", "signatory", "state",
    "last_used_on",
})  # fmt: skip
"""What a mandate may say; state and last use are told, never taken in."""


class MandateDocumentWrong(DocumentWrong):
    """A mandate document has a key or value that does not fit."""

    code = "mandate"


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateDocument:
    """A mandate of a file; what is absent is empty."""

    member: str
    reference: str = ""
    scheme: Scheme | None = None
    recurrence: Recurrence = Recurrence.RECURRENT
    name: str = ""
    iban: str = ""
    bic: str = ""
    signed_on: date | None = None
    place: str = ""
    signatory: str = ""


def read_mandate(parsed: object) -> MandateDocument:
    """Return what a parsed document says; raise `MandateDocumentWrong` with the JSON pointer of the first fault."""
    fields = Node(parsed, "", MandateDocumentWrong).fields(KEYS)

    def text(key: str) -> str:
        return fields.optional(key, Node.text) or ""

    return MandateDocument(
        member=fields.need("member").text(),
        reference=text("reference"),
        scheme=fields.optional("scheme", lambda node: node.choice({each.value: each for each in Scheme})),
        recurrence=fields.optional(
            "recurrence", lambda node: node.choice({each.value: each for each in Recurrence})
        )
        or Recurrence.RECURRENT,
        name=text("name"),
        iban=text("iban"),
        bic=text("bic"),
        signed_on=fields.optional("signed_on", Node.day),
        place=text("place"),
        signatory=text("signatory"),
    )
