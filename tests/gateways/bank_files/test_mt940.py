"""MT940 as banks write it: torn lines, envelopes, years that are not written, sub-fields in every dress."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from membership.domain.banking.lines import Status
from membership.gateways.bank_files import read_bank_file
from membership.gateways.bank_files.errors import EntryUnreadable

HEAD = ":20:STARTUMS\n:25:10020030/1234567\n:28C:5/1\n:60F:C270131EUR100,00\n"
FOOT = ":62F:C270228EUR700,00\n-\n"
LINE = ":61:2702030203C600,00NTRFNONREF//B7"
DETAILS = ":86:166?00GUTSCHRIFT?20EREF+E1?21SVWZ+RE2027-00?2242 M0123?30COBADEFF?31DE02120300000000202051?32Weser Lack?33 GmbH"


def statement(line=LINE, details=DETAILS, head=HEAD, foot=FOOT):
    (found,) = read_bank_file(f"{head}{line}\n{details}\n{foot}".encode()).statements
    return found


def only(line=LINE, details=DETAILS, **more):
    (found,) = statement(line, details, **more).entries
    return found


def test_a_plain_entry_is_read_whole():
    found = statement()
    assert (found.account, found.currency, found.number, found.difference) == (
        "10020030/1234567",
        "EUR",
        "5/1",
        0,
    )
    line = found.entries[0]
    assert (line.amount, line.booked_on, line.code, line.bank_reference) == (
        Decimal(600),
        date(2027, 2, 3),
        "166",
        "B7",
    )
    assert (line.name, line.iban, line.remittance, line.end_to_end_id) == (
        "Weser Lack GmbH",
        "DE02120300000000202051",
        "RE2027-0042 M0123",
        "E1",
    )


@pytest.mark.parametrize(("dates", "value", "booked"), [
    ("2701021231", date(2027, 1, 2), date(2026, 12, 31)), ("2612310102", date(2026, 12, 31), date(2027, 1, 2)),
    ("270203", date(2027, 2, 3), date(2027, 2, 3)), ("2802290229", date(2028, 2, 29), date(2028, 2, 29)),
    ("2702300228", date(2027, 2, 28), date(2027, 2, 28)), ("2704310430", None, date(2027, 4, 30)), ("9912310103", date(1999, 12, 31), date(2000, 1, 3)),
])  # fmt: skip
def test_the_entry_date_takes_the_nearest_year(dates, value, booked):
    line = only(f":61:{dates}C600,00NTRFNONREF")
    assert (line.value_on, line.booked_on) == (value, booked)


@pytest.mark.parametrize(("sign", "amount", "reversal", "status"), [
    ("C", 600, False, Status.BOOKED), ("D", -600, False, Status.BOOKED), ("CR", 600, False, Status.BOOKED), ("DR", -600, False, Status.BOOKED),
    ("RC", -600, True, Status.BOOKED), ("RD", 600, True, Status.BOOKED), ("RCR", -600, True, Status.BOOKED), ("RDR", 600, True, Status.BOOKED),
    ("CM", 600, False, Status.BOOKED), ("EC", 600, False, Status.PENDING), ("ED", -600, False, Status.PENDING),
])  # fmt: skip
def test_signs_reversals_and_currency_letters(sign, amount, reversal, status):
    line = only(f":61:2702030203{sign}600,00NTRFNONREF")
    assert (line.amount, line.reversal, line.status) == (Decimal(amount), reversal, status)


@pytest.mark.parametrize("line", [
    ":61:2702030203C600,NTRF", ":61:2702030203C600,00 NTRFNONREF//B7", ":61:2702030203C600.00NTRFNONREF", ":61:2702030203C\n600,00NTRFNONREF",
    ":61:2702030203C600,00NTRFNONREF//B7\n/OCMT/EUR600,//CHGS/EUR3,/", ":61:2702030203C600,00", ":61: 2702030203C600,00S166NONREF",
])  # fmt: skip
def test_lines_out_of_the_ordinary_are_read(line):
    assert only(line).amount == 600


@pytest.mark.parametrize(
    "line",
    [
        ":61:2702030203X600,00NTRF",
        ":61:2702030203C,NTRF",
        ":61:hello",
        ":61:",
        ":61:2702030203600,00NTRF",
        ":61:2702030203C6x00,00NTRF",
    ],
)
def test_a_line_that_cannot_be_read_is_named(line):
    with pytest.raises(EntryUnreadable) as refused:
        statement(line)
    assert refused.value.where == "line 5"


@pytest.mark.parametrize("details", [
    DETAILS.replace("?", "<"), DETAILS.replace("?", "~"), DETAILS.replace("?", "\n?"), DETAILS.replace("GUTSCHRIFT?2", "GUTSCHRIFT?\n2"),
    DETAILS.replace("SVWZ", "SV\nWZ"), DETAILS.replace("?20EREF+E1?21SVWZ+", "?20EREF+E1SV?21WZ+"), DETAILS.replace("SVWZ+", "SVWZ+ "),
    DETAILS.replace(":86:166", ":86: 166"), DETAILS.replace("?2242 M0123", "?6042 M0123"),
])  # fmt: skip
def test_sub_fields_are_found_in_every_dress(details):
    line = only(details=details)
    assert (line.remittance, line.end_to_end_id, line.name) == ("RE2027-0042 M0123", "E1", "Weser Lack GmbH")


def test_all_words_are_taken_apart_and_joined_without_additions():
    details = (
        ":86:109?00SEPA-LASTSCHR. RETOURE?20EREF+RE20270042-1KREF+COLL-2?21027-01?22MREF+M0123-01 CRED+DE98ZZZ?2309999999999 OAMT+600,00?24"
        "SVWZ+RUECKGABE MANGELS DECKU?25NG?26ABWA+Weser Holding AG?30X?31DE02120300000000202051?32Weser Lack?34914"
    )
    line = only(":61:2702030203D603,00NRTIKREF+//B8\n/OCMT/EUR600,00//CHGS/EUR3,00/", details)
    assert (line.end_to_end_id, line.payment_id, line.mandate_id) == (
        "RE20270042-1",
        "COLL-2027-01",
        "M0123-01",
    )
    assert (line.remittance, line.return_reason, line.code) == ("RUECKGABE MANGELS DECKUNG", "914", "109")
    assert (line.ultimate_name, line.original_amount, line.charges) == (
        "Weser Holding AG",
        Decimal(600),
        Decimal(3),
    )


def test_the_key_of_an_ordinary_transfer_is_no_return():
    assert only(details=DETAILS + "?34997").return_reason is None


@pytest.mark.parametrize(("text", "code", "remittance"), [
    ("999PN5477SCHECK", "999", "PN5477SCHECK"), ("Beitrag 2027\nM0123", None, "Beitrag 2027M0123"), ("166 SVWZ+Beitrag", "166", "Beitrag"),
    ("020", "020", None), ("RE2027?", None, "RE2027?"),
])  # fmt: skip
def test_details_without_sub_fields_are_text(text, code, remittance):
    line = only(details=f":86:{text}")
    assert (line.code, line.remittance) == (code, remittance)


def test_an_entry_without_details_is_an_entry():
    (found,) = read_bank_file(f"{HEAD}{LINE}\n{FOOT}".encode()).statements
    assert (len(found.entries), found.difference) == (1, 0)


@pytest.mark.parametrize("change", [
    lambda text: text.replace("\n", "\r\n"), lambda text: text.replace("\n", "\r"), lambda text: "\ufeff" + text, lambda text: "\n\n" + text,
    lambda text: "{1:F01AAAADEFF0000000000}{2:O940}{4:\n" + text[:-2] + "-}{5:}\n",
    lambda text: "{1:F01AAAADEFF0000000000}{2:O940}{4:" + text[:-2] + "-}\n",
    lambda text: text.replace("\n", "@@"), lambda text: text[:-2], lambda text: text.replace("Weser", "Müller"),
])  # fmt: skip
def test_every_frame_is_taken_off(change):
    text = change(f"{HEAD}{LINE}\n{DETAILS}\n{FOOT}")
    for encoding in ("utf-8", "cp1252"):
        if encoding == "cp1252" and "\ufeff" in text:
            continue
        (found,) = read_bank_file(text.encode(encoding)).statements
        assert (len(found.entries), found.difference, found.entries[0].remittance) == (
            1,
            0,
            "RE2027-0042 M0123",
        )


def test_several_messages_and_pages_are_several_statements():
    page = HEAD + LINE + "\n" + DETAILS + "\n:62M:C270214EUR700,00\n-\n"
    second = page.replace("60F:C270131EUR100", "60M:C270214EUR700").replace(
        "62M:C270214EUR700", "62F:C270228EUR1300"
    )
    found = read_bank_file((page + second).encode()).statements
    assert [(each.opening.amount, each.closing.amount, each.difference) for each in found] == [
        (100, 700, 0),
        (700, 1300, 0),
    ]


def test_a_hyphen_alone_may_be_a_line_of_a_text():
    line = only(details=DETAILS + "\n-\nund noch mehr")
    assert line.name.endswith("-und noch mehr")


def test_text_about_the_statement_belongs_to_no_entry():
    assert (
        only(foot=":62F:C270228EUR700,00\n:64:C270228EUR700,00\n:86:Hinweis\n-\n").remittance
        == "RE2027-0042 M0123"
    )


def test_a_foreign_balance_and_a_broken_one_prove_nothing():
    assert statement(foot=":62F:C270228USD700,00\n-\n").difference is None
    found = statement(foot=":62F:X270228EUR700,00\n-\n")
    assert (found.closing, found.difference, len(found.findings)) == (None, None, 1)


def test_interim_reports_are_pending_and_their_sums_are_compared():
    head = ":20:STARTDISPO\n:25:10020030/1234567\n:28C:0/1\n:34F:EUR0,\n:13D:2702031200+0100\n"
    (found,) = read_bank_file(
        f"{head}{LINE}\n{DETAILS}\n:90D:0EUR0,00\n:90C:1EUR600,00\n-\n".encode()
    ).statements
    assert (found.format, found.currency, found.findings) == ("mt942", "EUR", ())
    assert [line.status for line in found.entries] == [Status.PENDING]
    (found,) = read_bank_file(f"{head}{LINE}\n{DETAILS}\n:90C:2EUR700,00\n-\n".encode()).statements
    assert len(found.findings) == 1


def test_a_sum_that_cannot_be_read_is_reported():
    head = ":20:STARTDISPO\n:25:10020030/1234567\n:34F:EUR0,\n"
    (found,) = read_bank_file(f"{head}{LINE}\n:90C:1EUR600,0012345\n-\n".encode()).statements
    assert len(found.findings) == 1


def test_a_batch_keeps_the_number_of_the_collection():
    line = only(details=":86:192?00SEPA-LASTSCHRIFT SAMMLER?20KREF+COLL-2027-01?21SVWZ+ANZAHL 6")
    assert (line.batch, line.payment_id) == ("B7", "COLL-2027-01")


def test_a_second_field_of_details_is_a_remark_of_the_bank():
    line = only(details=DETAILS + "\n:86:Hinweis der Bank")
    assert (line.name, line.booking_text) == ("Weser Lack GmbH", "GUTSCHRIFT Hinweis der Bank")
