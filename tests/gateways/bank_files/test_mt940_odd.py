"""MT940 of banks abroad and of old transfers: codes between strokes, signs of transmission, further sub-fields."""

from __future__ import annotations

import pytest

from membership.gateways.bank_files import read_bank_file
from tests.gateways.bank_files.test_mt940 import DETAILS, FOOT, HEAD, LINE, only, statement

IBAN = "NL91ABNA0417164300"
WHOLE = f"{HEAD}{LINE}\n{DETAILS}\n{FOOT}"


@pytest.mark.parametrize("details", [
    f":86:/TRTP/SEPA OVERBOEKING/IBAN/{IBAN}/BIC/ABNANL2A\n/NAME/Weser La\nck B.V./REMI/Factuur RE2027-0042/EREF/E-17",
    f":86:/EREF/E-17//CNTP/{IBAN}/ABNANL2A/Weser Lack B.V./Delft//REMI/U\nSTD//Factuur RE2027-0042/",
    f":86:/EREF/E-17/ORDP//NAME/Weser Lack B.V./ADDR/Kade 1 Delft/IBAN/{IBAN}/REMI/Factuur RE2027-0042/ISDT/2027-02-03",
    f":86:/IBAN/{IBAN}/NAME/Weser Lack B.V./REMI/Factuur RE2027-0042/EREF/E-17/ULTC/NAME/Verein/ID/7",
])  # fmt: skip
def test_codes_between_strokes_are_taken_apart(details):
    line = only(details=details)
    assert (line.name, line.iban) == ("Weser Lack B.V.", IBAN)
    assert (line.remittance, line.end_to_end_id) == ("Factuur RE2027-0042", "E-17")
    assert line.ultimate_name is None


def test_codes_name_the_side_that_is_not_ours_and_whom_it_is_for():
    text = "/BENM//NAME/Verein/ORDP//NAME/Weser Lack B.V./ULTD//NAME/Ems Papier/REMI/A/B und C"
    line = only(details=f":86:{text}")
    assert (line.name, line.ultimate_name, line.remittance) == ("Weser Lack B.V.", "Ems Papier", "A/B und C")
    went = only(":61:2702030203D600,00NTRFNONREF", f":86:{text}")
    assert (went.name, went.ultimate_name) == ("Verein", None)


def test_codes_hold_references_mandate_and_reason_of_a_return():
    line = only(details=":86:/MARF/M-1/EREF/NOTPROVIDED/RTRN/MS03/REMI/STRD/CUR/RF18539007547034/CSID/NL1")
    assert (line.creditor_reference, line.remittance) == ("RF18539007547034", None)
    assert (line.mandate_id, line.end_to_end_id, line.return_reason) == ("M-1", None, "MS03")


@pytest.mark.parametrize("text", ["A/REMI/B", "/ ohne Code", "1/2 Beitrag", "/INV/17", "/REMI"])
def test_strokes_that_begin_no_code_stay_text(text):
    assert only(details=f":86:{text}").remittance == text


def test_an_account_may_stand_below_the_entry():
    line = f"{LINE}\n{IBAN}"
    assert only(line, ":86:/ORDP//NAME/Weser Lack/REMI/A").iban == IBAN
    assert only(line.replace("91", "92"), ":86:A").iban is None
    assert only(line).iban == "DE02120300000000202051"


@pytest.mark.parametrize("number", ["35", "36"])
def test_further_sub_fields_are_no_part_of_the_name(number):
    assert only(details=f"{DETAILS}?{number}Verein der Weser").name == "Weser Lack GmbH"


@pytest.mark.parametrize("data", [
    f"\x02{WHOLE}\x03", f"{WHOLE}\x1a", f"\x01{WHOLE.rstrip()}\x03\x1a", WHOLE.replace("\n", "\r\n\x0c", 1), f"\x00{WHOLE}\x00".replace("\x00", "\x04"),
])  # fmt: skip
def test_signs_of_transmission_are_no_part_of_the_text(data):
    (found,) = read_bank_file(data.replace("Weser", "Wéser").encode()).statements
    assert (found.difference, found.findings) == (0, ())
    assert found.entries[0].name == "Wéser Lack GmbH"


def test_messages_between_signs_of_transmission_are_told_apart():
    whole = WHOLE.rstrip()
    found = read_bank_file(f"\x02{whole}\x03\x02{whole}\x03".encode()).statements
    assert [(len(each.entries), each.difference) for each in found] == [(1, 0), (1, 0)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\r\n", "\r", "\r\r\n", "\n\n"])
def test_encodings_and_ends_of_lines_do_not_matter(encoding, end):
    text = WHOLE.replace("Weser", "Wéser").replace("\n", end)
    (found,) = read_bank_file(text.encode(encoding)).statements
    assert (found.difference, found.entries[0].name) == (0, "Wéser Lack GmbH")


def test_a_message_whose_last_field_is_unknown_keeps_what_came_before():
    found = statement(foot=":65F:Dnullnull7414,3\n")
    assert (len(found.entries), found.closing, found.difference) == (1, None, None)
