"""`membership users first-admin|list|invite|deactivate`: people who sign in, without a page.

Links and codes are printed once; the database keeps their hashes only.
"""

from __future__ import annotations

import argparse
from datetime import UTC

from membership.cli.command import DONE, Out, verb
from membership.domain.errors import N_, InputError, NotFound
from membership.domain.policy import PORTAL, Role
from membership.domain.users import AccountExists
from membership.persistence.queries.users import UserLine, find_user, list_users
from membership.services import tokens, users


class RoleNeedsCompany(InputError):
    """A role of the member area was named without a company, or a staff role with one."""

    message = N_(
        "--member goes with the roles company_user and company_admin, and only with these; you named %(role)s."
    )
    code = "role_company"


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """Add the verbs of `users`."""
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    verb(
        verbs,
        "first-admin",
        _first_admin,
        purpose="print the one-time code of the first administrator",
        changing=True,
    )
    verb(verbs, "list", _list, purpose="list everybody with an account")
    invite = verb(verbs, "invite", _invite, purpose="make an account and its invitation", changing=True)
    invite.add_argument("mail", metavar="MAIL")
    invite.add_argument("role", metavar="ROLE", type=Role, choices=list(Role), help=", ".join(Role))
    invite.add_argument(
        "--member", action="append", default=[], metavar="NO", help="company, for the member area"
    )
    invite.add_argument("--name", default="", help="what the person is called")
    invite.add_argument("--print-link", action="store_true", help="print the invitation link, once")
    block = verb(verbs, "deactivate", _deactivate, purpose="block an account", changing=True)
    block.add_argument("mail", metavar="MAIL")


def _first_admin(_args: argparse.Namespace, out: Out) -> int:
    code = tokens.new_code()
    with out.app() as app:
        out.change(users.offer_first_admin, code=code)
        address = f"{app.extensions['membership'].base_url.rstrip('/')}/setup"
    if out.args.dry_run:
        out.emit({"code": None, "address": address}, [out.words.text("A new code would be made.")])
        return DONE
    text = out.words.text
    lines = [
        text("One-time code for the first administrator: %(code)s", code=code),
        text("Enter it at %(address)s within 24 hours.", address=address),
    ]
    out.emit({"code": code, "address": address}, lines)
    return DONE


def _list(_args: argparse.Namespace, out: Out) -> int:
    with out.app():
        people = list_users(out.read("users.read"))
    documents = [_document(person) for person in sorted(people, key=lambda person: person.email)]
    width = max((len(person.email) for person in people), default=0)
    lines = [
        f"{person.email:<{width}}  {', '.join(_rights(person))}{'' if person.is_active else '  –'}"
        for person in sorted(people, key=lambda person: person.email)
    ]
    out.emit(documents, lines or [out.words.text("Nobody has an account yet.")])
    return DONE


def _document(person: UserLine) -> dict[str, object]:
    last = person.last_login_at
    return {
        "email": person.email,
        "name": person.name,
        "roles": sorted(person.roles),
        "members": [line.number for line in person.companies],
        "second_factor": person.has_second_factor,
        "active": person.is_active,
        "last_sign_in": last.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if last else None,
    }


def _rights(person: UserLine) -> list[str]:
    roles = [f"{role} ({day.isoformat()})" if day else str(role) for role, day in person.roles.items()]
    return sorted(roles) + [f"{line.role} {line.number}" for line in person.companies]


def _invite(args: argparse.Namespace, out: Out) -> int:
    role = args.role
    if bool(args.member) != (role in PORTAL):
        raise RoleNeedsCompany(role=role)
    secret = tokens.new_secret()
    with out.app() as app:
        address = f"{app.extensions['membership'].base_url.rstrip('/')}/invitation/{secret}"
        try:
            out.change(
                users.invite,
                email=args.mail,
                name=args.name,
                secret=secret,
                roles={} if role in PORTAL else {role: None},
                companies=dict.fromkeys(args.member, role) if role in PORTAL else {},
            )
        except AccountExists:
            return _said(
                out, "exists", args.mail, [out.words.text("There is an account already; nothing changed.")]
            )
    if not args.print_link or args.dry_run:
        hint = out.words.text(
            "Invited. Repeat it with --print-link to see the link; it is a new one each time."
        )
        return _said(out, "invited", args.mail, [hint])
    lines = [out.words.text("Invitation for %(mail)s, valid for seven days, once:", mail=args.mail), address]
    out.emit({"email": args.mail, "state": "invited", "link": address}, lines)
    return DONE


def _deactivate(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        person = find_user(out.read("users.manage"), args.mail)
        if person is None:
            raise NotFound(what="person", key=args.mail)
        out.change(users.deactivate, person.id)
    return _said(out, "inactive", args.mail, [out.words.text("The account is deactivated.")])


def _said(out: Out, state: str, mail: str, lines: list[str]) -> int:
    out.emit({"email": mail, "state": state, "link": None}, lines)
    return DONE
