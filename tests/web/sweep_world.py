"""A world with one object of every kind that an address can name, and the addresses of all routes in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy import select

from membership.domain.companies import RequestKind
from membership.domain.declarations.campaigns import Dates
from membership.domain.dispatch import Channel, DispatchState
from membership.domain.dues.facts import OverrideKind
from membership.domain.online_payments.pictures import Look
from membership.domain.payments import Method
from membership.domain.policy import Role
from membership.domain.single_invoices import DraftKind
from membership.persistence.db import write
from membership.persistence.models.bank import BankLine
from membership.persistence.models.billing import RunItem
from membership.persistence.models.companies import CompanyInvitation, CompanyRequest
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.drafts import InvoiceDraft
from membership.persistence.models.dues import FeeScheduleVersion
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.members import AgreedAmount, BasisValue, Contact, MemberImport, Override
from membership.persistence.models.online_payments import OnlineEvent
from membership.services import (
    corrections,
    declarations,
    direct_debits,
    ledger,
    levies,
    members,
    online_payments,
    payments,
    refunds,
    settings,
)
from membership.services.refunds import Payee
from membership.web.access import policy_of
from tests.conftest import NOW, person
from tests.factories import (
    LEVY,
    SCHEDULE,
    bill_year,
    keep_resolution,
    make_application,
    make_association,
    make_mandate,
    make_member,
)
from tests.services.banking.books import entry, statement, taken_in
from tests.web.conftest import make_person

OFFICE = person(Role.TREASURER, Role.ADMIN, user_id=1000)
FIXED = {
    "form": "xlsx",
    "dues_year": 2027,
    "place": 1,
    "digest": "0" * 16,
    "language": "de",
    "part": 0,
    "page": 1,
}
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
        write(OFFICE, settings.change_settings, {"approval.collection": False})
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
        taken = {"received_on": date(2027, 1, 11), "method": Method.CASH, "today": date(2027, 1, 11)}
        write(OFFICE, payments.record_payment, self.members[0], 300, shares=[], **taken)
        for cents in (100, 200):
            payee = Payee(iban="DE02120300000000202051")
            write(OFFICE, refunds.prepare_refund, "M0001", cents, payee=payee, today=date(2027, 1, 11))
        filed = frozenset({"ER2027-0001"})
        write(OFFICE, refunds.create_file, today=date(2027, 1, 11), numbers=filed)
        rows = [write(OFFICE, _rows_of, member) for member in self.members]
        imported = write(OFFICE, _import)
        (version,) = web.rows(select(FeeScheduleVersion.id))[0]
        items = [
            web.rows(select(RunItem.id).where(RunItem.member_id == member))[0][0] for member in self.members
        ]
        reported = _reported(web)
        debits = [
            self._debits(place) for place in range(2)
        ]  # a collection asks a colleague as soon as there is one
        files = self._declarations()
        colleague = web.person(Role.BOARD)
        taken_in(OFFICE, statement(entry(700, "Spende"), entry(-5, "Porto", iban=None)))
        (statement_id, line_id) = web.rows(select(BankLine.statement_id, BankLine.id).order_by(BankLine.id))[
            0
        ]
        shared = {
            "refund": "ER2027-0002", "file": "UE2027-0001",
            "statement_id": statement_id, "line_id": line_id, "run_id": self.run, "import_id": imported, "version_id": version, "user_id": colleague, "account_id": 1,
            "levy": write(OFFICE, levies.put_levy, LEVY), "resolution_id": keep_resolution(OFFICE, SCHEDULE), "report": "open-items", "example": "heads", "code": "ORD", "text": "invoice", "token": "n" * 32, "bank_token": "n" * 32,
            "secret": "0" * 64, "year": 2027, "approval_id": _submitted(), "event_id": reported, "uid": "0" * 32, "handle": "0" * 16,
            "reference": make_application(OFFICE),
        }  # fmt: skip
        self._values = {
            kind: {
                **shared, **rows[place], "payment_id": paid[place], "item_id": items[place],
                **debits[place], "evidence_id": files[place], **_papers(f"M000{place + 1}"), "member_id": self.members[place], "member": f"M000{place + 1}", "invoice": f"RE2027-000{place + 1}",
            }
            for place, kind in enumerate((OWN, FOREIGN))
        }  # fmt: skip

    @classmethod
    def of(cls, web):
        """Return the world of an application; the second one of a process is copied."""
        world = web.prepared("world", lambda: cls(web))
        world.web = web
        return world

    def __getstate__(self):
        return {name: value for name, value in self.__dict__.items() if name != "web"}

    def _debits(self, place):
        """Return a mandate of a member with its kept form, and a collection of an amount that was taken over."""
        number, day = f"M000{place + 1}", date(2027, 1, 11)
        write(OFFICE, settings.change_settings, {"bank.creditor_id": "DE98ZZZ09999999999"})
        reference = make_mandate(OFFICE, number)
        kept = write(OFFICE, direct_debits.keep_document, reference, b"%PDF-1.7", file_name="Mandat.pdf")
        owed = {"reference": f"ALT-{place}", "dues_year": 2026, "due_on": day, "today": day}
        write(OFFICE, ledger.book_opening_item, self.members[place], 100, **owed)
        told = {"notified_on": day, "due_on": date(2027, 2, 1), "way": "letter", "today": day}
        write(OFFICE, direct_debits.record_notice, f"ALT-{place}", **told)
        made = write(OFFICE, direct_debits.create_collection, date(2027, 2, 1), today=day)
        return {"mandate_id": place + 1, "document_id": kept, "collection_id": made.id}

    def _declarations(self):
        """Return the proofs that both members sent with their declarations for 2027."""
        day, key = date(2027, 1, 11), "9" * 64
        dates = Dates(date(2027, 2, 28), date(2027, 3, 31))
        write(OFFICE, declarations.open_round, 2027, dates=dates, asks={}, reminds=False, today=day)
        kept = []
        for place, number in enumerate(("M0001", "M0002")):
            secret = f"{key}{place}"
            write(OFFICE, declarations.make_link, 2027, number, secret=secret, zone="Europe/Berlin")
            kept.append(
                write(OFFICE, declarations.keep_by_link, secret, b"%PDF-1.7 %%EOF", file_name="a.pdf")
            )
            said = declarations.Declared({"headcount": Fraction(60 + place)}, name="Otto Fremd")
            write(OFFICE, declarations.declare_by_office, 2027, number, said, today=day)
        return kept

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


def _reported(web):
    """Have a comparison with the payment provider find something, and return its number."""
    found = {"look": Look.MISSING_THERE, "object_id": "ch_1", "detail": "", "is_live": False}
    write(OFFICE, online_payments.note_difference, "ch_1", **found)
    return web.rows(select(OnlineEvent.id))[0][0]


def _papers(number):
    """Keep a note and a file of a member, and return their numbers."""
    content = b"%PDF-1.7 " + number.encode() + b" %%EOF"
    return {
        "note_id": write(OFFICE, members.add_note, number, "ruft an"),
        "file_id": write(OFFICE, members.add_file, number, "Antrag", content, file_name="a.pdf"),
    }


def _submitted():
    """Submit a waiver, which the person of the board may decide, and return its number."""
    said = {"reason": "Vergleich", "resolution": "Vorstand", "today": date(2027, 1, 11)}
    return write(OFFICE, corrections.waive, "RE2027-0001", 20000, **said).approval


NAMES = {"treasurer.reports": "report", "treasurer.schedules": "example", "treasurer.mail_texts": "text"}


def _meant(endpoint, part):
    """Return what a part of an address means: numbers are of invoices or members, names and tokens of two things."""
    if part == "token" and endpoint.startswith("treasurer.banking."):
        return "bank_token"
    if part == "user_id" and endpoint.startswith("portal."):
        return "colleague_id"
    if part == "number":
        return "invoice" if re.search(r"invoices\.|dispatch", endpoint) else "member"
    return NAMES.get(endpoint.rpartition(".")[0], part) if part == "name" else part


def _other(part):
    return {
        "member": "M9999",
        "invoice": "RE2027-9999",
        "secret": "f" * 64,
        "token": "m" * 32,
        "bank_token": "m" * 32,
    }.get(part, "nothing")


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
    draft = InvoiceDraft(
        member_id=member,
        kind=DraftKind.ITEMS,
        dues_year=2027,
        lines=[],
        created_at=NOW,
        created_by="A",
        changed_at=NOW,
    )
    invitation = CompanyInvitation(
        member_id=member, email="neu@firma.example", name="", role=Role.COMPANY_USER, language="de", is_mailed=True,
        invited_at=NOW, invited_by="A",
    )  # fmt: skip
    request = CompanyRequest(
        member_id=member, kind=RequestKind.NAME, facts={"old": "A", "new": "B"}, asked_at=NOW, asked_by="A"
    )
    session.add_all([contact, agreed, override, dispatch, draft, invitation, request])
    colleague = make_person(
        session, email=f"kollege{member}@firma.example", companies=[(member, Role.COMPANY_USER)]
    )
    session.flush()
    size = session.execute(select(BasisValue.id).where(BasisValue.member_id == member)).scalars().first()
    return {
        "contact_id": contact.id,
        "dispatch_id": dispatch.id,
        "draft_id": draft.id,
        "colleague_id": colleague,
        "invitation_id": invitation.id,
        "request_id": request.id,
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
