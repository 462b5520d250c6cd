"""The mail of a draft run before anything is sent: one invoice of it as its member would get it, marked as a draft.

Source: `ux.md` 6.6 (3) "Testmail an mich".
"""

from __future__ import annotations

from typing import cast

from sqlalchemy.orm import Session

from invoices.formats import Language
from invoices.numbering import rf_reference
from membership.domain.mail import Attachment
from membership.domain.mail_texts import MailWords
from membership.domain.policy import require
from membership.domain.run_review import samples_of
from membership.persistence.db import actor_of
from membership.persistence.models.billing import RunItem
from membership.persistence.models.members import Member
from membership.persistence.queries import billing as queries
from membership.persistence.queries.invoicing import billing_contact
from membership.persistence.queries.order_numbers import order_number_for
from membership.persistence.queries.run_items import list_lines
from membership.persistence.queries.settings import get_settings
from membership.services import billing, run_review
from membership.services.dispatch.words import DEBIT, Claim, invoice_words
from membership.services.mail_texts import get_text


def sample_mail(session: Session, run_id: int, *, base_url: str) -> tuple[MailWords, tuple[Attachment, ...]]:
    """Return the words and the attachment of one mail of a run: its largest invoice; or raise `NothingToBill`."""
    require(actor_of(session), "billing.release")
    run = queries.get_run(session, run_id)
    samples = dict(samples_of(list_lines(session, run_id)))
    line = samples.get("largest") or samples.get("smallest")
    if line is None:
        raise billing.NothingToBill(year=str(run.dues_year))
    item, member = session.get_one(RunItem, line.id), session.get_one(Member, line.member_id)
    number = run_review.number_range(session, run.issued_on, 1)[0]
    bill, settings = run_review.draft_bill(session, run_id, item.id), get_settings(session)
    debit = bill.debit
    claim = Claim(
        number=number,
        issued_on=run.issued_on,
        due_on=bill.due_on,
        dues_year=run.dues_year,
        gross_cents=item.amount_cents,
        reference=rf_reference(number),
        order_number=order_number_for(session, member, run.dues_year),
        mandate=debit.reference if debit else "",
        account_shown=debit.account_shown if debit else "",
        creditor_id=settings.text("bank.creditor_id"),
    )
    person = billing_contact(session, member.id)
    words = invoice_words(
        get_text(session, DEBIT if debit else "invoice", member.language), claim, member, settings,
        name=person.name if person else "", form=person.salutation if person else "",
        language=cast("Language", member.language),
    )  # fmt: skip
    content = run_review.draft_pdf(session, run_id, item.id, base_url=base_url)
    return words, (Attachment(f"{number}.pdf", "application/pdf", content),)
