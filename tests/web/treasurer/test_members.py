"""The member pages: import in its steps, the list, the record."""

from __future__ import annotations

import io
import re

import pytest

from membership.domain.policy import Role

LIST = "Mitgliedsnummer;Firma;PLZ;Ort;Beschäftigte;E-Mail;Kategorie\nM0001;Hansa Blech GmbH;28195;Bremen;37;a@hansa.example;ORD\n;Ohne Ort GmbH;;;5;;ORD\n"


def upload(browser, content: bytes, name: str):
    return browser.send("/treasurer/members/import", files={"file": (io.BytesIO(content), name)})


def test_a_list_is_checked_taken_over_shown_and_undone(treasurer_browser):
    empty = treasurer_browser.get("/treasurer/members")
    assert "Noch keine Mitglieder" in empty.text
    sent = upload(treasurer_browser, LIST.encode(), "liste.csv")
    assert sent.status_code == 303
    check = treasurer_browser.get(sent.location)
    assert "1 neue und 0 geänderte Mitglieder übernehmen" in check.text
    assert "Zeile 3" in check.text
    token = re.search(r"/import/([\w-]+)/check", sent.location)[1]
    assert treasurer_browser.get(f"/treasurer/members/import/{token}/rejected.xlsx").data.startswith(b"PK")
    done = treasurer_browser.send(f"/treasurer/members/import/{token}")
    assert done.status_code == 303
    assert "Hansa Blech GmbH" in treasurer_browser.get("/treasurer/members").text
    record = treasurer_browser.get("/treasurer/members/M0001")
    assert "a@hansa.example" in record.text
    again = upload(treasurer_browser, LIST.encode(), "liste.csv")
    assert "würde nichts ändern" in treasurer_browser.get(again.location).text
    assert treasurer_browser.send(f"{done.location}/undo").status_code == 303
    assert "Noch keine Mitglieder" in treasurer_browser.get("/treasurer/members").text


@pytest.mark.parametrize(
    ("content", "name"), [(b"", "leer.csv"), (b"%PDF-1.7 x", "a.pdf"), (b"PK\x03\x04kaputt", "a.xlsx")]
)
def test_a_wrong_file_ends_with_one_sentence(treasurer_browser, content, name):
    refused = upload(treasurer_browser, content, name)
    assert refused.status_code == 422
    assert "Bitte prüfen Sie Ihre Angaben" in refused.text


def test_a_missing_member_is_not_found_and_the_office_may_import(web, treasurer_browser):
    assert treasurer_browser.get("/treasurer/members/M9999").status_code == 404
    assert web.signed_in(Role.OFFICE).get("/treasurer/members/import").status_code == 200
    assert web.signed_in(Role.BOARD).get("/treasurer/members/import").status_code == 403
