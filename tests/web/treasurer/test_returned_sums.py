"""Several returned debits as one sum: ticked on a page, posted by one button, with and without script."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select

from membership.domain.policy import Role
from membership.persistence.db import write
from membership.persistence.models.direct_debits import CollectionItem
from membership.services import direct_debits
from membership.services.settings import change_settings
from tests.factories import make_mandate
from tests.web.treasurer.conftest import BOOKKEEPER, main_of
from tests.web.treasurer.test_banking import BANK, DAY, DEBITED, camt, opened, send

ACCOUNT = b"<DbtrAcct><Id><IBAN>DE02120300000000202051</IBAN></Id></DbtrAcct>"
ALPHA, BETA = "RE2027-0001-1", "RE2027-0002-1"
RETURNS = f"{BANK}/entries/2/returns"


@pytest.fixture
def treasurer(web, billed):
    """The treasurer of books with a credited collection of 1,800.00; entry 2 took 1,806.01 back."""
    write(BOOKKEEPER, change_settings, {"bank.creditor_id": "DE98ZZZ09999999999"})
    told = {"notified_on": date(2027, 1, 12), "due_on": DEBITED, "way": "Brief", "today": DAY}
    for number in ("M0001", "M0002"):
        make_mandate(BOOKKEEPER, number)
        write(BOOKKEEPER, direct_debits.record_notice, f"RE2027-{number[1:]}", **told)
    made = write(BOOKKEEPER, direct_debits.create_collection, DEBITED, today=DAY)
    write(BOOKKEEPER, direct_debits.mark_submitted, made.id, on=DAY)
    browser = web.signed_in(Role.TREASURER)
    both = camt((180000, "", "Sammellastschrift"), (-180601, "", "Retouren"), opening="100.00", day=DEBITED)
    send(browser, both.replace(ACCOUNT, b""))
    browser.send(f"{BANK}/entries/1/collect", collection=made.number)
    assert opened(web)["RE2027-0002"] == 0
    return browser


def test_ticked_debits_are_opened_again_their_fee_is_booked_and_all_is_taken_back(web, treasurer):
    assert RETURNS in treasurer.get(f"{BANK}/entries").text
    assert RETURNS in treasurer.get(f"{BANK}/entries/2").text
    page = main_of(treasurer.get(RETURNS))
    assert re.findall(r'name="debit"\s+value="([^"]+)"\s+data-cents="(\d+)"', page) == [
        (ALPHA, "60000"),
        (BETA, "120000"),
    ]
    ticks = {"debit": [ALPHA, BETA], f"reason-{BETA}": "902", "collection": "LS2027-0001"}
    assert treasurer.send(RETURNS, **ticks, amount_fee="6,01", is_fee_of_members="y").status_code == 303
    assert [opened(web)[f"RE2027-000{n}"] for n in (1, 2)] == [60000, 120000]
    assert opened(web)[f"RL-{ALPHA}"] + opened(web)[f"RL-{BETA}"] == 601
    codes = web.rows(select(CollectionItem.return_code).order_by(CollectionItem.id))
    assert [code for (code,) in codes] == ["MS03", "AC04"]
    shown = main_of(treasurer.get(f"{BANK}/entries/2"))
    assert ("RE2027-0001" in shown, "RE2027-0002" in shown) == (True, True)
    assert treasurer.get(RETURNS).location.endswith("/entries/2")
    treasurer.send(f"{BANK}/entries/2/undo", reason="falsche Summe")
    assert [opened(web)[f"RE2027-000{n}"] for n in (1, 2)] == [0, 0]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "haken Sie die Lastschriften an"),
        ({"debit": ALPHA, "amount_fee": "6,01"}, "Die Teile ergeben"),
        ({"debit": [ALPHA, BETA]}, "Die Teile ergeben"),
        ({"debit": [ALPHA, BETA], "amount_fee": "sechs"}, "sechs"),
        ({"debit": [ALPHA, BETA], "amount_fee": "6,01", f"reason-{ALPHA}": "XY99"}, "kein Grund einer Rücklastschrift"),
        ({"debit": [ALPHA, "RE2027-0009-1"], "amount_fee": "6,01"}, "RE2027-0009-1"),
    ],
)  # fmt: skip
def test_what_does_not_add_up_is_said_with_all_that_was_typed(web, treasurer, sent, said):
    answer = treasurer.send(RETURNS, **sent)
    assert answer.status_code == 422
    assert said in answer.text
    ticked = re.findall(r'value="([^"]+)"\s+data-cents="\d+"\s+checked', answer.text)
    assert ticked == [each for each in (ALPHA, BETA) if each in sent.get("debit", ())]
    if "amount_fee" in sent:
        assert f'value="{sent["amount_fee"]}"' in answer.text
    assert (f"reason-{ALPHA}" not in sent) or 'value="XY99"' in answer.text
    assert opened(web)["RE2027-0001"] == 0


def test_what_is_still_to_be_named_is_counted_without_script(treasurer):
    page = main_of(treasurer.send(RETURNS, debit=ALPHA, amount_fee="6,01"))
    assert re.search(r"Noch zu benennen:\s*<output[^>]*>1\.200,00\s€", page)


def test_somebody_who_was_faster_is_named_and_nothing_is_booked_twice(web, treasurer):
    given = {"debit": [ALPHA, BETA], "amount_fee": "6,01"}
    treasurer.send(RETURNS, **given)
    late = treasurer.send(RETURNS, **given)
    assert (late.status_code, "zugeordnet" in late.text) == (422, True)
    assert opened(web)["RE2027-0001"] == 60000


def test_money_that_came_has_no_such_page_and_the_office_sees_none(web, treasurer):
    assert treasurer.get(f"{BANK}/entries/1/returns").status_code == 422
    assert web.signed_in(Role.AUDITOR).get(RETURNS).status_code == 403
