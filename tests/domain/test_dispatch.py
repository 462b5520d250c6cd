"""Who gets an invoice, which address is one mailbox, and how long a failed attempt waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from membership.domain.dispatch import (
    AddressUnusable,
    Mailbox,
    Person,
    checked_address,
    dispatch_key,
    message_id,
    next_pause,
    recipients_of,
)

BRANDT = Person("Maren Brandt", "Frau", "brandt@werk.example", ("billing",))
CORDES = Person("Jens Cordes", "", "cordes@werk.example", ("billing", "main"))
AHLERS = Person("Birte Ahlers", "Frau", "", ("billing",))
MAIN = Person("Okko Harms", "Herr", "harms@werk.example", ("main",))


@pytest.mark.parametrize(
    ("email", "people", "expected"),
    [
        ("", [], []),
        ("", [MAIN], []),
        ("", [BRANDT, CORDES], ["brandt@werk.example", "cordes@werk.example"]),
        ("rechnung@werk.example", [BRANDT], ["rechnung@werk.example", "brandt@werk.example"]),
        ("Brandt@Werk.example", [BRANDT], ["Brandt@Werk.example"]),
        ("rechnung@werk.example", [MAIN], ["rechnung@werk.example"]),
    ],
)
def test_an_invoice_goes_to_the_address_for_invoices_and_to_everybody_with_the_function(
    email, people, expected
):
    assert [each.address for each in recipients_of(email, people)] == expected


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ([BRANDT], Mailbox("brandt@werk.example", "Maren Brandt", "Frau")),
        ([AHLERS], Mailbox("brandt@werk.example", "Birte Ahlers", "Frau")),
        ([MAIN], Mailbox("brandt@werk.example")),
    ],
)
def test_who_has_the_address_is_spoken_to(people, expected):
    assert recipients_of("brandt@werk.example", people)[0] == expected


@pytest.mark.parametrize(
    "text", ["a@b.example", " a.b+c@b.example", "o'neill@b.example", "a@bäcker.example", "a@b-c.d.example"]
)
def test_the_address_of_one_mailbox_is_taken(text):
    assert checked_address(text) == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "a@b", "a@b.example,c@d.example", "a@b.example;c@d.example", "A <a@b.example>", "a@b.example\nBcc: c@d.example",
        "a@b.example\r\n", "a(x)@b.example", '"a b"@b.example', "a..b@c.example", ".a@b.example", "a@-b.example", "a@b..example",
        "ä@b.example", "a@b.example\x00", "a" * 65 + "@b.example", "a@" + "b" * 250 + ".example",
    ],
)  # fmt: skip
def test_sec_64_anything_else_is_refused(text):
    with pytest.raises(AddressUnusable):
        checked_address(text)


def test_pauses_grow_from_a_minute_to_a_day():
    pauses = [next_pause(attempts) for attempts in range(1, 40)]
    assert pauses[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == timedelta(hours=24)


def test_the_message_id_follows_from_the_key_and_the_senders_domain():
    key = dispatch_key(kind="invoice", document="RE2027-0001", recipient="A@B.example", number=1)
    assert key == "invoice:RE2027-0001:a@b.example:1"
    assert message_id(key, "beitrag@verein.example") == message_id(key, "kasse@verein.example")
    assert message_id(key, "beitrag@verein.example") != message_id(key + "2", "beitrag@verein.example")
    assert message_id(key, "x@verein.example").endswith("@verein.example>")
