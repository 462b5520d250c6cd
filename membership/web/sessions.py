"""The signed-in browser: cookie, age and pause, the person behind it, notices for the next page.

The cookie holds a random id and nothing else; everything about it stands in its row, so that ending a session counts
at the next request of any worker. Source: `reliability.md` 48, SEC-20 to SEC-24, SEC-31; INV-30.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from flask import Flask, Request, Response, current_app, g, request
from flask import session as form_cookie
from flask_login import AnonymousUserMixin, LoginManager

from membership import clock
from membership.domain.devices import device_of
from membership.domain.policy import STAFF, Actor, Job, Role, is_read_only, may
from membership.domain.users import initials_of
from membership.persistence.db import db, write
from membership.persistence.queries.users import SignedIn, find_signed_in
from membership.services import sessions
from membership.settings import Settings
from membership.web import looking

_FRESH_FOR: Final = timedelta(minutes=15)
_SEEN_EVERY: Final = timedelta(minutes=1)
_MUST_PROVE: Final = frozenset({Role.ADMIN, Role.TREASURER})


@dataclass(frozen=True, slots=True)
class CurrentUser:
    """The person at the browser, as templates and views see them."""

    signed_in: SignedIn
    actor: Actor
    looks_at: str | None = None

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """Return the id of the person."""
        return str(self.signed_in.user_id)

    @property
    def name(self) -> str:
        """Return the name."""
        return self.signed_in.name

    @property
    def initials(self) -> str:
        """Return the initials for the round mark."""
        return initials_of(self.name)

    @property
    def seconds_left(self) -> int:
        """Return after how many seconds without a request the person is signed out."""
        return seconds_left(self.signed_in)

    @property
    def is_read_only(self) -> bool:
        """Return whether the person may only look."""
        return is_read_only(self.actor)

    @property
    def has_keys_off(self) -> bool:
        """Return whether the person has switched single-letter keys off."""
        return not self.signed_in.has_keys_on

    @property
    def is_staff(self) -> bool:
        """Return whether the person holds a staff role today."""
        return bool(self.actor.roles & STAFF)


class Nobody(AnonymousUserMixin):  # type: ignore[misc]  # flask-login has no types
    """Nobody is signed in, or the second factor is still missing."""

    name = ""
    initials = ""
    is_read_only = False
    has_keys_off = True
    is_staff = False
    seconds_left = None
    looks_at = None


def register(app: Flask) -> None:
    """Load the person of each request and forget notices once a page has shown them."""
    manager = LoginManager(app)
    manager.session_protection = None
    manager.anonymous_user = Nobody
    manager.request_loader(_load_user)
    app.after_request(_forget_shown_notices)


def operator() -> Settings:
    """Return the operator's settings."""
    found = current_app.extensions["membership"]
    assert isinstance(found, Settings), found
    return found


def moment() -> datetime:
    """Return the moment of this request; the same wherever it is asked."""
    if "at" not in g:
        g.at = clock.now(operator().time_zone)
    at: datetime = g.at
    return at


def cookie_name() -> str:
    """Return the name of the session cookie: with the prefix that browsers guard as soon as there is TLS."""
    return "__Host-session" if is_secure() else "beitragsbuch"


def is_secure() -> bool:
    """Return whether the pages are served with TLS."""
    return operator().base_url.startswith("https://")


def give_cookie(response: Response, session_id: str) -> None:
    """Put the id of a new session into the browser; the protection of forms starts anew with it."""
    response.set_cookie(
        cookie_name(), session_id, secure=is_secure(), httponly=True, samesite="Lax", path="/"
    )
    _forget_form_protection()


def take_cookie(response: Response) -> None:
    """Take the id away again."""
    response.delete_cookie(cookie_name(), secure=is_secure(), httponly=True, samesite="Lax", path="/")
    _forget_form_protection()


def _forget_form_protection() -> None:
    form_cookie.clear()
    g.pop("csrf_token", None)


def find_session() -> SignedIn | None:
    """Return the living session of this request, with or without its second factor; one statement a request."""
    if "signed_in" not in g:
        g.signed_in = _find(request)
    found: SignedIn | None = g.signed_in
    return found


def opened_waits_for_second_factor(session_id: str) -> bool:
    """Return whether a session that this request has just opened still waits for its second factor."""
    found = opened(session_id)
    return found is not None and is_waiting_for_second_factor(found)


def opened(session_id: str) -> SignedIn | None:
    """Return who is behind a session that this request has just opened."""
    reading = db.session()
    reading.info.pop("actor", None)
    day = clock.today(operator().time_zone)
    return find_signed_in(reading, sessions.hash_of(session_id), today=day)


def is_waiting_for_second_factor(found: SignedIn) -> bool:
    """Return whether the password was right and the second factor is still to come."""
    return found.is_second_factor_set_up and not found.has_second_factor and not operator().is_demo


def is_second_factor_wanted(found: SignedIn, *, of_staff: bool) -> bool:
    """Return whether the roles ask for a second factor: always for those who handle money, else by the setting."""
    return bool(found.roles & _MUST_PROVE) or (of_staff and bool(found.roles & STAFF))


def actor_for(found: SignedIn | None, *, request_id: str, form_token: str | None = None) -> Actor:
    """Return who acts: the person of a session, else a visitor who may nothing."""
    if found is None:
        return Actor(name="visitor", at=moment(), request_id=request_id)
    return Actor(
        name=found.name,
        at=moment(),
        request_id=request_id,
        user_id=found.user_id,
        roles=found.roles,
        companies=found.companies,
        form_token=form_token,
    )


def acting(found: SignedIn | None, *, request_id: str, form_token: str | None = None) -> Actor:
    """Return who acts on this page: the person, or on the pages of a company that is looked at somebody of it."""
    actor = actor_for(found, request_id=request_id, form_token=form_token)
    look = found and looking.find_look(found, actor)
    return looking.looking(actor, look) if look else actor


def doorkeeper(request_id: str) -> Actor:
    """Return the named job that signs people in."""
    return Actor(name="sign-in", at=moment(), request_id=request_id, job=Job.SIGN_IN)


def _find(asked: Request) -> SignedIn | None:
    session_id = asked.cookies.get(cookie_name(), "")
    if not session_id or len(session_id) > 100:  # noqa: PLR2004 - an id has 43 signs; more is not ours
        return None
    day = clock.today(operator().time_zone)
    reading = db.session()
    reading.info.pop("actor", None)
    found = find_signed_in(reading, sessions.hash_of(session_id), today=day)
    if found is None or moment() >= _end(found, seen_at=found.last_seen_at):
        return None
    if moment() - found.last_seen_at >= _SEEN_EVERY:
        write(actor_for(found, request_id=g.request_id), sessions.mark_seen, found.id_hash)
    return found


def device() -> str:
    """Return the browser and system of this request in words, for the list of a person's sessions."""
    return device_of(request.headers.get("User-Agent", "")[:500])


def is_fresh(found: SignedIn) -> bool:
    """Return whether the person has proved to be who they are a moment ago; the demonstration does not ask."""
    proved_at = found.proved_at
    return operator().is_demo or (proved_at is not None and moment() - proved_at < _FRESH_FOR)


def seconds_left(found: SignedIn) -> int:
    """Return after how many seconds without a request the session will have ended."""
    return int((_end(found, seen_at=moment()) - moment()).total_seconds())


def _end(found: SignedIn, *, seen_at: datetime) -> datetime:
    """Return when a session ends: staff by the last request, everybody by its beginning (SEC-23)."""
    limits = operator()
    is_staff = bool(found.roles & STAFF)
    hours = limits.staff_hours if is_staff else limits.portal_hours
    end = found.created_at + timedelta(hours=hours)
    if is_staff:
        end = min(end, seen_at + timedelta(minutes=limits.staff_idle_minutes))
    return end


def _load_user(_request: Request) -> CurrentUser | None:
    found = find_session()
    if found is None or is_waiting_for_second_factor(found):
        return None
    look = looking.find_look(found, actor_for(found, request_id=g.request_id))
    return CurrentUser(found, acting(found, request_id=g.request_id), look.name if look else None)


def notice(
    kind: str, text: str, undo: Mapping[str, str] | None = None, *, onward: Mapping[str, str] | None = None
) -> None:
    """Keep a notice for the next page.

    Args:
        kind: ok, info or warning.
        text: one sentence.
        undo: address (POST) and label of “Undo”.
        onward: address and label of what comes next.
    """
    kept = _kept(kind, text, undo, onward)
    found = find_session()
    if found is None:
        form_cookie["notices"] = [*form_cookie.get("notices", []), kept]
        return
    _keep(found.id_hash, kept)


def notice_for(id_hash: str, kind: str, text: str) -> None:
    """Keep a notice in a session that has just got a new id."""
    _keep(id_hash, _kept(kind, text, None, None))


def _kept(
    kind: str, text: str, undo: Mapping[str, str] | None, onward: Mapping[str, str] | None
) -> dict[str, Any]:
    ways = {name: dict(way) for name, way in (("undo", undo), ("onward", onward)) if way}
    return {"kind": kind, "text": text, **ways}


def _keep(id_hash: str, kept: dict[str, Any]) -> None:
    write(actor_for(find_session(), request_id=g.request_id), sessions.add_notice, id_hash, kept)


class Notices:
    """The notices of the page before; reading them marks them as shown."""

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        """Yield each notice."""
        found = g.get("signed_in")
        g.are_notices_shown = True
        return iter([*(found.notices if found else ()), *form_cookie.get("notices", [])])


def _forget_shown_notices(response: Response) -> Response:
    if not g.get("are_notices_shown"):
        return response
    if "notices" in form_cookie:
        del form_cookie["notices"]
    found = g.get("signed_in")
    if found and found.notices:
        write(actor_for(found, request_id=g.request_id), sessions.clear_notices, found.id_hash)
    return response


def holds(action: str) -> bool:
    """Return whether the person at the browser may do the action; templates ask this as `may(action)`."""
    found = find_session()
    if found is None or is_waiting_for_second_factor(found):
        return False
    return may(acting(found, request_id=g.request_id), action)
