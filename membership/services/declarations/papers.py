"""The confirmation of a declaration as PDF, made when it is asked for: what was declared, when, by whom.

Source: `ux.md` 7 "Declaration" (receipt page with PDF).
"""

from __future__ import annotations

from datetime import date
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from invoices import formats
from invoices.confirmation import Confirmation, render
from invoices.formats import Language
from membership.domain.declarations.questions import weighted
from membership.domain.declarations.states import WAY_WORDS
from membership.domain.dues.schedule.bases import Basis, default_basis
from membership.domain.dues.words import basis_title, basis_words, class_words
from membership.domain.errors import N_, NotFound
from membership.domain.mail import Attachment
from membership.domain.money import Money
from membership.persistence.models.declarations import DeclarationVersion
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.queries import declarations as queries
from membership.persistence.queries.settings import get_settings
from membership.services.declarations.expected import answers_from, asked_of, band_of, outcome_from
from membership.services.declarations.mails import RECEIVED, document_of, request_of
from membership.wording import Wording


def receipt(session: Session, request_id: int, *, zone: str, number: int | None = None) -> bytes:
    """Return the PDF of a declaration, the newest unless a number is named, in the member's language."""
    view = queries.view_of(session, request_id)
    found = queries.round_of(session, view.request)
    versions = queries.list_versions(session, request_id)
    version = next((each for each in versions if number in {None, each.number}), None)
    if version is None:
        raise NotFound(what="declaration", key=found.dues_year)
    words, settings = Wording(cast("Language", view.member.language)), get_settings(session)
    asked = asked_of(session, found.dues_year, view.member.id, turnover_class=False)
    bases = {each.name: each.basis for each in asked.questions} if asked else {}
    local = version.at.astimezone(ZoneInfo(zone))
    year = str(found.dues_year)
    expected = outcome_from(version.expected)
    band = band_of(expected)
    rows = [
        (words.text(N_("Member")), f"{view.member.name} ({view.member.number})"),
        *_answers(version, bases, words),
        (words.text(N_("Declared on")), f"{formats.short_date(local.date(), words.language)} {local:%H:%M}"),
        (words.text(N_("Confirmed by")), _person(view.request.declared_by, version, words)),
    ]
    if version.comment:
        rows.append((words.text(N_("Remark")), version.comment))
    if band is not None:
        rows.append((words.text(N_("Expected dues class")), words.value(band)))
    if expected.cents is not None:
        rows.append((words.text(N_("Expected dues %(year)s"), year=year), words.value(Money(expected.cents))))
    return render(
        Confirmation(
            language=words.language,
            day=local.date(),
            issuer=settings.full_name,
            title=words.text(N_("Self-declaration %(year)s"), year=year),
            rows=tuple(rows),
            text=(
                words.text(N_("We have received this declaration. The invoice names the final amount.")),
                words.text(
                    N_("It can be changed until %(day)s."),
                    day=formats.long_date(found.deadline, words.language),
                ),
            ),
            foot=words.text(
                N_("%(document)s, version %(number)s"),
                document=document_of(found.dues_year, view.member.number),
                number=version.number,
            ),
        )
    )


def _person(name: str, version: DeclarationVersion, words: Wording) -> str:
    way = words.text(WAY_WORDS[version.way])
    return f"{name}, {way}" if name else way


def _answers(version: DeclarationVersion, bases: dict[str, Basis], words: Wording) -> list[tuple[str, str]]:
    """Return each size in words; heads by class beside what they come to."""
    rows = []
    for name, answer in answers_from(version.answers).items():
        basis = bases.get(name) or default_basis(name)
        day = formats.short_date(date.fromisoformat(version.answers[name]["as_of"]), words.language)
        label = words.text(N_("%(size)s on %(day)s"), size=words.value(basis_title(basis)), day=day)
        value = words.value(basis_words(basis, weighted(basis, answer)))
        if isinstance(answer, dict):
            heads = ", ".join(
                f"{words.value(class_words(code))}: {words.value(n)}" for code, n in answer.items()
            )
            value = f"{value} ({heads})"
        rows.append((label, value))
    return rows


def attachments_of(session: Session, dispatch: Dispatch, *, zone: str) -> tuple[Attachment, ...]:
    """Return the confirmation that goes with a mail; other mails have no file."""
    if dispatch.kind != RECEIVED:
        return ()
    request = request_of(session, dispatch)
    content = receipt(session, request.id, zone=zone, number=int(dispatch.facts["version"]))
    return (Attachment(f"{dispatch.document}.pdf", "application/pdf", content),)
