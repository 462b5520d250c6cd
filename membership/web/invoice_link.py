"""What the link of a mail opens: that one invoice, its PDF and how it is paid, without signing in; nothing else.

Source: `decisions.md` 10; `ux.md` 7 "Access"; `reliability.md` 47.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import (
    Blueprint,
    Response,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from invoices.document import Document
from membership.domain.errors import DomainError
from membership.domain.online_payments.attempts import Way
from membership.domain.policy import Actor, Job, Role
from membership.jobs import online_payments as jobs
from membership.persistence.db import Session, read_as, write
from membership.persistence.queries.direct_debits.expected import list_expected
from membership.persistence.queries.invoicing import InvoiceView, get_invoice
from membership.persistence.queries.member_account import find_last_way
from membership.persistence.queries.online_payments import owed_of
from membership.services import invoice_links
from membership.services.invoicing import stored_pdf
from membership.services.transfers import transfer_data
from membership.web import downloads, sessions
from membership.web.access import policy
from membership.web.association import association_settings
from membership.web.frame import today
from membership.web.heavy import few_at_once
from membership.web.language import _, prefer, words
from membership.web.limits import few_attempts
from membership.web.online_offer import hints, limit_words, offer, online_of, pay_form

blueprint = Blueprint("invoice_link", __name__, url_prefix="/invoice")
_LONGEST_SECRET = 100


@dataclass(frozen=True, slots=True)
class Opened:
    """The one invoice that a link opens, read with no more than the rights to its company."""

    actor: Actor
    session: Session
    view: InvoiceView
    link: invoice_links.OpenedLink


def _open(secret: str) -> Opened:
    """Return the invoice of a link; raise `LinkEnded` for one that does not work (any more)."""
    visitor = Actor(name="link", at=sessions.moment(), request_id=g.request_id, job=Job.SIGN_IN)
    if len(secret) > _LONGEST_SECRET:
        raise invoice_links.LinkEnded
    link = invoice_links.find_link(read_as(visitor), secret, at=sessions.moment())
    member = Actor(
        name="link",
        at=sessions.moment(),
        request_id=g.request_id,
        companies=((link.member_id, Role.COMPANY_USER),),
    )
    session = read_as(member)
    return Opened(member, session, get_invoice(session, link.invoice_number), link)


def _private(response: Response) -> Response:
    """Return an answer whose address tells nobody where it came from and that no search engine keeps."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.get("/<secret>")
@policy("public")
def show(secret: str) -> ResponseReturnValue:
    """Show the invoice, what is open, and how to pay it."""
    try:
        opened = _open(secret)
    except invoice_links.LinkEnded as error:
        page = render_template("invoice_link/ended.html", message=_(error.message))
        return _private(make_response(page, 404))
    view, invoice, settings = opened.view, opened.view.invoice, association_settings()
    prefer(view.member.language)
    document = Document.from_content(invoice.content["document"])
    debit = list_expected(opened.session, view.member.id, today=today()).get(invoice.number)
    addresses = {invoice.number: url_for(".pay", secret=secret)}
    page = render_template(
        "invoice_link/show.html",
        online=online_of(
            opened.session,
            {invoice.number: view.open_cents},
            addresses,
            expected=[invoice.number] if debit else [],
        )[invoice.number],
        number=invoice.number,
        by_transfer=view.member.chose_transfer,
        due_on=view.standing.due_on,
        document=document,
        totals=document.totals,
        open_cents=view.open_cents,
        state=str(view.standing.state(today())),
        debit=debit,
        transfer=transfer_data(
            settings,
            view.open_cents,
            document=invoice.number,
            member_number=view.member.number,
            reference=invoice.reference,
        )
        if view.open_cents > 0 and debit is None
        else None,
        pdf=url_for(".pdf", secret=secret) if view.sha256 else None,
        here=request.path,
        expires_at=opened.link.expires_at,
        help_contact={key: settings.text(f"portal.help_{key}") for key in ("name", "phone", "email")},
    )
    if request.method == "GET" and not opened.link.was_opened:
        actor = Actor(name="link", at=sessions.moment(), request_id=g.request_id, job=Job.SIGN_IN)
        write(actor, invoice_links.note_opened, secret)
    return _private(make_response(page))


@blueprint.get("/<secret>/pdf")
@policy("public")
@few_at_once
def pdf(secret: str) -> ResponseReturnValue:
    """Hand out the stored PDF of the invoice."""
    try:
        opened = _open(secret)
    except invoice_links.LinkEnded as error:
        page = render_template("invoice_link/ended.html", message=_(error.message))
        return _private(make_response(page, 404))
    number = opened.view.invoice.number
    return _private(downloads.pdf(stored_pdf(opened.session, number), name=f"{number}.pdf"))


@blueprint.route("/<secret>/pay", methods=["GET", "POST"])
@policy("public")
@few_attempts(10)
def pay(secret: str) -> ResponseReturnValue:
    """Choose how to pay what is open of this one invoice; who pays it comes from the link, never from the form."""
    try:
        opened = _open(secret)
    except invoice_links.LinkEnded as error:
        page = render_template("invoice_link/ended.html", message=_(error.message))
        return _private(make_response(page, 404))
    view, number = opened.view, opened.view.invoice.number
    back = url_for(".show", secret=secret)
    expected = list_expected(opened.session, opened.link.member_id, today=today())
    online = online_of(opened.session, {number: view.open_cents}, {number: request.path}, expected=expected)[
        number
    ]
    if online.pay is None:
        return _private(make_response(redirect(back, code=303)))
    prefer(view.member.language)
    owed = owed_of(opened.session, opened.link.member_id, [number])
    ways = offer().ways_for(view.open_cents)
    form = pay_form(ways, last=find_last_way(opened.session, opened.link.member_id))
    if form.validate_on_submit():
        app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's own way
        try:
            uid = jobs.begin(
                app, opened.actor, opened.link.member_id, [number], Way(form.way.data),
                language=words().language,
            )  # fmt: skip
        except DomainError as error:
            form.refuse(error)
        else:
            return _private(make_response(redirect(url_for("online_payment.go", uid=uid), code=303)))
    page = render_template(
        "invoice_link/pay.html", form=form, owed=owed, hints=hints(ways), limit_words=limit_words(owed), back=back,
        here=request.path, sum_cents=view.open_cents,
    )  # fmt: skip
    return _private(make_response(page, 422 if form.errors else 200))
