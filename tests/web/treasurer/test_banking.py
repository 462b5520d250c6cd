"""The bank pages: a statement is taken in, what is sure is posted, the rest is decided, and bank and books agree."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pypdfium2
import pytest
from sqlalchemy import select, update

from membership.domain.policy import Role
from membership.persistence.db import write
from membership.persistence.models.bank import BankDecision, BankLine, BankRule
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.ledger import OpenItem
from membership.persistence.models.payments import Payment
from membership.services import direct_debits
from membership.services.settings import change_settings
from tests.factories import make_mandate, make_member
from tests.gateways.bank_files import camt_files as files
from tests.web.treasurer.conftest import BOOKKEEPER, main_of

BANK = "/treasurer/bank"
DAY, DEBITED = date(2027, 2, 3), date(2027, 2, 15)

HEAD = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>{id}</Id>
<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>{opening}{closing}{entries}</Stmt></BkToCstmrStmt></Document>"""
BALANCE = """<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"""
ENTRY = """<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt>
<NtryDtls><TxDtls><RltdPties><Dbtr><Pty><Nm>{name}</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>DE02120300000000202051</IBAN></Id></DbtrAcct></RltdPties>
<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"""


def camt(*entries, opening="0.00", closing=None, day=DAY):
    """Return a camt.053 file of (cents, name, text)."""
    end = (
        f"{Decimal(opening) + Decimal(sum(cents for cents, _n, _t in entries)) / 100:.2f}"
        if closing is None
        else closing
    )
    made = "".join(
        ENTRY.format(
            amount=f"{abs(cents) / 100:.2f}",
            sign="CRDT" if cents > 0 else "DBIT",
            day=day,
            name=name,
            text=text,
        )
        for cents, name, text in entries
    )
    both = [
        BALANCE.format(kind=kind, amount=amount, day=day)
        for kind, amount in (("OPBD", opening), ("CLBD", end))
    ]
    return HEAD.format(id=f"{day}-{opening}", opening=both[0], closing=both[1], entries=made).encode()


FIRST = camt(
    (60000, "Alpha Werke GmbH", "Beitrag RE2027-0001"),
    (50000, "Beta Guss AG", "RE2027-0002 Rest folgt"),
    (4500, "Jemand", "Danke"),
)


@pytest.fixture
def treasurer(web, billed):
    return web.signed_in(Role.TREASURER)


def send(browser, data, name="auszug.xml"):
    return browser.send(f"{BANK}/import", files={"file": (io.BytesIO(data), name)}, account="1")


def opened(web):
    return dict(web.rows(select(OpenItem.reference, OpenItem.open_cents)))


@pytest.mark.parametrize(
    ("page", "statuses"),
    [
        (BANK + "/", (200, 403, 403, 200, 403)),
        (f"{BANK}/entries", (200, 403, 403, 200, 403)),
        (f"{BANK}/import", (200, 403, 403, 403, 403)),
        (f"{BANK}/exact", (200, 403, 403, 403, 403)),
    ],
)
def test_sec_03_who_sees_the_bank(web, billed, page, statuses):
    roles = (Role.TREASURER, Role.OFFICE, Role.BOARD, Role.AUDITOR, Role.ADMIN)
    assert tuple(web.signed_in(role).get(page).status_code for role in roles) == statuses


def test_a_statement_from_file_to_books_that_agree(web, treasurer):
    assert "Noch kein Kontoauszug" in treasurer.get(BANK + "/").text
    sent = send(treasurer, FIRST)
    assert sent.status_code == 303
    page = treasurer.get(sent.location).text
    assert "1 sichere Zuordnung" in page
    assert opened(web)["RE2027-0001"] == 60000, "the first sure matches are looked at by a person"
    treasurer.send(f"{BANK}/sure")
    assert opened(web)["RE2027-0001"] == 0
    page = treasurer.get(f"{BANK}/entries").text
    assert "Teilzahlung" in page
    assert "<mark>RE2027-0002</mark>" in page
    ids = [row[0] for row in web.rows(select(BankLine.id).order_by(BankLine.id))]
    form = re.search(rf'action="{BANK}/entries/{ids[1]}/post".*?</form>', page, re.DOTALL)[0]
    part = re.search(r'name="part" value="([^"]+)"', form)[1]
    treasurer.send(f"{BANK}/entries/{ids[1]}/post", part=part, rest="open")
    assert opened(web)["RE2027-0002"] == 120000 - 50000
    treasurer.send(f"{BANK}/entries/{ids[2]}/not-dues", category="grant", always="y")
    assert web.rows(select(BankRule.category))[0][0] == "grant"
    assert "stimmen überein" in main_of(treasurer.get(f"{BANK}/entries"))
    treasurer.send(f"{BANK}/undo-last")
    assert "1 Umsatz zuordnen" in treasurer.get(BANK + "/").text


def test_the_second_statement_posts_by_itself_what_is_sure(web, treasurer):
    send(treasurer, FIRST)
    treasurer.send(f"{BANK}/sure")
    later = camt((70000, "Beta Guss AG", "RE2027-0002"), opening="1145.00", day=date(2027, 2, 15))
    ids = [row[0] for row in web.rows(select(BankLine.id).order_by(BankLine.id))]
    treasurer.send(f"{BANK}/entries/{ids[1]}/post", part="RE2027-0002=50000", rest="open")
    send(treasurer, later)
    assert [row[0] for row in web.rows(select(BankDecision.is_automatic))] == [True, False, True]
    assert opened(web)["RE2027-0002"] == 0


def test_inv_34_a_statement_that_does_not_add_up_asks_for_a_reason_and_is_kept_meanwhile(web, treasurer):
    sent = send(treasurer, camt((100, "A", "b"), closing="9.00"))
    assert sent.status_code == 303
    check = treasurer.get(sent.location)
    assert "weichen vom Endsaldo um 8,00" in main_of(check)
    assert web.rows(select(BankLine.id)) == []
    assert treasurer.send(sent.location, accepted=" ").status_code == 422
    assert treasurer.send(sent.location, accepted="Die Bank korrigiert das").status_code == 303
    assert len(web.rows(select(BankLine.id))) == 1


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"", "leer.xml", "leer"),
        (b"%PDF-1.7 ...", "auszug.xml", "PDF"),
        (
            FIRST.replace(b"DE89370400440532013000", b"DE02120300000000202051"),
            "fremd.xml",
            "kein Konto des Vereins",
        ),
        (FIRST[:700], "cut.xml", ""),
    ],
)
def test_fi_55_what_is_no_whole_statement_of_ours_is_refused_in_one_sentence(
    web, treasurer, data, name, said
):
    page = send(treasurer, data, name)
    assert page.status_code == 422
    assert said in page.text
    assert web.rows(select(BankLine.id)) == []


def test_fi_43_the_same_file_again_says_so(web, treasurer):
    send(treasurer, FIRST)
    again = send(treasurer, FIRST)
    assert again.status_code == 422
    assert "schon eingelesen" in again.text


def test_an_entry_is_split_by_hand_and_taken_back(web, treasurer):
    send(treasurer, FIRST)
    (line,) = web.rows(select(BankLine.id).where(BankLine.amount_cents == 4500))[0]
    wrong = treasurer.send(f"{BANK}/entries/{line}/split", number_1="RE2027-0099")
    assert wrong.status_code == 422
    assert treasurer.get(f"{BANK}/entries/{line}?q=RE2027-0001").status_code == 200
    split = {"number_1": "RE2027-0001", "amount_1": "10,00", "number_2": "RE2027-0002", "amount_2": "30,00",
             "credit_to": "M0001", "remembers": "y"}  # fmt: skip
    assert treasurer.send(f"{BANK}/entries/{line}/split", **split).status_code == 303
    assert sorted(row[0] for row in web.rows(select(Payment.amount_cents))) == [1500, 3000]
    assert treasurer.send(f"{BANK}/entries/{line}/undo", reason="").status_code == 422
    assert treasurer.send(f"{BANK}/entries/{line}/undo", reason="falsch").status_code == 303
    assert (opened(web)["RE2027-0001"], opened(web)["RE2027-0002"]) == (60000, 120000)


def test_exact_suggestions_are_posted_together_but_only_the_ticked_ones(web, treasurer):
    send(treasurer, camt((60000, "Alpha Werke GmbH", "Beitrag"), (120000, "Beta Guss AG", "Beitrag")))
    page = treasurer.get(f"{BANK}/exact").text
    ids = re.findall(r'name="line"\s+value="(\d+)"', page)
    assert len(ids) == 2
    treasurer.send(f"{BANK}/exact", line=ids[:1])
    assert min(opened(web).values()) == 0
    assert len(web.rows(select(BankDecision.id))) == 1


def test_bnk_10_what_only_the_amount_suggests_is_not_posted_together_with_others(web, treasurer):
    send(treasurer, camt((60000, "Ganz Andere AG", "Danke"), (120000, "Beta Guss AG", "Beitrag")))
    page = treasurer.get(f"{BANK}/exact").text
    assert len(re.findall(r'name="line"\s+value="(\d+)"', page)) == 1
    assert "Ganz Andere AG" not in main_of(treasurer.get(f"{BANK}/exact"))


def test_a_small_difference_is_posted_and_closed_and_more_asks_for_a_reason(web, treasurer):
    send(treasurer, camt((59950, "Alpha Werke GmbH", "RE2027-0001"), (50000, "Beta Guss AG", "RE2027-0002")))
    page = treasurer.get(f"{BANK}/entries").text
    assert "Kleindifferenz" in page
    assert 'data-key="Enter r"' in page
    first, second = web.rows(select(BankLine.id).order_by(BankLine.id))
    treasurer.send(f"{BANK}/entries/{first[0]}/post", part="RE2027-0001=59950", rest="waive")
    assert opened(web)["RE2027-0001"] == 0
    before = opened(web)["RE2027-0002"]
    treasurer.send(f"{BANK}/entries/{second[0]}/post", part="RE2027-0002=50000", rest="waive")
    assert opened(web)["RE2027-0002"] == before
    asked = treasurer.get(f"{BANK}/entries/{second[0]}?part=RE2027-0002=50000&waives=1").text
    assert 'value="RE2027-0002"' in asked
    assert "0,00" in asked.split("Noch zu verteilen:")[1][:80]


def test_a_rest_above_the_limit_is_waived_in_one_step_and_a_missing_resolution_keeps_what_was_typed(
    web, treasurer
):
    send(treasurer, camt((50000, "Beta Guss AG", "RE2027-0002")))
    assert 'data-key="r"' in treasurer.get(f"{BANK}/entries").text
    parts = {"part": "RE2027-0002=50000", "reason": "Vergleich"}
    answer = treasurer.send(f"{BANK}/entries/1/waive", **parts, resolution="")
    assert answer.status_code == 422
    assert {"Vergleich", "RE2027-0002"} <= set(re.findall(r'value="([^"]+)"', answer.text))
    assert 'href="#resolution"' in answer.text
    treasurer.send(f"{BANK}/entries/1/waive", **parts, resolution="Vorstand vom 3. Februar")
    assert opened(web)["RE2027-0002"] == 0


def test_somebody_is_asked_about_money_that_nobody_can_place(web, treasurer):
    send(treasurer, camt((70000, "Alpha Werke GmbH", "RE2027-0001"), (4711, "Wer auch immer", "Danke")))
    page = treasurer.get(f"{BANK}/entries").text
    (address,) = re.findall(r'href="([^"]+/ask\?member=M0001[^"]+)"', page)
    draft = treasurer.get(address.replace("&amp;", "&")).text
    assert "100,00" in draft.split("<textarea")[1].split("</textarea>")[0]
    wrong = treasurer.send(f"{BANK}/entries/1/ask", member="M0001", email="nichts", question="Wohin?")
    assert (wrong.status_code, "Wohin?" in wrong.text, 'href="#email"' in wrong.text) == (422, True, True)
    treasurer.send(f"{BANK}/entries/1/ask", member="M0001", email="kasse@alpha.example", question="Wohin?")
    assert "Wohin?" in main_of(treasurer.get(f"{BANK}/entries/1"))
    late = datetime(2027, 2, 15, 23, 30, tzinfo=UTC)
    write(BOOKKEEPER, lambda session: session.execute(update(Dispatch).values(created_at=late)))
    assert "Rückfrage vom 16.02.2027" in main_of(treasurer.get(f"{BANK}/entries"))


def test_the_draft_of_a_question_is_in_the_language_of_who_is_asked(web, treasurer):
    make_member(BOOKKEEPER, number="M0004", language="en", invoice_email="office@delta.example")
    send(treasurer, camt((4711, "Wer auch immer", "Danke")))
    page = f"{BANK}/entries/1/ask"
    for asked, is_english in ((page, False), (f"{page}?member=M0004", True), (f"{page}?member=M0009", False)):
        shown = main_of(treasurer.get(asked))
        assert ("Please tell us what" in shown, "Danke" in shown) == (is_english, True)
        assert ("Best regards" in shown or "Dear" in shown) == is_english
    again = main_of(treasurer.send(page, member="M0004", email="nichts", question="Why?"))
    assert ("Dear" in again, "Sehr geehrte" in again) == (True, False)


def test_a_collection_is_of_many_members_so_that_none_of_them_is_asked_about_its_credit(web, treasurer):
    write(BOOKKEEPER, change_settings, {"bank.creditor_id": "DE98ZZZ09999999999"})
    told = {"notified_on": date(2027, 1, 12), "due_on": DEBITED, "way": "Brief", "today": DAY}
    for number in ("M0001", "M0002"):
        make_mandate(BOOKKEEPER, number)
        write(BOOKKEEPER, direct_debits.record_notice, f"RE2027-{number[1:]}", **told)
    made = write(BOOKKEEPER, direct_debits.create_collection, DEBITED, today=DAY)
    write(BOOKKEEPER, direct_debits.mark_submitted, made.id, on=DAY)
    credit = camt((made.cents, "", "Sammellastschrift"), (60000, "Alpha Werke GmbH", "Beitrag"), day=DEBITED)
    account = b"<DbtrAcct><Id><IBAN>DE02120300000000202051</IBAN></Id></DbtrAcct>"
    send(treasurer, credit.replace(account, b"", 1))
    page = treasurer.get(f"{BANK}/entries").text
    assert "Lastschrift, 2 Rechnungen" in page
    assert re.findall(r'href="[^"]+/ask(\?[^"]+)?"', page) == ["", "?member=M0001"]


def test_bnk_4_a_sum_shows_its_entries_and_a_part_waits_for_its_sum(web, treasurer):
    part = "<TxDtls><Refs><EndToEndId>{0}</EndToEndId></Refs><Amt Ccy='EUR'>{1}</Amt></TxDtls>"
    notice = files.camt(
        files.entry("700.00", details=part.format("A-1", "300.00") + part.format("A-2", "400.00")),
        kind="054", balances="",
    )  # fmt: skip
    send(treasurer, notice, "C54.xml")
    assert "die noch kein Auszug gezeigt hat" in main_of(treasurer.get(f"{BANK}/entries/1"))
    assert "Noch keine Umsätze" in main_of(treasurer.get(f"{BANK}/entries"))
    send(treasurer, files.camt(files.entry("700.00", details=""), balances=""))
    shown = main_of(treasurer.get(f"{BANK}/entries/3"))
    assert ("In ihre Umsätze aufgeteilt" in shown, "A-1" in shown, "Auf Rechnungen buchen" in shown) == (
        True,
        True,
        False,
    )
    assert "Teil einer Summe des Auszugs" in main_of(treasurer.get(f"{BANK}/entries/1"))
    assert treasurer.send(f"{BANK}/entries/3/not-dues", category="other").status_code in {409, 422}
    assert len(treasurer.get(f"{BANK}/statements/2").text.split("/entries/")) - 1 == 2
    assert treasurer.send(f"{BANK}/entries/3/undo", reason="").status_code == 422
    assert treasurer.send(f"{BANK}/entries/3/undo", reason="andere Summe").status_code == 303
    shown = main_of(treasurer.get(f"{BANK}/entries/3"))
    assert ("In ihre Umsätze aufgeteilt" in shown, "Auf Rechnungen buchen" in shown) == (False, True)


def test_bnk_4_a_part_that_a_statement_shows_by_itself_leads_to_its_entry_there(web, treasurer):
    details = "".join(
        f"<TxDtls><Refs><EndToEndId>{name}</EndToEndId></Refs><Amt Ccy='EUR'>{amount}</Amt></TxDtls>"
        for name, amount in (("A-1", "200.00"), ("A-2", "400.00"))
    )
    entry = files.entry("600.00", details=details)
    send(treasurer, files.camt(entry, kind="054", balances=""), "C54.xml")
    send(treasurer, files.camt(entry))
    shown = main_of(treasurer.get(f"{BANK}/entries/1"))
    assert ("Ein Auszug zeigt diesen Umsatz selbst" in shown, f"{BANK}/entries/3" in shown) == (True, True)
    assert "noch kein Auszug" not in shown


def test_the_setting_leaves_sure_matches_to_a_person(web, treasurer):
    kept = treasurer.send("/treasurer/settings/statements", tolerance_cents="2,00")
    assert kept.status_code in {200, 303}
    assert "Sichere Zuordnungen bucht ein Mensch" in treasurer.get("/treasurer/settings").text
    send(treasurer, camt((60000, "Alpha Werke GmbH", "RE2027-0001")))
    assert opened(web)["RE2027-0001"] == 60000
    assert "1 sichere Zuordnung" in treasurer.get(f"{BANK}/entries").text
    treasurer.send(f"{BANK}/sure")
    assert opened(web)["RE2027-0001"] == 0


def test_the_reconciliation_of_a_statement_is_printed_with_its_proof(web, treasurer):
    send(treasurer, camt((60000, "Alpha Werke GmbH", "RE2027-0001")))
    address = f"{BANK}/statements/1/pdf"
    assert "1 Umsatz ist noch nicht zugeordnet." in text_of(treasurer.get(address).data)
    treasurer.send(f"{BANK}/sure")
    paper = treasurer.get(address)
    said = text_of(paper.data)
    assert (paper.content_type, "RE2027-0001" in said) == ("application/pdf", True)
    assert "1 Umsatz ist zugeordnet." in said
    assert "stimmen überein: 600,00" in said


def text_of(content):
    document = pypdfium2.PdfDocument(content)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def test_the_columns_of_an_unknown_list_are_chosen_on_a_page_and_remembered(web, treasurer):
    ragged = send(treasurer, b"Liste;x\nWann;Wer;Wozu;Wieviel\n03.02.2027;A;B;5,00\n", "umsatz.csv")
    assert treasurer.get(ragged.headers["Location"]).status_code == 200
    rows = "Wann;Wer;Wozu;Wieviel\n03.02.2027;Beta Guss AG;RE2027-0002;5,00\n"
    asked = send(treasurer, rows.encode(), "umsatz.csv").headers["Location"]
    assert asked.endswith("/columns")
    assert "Hansa" not in treasurer.get(asked).text
    refused = treasurer.send(asked, headings="1", column_0="booked")
    assert refused.status_code == 422
    chosen = {
        "headings": "1",
        "column_0": "booked",
        "column_1": "name",
        "column_2": "text",
        "column_3": "amount",
    }
    shown = treasurer.send(asked, **chosen).text
    assert "So wird die Liste gelesen" in shown
    assert "Beta Guss AG" in shown
    assert web.rows(select(BankLine.id)) == []
    used = treasurer.send(asked, **chosen, then="use")
    assert used.status_code == 303, used.text.split("error-summary")[-1][:600]
    assert web.rows(select(BankLine.name, BankLine.amount_cents)) == [("Beta Guss AG", 500)]
    later = rows.replace("03.02.2027", "04.02.2027").replace("5,00", "6,00")
    assert send(treasurer, later.encode(), "umsatz.csv").headers["Location"].endswith("/entries")
    assert len(web.rows(select(BankLine.id))) == 2


@pytest.mark.parametrize("typed", ["000001" + "9" * 5000, "00000110", "9" * 5000, "0000001", "7", "²", "-1"])
def test_a_row_of_headings_that_is_not_there_is_the_first_one(treasurer, typed):
    rows = "Wann;Wer;Wozu;Wieviel\n03.02.2027;Beta Guss AG;RE2027-0002;5,00\n"
    page = send(treasurer, rows.encode(), "umsatz.csv").headers["Location"]
    chosen = {"column_0": "booked", "column_1": "name", "column_3": "amount"}
    assert "So wird die Liste gelesen" in treasurer.send(page, headings=typed, **chosen).text


def test_a_file_without_columns_leads_back_to_the_import(treasurer, monkeypatch):
    rows = "Wann;Wer;Wozu;Wieviel\n03.02.2027;Beta Guss AG;RE2027-0002;5,00\n"
    page = send(treasurer, rows.encode(), "umsatz.csv").headers["Location"]
    monkeypatch.setattr("membership.web.treasurer.banking.columns.list_cells", lambda *_args, **_more: [])
    answer = treasurer.get(page)
    assert (answer.status_code, answer.location) == (303, f"{BANK}/import")
    assert "kein Kontoauszug" in treasurer.get(answer.location).text
