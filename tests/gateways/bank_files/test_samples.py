"""Every bank file beside the repository, when they are there, against the figures of their README."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from membership.domain.banking.lines import Status
from membership.domain.errors import InputError
from membership.gateways.bank_files import read_bank_file
from membership.gateways.bank_files.errors import EntryUnreadable

SAMPLES = Path(__file__).parents[4] / "shared" / "samples"
pytestmark = [
    pytest.mark.samples,
    pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not there"),
]

# file: format, accounts, entries, credits, debits, differences (None: cannot be told), return reasons
FACTS = {
    "camt053/genkgo-camt052.v2.xml": ("camt.052.001.02", ["CH2801234000123456789"], 1, "0", "200000", [None]),
    "camt053/genkgo-camt053.v2.minimal.xml": ("camt.053.001.02", ["NL26VAYB8060476890"], 1, "8.85", "0", [None]),
    "camt053/genkgo-camt053.v2.multi.statement.xml": ("camt.053.001.02", ["NL26VAYB8060476890"] * 2, 2, "8.85", "7.00", ["0", "0"]),
    "camt053/genkgo-camt053.v3.xml": ("camt.053.001.03", ["NL26VAYB8060476890"], 1, "8.85", "0", [None]),
    "camt053/genkgo-camt053.v4.xml": ("camt.053.001.04", ["NL26VAYB8060476890"], 1, "8.85", "0", [None]),
    "camt053/genkgo-camt053.v8.xml": ("camt.053.001.08", ["NL26VAYB8060476890"], 1, "8.85", "0", [None]),
    "camt053/hbci4java-test-camt-parse-05200108.xml": ("camt.052.001.08", ["DE12345678901234567890"], 1, "0", "34.00", ["0"]),
    "camt053/kedder-camt053.xml": ("camt.053.001.08", ["0035-2915203-10-000"], 1, "1284.30", "0", ["0"]),
    "camt053/kedder-simple.xml": ("camt.053.001.02", ["LT000000000000000000"], 4, "0", "181.01", ["0"]),
    "camt053/oca-test-camt053.xml": ("camt.053.001.02", ["NL77ABNA0574908765"], 4, "1405.31", "1418.30", ["434.16"]),
    "camt053/viafintech-053-valid_example.xml": ("camt.053.001.02", ["DE14740618130000033626"], 5, "1.00", "11.00", ["0"]),
    "camt053/viafintech-053-valid_example_v8.xml": ("camt.053.001.08", ["CH1111111111111111111"], 3, "563.25", "20.97", ["-1230.05"]),
    "camt053/viafintech-053-valid_example_with_debit.xml": ("camt.053.001.02", ["DE14740618130000033626"], 5, "1.00", "11.00", ["-66.12"]),
    "camt054/genkgo-camt054.v2.xml": ("camt.054.001.02", ["CH2801234000123456789"], 1, "0", "200000", [None]),
    "camt054/genkgo-camt054.v4.xml": ("camt.054.001.04", ["CH2801234000123456789"], 1, "0", "200000", [None]),
    "camt054/genkgo-camt054.v8.xml": ("camt.054.001.08", ["CH2801234000123456789"], 1, "0", "200000", [None]),
    "camt054/hitobito-FI_camt_single_entry.xml": ("camt.054.001.04", ["CH1111111111111111111"], 1, "0", "100", [None]),
    "camt054/hitobito-camt.054-without-payment-dates.xml": ("camt.054.001.04", ["CH000000000000000000N"], 1, "20", "0", [None]),
    "camt054/oca-test-camt054.xml": ("camt.054.001.04", ["NL77ABNA0574908765"], 1, "5.00", "0", [None]),
    "camt054/viafintech-054-valid_example.xml": ("camt.054.001.04", ["CH0309000000250090342"], 5, "80.56", "21.53", [None]),
    "mt940/cmxl-mt940-deutsche_bank.txt": ("mt940", ["45050050/76198810", "10020030/1234567", "BPHKPLPK/320000546101"], 16, "72436.74", "60109.44", ["0"] * 3),
    "mt940/cmxl-mt940-handelsbank.txt": ("mt940", ["10020030/1234567"] * 2, 0, "0", "0", ["0", "0"]),
    "mt940/cmxl-mt940-windows-line-breaks.txt": ("mt940", ["10020030/1234567"], 2, "3000", "800", ["0"]),
    "mt940/jejik-commerzbank.txt": ("mt940", ["25040066/0123456789"], 1, "0", "12.35", ["-12.35"]),
    "mt940/jejik-deutschebank.txt": ("mt940", ["20070000/0123456601"], 1, "0", "12.35", ["-12.35"]),
    "mt940/jejik-ing-dos.txt": ("mt940", ["0001234567"], 7, "4.68", "50.27", ["-49.06"]),
    "mt940/jejik-sparkasse.txt": ("mt940", ["87052000/123456789"] * 2, 2, "0", "40.00", ["0", "0"]),
    "mt940/jejik-volksbankenraiffeisenbanken.txt": ("mt940", ["66642399/93387"] * 8, 12, "745.00", "0", ["0"] * 8),
    "mt940/wolph-ASNB-mt940.txt": ("mt940", ["NL81ASNB9999999999"] * 31, 8, "2828.90", "2771.96", ["0"] * 31),
    "mt940/wolph-betterplace-sepa_snippet.sta": ("mt940", ["50880050/0194787400888", "50880050/0194791600888"], 11, "1430745.72", "3574069.11", ["0", "-300.08"]),
    "mt940/wolph-cmxl-mt940.sta": ("mt940", ["45050050/76198810", "10020030/1234567", "BPHKPLPK/320000546101"], 16, "72436.74", "60109.44", ["0"] * 3),
    "mt940/wolph-jejik-postfinance.sta": ("mt940", ["123456789"] * 2, 4, "239.3", "79.9", ["0", "-0.2"]),
    "mt940/wolph-mBank-mt940.sta": ("mt940", ["PL29114010810000267002001002"], 3, "0.03", "0", ["0"]),
    "mt940/wolph-self-provided-gv_codes.sta": ("mt940", ["12345678/1020304050"], 2, "0", "257.45", [None]),
    "mt940/wolph-self-provided-multiline.sta": ("mt940", ['BILLLULLXXX/"NUMERO DE COMPTE IBAN 2"'], 2, "119", "5", ["119"]),
    "mt940/wolph-self-provided-raphaelm.sta": ("mt940", ["1222333444", "1222333444", "3346780111"], 9, "145000.00", "50000.00", ["0"] * 3),
    "mt940/wolph-self-provided-sparkassen.sta": ("mt940", [None], 1, "30.00", "0", [None]),
    "bankcsv/bank2ynab-20180226-1000594757-umsatz.CSV": ("csv", ["1000594757"], 1, "0", "36.99", [None]),
    "bankcsv/bank2ynab-Umsaetze_KtoNr538917600_EUR_02-03-2018_1503.CSV": ("csv", ["DE44200400000538917600"], 1, "0", "17.22", [None]),
    "bankcsv/ing-test_without_saldo_1.csv": ("csv", ["DE12345678901234567890"], 6, "50.00", "230.93", [None]),
    "bankcsv/pretix-csvimport_data_de_bbbank.csv": ("csv", ["4369871042"], 2, "42.23", "42.23", ["0"]),
    "bankcsv/pretix-csvimport_data_de_gls.csv": ("csv", ["123456789"], 2, "12.00", "42.00", [None]),
    "bankcsv/rechnungspilot-commerzbank.csv": ("csv", ["DE79500400000123456700"], 7, "0", "73.74", [None]),
    "bankcsv/rechnungspilot-dkb.csv": ("csv", ["DE42120300001033738756"], 8, "425", "374.57", [None]),
    "bankcsv/rechnungspilot-gls-bank.csv": ("csv", ["DE89370400440532013000"], 18, "2783.88", "3374.10", [None]),
    "bankcsv/rechnungspilot-sparkasse-lzo-camt-v8.csv": ("csv", ["DE89370400440532013000"], 10, "381.30", "1302.57", [None]),
    "bankcsv/rechnungspilot-targobank-duesseldorf.csv": ("csv", ["DE67000000000000000000", "DE72000000000000000000"], 11, "83.16", "701.34", [None, None]),
    "bankcsv/rechnungspilot-vr-teilhaberbank.csv": ("csv", ["DE89370400440532013000"], 5, "175.00", "516.91", [None]),
    "bankcsv/sparkasse-freiburg-simple1.csv": ("csv", ["12345678", "12341234"], 2, "123.00", "1234.56", [None, None]),
}  # fmt: skip
SHORT_ROW = "bankcsv/rechnungspilot-ing.csv"
CODES = {
    "mt940/cmxl-mt940-deutsche_bank.txt": {"008", "051", "999"}, "mt940/jejik-commerzbank.txt": {"109"},
    "mt940/jejik-ing-dos.txt": {"011", "012"}, "mt940/jejik-sparkasse.txt": {"106", "177"},
    "mt940/jejik-volksbankenraiffeisenbanken.txt": {"152", "166"}, "mt940/wolph-mBank-mt940.sta": {"911"},
    "mt940/wolph-betterplace-sepa_snippet.sta": {"079", "159", "166", "191"}, "mt940/wolph-self-provided-gv_codes.sta": {"835"},
    "mt940/wolph-self-provided-multiline.sta": {"020"},
}  # fmt: skip
RETURNS = {
    "camt053/oca-test-camt053.xml": ["AC06", "AC06"], "camt054/viafintech-054-valid_example.xml": ["MD06", "MD06"],
    "mt940/wolph-betterplace-sepa_snippet.sta": ["914", "914", "914", "901"],
}  # fmt: skip
END_TO_END = {
    "camt053/kedder-simple.xml": 0, "camt053/oca-test-camt053.xml": 4, "camt053/viafintech-053-valid_example_v8.xml": 3,
    "camt054/viafintech-054-valid_example.xml": 5, "camt053/genkgo-camt053.v8.xml": 1, "camt054/oca-test-camt054.xml": 1,
}  # fmt: skip


def read(name):
    return read_bank_file((SAMPLES / name).read_bytes())


def entries_of(name):
    return [entry for statement in read(name).statements for entry in statement.entries]


@pytest.mark.parametrize("name", FACTS)
def test_a_file_is_read_to_the_facts_of_its_readme(name):
    found = read(name)
    amounts = [entry.amount for statement in found.statements for entry in statement.entries]
    format_, accounts, count, gained, lost, differences = FACTS[name]
    assert (found.format, [statement.account for statement in found.statements], len(amounts)) == (
        format_,
        accounts,
        count,
    )
    assert sum((amount for amount in amounts if amount > 0), Decimal()) == Decimal(gained)
    assert -sum((amount for amount in amounts if amount < 0), Decimal()) == Decimal(lost)
    assert [each.difference for each in found.statements] == [each and Decimal(each) for each in differences]


def test_no_file_is_left_out():
    there = {
        f"{path.parent.name}/{path.name}"
        for folder in ("camt053", "camt054", "mt940", "bankcsv")
        for path in (SAMPLES / folder).iterdir()
    }
    assert there == {*FACTS, SHORT_ROW}


def test_the_list_with_a_field_cut_out_of_a_row_is_refused_by_its_line():
    with pytest.raises(EntryUnreadable) as refused:
        read(SHORT_ROW)
    assert refused.value.where == "line 22"


@pytest.mark.parametrize("name", CODES)
def test_the_codes_of_a_file_are_found(name):
    assert {entry.code for entry in entries_of(name) if entry.code} >= CODES[name]


@pytest.mark.parametrize("name", RETURNS)
def test_return_reasons_are_found(name):
    assert [entry.return_reason for entry in entries_of(name) if entry.return_reason] == RETURNS[name]


@pytest.mark.parametrize("name", END_TO_END)
def test_end_to_end_ids_are_found(name):
    assert sum(entry.end_to_end_id is not None for entry in entries_of(name)) == END_TO_END[name]


def test_pending_rows_of_the_sparkasse_are_pending():
    found = entries_of("bankcsv/rechnungspilot-sparkasse-lzo-camt-v8.csv")
    assert [entry.status for entry in found] == [Status.PENDING] * 3 + [Status.BOOKED] * 7


@pytest.mark.parametrize("folder", ["einvoice", "pain008", "datev", "stripe", "members", "vectors"])
def test_what_is_no_bank_file_is_refused(folder):
    for path in sorted((SAMPLES / folder).iterdir()):
        with pytest.raises(InputError):
            read_bank_file(path.read_bytes(), filename=path.name)
