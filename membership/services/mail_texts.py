"""The texts of mails: the first wording ships with the program, what people change lies in the database.

Source: `ux.md` 9 "E-Mail-Texte", 14.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from membership.domain.errors import N_, InputError
from membership.domain.mail_texts import MailText, checked_text, get_kind
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.models import dispatch as models
from membership.wording import LANGUAGES

_FOLDER: Final = Path(__file__).resolve().parents[1] / "texts"


class LanguageUnknown(InputError):
    """There is no such language."""

    message = N_("There is no language “%(language)s”; there are de and en.")
    code = "language_unknown"


@cache
def first_text(name: str, language: str) -> MailText:
    """Return the text as it ships: the first line is the subject."""
    return from_file(name, (_FOLDER / language / f"{name}.txt").read_text(encoding="utf-8"))


def from_file(name: str, content: str) -> MailText:
    """Return the text of a file: subject in the first line, then the body; raise what is wrong with it."""
    subject, _line, body = content.lstrip("\ufeff\n").partition("\n")
    return checked_text(name, subject, body)


def as_file(text: MailText) -> str:
    """Return a text as a file that `from_file` reads."""
    return f"{text.subject}\n\n{text.body}\n"


def get_text(session: Session, name: str, language: str) -> MailText:
    """Return the text as it is now."""
    _require_known(name, language)
    row = session.get(models.MailText, (name, language))
    return MailText(row.subject, row.body) if row is not None else first_text(name, language)


def list_changed(session: Session) -> set[tuple[str, str]]:
    """Return (name, language) of the texts that differ from those that ship."""
    rows = session.execute(select(models.MailText.name, models.MailText.language))
    return {(name, language) for name, language in rows}


def change_text(session: Session, name: str, language: str, *, text: MailText) -> bool:
    """Save a text and return whether it is another one now; the shipped wording is restored by its own words."""
    require(actor_of(session), "settings.write")
    _require_known(name, language)
    wanted = checked_text(name, text.subject, text.body)
    before = get_text(session, name, language)
    if wanted == before:
        return False
    session.execute(
        delete(models.MailText).where(models.MailText.name == name, models.MailText.language == language)
    )
    if wanted != first_text(name, language):
        session.add(
            models.MailText(
                name=name, language=language, subject=wanted.subject, body=wanted.body,
                changed_at=actor_of(session).at,
            )
        )  # fmt: skip
    session.flush()
    chain.note(
        session,
        "mail_text.change",
        "mail_text",
        f"{name} {language}",
        values={"subject": (before.subject, wanted.subject), "body": (before.body, wanted.body)},
    )
    return True


def restore_text(session: Session, name: str, language: str) -> bool:
    """Put the wording that ships back; return whether it was another one."""
    require(actor_of(session), "settings.write")
    return change_text(session, name, language, text=first_text(name, language))


def _require_known(name: str, language: str) -> None:
    get_kind(name)
    if language not in LANGUAGES:
        raise LanguageUnknown(language=language)
