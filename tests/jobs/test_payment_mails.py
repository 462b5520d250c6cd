"""Who pays online gets a receipt, whose debit comes back hears why; each once, to who gets the invoices."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from membership.domain.online_payments.attempts import Way
from membership.persistence.db import read_as, rehearse, write
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.queries.member_account import find_last_way
from membership.services import payment_mails, settings
from membership.services.dispatch.words import words_of
from tests.online import World, at_stripe

MAIL = {"mail.host": "127.0.0.1", "mail.sender": "beitrag@verein.example"}


@pytest.fixture
def world(sqlite_app, treasurer):
    with at_stripe(sqlite_app) as stripe:
        made = World(sqlite_app, treasurer, stripe)
        write(treasurer, settings.change_settings, MAIL)
        yield made


def told(world, kind):
    """Return recipient, subject with text, and names of the files of the mails of a kind."""
    rows = read_as(world.actor).execute(select(Dispatch).where(Dispatch.kind == kind)).scalars().all()

    def written(session, row_id):
        row = session.get_one(Dispatch, row_id)
        words = words_of(session, row, zone="UTC")
        files = payment_mails.attachments_of(session, row, today=date(2027, 1, 25))
        return (
            words.subject,
            words.body.replace("\xa0", " "),
            [(each.name, each.content[:5]) for each in files],
        )

    return [(row.recipient, *rehearse(world.actor, written, row.id)) for row in rows]


def test_who_pays_online_gets_one_receipt_with_the_confirmation(world):
    session, charge = world.paid(fee=925)
    for kind, subject in (("checkout.session.completed", session), ("charge.succeeded", charge)):
        world.put(kind, subject)
        world.work()
    [(_to, subject, text, files)] = told(world, "payment_received")
    assert subject.replace("\xa0", " ").startswith("Danke: 600,00 € für Rechnung ALT-1 erhalten")
    assert "Damit ist ALT-1 vollständig bezahlt." in text
    assert files == [("ALT-1_Zahlungsbestätigung.pdf", b"%PDF-")]
    member_id = read_as(world.actor).execute(select(Dispatch.member_id)).scalars().first()
    assert find_last_way(read_as(world.actor), member_id) is Way.CARD


def test_whose_debit_fails_hears_that_the_invoice_is_open_again(world):
    world.begin(way=Way.SEPA_DEBIT)
    session = world.stripe.last_session()
    world.stripe.begin_debit(session)
    world.put("checkout.session.completed", session)
    world.work()
    world.stripe.fail_debit(session)
    for _again in range(2):
        world.put("checkout.session.async_payment_failed", session)
        world.work()
    [(_to, _subject, text, files)] = told(world, "debit_returned")
    assert "Die Abbuchung von 600,00 € für ALT-1 wurde am" in text
    assert files == []
    assert told(world, "payment_received") == []


def test_without_a_mail_server_no_mail_waits_for_spring(world):
    write(world.actor, settings.change_settings, {"mail.host": ""})
    session, _charge = world.paid()
    world.put("checkout.session.completed", session)
    world.work()
    assert told(world, "payment_received") == []
