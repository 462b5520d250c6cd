"""142 invoices go out through a mail server that fails in the middle, in every way it can; each arrives once."""

from __future__ import annotations

from collections import Counter

import pytest

from membership.persistence.db import read_as
from membership.services.verify import verify
from tests.jobs.conftest import Mailing
from tests.mail_server import CUT, Handler, Server

COUNT = 142


class Moody:
    """A mail server that refuses, is busy, asks for later and hangs up, each at its mail."""

    def __init__(self) -> None:
        self.offered: Counter[str] = Counter()
        self.began = 0

    def at_mail(self, handler, _address):
        self.began += 1
        if 40 <= len(handler.mails) < 41 and self.began < 45:
            return "421 going down for a moment"
        return CUT if self.began == 90 else None

    def at_recipient(self, _handler, address):
        self.offered[address] += 1
        number = int(address.partition("@")[0].removeprefix("m"))
        is_first = self.offered[address] == 1
        if number % 20 == 0 and is_first:
            return "451 4.7.1 greylisted"
        return CUT if number == 77 and is_first else None

    def at_data(self, _handler, addresses):
        number = int(addresses.partition("@")[0].removeprefix("m"))
        return "452 4.3.1 no room" if number == 101 and self.offered[addresses] == 1 else None


@pytest.fixture
def handler():
    return Handler()


def test_every_one_of_142_invoices_arrives_once_through_a_server_that_fails_in_the_middle(
    app, treasurer, handler
):
    moody = Moody()
    with Server(handler) as running:
        mailing = Mailing(treasurer, handler, running)
        mailing.bill(COUNT)
        assert mailing.hand_over() == COUNT
        handler.faults |= {"MAIL": moody.at_mail, "RCPT": moody.at_recipient, "DATA": moody.at_data}
        looks, sent = 0, 0
        while sent < COUNT and looks < 60:
            sent += mailing.work()
            mailing.minutes += 1
            looks += 1
    assert sent == COUNT
    assert looks > 2, "the server never failed"
    assert set(mailing.states()) == {"sent"}
    expected = {f"m{number}@werk.example" for number in range(1, COUNT + 1)}
    assert Counter(handler.recipients) == Counter(expected)
    numbers = {handler.parsed(index)["Subject"].split()[1] for index in range(COUNT)}
    assert numbers == {f"RE2027-{number:04d}:" for number in range(1, COUNT + 1)}
    ids = {handler.parsed(index)["Message-ID"] for index in range(COUNT)}
    assert len(ids) == COUNT
    assert verify(read_as(treasurer), full=True).findings == []
