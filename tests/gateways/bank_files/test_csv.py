"""Lists of many banks, told by their headings; what surrounds the rows; rows that cannot be read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from membership.domain.banking.lines import Status
from membership.domain.errors import InputError
from membership.gateways.bank_files import read_bank_file, read_mapping
from membership.gateways.bank_files.errors import (
    ColumnsUnknown,
    EntryUnreadable,
    FileDamaged,
    MappingWrong,
    UnknownFile,
)

IBAN, OWN = "DE02120300000000202051", "DE89370400440532013000"
PLAIN = "Buchungstag;Valuta;Auftraggeber/Empfänger;Verwendungszweck;Betrag;Währung\n"
ROW = "03.02.2027;04.02.2027;Weser Lack GmbH;RE2027-0042;600,00;EUR\n"

LAYOUTS = {
    "Sparkasse CAMT": f'"Auftragskonto";"Buchungstag";"Valutadatum";"Buchungstext";"Verwendungszweck";"Glaeubiger ID";"Mandatsreferenz";"Kundenreferenz (End-to-End)";"Sammlerreferenz";"Lastschrift Ursprungsbetrag";"Auslagenersatz Ruecklastschrift";"Beguenstigter/Zahlungspflichtiger";"Kontonummer/IBAN";"BIC (SWIFT-Code)";"Betrag";"Waehrung";"Info"\n"{OWN}";"03.02.27";"04.02.27";"GUTSCHR. UEBERWEISUNG";"RE2027-0042";"";"";"";"";"";"";"Weser Lack GmbH";"{IBAN}";"X";"600,00";"EUR";"Umsatz gebucht"\n',
    "Volksbank": f"Bezeichnung Auftragskonto;IBAN Auftragskonto;BIC Auftragskonto;Bankname Auftragskonto;Buchungstag;Valutadatum;Name Zahlungsbeteiligter;IBAN Zahlungsbeteiligter;BIC (SWIFT-Code) Zahlungsbeteiligter;Buchungstext;Verwendungszweck;Betrag;Waehrung;Saldo nach Buchung\nKonto;{OWN};X;VR;03.02.2027;04.02.2027;Weser Lack GmbH;{IBAN};X;Gutschrift;RE2027-0042;600,00;EUR;1.000,00\n",
    "DKB new": f'"Girokonto";"{OWN}"\n"Kontostand vom 09.02.2027:";"4.093,32 €"\n""\n"Buchungsdatum";"Wertstellung";"Status";"Zahlungspflichtige*r";"Zahlungsempfänger*in";"Verwendungszweck";"Umsatztyp";"IBAN";"Betrag (€)";"Gläubiger-ID";"Mandatsreferenz";"Kundenreferenz"\n"03.02.27";"04.02.27";"Gebucht";"Weser Lack GmbH";"Verein";"RE2027-0042";"Eingang";"{IBAN}";"600";"";"";""\n',
    "DKB old": f'"Kontonummer:";"{OWN} / Girokonto";\n\n"Von:";"01.02.2027";\n"Bis:";"28.02.2027";\n"Kontostand vom 28.02.2027:";"1.234,56 EUR";\n\n"Buchungstag";"Wertstellung";"Buchungstext";"Auftraggeber / Begünstigter";"Verwendungszweck";"Kontonummer";"BLZ";"Betrag (EUR)";"Gläubiger-ID";"Mandatsreferenz";"Kundenreferenz";\n"03.02.2027";"04.02.2027";"GUTSCHRIFT";"Weser Lack GmbH";"RE2027-0042";"{IBAN}";"12030000";"600,00";"";"";"";\n',
    "ING with balance": f"Umsatzanzeige;Datei erstellt am: 09.02.2027\n\nIBAN;{OWN[:4]} {OWN[4:]}\nKontoname;Girokonto\n\nBuchung;Valuta;Auftraggeber/Empfänger;Buchungstext;Verwendungszweck;Saldo;Währung;Betrag;Währung\n03.02.2027;04.02.2027;Weser Lack GmbH;Gutschrift;RE2027-0042;1.234,56;USD;600,00;EUR\n",
    "Postbank old": f"Umsatzauskunft - gebuchte Umsätze\nName;Verein\nIBAN;{OWN}\nAktueller Kontostand;1.234,56 €\n\nBuchungsdatum;Wertstellung;Umsatzart;Buchungsdetails;Auftraggeber;Empfänger;Betrag (€);Saldo (€)\n03.02.2027;04.02.2027;Gutschrift;RE2027-0042;Weser Lack GmbH;Verein;600,00 €;1.234,56 €\n",
    "Deutsche Bank": f"Umsätze Girokonto (00);;;Kundennummer: 100 1234567\n01.02.2027 - 28.02.2027\nLetzter Kontostand;;;;1.234,56;EUR\nVorgemerkte und noch nicht gebuchte Umsätze sind nicht Bestandteil dieser Übersicht.\nBuchungstag;Wert;Umsatzart;Begünstigter / Auftraggeber;Verwendungszweck;IBAN;BIC;Kundenreferenz;Mandatsreferenz ;Gläubiger ID;Fremde Gebühren;Betrag;Abweichender Empfänger;Anzahl der Aufträge;Anzahl der Schecks;Soll;Haben;Währung\n03.02.2027;04.02.2027;SEPA-Gutschrift;Weser Lack GmbH;RE2027-0042;{IBAN};X;NOTPROVIDED;;;;;;;;;600,00;EUR\nKontostand;28.02.2027;;;1.234,56;EUR\n",
    "comdirect": ';\n"Umsätze Girokonto";"Zeitraum: 30 Tage";\n"Neuer Kontostand";"700,00 EUR";\n\n"Buchungstag";"Wertstellung (Valuta)";"Vorgang";"Buchungstext";"Umsatz in EUR";\n"03.02.2027";"04.02.2027";"Übertrag / Überweisung";"RE2027-0042";"600,00";\n\n"Alter Kontostand";"100,00 EUR";\n',
    "N26": f'"Booking Date","Value Date","Partner Name","Partner Iban",Type,"Payment Reference","Account Name","Amount (EUR)","Original Amount","Original Currency","Exchange Rate"\n2027-02-03,2027-02-04,"Weser Lack GmbH",{IBAN},"Credit Transfer","RE2027-0042","Main",600.0,,,\n',
    "N26 old": f'"Date","Payee","Account number","Transaction type","Payment reference","Amount (EUR)","Amount (Foreign Currency)","Type Foreign Currency","Exchange Rate"\n"2027-02-03","Weser Lack GmbH","{IBAN}","Income","RE2027-0042","600.0","","",""\n',
    "1822direkt": f"Kontonummer;Datum/Zeit;Buchungstag;Wertstellung;Soll/Haben;Buchungsschlüssel;Buchungsart;Empfänger/Auftraggeber Name;Empfänger/Auftraggeber IBAN;Empfänger/Auftraggeber BIC;Glaeubiger-ID;Mandatsreferenz;Mandatsdatum;Vwz.0;Vwz.1;Vwz.2;End-to-End-Identifikation\n123;03.02.2027 10:00;03.02.2027;04.02.2027;600,00;166;Gutschrift;Weser Lack GmbH;{IBAN};X;;;;RE2027;-0042;;\n",
    "HypoVereinsbank": "Kontonummer;Buchungsdatum;Valuta;Empfaenger 1;Empfaenger 2;Verwendungszweck;Betrag;Waehrung\n123;03.02.2027;04.02.2027;Weser Lack GmbH;;RE2027-0042;600,00;EUR\n",
    "signs in a column": "Buchungstag;Valuta;Name;Verwendungszweck;Umsatz;Soll/Haben;Währung\n03.02.2027;04.02.2027;Weser Lack GmbH;RE2027-0042;600,00;H;EUR\n",
    "two columns": "Datum;Wertstellung;Name;Verwendungszweck;Belastung;Gutschrift;Währung\n03.02.2027;04.02.2027;Weser Lack GmbH;RE2027-0042;;600,00;EUR\n",
    "English": "Date,Value date,Name,Description,Debit,Credit,Currency\n02/13/2027,02/14/2027,Weser Lack GmbH,RE2027-0042,,600.00,EUR\n",
    "separator named": "sep=,\n" + PLAIN.replace(";", ",") + ROW.replace("600,00", '"600,00"').replace(";", ","),
    "tabs": PLAIN.replace(";", "\t") + ROW.replace(";", "\t"),
}  # fmt: skip


def statements(text, encoding="utf-8", mapping=None):
    return read_bank_file(text.encode(encoding), mapping=mapping and read_mapping(mapping)).statements


def only(text, **more):
    (found,) = statements(text, **more)
    (line,) = found.entries
    return line


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS.keys())
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_layout_is_recognised(text, encoding):
    (found,) = statements(text, encoding)
    (line,) = found.entries
    assert (line.amount, line.remittance, line.status) == (Decimal(600), "RE2027-0042", Status.BOOKED)
    assert line.currency in {"EUR", None}
    assert line.booked_on in {date(2027, 2, 3), date(2027, 2, 13)}
    assert line.name in {"Weser Lack GmbH", None}
    assert line.iban in {IBAN, None}
    assert found.account in {OWN, "123", None}


def test_opening_and_closing_balance_around_the_rows_are_compared():
    (found,) = statements(LAYOUTS["comdirect"])
    assert (found.opening.amount, found.closing.amount, found.difference) == (100, 700, 0)
    (found,) = statements(LAYOUTS["comdirect"].replace("700,00", "701,00"))
    assert found.difference == -1


@pytest.mark.parametrize(("text", "amount"), [
    ("600,00", "600"), ("-600,00", "-600"), ("600,00-", "-600"), ("+600", "600"), ("1.234,56", "1234.56"), ("-1143,41", "-1143.41"),
    ("1.234", "1234"), ("12.345.678,90", "12345678.90"), ("−5,00", "-5"), ("5,00 €", "5"), ("EUR 5,00", "5"), ("5,00 S", "-5"), ("5,00 H", "5"),
    ("(5,00)", "-5"), ("1'234,50", "1234.5"), ("0", "0"), ("-10,7", "-10.7"), ("1,234.56", "1234.56"), ("5.5", "5.5"),
])  # fmt: skip
def test_amounts_of_german_lists(text, amount):
    assert only(PLAIN + ROW.replace("600,00", text)).amount == Decimal(amount)


def test_the_column_decides_what_a_point_means():
    head = "Date,Name,Description,Amount,Currency\n"
    rows = [f'2027-02-03,A,B,"{text}",EUR\n' for text in ("1,234", "12.50", "-1,234,567.89")]
    (found,) = statements(head + "".join(rows))
    assert [line.amount for line in found.entries] == [Decimal(1234), Decimal("12.5"), Decimal("-1234567.89")]


@pytest.mark.parametrize("row", [
    ROW.replace("600,00", ""), ROW.replace("600,00", "abc"), ROW.replace("600,00", "1e3"), ROW.replace("600,00", "NaN"), ROW.replace("600,00", "6,0,0"),
    ROW.replace("600,00", "600,001"), ROW.replace("600,00", "٦٠٠"), ROW.replace("600,00", "--5,00"), ROW.replace("600,00", "1.2345,00"), ROW.replace("600,00", "-5,00-"),
    ROW.replace(";EUR", ""), ROW.replace("EUR", "EURO?"), ROW.replace("03.02.2027", "31.04.2027"), ROW.replace("03.02.2027", "heute"),
    ROW.replace("Weser", "Weser;"), ROW.replace("04.02.2027", "99.02.2027"), "03.02.2027;04.02.2027;Weser Lack GmbH\n",
])  # fmt: skip
def test_a_row_that_cannot_be_read_is_named(row):
    with pytest.raises(EntryUnreadable) as refused:
        statements(PLAIN + ROW + row)
    assert refused.value.where == "line 3"


@pytest.mark.parametrize(
    ("word", "amount"), [("S", -5), ("H", 5), ("Soll", -5), ("Haben", 5), ("D", -5), ("CRDT", 5), ("-", -5)]
)
def test_signs_beside_the_amount(word, amount):
    head = "Buchungstag;Name;Verwendungszweck;Umsatz;Kennzeichen\n"
    assert only(f"{head}03.02.2027;A;B;5,00;{word}\n").amount == amount


@pytest.mark.parametrize("word", ["X", "", "HS"])
def test_an_unknown_sign_is_named(word):
    with pytest.raises(EntryUnreadable):
        statements(f"Buchungstag;Name;Verwendungszweck;Umsatz;Kennzeichen\n03.02.2027;A;B;5,00;{word}\n")


def test_a_credit_and_a_debit_in_one_row_or_neither_is_named():
    head = "Datum;Name;Verwendungszweck;Soll;Haben\n"
    assert (
        only(head + "03.02.2027;A;B;-5,00;\n").amount
        == only(head + "03.02.2027;A;B;5,00;0,00\n").amount
        == -5
    )
    for amounts in ("5,00;6,00", ";"):
        with pytest.raises(EntryUnreadable):
            statements(head + f"03.02.2027;A;B;{amounts}\n")


@pytest.mark.parametrize("pending", ["Umsatz vorgemerkt", "Vorgemerkt", "pending", "Offen"])
def test_announced_rows_are_pending(pending):
    assert (
        only(PLAIN.replace("Währung", "Währung;Status") + ROW.replace("EUR", f"EUR;{pending}")).status
        is Status.PENDING
    )


def test_rows_without_a_day_because_they_are_open_are_pending():
    text = LAYOUTS["comdirect"].replace('"03.02.2027";"04.02.2027"', '"offen";"--"')
    line = only(text)
    assert (line.status, line.booked_on, line.value_on) == (Status.PENDING, None, None)


def test_remarks_and_sums_after_the_rows_are_no_rows():
    foot = "\nSumme;;;;600,00;EUR\nKontostand vom 28.02.2027;;;;1.234,56;EUR\nAlle Angaben ohne Gewähr\n"
    assert only(PLAIN + ROW + foot).amount == 600


def test_a_payer_whose_words_look_like_a_sum_is_not_passed_over():
    rows = ROW.replace("RE2027-0042", "Endsaldo") + ROW.replace("RE2027-0042", "Saldo vom Vorjahr")
    (found,) = statements(PLAIN + rows)
    assert [line.remittance for line in found.entries] == ["Endsaldo", "Saldo vom Vorjahr"]
    head = "Name;Buchungstag;Verwendungszweck;Betrag;Währung\n"
    names = ("Summer GmbH", "Total", "Gesamt", "Kontostand am Deich KG")
    (found,) = statements(head + "".join(f"{name};03.02.2027;Beitrag;5,00;EUR\n" for name in names))
    assert tuple(line.name for line in found.entries) == names
    (found,) = statements(head + "Weser;03.02.2027;Beitrag;5,00;EUR\nKontostand;28.02.2027;;5,00;EUR\n")
    assert len(found.entries) == 1


def test_sums_without_a_word_are_told_by_their_amounts():
    head = "Buchungstag;Verwendungszweck;Soll;Haben;Währung\n03.02.2027;A;;600,00;EUR\n04.02.2027;B;-50,00;;EUR\n"
    (found,) = statements(head + ";;-50,00;600,00;EUR\n")
    assert [line.amount for line in found.entries] == [600, -50]
    for wrong in (";;-50,00;601,00;EUR\n", ";;;5,00;EUR\n"):
        with pytest.raises(EntryUnreadable):
            statements(head + wrong)


def test_line_breaks_in_quotes_are_part_of_a_text():
    line = only(PLAIN + '03.02.2027;04.02.2027;A;"Beitrag\nRE2027-00\r\n42";600,00;EUR\n')
    assert line.remittance == "BeitragRE2027-0042"
    with pytest.raises(EntryUnreadable) as refused:
        statements(PLAIN + '03.02.2027;;A;"Beitrag\n2027";600,00;EUR\n' + ROW.replace("600,00", "x"))
    assert refused.value.where == "line 4"


def test_a_quotation_mark_that_never_closes_is_a_damaged_file():
    with pytest.raises(FileDamaged):
        statements(PLAIN + ROW + ROW.replace("RE2027", '"RE2027'))


def test_two_accounts_in_one_list_are_two_statements():
    head = "Auftragskonto;Buchungstag;Name;Verwendungszweck;Betrag;Währung\n"
    found = statements(
        head
        + "".join(f"{account};03.02.2027;A;B;{n},00;EUR\n" for account, n in (("1", 1), ("2", 2), ("1", 3)))
    )
    assert [(each.account, [int(line.amount) for line in each.entries]) for each in found] == [
        ("1", [1, 3]),
        ("2", [2]),
    ]
    found = statements(
        LAYOUTS["comdirect"]
        + '\n"Umsätze Tagesgeld";"";\n"Keine Umsätze vorhanden."\n'
        + LAYOUTS["comdirect"]
    )
    assert [len(each.entries) for each in found] == [1, 1]


def test_sepa_words_inside_the_text_are_taken_apart():
    line = only(PLAIN + ROW.replace("RE2027-0042", "EREF+E1MREF+M1CRED+DE98SVWZ+RE2027-0042 Beitrag"))
    assert (line.end_to_end_id, line.mandate_id, line.remittance) == ("E1", "M1", "RE2027-0042 Beitrag")
    line = only(PLAIN + ROW.replace("RE2027-0042", "Beitrag EREF: E1 MREF: M1 CRED: DE98"))
    assert (line.end_to_end_id, line.mandate_id, line.remittance) == (
        "E1",
        "M1",
        "Beitrag EREF: E1 MREF: M1 CRED: DE98",
    )


def test_days_with_slashes_need_a_day_that_tells():
    head = "Date,Name,Description,Amount\n"
    with pytest.raises(EntryUnreadable):
        statements(head + "02/03/2027,A,B,5.00\n")
    (found,) = statements(head + "02/03/2027,A,B,5.00\n28/02/2027,A,B,5.00\n")
    assert found.entries[0].booked_on == date(2027, 3, 2)


def test_an_empty_list_is_a_statement_without_entries():
    (found,) = statements(PLAIN)
    assert (found.entries, found.difference) == ((), None)


@pytest.mark.parametrize(
    "text", ["Firma;Ort\nA;B\n", "hello world\n", "a,b,c\n1,2,3\n", "{}", "Name;Betrag\nA;5,00\n"]
)
def test_a_list_that_is_no_statement_is_refused(text):
    with pytest.raises((UnknownFile, ColumnsUnknown)):
        statements(text)


MAPPING = '[columns]\n"Wann" = "booked"\n"Wieviel" = "amount"\n"Wer" = "name"\n"Wozu" = "text"\n[format]\ncurrency = "EUR"\naccount = "DE89"\n'
STRANGE = "Wann;Wer;Wozu;Wieviel\n03.02.2027;Weser Lack GmbH;RE2027-0042;600,00\n"


def test_a_mapping_names_unknown_columns():
    with pytest.raises(UnknownFile):
        statements(STRANGE)
    line = only(STRANGE, mapping=MAPPING + "headings = 1\n")
    assert (line.amount, line.name, line.remittance, line.currency) == (
        600,
        "Weser Lack GmbH",
        "RE2027-0042",
        "EUR",
    )


def test_a_mapping_counts_columns_where_there_are_no_headings():
    mapping = '[columns]\n1 = "booked"\n4 = "amount"\n3 = "text"\n[format]\nheadings = 0\n'
    assert only(STRANGE.split("\n", 1)[1], mapping=mapping).remittance == "RE2027-0042"


@pytest.mark.parametrize("mapping", [
    "[columns", "x = 1", '[columns]\n"Wann" = "day"', "[format]\ndecimal = 5", '[format]\nencoding = "x"', '[format]\nseparator = ";;"', "[other]\n",
    '[columns]\n"Nie" = "booked"\n', "columns = 3",
])  # fmt: skip
def test_a_wrong_mapping_is_refused(mapping):
    with pytest.raises((MappingWrong, ColumnsUnknown, UnknownFile)) as refused:
        statements(PLAIN + ROW, mapping=mapping)
    assert isinstance(refused.value, InputError)
