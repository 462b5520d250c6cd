"""The blueprint of the pages about declarations, and the words of what happens to them in the audit log."""

from __future__ import annotations

from flask import Blueprint

from membership.domain.errors import N_
from membership.web.treasurer.audit import KIND_WORDS, name_actions

blueprint = Blueprint("declarations", __name__, url_prefix="/declarations")
name_actions({
    "declaration.open": N_("Declarations asked for"),
    "declaration.dates": N_("Deadline of the declarations changed"),
    "declaration.ask": N_("Declaration asked for again"),
    "declaration.join": N_("Member added to the declarations"),
    "declaration.remind": N_("Reminded of the declaration"),
    "declaration.link": N_("Link to a declaration made"),
    "declaration.revoke_links": N_("Links to a declaration ended"),
    "declaration.submit": N_("Declaration received"),
    "declaration.evidence": N_("Proof of a declaration kept"),
    "declaration.accept": N_("Declaration taken over"),
    "declaration.query": N_("Asked back about a declaration"),
    "declaration.carry_over": N_("Last known size counts for want of a declaration"),
    "declaration.estimate": N_("Size estimated for want of a declaration"),
})  # fmt: skip
KIND_WORDS.update({"declaration": N_("Declaration"), "declarations": N_("Declarations")})
