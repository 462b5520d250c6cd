"""Further accounts of the association and opening balances: kept, checked, noted in words."""

from __future__ import annotations

import pytest

from membership.domain.policy import Role
from membership.persistence.db import read_as, write
from membership.persistence.queries.bank import find_account, list_accounts
from membership.services.settings import change_settings
from tests.conftest import person
from tests.factories import ASSOCIATION
from tests.web.treasurer.conftest import said_by

STAFF = person(Role.TREASURER, Role.ADMIN)
BANK = "/treasurer/settings/bank"
NEW = f"{BANK}/accounts/new"
SECOND = "DE02120300000000202051"
FIELDS = {"iban": "DE02 1203 0000 0000 2020 51", "holder": "Verein", "account_label": "Tagesgeld"}


@pytest.fixture
def browser(web):
    write(STAFF, change_settings, ASSOCIATION)
    return web.signed_in(Role.TREASURER)


def accounts():
    session = read_as(STAFF)
    session.rollback()
    return list_accounts(session)


def test_the_account_on_the_invoices_is_the_first_of_the_list(browser):
    (first,) = accounts()
    assert first.iban == ASSOCIATION["bank.iban"]
    assert "Auf den Rechnungen" in said_by(browser.get(BANK))


def test_with_another_account_on_the_invoices_the_old_one_stays_in_the_list(browser):
    write(STAFF, change_settings, {"bank.iban": SECOND})
    assert [each.iban for each in accounts()] == [ASSOCIATION["bank.iban"], SECOND]
    assert accounts()[1].bank_name
    write(STAFF, change_settings, {"bank.iban": ASSOCIATION["bank.iban"], "bank.holder": "Neuer Name"})
    assert accounts()[0].holder == "Neuer Name"


def test_a_further_account_has_its_bank_and_its_opening_balance(browser):
    sent = browser.send(NEW, **FIELDS, opened_on="1.1.27", opening="12.345,60")
    assert sent.status_code == 303
    account = find_account(read_as(STAFF), SECOND)
    assert (account.bank_name, account.bic[:4]) != ("", "")
    assert (account.opening_cents, str(account.opened_on)) == (1_234_560, "2027-01-01")
    assert "Tagesgeld DE02 1203 0000 0000 2020 51 Verein 12.345,60 € 01.01.2027" in said_by(browser.get(BANK))
    log = said_by(browser.get("/treasurer/audit?kind=bank_account"))
    assert "Bankkonto hinzugefügt" in log
    assert "Kontostand zu Beginn dieses Tages: 12.345,60 €" in log


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"iban": "DE02 1203"}, "Das ist keine IBAN."),
        ({"iban": ASSOCIATION["bank.iban"]}, "steht schon in der Liste"),
        ({"opening": "10,00"}, "Bitte geben Sie den Tag an"),
        ({"opening": "1,234", "opened_on": "1.1.2027"}, "1,234"),
    ],
)
def test_what_does_not_fit_is_said_and_the_input_kept(browser, changes, said):
    page = browser.send(NEW, **{**FIELDS, "opened_on": "", "opening": "", **changes})
    assert page.status_code in {409, 422}
    assert said in said_by(page)
    assert 'value="Tagesgeld"' in page.text
    assert len(accounts()) == 1


def test_a_balance_may_be_below_zero_and_is_shown_again_as_it_can_be_typed(browser):
    (first,) = accounts()
    browser.send(f"{BANK}/accounts/{first.id}", account_label="", opened_on="01.01.2027", opening="-5,05")
    assert accounts()[0].opening_cents == -505
    page = browser.get(f"{BANK}/accounts/{first.id}")
    assert 'value="-5,05"' in page.text
    assert 'value="01.01.2027"' in page.text
    assert "Konto entfernen" not in page.text


def test_a_further_account_can_be_removed_and_the_one_on_the_invoices_cannot(browser):
    browser.send(NEW, **FIELDS, opened_on="", opening="")
    first, second = accounts()
    refused = browser.send(f"{BANK}/accounts/{first.id}/remove")
    assert refused.status_code == 422
    assert "Auf dieses Konto zahlen Mitglieder." in said_by(refused)
    assert browser.send(f"{BANK}/accounts/{second.id}/remove").status_code == 303
    assert len(accounts()) == 1


def test_who_may_only_read_sees_the_accounts_and_changes_none(web, browser):
    board = web.signed_in(Role.BOARD)
    assert "Auf den Rechnungen" in said_by(board.get(BANK))
    assert board.get(NEW).status_code in {403, 404}
