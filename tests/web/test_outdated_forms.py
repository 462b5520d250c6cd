"""Two windows: a form about something that changed meanwhile is told so, keeps the input and changes nothing at first.

Source: `ux.md` 4 "Two people at once".
"""

from __future__ import annotations

import re

import pytest

from membership.domain.policy import Role
from tests.web.sweep_world import OWN, World, routes

GUARDS = re.compile(r'name="(?:opened|seen|version|mails|documents)"')
MAKES_NEW = {
    "treasurer.banking.import_file", "treasurer.banking.ask", "treasurer.opening.index",
    "account.forgot", "account.sign_in", "account.second_factor", "treasurer.billing.start", "treasurer.billing.new_levy", "treasurer.members.add_contact",
    "treasurer.members.agree", "treasurer.members.decide", "treasurer.members.import_file", "treasurer.members.new",
    "treasurer.invoices.start_single", "treasurer.settings.new_account", "treasurer.schedules.copy", "treasurer.schedules.example", "treasurer.schedules.raise_amounts",
    "treasurer.users.invite", "treasurer.direct_debits.new", "treasurer.direct_debits.new_mandate", "portal.debits.show",
    "treasurer.refunds.new", "treasurer.resolutions.new", "treasurer.members.add_file",
    "treasurer.declarations.new", "treasurer.declarations.record", "treasurer.declarations.estimate",
    "treasurer.declarations.query", "application.fill",
}  # fmt: skip
"""What these make is new each time; the token of the form keeps it from being made twice."""
OWN_ACCOUNT = {
    "account.invitation", "account.join", "account.link", "account.password", "account.profile", "account.recovery_codes", "account.reset",
    "account.set_up_second_factor", "account.setup", "account.switch_off_second_factor",
}  # fmt: skip
"""Of the person alone; nobody else changes it."""
RULED = {
    "treasurer.online_payments.settle", "treasurer.banking.returns",
    "treasurer.billing.discard",
    "treasurer.dispatch.send_invoice",
    "treasurer.members.suspend", "treasurer.members.exclusion", "treasurer.members.close_insolvency",
    "treasurer.members.reject", "treasurer.applications.reject",
    "treasurer.members.end_agreed", "treasurer.members.end_decision",
    "treasurer.members.erase_contact", "treasurer.members.record_size", "treasurer.payments.reverse",
    "treasurer.schedules.activate", "treasurer.schedules.delete", "treasurer.members.import_columns",
    "treasurer.members.import_reading",
}  # fmt: skip
"""One step that is possible once: the rule refuses it the second time, or the value of the same day is replaced by name."""


def test_every_form_knows_what_its_page_showed(web):
    world = World.of(web)
    browser = web.browser_of(web.person(Role.ADMIN, Role.TREASURER))
    open_forms = []
    for route in routes(web.app):
        if route.method != "POST" or route.endpoint in MAKES_NEW | OWN_ACCOUNT | RULED:
            continue
        page = browser.get(
            route.address(
                lambda endpoint, part: world.values(OWN)(endpoint, part) if part != "token" else "x"
            )
        )
        if page.status_code != 200 or "<main" not in page.text:
            continue
        main = re.search(r"<main.*?</main>", page.text, re.DOTALL)[0]
        typed = re.search(r'<(?:input|select|textarea)[^>]*class="input', main)
        if typed and not GUARDS.search(main):
            open_forms.append(route.endpoint)
    assert open_forms == []


@pytest.fixture
def world(web):
    return World.of(web)


def change(address, first, second, said):
    return pytest.param(address, first, second, said, id=address.rsplit("/", 1)[-1])


CHANGES = [
    change(
        "/treasurer/members/M0001/insolvency",
        {"opened_on": "01.02.2027", "court": "Amtsgericht Bremen"},
        {"opened_on": "02.02.2027", "court": "Amtsgericht Verden"},
        "Jetzt gespeichert: 01.02.2027, Amtsgericht Bremen",
    ),
    change(
        "/treasurer/members/M0001/category",
        {"category": "SCI", "valid_from": "01.01.2027"},
        {"category": "STA", "valid_from": "01.01.2027"},
        "Jetzt gespeichert: Wissenschaft",
    ),
    change(
        "/treasurer/members/M0001/group",
        {"new_group": "Alpha-Gruppe", "valid_from": "01.01.2027"},
        {"new_group": "Beta-Gruppe", "valid_from": "01.01.2027"},
        "Jetzt gespeichert: Alpha-Gruppe",
    ),
    change(
        "/treasurer/members/M0001/order-number",
        {"year": "2027", "order_number": "4711"},
        {"year": "2027", "order_number": "4712"},
        "Jetzt gespeichert: 4711",
    ),
    change(
        "/treasurer/invoices/RE2027-0001/waive",
        {"amount": "100,00", "reason": "Kulanz", "resolution": "Vorstand"},
        {"amount": "200,00", "reason": "Härte", "resolution": "Vorstand"},
        "100,00 € erlassen oder ausgebucht",
    ),
    change(
        "/treasurer/invoices/RE2027-0001/defer",
        {"until": "01.06.2027", "reason": "Kulanz"},
        {"until": "01.07.2027", "reason": "Härte"},
        "fällig am 01.06.2027",
    ),
]


@pytest.mark.parametrize(("address", "first", "second", "said"), CHANGES)
def test_a_second_window_with_old_data_is_told_so(web, world, monkeypatch, address, first, second, said):
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-02-16")
    browser = web.signed_in(Role.TREASURER)
    old = fields_of(browser.get(address))
    assert sent(browser, address, {**fields_of(browser.get(address)), **first}).status_code == 303
    refused = sent(browser, address, {**old, **second})
    assert refused.status_code == 422
    assert "wurde inzwischen geändert" in refused.text
    assert said in refused.text.replace("\xa0", " ")
    kept = fields_of(refused)
    assert {name: kept.get(name) for name in second if name != "category"} == {
        name: value for name, value in second.items() if name != "category"
    }
    assert sent(browser, address, {**kept, **second}).status_code == 303


def test_rights_that_another_administrator_changed_meanwhile_are_shown(web):
    browser = web.signed_in(Role.ADMIN)
    person = web.person(Role.BOARD)
    address = f"/treasurer/users/{person}/rights"
    old = fields_of(browser.get(address))
    first = {**fields_of(browser.get(address)), "roles": ["board", "auditor"]}
    assert sent(browser, address, first).status_code == 303
    refused = sent(browser, address, {**old, "roles": ["office"]})
    assert refused.status_code == 422
    assert "Jetzt gespeichert: Kassenprüfung, Vorstand" in refused.text


def test_a_second_click_gets_the_answer_of_the_first(web, world, monkeypatch):
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-02-16")
    browser = web.signed_in(Role.TREASURER)
    address = "/treasurer/invoices/RE2027-0001/waive"
    form = {**fields_of(browser.get(address)), "amount": "100,00", "reason": "x", "resolution": "Vorstand"}
    assert sent(browser, address, form).status_code == 303
    assert sent(browser, address, form).status_code == 303
    assert "499,00" in browser.get("/treasurer/invoices/RE2027-0001").text


def fields_of(page):
    """Return what the inputs of the form hold, tokens included."""
    main = re.search(r"<main.*?</main>", page.text, re.DOTALL)[0]
    found = {}
    for tag in re.findall(r"<input[^>]*>", main):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and (("radio" not in tag and "checkbox" not in tag) or "checked" in tag):
            found[name[1]] = value[1] if value else ""
    return found


def sent(browser, address, form):
    return browser.post(address, data=form)
