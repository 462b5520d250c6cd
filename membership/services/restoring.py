"""A backup is brought back beside the present database, brought up to date, verified, and only then put in its place.

Until the last step the present database is not touched. Source: INV-31, FI-10, FI-53, SEC-68; `reliability.md` 54.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from sqlalchemy import URL, Engine, inspect, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from membership.domain import mail_reasons
from membership.domain.dispatch import WAITING, Channel, DispatchState
from membership.domain.errors import N_, Conflict, InputError
from membership.domain.policy import require
from membership.persistence import chain, copies, crypto
from membership.persistence.db import actor_of
from membership.persistence.models import Base
from membership.persistence.models.billing import BillingRun
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.users import OneTimeToken, UserSession
from membership.persistence.queries.verify import row_counts
from membership.services import anchors, keys, schema
from membership.services.backup import FORMAT, Manifest, open_backup
from membership.services.verdict import Verdict
from membership.services.verify import verify

_SHOWN: Final = 3


class OtherProgram(Conflict):
    """The backup is from a newer program than this one."""

    message = N_(
        "The backup is from a newer program (its schema is %(found)s). Install that version, then restore."
    )
    code = "newer_backup"


class OtherDatabase(InputError):
    """The backup is of the other kind of database."""

    message = N_(
        "The backup is of %(found)s and this installation uses %(wanted)s. Set database_url accordingly."
    )
    code = "other_database"


class RestoredWrong(Conflict):
    """What came out of a backup does not hold what it must; it was taken away again."""

    message = N_("The backup cannot be used: %(why)s. Nothing was changed.")
    code = "restored_wrong"


class NumbersSince(Conflict):
    """Numbers were given since the backup; they would be lost, and given again."""

    message = N_(
        "Since this backup numbers were given: %(numbers)s. What they stand for would be lost, and the same numbers "
        "would be given again. Restore with --accept-loss and a --reason if that is meant."
    )
    code = "numbers_since"


@dataclass(frozen=True, slots=True)
class Beside:
    """A backup brought back beside the present database, not verified yet."""

    manifest: Manifest
    url: URL
    since: Mapping[str, tuple[int, int]]

    @property
    def address(self) -> str:
        """Return the address of the database that was brought back."""
        return self.url.render_as_string(hide_password=False)


_COPY: Final = ".restore-{}.copy"
"""A backup in clear, beside the books while it is brought back."""


def bring_beside(session: Session, source: BinaryIO, folder: Path, *, name: str, accept_loss: bool) -> Beside:
    """Decrypt a backup, refuse what does not fit here, and bring it back beside the present database.

    Raises `NotABackup`, `OtherBackupKey`, `OtherDatabase`, `OtherProgram`, `crypto.KeyMissing`, `NumbersSince`.
    """
    require(actor_of(session), "settings.operate")
    engine = session.get_bind()
    assert isinstance(engine, Engine), engine
    for left in folder.glob(_COPY.format("*")):  # of a restore that was killed
        left.unlink(missing_ok=True)
    mark = secrets.token_hex(4)
    copy = folder / _COPY.format(mark)
    manifest = open_backup(source, copy, key=crypto.keys_of(session).backup, name=name)
    try:
        require_fitting(session, manifest, engine.url)
        since = numbers_since(manifest, numbers_given(session, folder))
        if since and not accept_loss:
            raise NumbersSince(numbers=_words(since))
        session.rollback()
        url = copies.bring_back(copy, engine.url, beside=f"restore_{mark}")
    finally:
        copy.unlink(missing_ok=True)
    return Beside(manifest, url, since)


def _words(since: Mapping[str, tuple[int, int]]) -> str:
    return ", ".join(f"{series}: {before + 1} – {last}" for series, (before, last) in since.items())


def numbers_given(session: Session, folder: Path) -> dict[str, int]:
    """Return series -> the last number given, as the present database and the kept anchors know it."""
    given: dict[str, int] = {}
    known = [anchor.numbers for anchor in anchors.kept_anchors(folder)]
    try:
        if inspect(session.connection()).has_table("number_series"):
            known.append(anchors.last_numbers(session))
    except DBAPIError:  # the database is what is to be replaced: perhaps it cannot be read any more
        session.rollback()
    for numbers in known:
        for series, last in numbers.items():
            given[series] = max(last, given.get(series, 0))
    return given


def require_fitting(session: Session, manifest: Manifest, url: URL) -> None:
    """Raise unless a backup can be brought back here: kind of database, version of the program, key of its fields.

    Raises `OtherDatabase`, `OtherProgram`, `crypto.KeyMissing`.
    """
    if manifest.database != url.get_backend_name():
        raise OtherDatabase(found=manifest.database, wanted=url.get_backend_name())
    if manifest.format != FORMAT or manifest.revision not in schema.revisions():
        raise OtherProgram(found=manifest.revision)
    own = keys.marks(session)
    if any(own.get(name, mark) != mark for name, mark in manifest.key_marks.items()):
        raise crypto.KeyMissing(name=keys.FIELD)


def numbers_since(manifest: Manifest, present: dict[str, int]) -> dict[str, tuple[int, int]]:
    """Return series -> (last number in the backup, last number given) where numbers were given since."""
    before = manifest.anchor.numbers
    return {
        series: (before.get(series, 0), last)
        for series, last in sorted(present.items())
        if last > before.get(series, 0)
    }


def strange_objects(session: Session) -> list[str]:
    """Return what a database holds that this program never makes: views, and tables it does not know (SEC-68)."""
    found = inspect(session.connection())
    known = {*Base.metadata.tables, "alembic_version"}
    return sorted({*found.get_view_names(), *(set(found.get_table_names()) - known)})


def require_as_said(session: Session, manifest: Manifest) -> None:
    """Raise `RestoredWrong` unless a database, as it came out, has the chain, numbers and rows that the manifest says.

    It is asked before the database is brought up to date, which adds to it; `require_sound` is asked after that.
    """
    found = anchors.take_anchor(session, at=actor_of(session).at)
    counts = row_counts(session) if manifest.rows else {}
    session.rollback()  # a table that is still being read cannot be brought up to date
    said = _claims(manifest.anchor, manifest.rows)
    is_there = _claims(found, counts)
    wrong = [
        f"{name}: {said.get(name, 'none')} / {is_there.get(name, 'none')}"
        for name in sorted(said.keys() | is_there.keys())
        if said.get(name) != is_there.get(name)
    ]
    if wrong:
        raise RestoredWrong(why="; ".join(wrong[:_SHOWN]))


def _claims(anchor: anchors.Anchor, rows: Mapping[str, int]) -> dict[str, object]:
    return {
        "chain head": f"{anchor.seq} {anchor.hash}",
        **{f"series {series}": last for series, last in anchor.numbers.items()},
        **{f"rows of {table}": count for table, count in rows.items()},
    }


def settle_restored(session: Session, manifest: Manifest) -> None:
    """Close what must not come to life again: sessions, one-time tokens, mails that may have gone out since."""
    require(actor_of(session), "settings.operate")
    at = actor_of(session).at
    session.execute(update(UserSession).where(UserSession.revoked_at.is_(None)).values(revoked_at=at))
    session.execute(update(OneTimeToken).where(OneTimeToken.used_at.is_(None)).values(used_at=at))
    session.execute(update(BillingRun).where(BillingRun.sends).values(sends=False))
    on_its_way = (Dispatch.channel == Channel.MAIL, Dispatch.state.in_((*WAITING, DispatchState.SENDING)))
    unclear = {
        "state": DispatchState.UNKNOWN,
        "reason": mail_reasons.RESTORED,
        "fence": None,
        "lease_until": None,
    }
    session.execute(update(Dispatch).where(*on_its_way).values(unclear))
    facts = {"backup": manifest.created_at, "seq": manifest.anchor.seq}
    chain.note(session, "backup.restore", "backup", manifest.created_at, facts=facts)


def require_sound(session: Session, manifest: Manifest) -> Verdict:
    """Return the verdict over a restored database; raise `RestoredWrong` unless all of it is as it must be."""
    found = strange_objects(session) + schema.check(session)
    if found:
        raise RestoredWrong(why="; ".join(found[:_SHOWN]))
    verdict = verify(session, full=True)
    anchors.check_anchors(session, verdict, [manifest.anchor])
    if not verdict.ok:
        first = verdict.findings[0]
        raise RestoredWrong(why=f"{first.invariant} {first.object}: {first.expected} / {first.found}")
    return verdict
