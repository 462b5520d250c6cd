"""A member as a JSON document: which keys there are, and how each is read; a fault is named with its JSON pointer.

Source: `interfaces.md` "members put", "Shapes".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Final

from membership.domain.dues.document import Fields, Node
from membership.domain.dues.errors import DocumentWrong
from membership.domain.dues.facts import Origin, OverrideKind
from membership.domain.member_fields import INVOICE_ADDRESS, FieldWrong, checked_contact, checked_fields
from membership.domain.members import MemberState, NumberWrong, tidy_number
from membership.domain.money import Money
from membership.domain.phrases import Phrase, phrase

_COLUMNS: Final = {
    "name": "name",
    "legal_form": "legal_form",
    "invoice_email": "invoice_email",
    "phone": "phone",
    "register_entry": "register_entry",
    "tax_number": "tax_number",
    "vat_id": "vat_id",
    "leitweg_id": "leitweg_id",
    "order_number": "order_number",
    "cost_centre": "cost_centre",
    "invoice_format": "invoice_format",
    "order_wish": "order_wish",
    "invoice_way": "invoice_way",
    "language": "language",
    "payment_method": "payment_method",
    "note": "note",
    "iban": "iban",
    "account_holder": "iban_holder",
}
"""Key of the document -> column; a text, or null for none."""

_ADDRESS: Final = ("extra", "street", "postcode", "city", "country")
_INVOICE_ADDRESS: Final = {name.removeprefix("invoice_"): name for name in INVOICE_ADDRESS}
_OTHERS: Final = (
    "number", "category", "state", "start", "end", "decided_on", "address", "invoice_address", "founded", "group",
    "attributes", "basis", "origin", "contacts", "agreed", "override", "open", "credit",
)  # fmt: skip
KEYS: Final = (*_COLUMNS, *_OTHERS)


class MemberDocumentWrong(DocumentWrong):
    """A member document has a key or value that does not fit."""

    code = "member"


@dataclass(frozen=True, slots=True)
class OverrideGiven:
    """A resolution in a document; `value` is euros or percent."""

    kind: OverrideKind
    value: Fraction | None
    reason: str


@dataclass(frozen=True, slots=True)
class MemberDocument:
    """What a document says; `given` names its keys, so that only these are changed."""

    given: frozenset[str]
    number: str | None = None
    fields: Mapping[str, object] = field(default_factory=dict)
    category: str | None = None
    state: MemberState | None = None
    start: date | None = None
    end: date | None = None
    decided_on: date | None = None
    group: str = ""
    basis: Mapping[str, Fraction | Mapping[str, Fraction]] = field(default_factory=dict)
    origin: Mapping[str, Origin] = field(default_factory=dict)
    contacts: tuple[Mapping[str, object], ...] = ()
    agreed: Money | None = None
    override: OverrideGiven | None = None
    open_amount: Money | None = None
    credit: Money | None = None


def read_member_document(parsed: object) -> MemberDocument:
    """Return what a parsed document says; raise `MemberDocumentWrong` with the JSON pointer of the first fault."""
    root = Node(parsed, "", MemberDocumentWrong)
    fields = root.fields(KEYS)
    given = frozenset(fields.pairs)
    origin = fields.optional("origin", _origins) or {}
    return MemberDocument(
        given=given,
        number=fields.optional("number", _number),
        fields=_fields(fields),
        category=fields.optional("category", Node.text),
        state=fields.optional(
            "state", lambda node: node.choice({str(state): state for state in MemberState})
        ),
        start=fields.optional("start", Node.day),
        end=fields.optional("end", Node.day),
        decided_on=fields.optional("decided_on", Node.day),
        group=fields.optional("group", Node.text) or "",
        basis=fields.optional("basis", _basis) or {},
        origin=origin,
        contacts=fields.every("contacts", _contact),
        agreed=fields.optional("agreed", Node.money),
        override=fields.optional("override", _override),
        open_amount=fields.optional("open", Node.money),
        credit=fields.optional("credit", Node.money),
    )


def _number(node: Node) -> str:
    try:
        return tidy_number(node.text())
    except NumberWrong as error:
        raise node.wrong(Phrase(error.message, {"number": str(node.value)[:40]})) from error


def _fields(fields: Fields) -> dict[str, object]:
    """Return the columns that the document gives, checked; null empties a field."""
    places: dict[str, Node] = {}
    values: dict[str, object] = {}
    for key, column in _COLUMNS.items():
        node = fields.pairs.get(key)
        if node is not None:
            places[column], values[column] = node, _text(node)
    for column, node, text in _addresses(fields):
        places[column], values[column] = node, text
    founded, attributes = fields.pairs.get("founded"), fields.pairs.get("attributes")
    if founded is not None:
        places["founded_on"] = founded
        values["founded_on"] = None if founded.value is None else founded.day()
    if attributes is not None:
        places["attributes"] = attributes
        values["attributes"] = [] if attributes.value is None else [one.text() for one in attributes.items()]
    for name in ("language", "payment_method", "invoice_format", "order_wish", "invoice_way"):
        if name in values and not values[name]:
            raise places[name].wrong(phrase("A text is expected here."))
    try:
        return checked_fields(values)
    except FieldWrong as error:
        raise _at(places[error.field], error) from error


def _addresses(fields: Fields) -> Iterator[tuple[str, Node, str]]:
    """Yield the columns of both addresses; the one for invoices is given as a whole, null for none."""
    address = fields.get("address")
    if address is not None:
        for key, node in address.fields(_ADDRESS).pairs.items():
            yield "address_extra" if key == "extra" else key, node, _text(node)
    elsewhere = fields.pairs.get("invoice_address")
    if elsewhere is not None:
        given = {} if elsewhere.value is None else elsewhere.fields(tuple(_INVOICE_ADDRESS)).pairs
        for key, column in _INVOICE_ADDRESS.items():
            yield column, given.get(key, elsewhere), _text(given[key]) if key in given else ""


def _text(node: Node) -> str:
    if node.value is None or node.value == "":
        return ""
    if not isinstance(node.value, str):
        raise node.wrong(phrase("A text is expected here."))
    return node.value


def _at(node: Node, error: FieldWrong) -> DocumentWrong:
    problem = error.values["problem"]
    assert isinstance(problem, Phrase), problem
    return node.wrong(problem)


def _basis(node: Node) -> dict[str, Fraction | Mapping[str, Fraction]]:
    found: dict[str, Fraction | Mapping[str, Fraction]] = {}
    for name, value in node.mapping().items():
        if isinstance(value.value, Mapping):
            found[name] = {key: one.number() for key, one in value.mapping().items()}
        else:
            found[name] = value.number()
    return found


def _origins(node: Node) -> dict[str, Origin]:
    words = {str(origin): origin for origin in Origin}
    return {name: value.choice(words) for name, value in node.mapping().items()}


def _contact(node: Node) -> dict[str, object]:
    fields = node.fields(("name", "salutation", "email", "phone", "functions"))
    values: dict[str, object] = {}
    for key, value in fields.pairs.items():
        values[key] = [one.text() for one in value.items()] if key == "functions" else _text(value)
    if not values.get("name") and not values.get("email"):
        raise node.wrong(phrase("A contact needs a name or an e-mail address."))
    try:
        return checked_contact(values)
    except FieldWrong as error:
        raise _at(fields.pairs[error.field], error) from error


def _override(node: Node) -> OverrideGiven:
    fields = node.fields(("kind", "value", "reason"))
    kind = fields.need("kind").choice({str(kind): kind for kind in OverrideKind})
    if kind is OverrideKind.WAIVE:
        value = None
    elif kind is OverrideKind.PERCENT:
        value = fields.need("value").percent() * 100
    else:
        value = fields.need("value").euros()
    return OverrideGiven(kind, value, fields.need("reason").text())
