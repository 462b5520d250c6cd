"""The frame: navigation by role, language, static files, notices, statements and requests of a page."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import event, func, select

from membership.domain.passwords import SHORTEST
from membership.domain.policy import STAFF, Role
from membership.persistence.db import db
from membership.persistence.models.chain import AuditRecord
from membership.persistence.models.users import User, UserSession
from membership.web.manual import as_html, chapters
from membership.web.static_files import files
from tests.web.conftest import PASSWORD

SIZE = 150_000


@pytest.mark.parametrize(
    ("role", "shown", "hidden"),
    [
        (Role.ADMIN, ["Benutzer", "Einstellungen", "Protokoll"], ["Mitglieder"]),
        (Role.AUDITOR, ["Benutzer", "Protokoll", "Einstellungen"], []),
        (Role.OFFICE, ["Hilfe"], ["Benutzer", "Protokoll", "Einstellungen"]),
    ],
)
def test_the_navigation_shows_what_the_role_may_open(web, role, shown, hidden):
    page = web.signed_in(role).get("/profile").text
    nav = page[page.index('class="side-nav"') : page.index('class="main-column"')]
    assert [word for word in shown if word not in nav] == []
    assert [word for word in hidden if word in nav] == []


def test_every_entry_of_the_navigation_can_be_opened(web):
    browser = web.signed_in(*STAFF)
    page = browser.get("/profile").text
    nav = page[page.index('class="side-nav"') : page.index('class="main-column"')]
    addresses = set(re.findall(r'href="(/[^"]+)"', nav))
    assert len(addresses) >= 4
    assert {
        address: status for address in addresses if (status := browser.get(address).status_code) != 200
    } == {}


def test_an_auditor_sees_that_nothing_can_be_changed(web):
    assert "Nur Lesezugriff" in web.signed_in(Role.AUDITOR).get("/treasurer/settings").text
    assert "Nur Lesezugriff" not in web.signed_in(Role.AUDITOR, Role.OFFICE).get("/treasurer/settings").text
    assert "Verein speichern" not in web.signed_in(Role.AUDITOR).get("/treasurer/settings/association").text


def test_the_language_is_the_persons_and_never_the_browsers(web):
    browser = web.signed_in(Role.ADMIN)
    assert 'lang="de"' in browser.get("/profile", headers={"Accept-Language": "en"}).text
    response = browser.post(
        "/language",
        data={"csrf_token": browser.token(), "language": "en"},
        headers={"Referer": "http://localhost/profile"},
    )
    assert response.headers["Location"] == "/profile"
    assert 'lang="en"' in browser.get("/profile").text
    assert web.rows(select(User.language)) == [("en",)]


def test_before_signing_in_a_choice_of_language_is_kept(web):
    browser = web.browser()
    assert "Anmelden" in browser.get("/sign-in").text
    browser.send("/language", language="en")
    assert "Sign in" in browser.get("/sign-in").text
    assert "Anmelden" in browser.get("/sign-in?lang=de").text
    assert browser.send("/language", language="fr").status_code == 303


def test_a_page_asks_for_at_most_eight_files_and_150_kilobytes(web):
    browser = web.signed_in(*STAFF)
    page = browser.get("/treasurer/users")
    addresses = set(re.findall(r'(?:src|href)="(/(?:static|brand|logo)[^"]*)"', page.text))
    css = next(address for address in addresses if address.endswith(".css"))
    fonts = re.findall(r'url\("([^"]+)"\)', browser.get(css).text)
    assert 1 + len(addresses) + len(fonts) <= 8
    sent = len(page.data) + sum(len(browser.get(address).data) for address in addresses)
    assert sent <= SIZE
    for font in fonts:
        assert browser.get(f"/static/{font}").status_code == 200


def test_static_files_carry_their_hash_and_are_kept_for_a_year(web):
    browser = web.browser()
    for name, file in files().items():
        assert re.search(r"\.[0-9a-f]{16}\.\w+$", name)
        response = browser.get(f"/static/{name}")
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response.data == file.content
        again = browser.get(f"/static/{name}", headers={"If-None-Match": response.headers["ETag"]})
        assert again.status_code == 304


def test_an_association_has_its_own_colours_in_a_stylesheet_of_their_own(web, admin):
    assert "/brand." not in admin.get("/profile").text
    assert admin.send("/treasurer/settings/look", brand_colour="#7A1F4B").status_code == 303
    address = re.search(r'href="(/brand\.[0-9a-f]{16}\.css)"', admin.get("/profile").text)[1]
    sheet = web.browser().get(address)
    assert "--brand: #7A1F4B;" in sheet.text
    assert sheet.headers["Content-Type"] == "text/css; charset=utf-8"
    assert web.browser().get("/brand.0000000000000000.css").status_code == 404


def test_a_colour_on_which_white_cannot_be_read_is_refused_with_its_contrast(admin):
    response = admin.send("/treasurer/settings/look", brand_colour="#F0C040")
    assert response.status_code == 422
    assert re.search(r"schlecht lesbar \(\d,\d : 1\)", response.text)


def test_a_notice_is_shown_once_and_kept_in_the_session_row(web, admin):
    admin.send("/treasurer/settings/pages", language="de", imprint_text="x")
    assert web.rows(select(UserSession.notices))[0][0][0]["kind"] == "ok"
    assert "sind gespeichert" in admin.get("/treasurer/settings").text
    assert "sind gespeichert" not in admin.get("/treasurer/settings").text
    assert web.rows(select(UserSession.notices)) == [([],)]


@pytest.mark.parametrize(
    "address", ["/treasurer/users", "/treasurer/settings", "/treasurer/audit", "/treasurer/search?q=x"]
)
def test_a_list_needs_at_most_five_statements(web, address):
    browser = web.signed_in(*STAFF, password=PASSWORD)
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert browser.get(address).status_code == 200
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len(seen) <= 5, seen


def test_every_page_has_its_chapter_of_the_manual(web):
    browser = web.signed_in(*STAFF)
    names = [chapter.name for chapter in chapters()]
    assert {"first-start", "sign-in", "users", "settings", "audit"} <= set(names)
    for name in names:
        assert browser.get(f"/help?chapter={name}").status_code == 200


@pytest.mark.parametrize(
    ("roles", "address", "chapter"),
    [
        (STAFF, "/treasurer/users/invite", "users"),
        (STAFF, "/treasurer/search?q=x", "overview"),
        (STAFF, "/profile", "sign-in"),
        ([Role.COMPANY_USER], "/portal/invoices", "portal"),
        ([Role.COMPANY_USER], "/profile/password", "sign-in"),
        ([], "/sign-in", "sign-in"),
        ([], "/forgot", "sign-in"),
    ],
)
def test_help_leads_from_a_page_to_its_chapter(web, roles, address, chapter):
    browser = web.signed_in(*roles) if roles else web.browser()
    page = browser.get(address).text
    leads = set(re.findall(r'href="(/help[^"]*)"', page))
    assert leads == {f"/help?chapter={chapter}"}
    title = next(each.title for each in chapters() if each.name == chapter)
    assert f"<h2>{title}</h2>" in browser.get(*leads).text


def test_the_manual_shows_markup_of_its_text_as_text():
    page = as_html(
        "### A <b>\n\nSie **wählen** `x` <script>.\n\n- [hier](/help)\n- [dort](javascript:x)\n- [da](//x.example)\n"
    )
    assert page == (
        "<h3>A &lt;b&gt;</h3>\n<p>Sie <strong>wählen</strong> <code>x</code> &lt;script&gt;.</p>\n"
        '<ul>\n<li><a href="/help">hier</a></li>\n<li>[dort](javascript:x)</li>\n<li>[da](//x.example)</li>\n</ul>\n'
    )


def test_how_a_fee_schedule_is_written_down_stands_in_the_help(web):
    page = web.browser().get("/help?chapter=fee-schedules").text
    assert '<article class="text space-5" lang="en">' in page
    assert "<h3>The whole schedule</h3>" in page
    assert "<td><code>code</code></td>" in page
    assert "style=" not in page


@pytest.mark.parametrize(
    ("role", "opens"),
    [
        (Role.ADMIN, {"/treasurer/users", "/treasurer/audit", "/treasurer/overview", "/profile"}),
        (
            Role.AUDITOR,
            {
                "/treasurer/users",
                "/treasurer/audit",
                "/treasurer/reports",
                "/treasurer/year-end",
                "/treasurer/overview",
                "/profile",
            },
        ),
        (Role.OFFICE, {"/treasurer/overview", "/profile"}),
        (Role.COMPANY_USER, {"/profile"}),
        (None, set()),
    ],
)
def test_the_manual_links_only_to_pages_the_reader_may_open(web, role, opens):
    browser = web.browser() if role is None else web.signed_in(role)
    before = web.rows(select(func.count()).select_from(AuditRecord))
    linked = set()
    for chapter in chapters():
        article = re.search(
            r"<article.*?</article>", browser.get(f"/help?chapter={chapter.name}").text, re.DOTALL
        )[0]
        linked |= set(re.findall(r'href="(/[^"#?]*)"', article))
        assert re.sub(r"<[^>]+>", "", str(chapter.text)).strip() in re.sub(r"<[^>]+>", "", article)
    assert linked == opens
    for address in linked:
        assert browser.get(address).status_code == 200
    assert web.rows(select(func.count()).select_from(AuditRecord)) == before


def test_the_manual_names_the_shortest_password_that_is_taken():
    chapter = next(each for each in chapters() if each.name == "sign-in")
    assert f"mindestens {SHORTEST} Zeichen" in chapter.text


def test_the_health_page_says_whether_the_database_fits(web):
    response = web.browser().get("/healthz")
    assert (response.status_code, response.json) == (200, {"ok": True})


def test_bank_name_and_bic_are_filled_in(web, admin):
    response = admin.send(
        "/treasurer/settings/bank", holder="Verein", iban="DE89 3704 0044 0532 0130 00", bic="", bank_name=""
    )
    assert response.status_code == 303
    page = admin.get("/treasurer/settings/bank").text
    assert "COBADEFF" in page
    assert "Commerzbank" in page
    wrong = admin.send(
        "/treasurer/settings/bank", holder="Verein", iban="DE89 3704 0044 0532 0130 0", bic="", bank_name=""
    )
    assert wrong.status_code == 422
    assert "Eine IBAN aus DE hat 22." in wrong.text
    assert 'value="DE89 3704 0044 0532 0130 0"' in wrong.text
