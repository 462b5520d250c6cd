"""The import of a member list in its four steps: file, columns, check, result."""

from __future__ import annotations

import io
import os
import re
import time

import pytest

from membership.domain.policy import Role
from tests.conftest import SAMPLES
from tests.web.treasurer.conftest import said_by
from tests.web.treasurer.member_lists import (
    LIST,
    ODD,
    ODD_FIELDS,
    START,
    assign,
    check,
    columns_of,
    take_over,
    upload,
    workbook,
)


def test_a_list_is_checked_taken_over_shown_and_undone(treasurer_browser):
    kept = upload(treasurer_browser, LIST)
    said = check(treasurer_browser, kept)
    assert "2 in der Liste = 1 neu + 0 geändert + 0 unverändert + 1 mit Fehlern" in said
    assert "1 neues Mitglied übernehmen" in said
    assert "Zeile 3" in said
    rejected = treasurer_browser.get(f"{kept}/rejected.xlsx")
    assert rejected.data.startswith(b"PK")
    assert "filename=liste-fehler.xlsx" in rejected.headers["Content-Disposition"]
    done = take_over(treasurer_browser, kept, new=1)
    assert done.status_code == 303
    page = treasurer_browser.get(done.location)
    result = said_by(page)
    members = re.search(r'href="(/treasurer/members\?[^"]*import=1[^"]*)"', page.text)[1].replace(
        "&amp;", "&"
    )
    assert "Hansa Blech GmbH" in said_by(treasurer_browser.get(members))
    assert "Zu den Beitragsordnungen" in result
    assert "a@hansa.example" in treasurer_browser.get("/treasurer/members/M0001").text
    assert treasurer_browser.send(f"{done.location}/undo").status_code == 303
    assert "Noch keine Mitglieder" in treasurer_browser.get("/treasurer/members").text
    assert "liste.csv" in said_by(treasurer_browser.get(START))


def test_the_same_list_again_would_change_nothing(treasurer_browser):
    good = LIST.rsplit(";Ohne", 1)[0]
    take_over(treasurer_browser, upload(treasurer_browser, good), new=1)
    kept = upload(treasurer_browser, good)
    said = check(treasurer_browser, kept)
    assert "1 in der Liste = 0 neu + 0 geändert + 1 unverändert + 0 mit Fehlern" in said
    assert "Diese Liste würde nichts ändern" in said
    assert "übernehmen" not in said
    assert take_over(treasurer_browser, kept).location == "/treasurer/members"


def test_the_same_size_of_another_year_is_shown_with_both_days(treasurer_browser):
    good = LIST.rsplit(";Ohne", 1)[0]
    take_over(
        treasurer_browser, upload(treasurer_browser, good.replace("Beschäftigte", "Mitarbeiter 2024")), new=1
    )
    said = check(
        treasurer_browser, upload(treasurer_browser, good.replace("Beschäftigte", "Mitarbeiter 2025"))
    )
    assert "1 in der Liste = 0 neu + 1 geändert + 0 unverändert + 0 mit Fehlern" in said
    assert "37 (Stichtag 31.12.2024)" in said
    assert "37 (Stichtag 31.12.2025)" in said


def test_a_double_click_takes_the_list_in_once(treasurer_browser):
    kept = upload(treasurer_browser, LIST)
    first = treasurer_browser.send(kept, new="1", changed="0", form_token="same")
    again = treasurer_browser.send(kept, new="1", changed="0", form_token="same")
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.location == again.location


def test_what_the_page_has_not_shown_is_not_taken_over(treasurer_browser):
    kept = upload(treasurer_browser, LIST)
    refused = take_over(treasurer_browser, kept, new=2)
    assert refused.status_code == 409
    assert "Inzwischen wurden Mitglieder geändert" in refused.text
    assert "Noch keine Mitglieder" in treasurer_browser.get("/treasurer/members").text
    assert treasurer_browser.send(kept, new="viele", changed="0").status_code == 400


def test_columns_are_shown_with_samples_and_the_guess_is_marked(treasurer_browser):
    kept = upload(treasurer_browser, "Firma;PLZ;Ort;MA 2025;MA 2026;Farbe\nAlpha GmbH;28195;Bremen;3;4;rot\n")
    page = treasurer_browser.get(f"{kept}/columns")
    said = said_by(page)
    assert "Überschriften in Zeile 1 · 1 Zeile darunter" in said
    assert "Alpha GmbH" in said
    assert said.count(" erkannt ") == 4
    assert "älteres Jahr, wird nicht übernommen" in said
    assert "Nicht übernommen: MA 2025, Farbe" in said
    assert columns_of(treasurer_browser, kept)["column_4"] == "headcount"


def test_unknown_headings_below_a_title_are_assigned_by_hand(treasurer_browser):
    kept = upload(treasurer_browser, ODD)
    said = said_by(treasurer_browser.get(f"{kept}/columns"))
    assert "Zeile 2 gilt als Überschrift" in said
    refused = assign(treasurer_browser, kept)
    assert refused.status_code == 422
    assert "Wählen Sie „Firma“ für die Spalte mit den Namen der Firmen" in said_by(refused)
    refused = assign(treasurer_browser, kept, column_1="name")
    assert "Wählen Sie für eine Spalte ein Feld der Anschrift oder „E-Mail“" in said_by(refused)
    assert 'selected value="name"' in refused.text
    done = assign(treasurer_browser, kept, **ODD_FIELDS)
    assert (done.status_code, done.location) == (303, f"{kept}/check")
    said = said_by(treasurer_browser.get(f"{kept}/columns"))
    assert "gilt als Überschrift" not in said
    assert said.count(" gewählt ") == 6


def test_two_columns_for_one_field_are_refused_at_the_second(treasurer_browser):
    kept = upload(treasurer_browser, ODD)
    refused = assign(treasurer_browser, kept, **{**ODD_FIELDS, "column_3": "name"})
    assert refused.status_code == 422
    assert "Spalte B füllt „Firma“ schon" in said_by(refused)
    assert 'id="column_3-error"' in refused.text
    assert assign(treasurer_browser, kept, **{**ODD_FIELDS, "column_3": "quark"}).status_code == 422


def test_several_mail_columns_may_fill_one_field(treasurer_browser):
    kept = upload(
        treasurer_browser, "Firma;Post eins;Post zwei\nAlpha GmbH;a@alpha.example;b@alpha.example\n"
    )
    assert assign(treasurer_browser, kept, column_1="email", column_2="email").status_code == 303
    assert "1 neues Mitglied übernehmen" in check(treasurer_browser, kept)


def test_errors_are_put_right_on_the_page_and_words_stand_for_a_category(treasurer_browser):
    kept = upload(treasurer_browser, ODD)
    assign(treasurer_browser, kept, **ODD_FIELDS)
    said = check(treasurer_browser, kept)
    assert "2 mit Fehlern" in said
    assert "Kategorie unbekannt (2)" in said
    assert "A-Mitglied in 2 Zeilen" in said
    assert "Diese Liste würde nichts ändern" not in said
    nothing = treasurer_browser.send(f"{kept}/corrections", **{"cell-4-4": "viele", "was-cell-4-4": "viele"})
    assert nothing.status_code == 303
    assert "Es wurde nichts berichtigt" in treasurer_browser.get(f"{kept}/check").text
    sent = {"cell-4-4": "30", "was-cell-4-4": "viele", "word-a-mitglied": "ORD", "word-x": "NIE"}
    treasurer_browser.send(f"{kept}/corrections", **sent)
    said = check(treasurer_browser, kept)
    assert "2 in der Liste = 2 neu + 0 geändert + 0 unverändert + 0 mit Fehlern" in said
    assert "Hier gelten 2 Berichtigungen" in said
    assert "Sandbank AG Zeile 4 · B2 27568 Bremerhaven Ordentliches Mitglied 30" in check(
        treasurer_browser, kept, "new"
    )
    assert take_over(treasurer_browser, kept, new=2).status_code == 303


def test_a_wrong_value_may_be_emptied_and_corrections_taken_back(treasurer_browser):
    kept = upload(treasurer_browser, "Firma;PLZ;Ort;MA\nAlpha GmbH;28195;Bremen;viele\n")
    treasurer_browser.send(f"{kept}/corrections", **{"cell-2-3": "", "was-cell-2-3": "viele"})
    assert "1 neues Mitglied übernehmen" in check(treasurer_browser, kept)
    treasurer_browser.send(f"{kept}/corrections/forget")
    assert "1 mit Fehlern" in check(treasurer_browser, kept)


def test_what_was_assigned_is_offered_for_the_next_list(treasurer_browser):
    kept = upload(treasurer_browser, ODD.replace("viele", "30"))
    assign(treasurer_browser, kept, **ODD_FIELDS)
    treasurer_browser.send(f"{kept}/corrections", **{"word-a-mitglied": "ORD"})
    done = take_over(treasurer_browser, kept, new=2)
    again = upload(treasurer_browser, ODD.replace("viele", "31"))
    said = said_by(treasurer_browser.get(f"{again}/columns"))
    assert said.count(" wie in der letzten Liste ") == 6
    assert "gilt als Überschrift" not in said
    changed = check(treasurer_browser, again, "changed")
    assert "1 geändertes Mitglied übernehmen" in changed
    assert "Beschäftigtenzahl: 30 → 31" in changed
    treasurer_browser.send(f"{done.location}/undo")
    assert "wie in der letzten Liste" not in said_by(treasurer_browser.get(f"{again}/columns"))


def test_known_members_are_left_as_they_are_when_that_is_chosen(treasurer_browser):
    good = LIST.rsplit(";Ohne", 1)[0]
    take_over(treasurer_browser, upload(treasurer_browser, good), new=1)
    kept = upload(treasurer_browser, good.replace(";37;", ";40;"))
    assert "1 geändertes Mitglied übernehmen" in check(treasurer_browser, kept)
    assign(treasurer_browser, kept, known="skip")
    assert "1 in der Liste = 0 neu + 0 geändert + 1 unverändert" in check(treasurer_browser, kept)


def test_a_number_of_another_company_is_pointed_out(treasurer_browser):
    good = LIST.rsplit(";Ohne", 1)[0]
    take_over(treasurer_browser, upload(treasurer_browser, good), new=1)
    same = upload(treasurer_browser, good.replace("Hansa Blech GmbH", "HANSA Blech GmbH"))
    assert "Ist es dieselbe Firma" not in check(treasurer_browser, same, "notices")
    other = upload(treasurer_browser, good.replace("Hansa Blech GmbH", "Wesertor AG"))
    assert "1 Hinweis hindert den Import nicht" in check(treasurer_browser, other)
    said = check(treasurer_browser, other, "notices")
    assert "M0001 heißt bisher „Hansa Blech GmbH“ und bekäme diesen Namen" in said


def test_members_without_a_category_get_the_one_that_was_chosen(treasurer_browser):
    kept = upload(treasurer_browser, "Firma;PLZ;Ort\nAlpha GmbH;28195;Bremen\n")
    assign(treasurer_browser, kept, category="FOE")
    assert "Fördermitglied" in check(treasurer_browser, kept, "new")


def test_rows_that_are_no_members_are_named_with_the_reason(treasurer_browser):
    kept = upload(treasurer_browser, "Firma;PLZ;Ort;MA\nAlpha GmbH;28195;Bremen;ca. 80\nSumme;;;80\n")
    said = check(treasurer_browser, kept, "notices")
    assert "Zeile 3 Summe eine Summenzeile" in said
    assert "Ein ungefährer Wert, gelesen als 80." in said


def test_another_sheet_and_another_head_row_can_be_chosen(treasurer_browser):
    head, row = ["Firma", "PLZ", "Ort"], ["Alpha GmbH", "28195", "Bremen"]
    kept = upload(
        treasurer_browser, workbook(Neu=[head, row], Alt=[["x"], head, row, row], Leer=[]), "a.xlsx"
    )
    page = treasurer_browser.get(f"{kept}/file")
    assert "Tabellenblatt" in page.text
    assert "Trennzeichen" not in page.text
    refused = treasurer_browser.send(f"{kept}/file", sheet="Leer", head_row="1")
    assert refused.status_code == 422
    assert "Das Blatt „Leer“ ist leer" in refused.text
    chosen = treasurer_browser.send(f"{kept}/file", sheet="Alt", head_row="1")
    assert (chosen.status_code, chosen.location) == (303, f"{kept}/columns")
    assert "Blatt „Alt“ · Überschriften in Zeile 2 · 2 Zeilen darunter" in said_by(
        treasurer_browser.get(chosen.location)
    )
    treasurer_browser.send(f"{kept}/file", sheet="Alt", head_row="0")
    assert "keine Überschriften · 4 Zeilen darunter" in said_by(treasurer_browser.get(chosen.location))


def test_a_list_without_headings_loses_no_row(treasurer_browser):
    kept = upload(treasurer_browser, "Alpha GmbH;28195;Bremen\nBeta AG;26122;Oldenburg\n")
    assert "Jede Zeile gilt als Mitglied" in said_by(treasurer_browser.get(f"{kept}/columns"))
    assign(treasurer_browser, kept, column_0="name", column_1="postcode", column_2="city")
    assert "2 neue Mitglieder übernehmen" in check(treasurer_browser, kept)


def test_encoding_and_separator_are_shown_and_can_be_changed(treasurer_browser):
    kept = upload(treasurer_browser, "Firma;PLZ;Ort\nMüller, Söhne;28195;Bremen\n".encode("cp1252"))
    page = treasurer_browser.get(f"{kept}/file").text
    assert re.search(r'<option selected value="cp1252">', page)
    assert re.search(r'<option selected value=";">', page)
    treasurer_browser.send(f"{kept}/file", separator=";", encoding="mac_roman", head_row="1")
    assert "M¸ller" in said_by(treasurer_browser.get(f"{kept}/columns"))
    treasurer_browser.send(f"{kept}/file", separator="|", encoding="cp1252", head_row="1")
    assert "Firma;PLZ;Ort" in said_by(treasurer_browser.get(f"{kept}/columns"))


def test_a_check_without_the_needed_columns_leads_back_to_them(treasurer_browser):
    kept = upload(treasurer_browser, ODD)
    sent = treasurer_browser.get(f"{kept}/check")
    assert (sent.status_code, sent.location) == (303, f"{kept}/columns")
    assert "Keine Spalte mit den Namen der Firmen gefunden" in treasurer_browser.get(sent.location).text


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "", "Bitte wählen Sie eine Datei."),
        (b"", "leer.csv", "Die Datei ist leer."),
        (b"%PDF-1.7 x", "liste.xlsx", "keine XLSX- oder CSV-Datei (gefunden: PDF)."),
        (b"PK\x03\x04kaputt", "a.xlsx", "Die XLSX-Datei ist beschädigt."),
        (workbook(Leer=[]), "leer.xlsx", "Die Datei hat kein sichtbares Blatt mit Daten."),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "geheim.xlsx",
            "Die Datei ist mit einem Passwort geschützt.",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"),
            "alt.xls",
            "Bitte als XLSX oder CSV speichern.",
        ),
    ],
)
def test_a_wrong_file_ends_with_one_sentence(treasurer_browser, content, name, sentence):
    refused = treasurer_browser.send(START, files={"file": (io.BytesIO(content), name)})
    assert refused.status_code == 422
    assert "Bitte prüfen Sie Ihre Angaben" in refused.text
    assert sentence in said_by(refused)


@pytest.mark.parametrize("page", ["file", "columns", "check", "rejected.xlsx"])
def test_a_list_of_yesterday_leads_to_the_first_step_with_one_sentence(web, treasurer_browser, page):
    kept = upload(treasurer_browser, LIST)
    for path in (web.app.extensions["membership"].state_dir / "uploads").iterdir():
        os.utime(path, (time.time() - 90_000, time.time() - 90_000))
    sent = treasurer_browser.get(f"{kept}/{page}")
    assert (sent.status_code, sent.location) == (303, START)
    assert "Diese Liste liegt nicht mehr bereit" in treasurer_browser.get(START).text


def test_somebody_elses_list_is_not_there(web, treasurer_browser):
    kept = upload(treasurer_browser, LIST)
    sent = web.signed_in(Role.OFFICE).get(f"{kept}/check")
    assert (sent.status_code, sent.location) == (303, START)


def test_who_may_import(web):
    assert web.signed_in(Role.OFFICE).get(START).status_code == 200
    board = web.signed_in(Role.BOARD)
    assert board.get(START).status_code == 403
    for page in ("file", "columns", "check"):
        assert board.get(f"{START}/{'x' * 32}/{page}").status_code == 403
    assert board.send(f"{START}/{'x' * 32}/corrections").status_code == 403
    assert board.send(f"{START}/{'x' * 32}", new="0", changed="0").status_code == 403


def test_the_office_is_not_led_to_what_it_may_not_do(web):
    office = web.signed_in(Role.OFFICE)
    done = take_over(office, upload(office, LIST), new=1)
    said = said_by(office.get(done.location))
    assert "Mitglieder dieses Imports zeigen" in said
    assert "Zu den Beitragsordnungen" not in said


@pytest.mark.samples
@pytest.mark.parametrize(
    ("name", "new", "wrong"),
    [
        ("01-office-list.xlsx", 7, 4),
        ("02-two-head-rows.xlsx", 8, 3),
        ("03-cp1252-semicolon.csv", 8, 4),
        ("04-english-utf8-bom.csv", 5, 5),
        ("05-utf16-tab.csv", 6, 1),
    ],
)
def test_the_lists_of_offices_go_through_the_pages(treasurer_browser, name, new, wrong):
    kept = upload(treasurer_browser, (SAMPLES / "members" / name).read_bytes(), name)
    assert assign(treasurer_browser, kept).status_code == 303
    assert f"= {new} neu + 0 geändert + 0 unverändert + {wrong} mit Fehlern" in check(treasurer_browser, kept)
    assert take_over(treasurer_browser, kept, new=new).status_code == 303


def test_a_column_that_does_not_fit_is_named_once_with_the_way_to_the_columns(treasurer_browser):
    rows = "".join(f"{name} GmbH;Weg 1;28195 Bremen\n" for name in "ABC")
    kept = upload(treasurer_browser, "Firma;Anschrift;PLZ / Ort\n" + rows)
    assert "3 neue Mitglieder übernehmen" in check(treasurer_browser, kept)
    assign(treasurer_browser, kept, column_1="address")
    said = check(treasurer_browser, kept)
    assert "Spalte B „Anschrift“ wird als „Anschrift in einer Zelle“ gelesen." in said
    assert "Das passt in 3 von 3 Zeilen nicht." in said
    assert "Zu den Spalten" in said


def test_the_sentence_counts_the_same_notices_as_the_tab(treasurer_browser):
    kept = upload(treasurer_browser, "Firma;PLZ;Ort\nA GmbH;1067;Dresden\nSumme;;\n")
    said = check(treasurer_browser, kept)
    assert "2 Hinweise hindern den Import nicht." in said
    assert re.search(r"Hinweise\s+2", said), said


def test_taking_back_is_offered_only_while_it_is_possible(treasurer_browser):
    kept = upload(treasurer_browser, LIST)
    done = take_over(treasurer_browser, kept, new=1)
    assert "Import rückgängig machen" in said_by(treasurer_browser.get(done.location))
    later = upload(treasurer_browser, LIST.replace(";37;", ";38;"))
    take_over(treasurer_browser, later, changed=1)
    said = said_by(treasurer_browser.get(done.location))
    assert "Import rückgängig machen" not in said
    assert "lässt sich nicht mehr rückgängig machen" in said
