"""The blueprint of the pages about direct debits, and the words of what happens to them in the audit log."""

from __future__ import annotations

from flask import Blueprint

from membership.domain.errors import N_
from membership.web.treasurer.audit import KIND_WORDS, name_actions

blueprint = Blueprint("direct_debits", __name__, url_prefix="/bank/direct-debits")
name_actions({
    "mandate.add": N_("Mandate taken down"),
    "mandate.signed": N_("Mandate signed"),
    "mandate.amended": N_("Mandate changed"),
    "mandate.blocked": N_("Mandate blocked"),
    "mandate.revoked": N_("Mandate revoked"),
    "mandate.reinstated": N_("Mandate free again"),
    "mandate.document": N_("Mandate form kept"),
    "collection.create": N_("Direct debit file created"),
    "collection.export": N_("Direct debit file downloaded"),
    "collection.submit": N_("Direct debit file handed in"),
    "collection.withdraw": N_("Direct debit file withdrawn"),
    "collection.settle": N_("Collection credited"),
    "collection.unsettle": N_("Credit of a collection taken back"),
    "collection.notice": N_("Direct debit announced"),
    "debit.return": N_("Direct debit returned"),
    "debit.return_undone": N_("Return debit taken back"),
})  # fmt: skip
KIND_WORDS.update({"mandate": N_("Mandate"), "collection": N_("Collection")})
