"""Letters: one PDF with all invoices that go by post, sorted by postcode, and the word that they were posted.

Source: `ux.md` 6.6 no. 5.
"""

from __future__ import annotations

from tempfile import SpooledTemporaryFile
from typing import Final

from flask import abort, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from membership.persistence.db import write
from membership.persistence.queries.dispatch import list_letters
from membership.services import dispatch
from membership.services.letters import stack_letters
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.heavy import few_at_once
from membership.web.language import _, ngettext
from membership.web.treasurer.dispatch.blueprint import blueprint
from membership.web.treasurer.list_address import whole_number

_IN_MEMORY: Final = 8 * 1024 * 1024
_MOST: Final = 20_000


@blueprint.get("/letters.pdf")
@policy("invoice.read")
@few_at_once
def stack() -> ResponseReturnValue:
    """Hand out one PDF to print."""
    run_id = whole_number(request.args.get("run", ""))
    file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the response closes it when it is sent
    if not stack_letters(read(), file, run_id=run_id):
        abort(404)
    file.seek(0)
    return send_file(
        file, mimetype="application/pdf", as_attachment=True, download_name=_("letters by postcode.pdf")
    )


@blueprint.post("/letters/posted")
@policy("invoice.send")
def posted() -> ResponseReturnValue:
    """Say that the letters of the page were posted."""
    run_id = whole_number(request.form.get("run", ""))
    last = whole_number(request.form.get("last", ""))
    if last is None:
        abort(400)
    ids = [each.dispatch_id for each in list_letters(read(), run_id=run_id) if each.dispatch_id <= last][
        :_MOST
    ]
    count = write(current_actor(), dispatch.mark_posted, ids)
    sessions.notice("ok", ngettext("%(n)s letter is posted.", "%(n)s letters are posted.", count))
    return redirect(url_for(".index", run=run_id), code=303)
