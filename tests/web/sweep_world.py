"""A world with one object of every kind that an address can name, and the addresses of all routes in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from membership.domain.dispatch import Channel, DispatchState
from membership.domain.dues.facts import OverrideKind
from membership.domain.payments import Method
from membership.domain.policy import Role
from membership.persistence.db import write
from membership.persistence.models.billing import RunItem
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.dues import FeeScheduleVersion
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.members import AgreedAmount, BasisValue, Contact, MemberImport, Override
from membership.services import payments
from membership.web.access import policy_of
from tests.conftest import NOW, person
from tests.factories import bill_year, make_association, make_member

OFFICE = person(Role.TREASURER, Role.ADMIN, user_id=1000)
FIXED = {"form": "xlsx", "digest": "0" * 16, "language": "de"}
"""Parts of an address that name no object."""
OWN, FOREIGN, MISSING = "own", "foreign", "missing"


@dataclass(frozen=True)
class Route:
    """A route and what it asks for; `objects` are the parts of its address that name something."""

    endpoint: str
    rule: str
    method: str
    action: str
    objects: tuple[str, ...]

    def address(self, values):
        """Return the address with a value for each part."""
        return re.sub(r"<(?:[^:<>]*:)?(\w+)>", lambda found: str(values(self.endpoint, found[1])), self.rule)


def routes(app):
    """Yield every route with each method that it takes."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda each: each.rule):
        objects = tuple(sorted(set(rule.arguments) - FIXED.keys()))
        for method in sorted(rule.methods & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
            asked = policy_of(app, rule.endpoint)
            assert asked is not None, rule
            yield Route(rule.endpoint, rule.rule, method, asked.action, objects)


class World:
    """Companies M0001 (own) and M0002 (foreign), billed and partly paid, each with every kind of row.

    `value(kind)` gives what an address names: what is there, what belongs to the other company, what is nowhere.
    """

    def __init__(self, web):
        self.web = web
        make_association(OFFICE)
        self.members = [
            make_member(OFFICE, number="M0001", name="Alpha Werke GmbH"),
            make_member(OFFICE, number="M0002", name="Beta Guss AG", headcount=60, note="zahlt nie"),
        ]
        self.run = bill_year(OFFICE)
        paid = [
            write(
                OFFICE, payments.record_payment, member, 100, received_on=date(2027, 1, 11),
                method=Method.TRANSFER, today=date(2027, 1, 11),
            )
            for member in self.members
        ]  # fmt: skip
        rows = [write(OFFICE, _rows_of, member) for member in self.members]
        imported = write(OFFICE, _import)
        (version,) = web.rows(select(FeeScheduleVersion.id))[0]
        items = [
            web.rows(select(RunItem.id).where(RunItem.member_id == member))[0][0] for member in self.members
        ]
        colleague = web.person(Role.BOARD)
        shared = {
            "run_id": self.run, "import_id": imported, "version_id": version, "user_id": colleague,
            "report": "open-items", "example": "heads", "text": "invoice", "token": "n" * 32, "secret": "0" * 64,
        }  # fmt: skip
        self._values = {
            kind: {
                **shared, **rows[place], "payment_id": paid[place], "item_id": items[place],
                "member_id": self.members[place], "member": f"M000{place + 1}", "invoice": f"RE2027-000{place + 1}",
            }
            for place, kind in enumerate((OWN, FOREIGN))
        }  # fmt: skip

    def name(self, kind, name, value):
        """Say what an address names, such as the file that a role has uploaded itself."""
        self._values[kind][name] = value

    def values(self, kind):
        """Return the function that fills an address in; a part nobody here knows fails with its name."""

        def value(endpoint, part):
            if part in FIXED:
                return FIXED[part]
            known = self._values[OWN if kind == MISSING else kind]
            part = _meant(endpoint, part)
            assert part in known, f"tests/web/sweep_world.py does not know the part <{part}> of {endpoint}"
            found = known[part]
            return found if kind != MISSING else 999999 if isinstance(found, int) else _other(part)

        return value


NAMES = {"treasurer.reports": "report", "treasurer.schedules": "example", "treasurer.mail_texts": "text"}


def _meant(endpoint, part):
    """Return what a part of an address means: numbers are of invoices or of members, names of two kinds of thing."""
    if part == "number":
        return "invoice" if re.search(r"invoices|dispatch", endpoint) else "member"
    return NAMES.get(endpoint.rpartition(".")[0], part) if part == "name" else part


def _other(part):
    return {"member": "M9999", "invoice": "RE2027-9999", "secret": "f" * 64, "token": "m" * 32}.get(
        part, "nothing"
    )


def _rows_of(session, member):
    contact = Contact(member_id=member, name="Otto Fremd", functions=["main"])
    agreed = AgreedAmount(member_id=member, amount_cents=100, from_year=2030, to_year=None, reason="x")
    override = Override(
        member_id=member, kind=OverrideKind.WAIVE, value=None, from_year=2031, to_year=2031, organ="MV",
        decided_on=date(2026, 5, 12), reason="x",
    )  # fmt: skip
    dispatch = Dispatch(
        key=f"invoice:{member}", kind="invoice", channel=Channel.MAIL, document=f"RE2027-000{member}", member_id=member,
        invoice_id=session.execute(select(Invoice.id).where(Invoice.member_id == member)).scalars().first(), round=1,
        recipient="a@b.example", recipient_name="A", salutation="Guten Tag", language="de", state=DispatchState.FAILED,
        created_at=NOW, created_by="job:worker",
    )  # fmt: skip
    session.add_all([contact, agreed, override, dispatch])
    session.flush()
    size = session.execute(select(BasisValue.id).where(BasisValue.member_id == member)).scalars().first()
    return {
        "contact_id": contact.id,
        "dispatch_id": dispatch.id,
        "agreed_id": agreed.id,
        "override_id": override.id,
        "value_id": size,
    }


def _import(session):
    row = MemberImport(
        filename="liste.csv",
        sha256="0" * 64,
        counts={"new": 1, "changed": 0, "unchanged": 0},
        rejected=[],
        at=NOW,
    )
    session.add(row)
    session.flush()
    return row.id
