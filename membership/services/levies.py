"""Special levies: taken over as they were resolved, until they are billed. Source: `domain.md` DUE-15."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from membership.domain.errors import N_, Conflict
from membership.domain.levies import LevyTerms, read_levy
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.columns import canonical
from membership.persistence.db import actor_of, guard
from membership.persistence.models.billing import Levy
from membership.persistence.queries import levies as queries


class LevyBilled(Conflict):
    """Invoices of the levy rest on its terms."""

    message = N_(
        "The levy %(code)s is billed already and stays as it is. Another levy needs a code of its own."
    )
    code = "levy_billed"


def put_levy(session: Session, document: Any) -> str:  # noqa: ANN401 - parsed JSON
    """Add a levy, or change one that is not billed yet; return its code. The same again changes nothing.

    Raises `LevyWrong` for a document in another form, `LevyBilled` once a run of it was released.
    """
    require(actor_of(session), "billing.release")
    terms = read_levy(document)
    guard(session, "runs")
    actor = actor_of(session)
    values = {"title": terms.title, "dues_year": terms.year, "document": document}
    known = session.get(Levy, terms.code)
    if known is not None and canonical(known.document) == canonical(document):
        return terms.code
    if known is not None and queries.is_billed(session, terms.code):
        raise LevyBilled(code=terms.code)
    if known is None:
        session.add(Levy(code=terms.code, **values, changed_at=actor.at, changed_by=actor.name))
    else:
        known.title, known.dues_year, known.document = terms.title, terms.year, document
        known.changed_at, known.changed_by = actor.at, actor.name
    chain.note(session, "levy.put", "levy", terms.code, facts={"year": terms.year, "title": terms.title})
    return terms.code


def terms_of(session: Session, code: str) -> LevyTerms:
    """Return what a levy asks for; raise `NotFound` when there is none of this code."""
    return read_levy(queries.get_levy(session, code).document)
