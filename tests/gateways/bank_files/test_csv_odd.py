"""Lists of further banks, neighbours' and program makers', and what is odd about their columns."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest

from membership.domain.banking.lines import Status
from membership.domain.errors import InputError
from membership.gateways.bank_files.camt_entry import BATCH_UNEVEN
from membership.gateways.bank_files.errors import EntryUnreadable
from tests.gateways.bank_files.test_csv import IBAN, OWN, PLAIN, ROW, only, statements

SWISS = "CH9300762011623852957"
AUSTRIAN, OTHER = "AT611904300234573201", "AT483200000012345864"

LAYOUTS = {
    "Consorsbank": f"Konto\nKontoumsätze\nBuchung;Valuta;Sender / Empfänger;IBAN / Konto-Nr.;BIC / BLZ;Buchungstext;Verwendungszweck;Kategorie;Betrag in EUR\n03.02.2027;04.02.2027;Weser Lack GmbH;{IBAN};X;UEBERWEISUNG;RE2027-0042;n/a;1.600,00\n",
    "Moneyplex": f"Buchungstag;Wertstellungstag;Umsatz;Waehrung;Verwendungszweck;Buchungstext;Beguenstigter/Zahlungspflichtiger;Kontonummer/IBAN;BLZ/BIC\n03.02.2027;04.02.2027;1.600,00;EUR;RE2027-0042;August;Weser Lack GmbH;{IBAN};X\n",
    "Hibiscus": f'"#";"Kontonummer";"BLZ";"Konto";"Gegenkonto";"Gegenkonto BLZ";"Gegenkonto Inhaber";"Betrag";"Valuta";"Datum";"Verwendungszweck";"Verwendungszweck 2";"Zwischensumme";"Kundenreferenz";"Weitere Verwendungszwecke";"Art";"End-to-End ID"\n"1";"532013000";"37040044";"Giro";"{IBAN}";"X";"Weser Lack GmbH";"1.600,00";"04.02.2027";"03.02.2027";"RE2027-";"0042";"9,00";"NONREF";"";"Gutschrift";"E1"\n',
    "Finom": f"Buchungsdatum,Time completed,Status,Transaktionsart,Auftraggeber/Empfänger,Counterparty BIC,Counterparty IBAN,Verwendungszweck,Ursprungswährung,Ursprungsbetrag,Zahlungswährung,Zahlungsbetrag,Wallet-IBAN\n03.02.2027,10:15,Abgeschlossen,SEPA,Weser Lack GmbH,X,{IBAN},RE2027-0042,USD,1700.00,EUR,1600.00,{OWN}\n",
    "Vivid": "Completed date,Counterparty name,Reference,Payment amount,Payment currency\n03.02.2027,Weser Lack GmbH,RE2027-0042,1600.00,EUR\n",
    "Qonto": f"Status,Ausführungsdatum (UTC),Name der Gegenpartei,Gesamtbetrag (inkl. MwSt.),Währung,Referenz,Gegenpartei-IBAN\nAusgeführt,03-02-2027 10:00:00,Weser Lack GmbH,1600.00,EUR,RE2027-0042,{IBAN}\n",
    "N26 in German": f"Datum,Empfänger,Kontonummer,Transaktionstyp,Verwendungszweck,Kategorie,Betrag (EUR),Betrag (Fremdwährung),Fremdwährung,Wechselkurs\n2027-02-03,Weser Lack GmbH,{IBAN},Gutschrift,RE2027-0042,Einnahmen,1600.00,,,\n",
    "Deutsche Bank with signed order": f"Umsätze\nIBAN;{OWN}\n;\nBuchungstag;Wert;Umsatzart;Begünstigter / Auftraggeber;Verwendungszweck;IBAN / Kontonummer;BIC;Kundenreferenz;Fremde Gebühren;Betrag;Soll;Haben;Währung\n3.2.2027;4.2.2027;SEPA;Weser Lack GmbH;RE2027-0042;{IBAN};X;;;1.600;;1.600;EUR\nKontostand;25.02.2027;;;2.345,67;EUR\n",
    "amount in EUR without brackets": f"Buchungstag;Name;IBAN;Verwendungszweck;Betrag EUR\n03.02.2027;Weser Lack GmbH;{IBAN};RE2027-0042;1.600,00\n",
    "text forced by a spreadsheet": f'IBAN:;="{OWN}"\n\nBuchungstag;Name;IBAN;Verwendungszweck;Betrag\n="03.02.2027";="Weser Lack GmbH";="{IBAN}";="RE2027-0042";="1.600,00"\n',
}  # fmt: skip


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_a_layout_is_recognised(text):
    (found,) = statements(text)
    (line,) = found.entries
    assert (line.amount, line.booked_on, line.remittance) == (1600, date(2027, 2, 3), "RE2027-0042")
    assert (line.name, line.iban) == ("Weser Lack GmbH", None if text is LAYOUTS["Vivid"] else IBAN)
    assert line.currency in {"EUR", None}
    assert found.account in {OWN, "532013000", None}


def test_the_account_and_the_currency_may_stand_above_the_headings():
    head = f"Konto:;{SWISS}\nWährung:;CHF\n\nDatum;Avisierungstext;Gutschrift;Lastschrift;Valuta\n"
    (found,) = statements(head + "03.02.2027;RE2027-0042;600.00;;04.02.2027\n")
    assert (found.account, found.currency, found.entries[0].currency) == (SWISS, "CHF", "CHF")


def test_payer_and_payee_with_an_account_each_are_told_by_the_sign():
    head = "Buchungsdatum;Valutadatum;Buchungstext ;Währung;Betrag;Auftraggebername;Auftraggeberkonto;Auftraggeber BLZ;Empfängername;Empfängerkonto;Zahlungsgrund;\n"
    came = f"22/02/2027;22/02/2027;GUTSCHRIFT;EUR;10,55;Weser Lack GmbH;{AUSTRIAN};X;Verein;{OTHER};RE2027-0042;\n"
    went = f"21/02/2027;21/02/2027;ABBUCHUNG;EUR;-2,73;Verein;{OTHER};X;Ems Papier AG;{AUSTRIAN};Papier;\n"
    (found,) = statements(head + came + went)
    assert found.account is None
    assert [(line.name, line.iban, line.remittance) for line in found.entries] == [
        ("Weser Lack GmbH", AUSTRIAN, "RE2027-0042"),
        ("Ems Papier AG", AUSTRIAN, "Papier"),
    ]


def test_texts_of_different_columns_are_set_apart_and_pieces_of_one_text_are_not():
    head = "Buchungsdatum;Partnername;Betrag;Währung;Buchungs-Details;Zahlungsreferenz;Verwendungszweck\n"
    line = only(head + "03.02.2027;Weser Lack GmbH;600,00;EUR;Überweisung;RF18539007547034;RE2027-0042\n")
    assert line.remittance == "Überweisung RF18539007547034 RE2027-0042"
    pieces = "Buchungstag;Name;Betrag;Verwendungszweck 1;Verwendungszweck 2\n"
    assert only(pieces + "03.02.2027;A;5,00;Beitrag RE2027-;0042\n").remittance == "Beitrag RE2027-0042"


def test_a_text_that_names_its_parts_is_taken_apart():
    head = '"Buchungstag";"Wertstellung (Valuta)";"Vorgang";"Buchungstext";"Umsatz in EUR";\n'
    text = f"Auftraggeber: Weser Lack GmbHKto/IBAN: {IBAN} BLZ/BIC: X Buchungstext: RE2027-0042 Empfänger: wir Ref. AB1C2/3"
    line = only(head + f'"03.02.2027";"04.02.2027";"Gutschrift";"{text}";"600,00";\n')
    assert (line.name, line.iban, line.remittance) == ("Weser Lack GmbH", IBAN, "RE2027-0042 Empfänger: wir")
    line = only(head + '"03.02.2027";"--";"Gutschrift";"Auftraggeber: wer auch immer";"600,00";\n')
    assert (line.name, line.remittance) == (None, "Auftraggeber: wer auch immer")


def test_a_day_that_is_marked_as_new_is_a_day():
    head = "Buchungstag;Name;Verwendungszweck;Betrag\n"
    for text in ("03.02.2027 Neu", '"03.02.2027\nneu"'):
        assert only(f"{head}{text};A;B;5,00\n").booked_on == date(2027, 2, 3)


def test_balances_of_several_parts_stay_with_their_own_rows():
    part = '"Umsätze {0}";"Zeitraum: 30 Tage";\n"Neuer Kontostand";"{1} EUR";\n\n"Buchungstag";"Vorgang";"Buchungstext";"Umsatz in EUR";\n"03.02.2027";"A";"B";"{2}";\n\n"Alter Kontostand";"{3} EUR";\n\n'
    text = part.format("Girokonto", "112,66", "12,66", "100,00") + part.format(
        "Visa", "0,33", "-5,50", "5,83"
    )
    assert [(each.closing.amount, each.difference) for each in statements(text)] == [
        (Decimal("112.66"), 0),
        (Decimal("0.33"), 0),
    ]
    (found,) = statements("Neuer Kontostand;9,00 EUR\n" + PLAIN + ROW + "Endsaldo;700,00 EUR\n")
    assert found.closing.amount == 700


def test_a_currency_may_stand_between_a_balance_and_its_amount():
    head = '"Buchungstag";"Name";"Verwendungszweck";"Kundenreferenz";"Währung";"Umsatz";" "\n'
    rows = '"03.02.2027";"A";"B";"";"EUR";"1.600,00";"H"\n\n"02.02.2027";;;"Anfangssaldo";"EUR";"100,00";"S"\n"03.02.2027";;;"Endsaldo";"EUR";"1.500,00";"H"\n'
    (found,) = statements(head + rows)
    assert (found.opening.amount, found.closing.amount, found.difference) == (-100, 1500, 0)


SUM = "Buchungsdatum;Währung;Belastung;Gutschrift;Einzelbetrag;Beschreibung\n02.02.2027;CHF;;5.00;;davor\n03.02.2027;CHF;-150.00;;;Sammelauftrag\n"


def test_a_sum_whose_parts_stand_below_it_is_an_entry_for_each_part():
    (found,) = statements(
        SUM + ";CHF;;;-100.00;A\n".replace(";", "03.02.2027;", 1) + "03.02.2027;CHF;;;50.00;B\n"
    )
    assert [(int(line.amount), line.remittance) for line in found.entries] == [
        (5, "davor"),
        (-100, "A"),
        (-50, "B"),
    ]
    assert not found.findings


def test_a_sum_whose_parts_do_not_come_to_it_stays_one_entry_and_says_so():
    (found,) = statements(SUM + "03.02.2027;CHF;;;-100.00;A\n03.02.2027;CHF;7.00;;;danach\n")
    assert [int(line.amount) for line in found.entries] == [5, -150, -7]
    assert [(each.where, each.text.message) for each in found.findings] == [("line 3", BATCH_UNEVEN)]


def test_a_part_that_cannot_be_read_or_has_no_sum_is_named():
    for rows in (
        SUM + "03.02.2027;CHF;;;abc;A\n",
        SUM.split("\n", maxsplit=1)[0] + "\n03.02.2027;CHF;;;5.00;A\n",
    ):
        with pytest.raises(EntryUnreadable):
            statements(rows)


def test_announced_rows_without_a_booking_day_are_pending():
    head = "Auftragskonto;Buchungstag;Valutadatum;Verwendungszweck;Betrag;Info\n"
    line = only(f"{head}{OWN};;25.02.27;B;-4,20;Umsatz vorgemerkt\n")
    assert (line.status, line.booked_on, line.value_on) == (Status.PENDING, None, date(2027, 2, 25))


@pytest.mark.parametrize("heading", ["Betrag in EUR", "Betrag in", "Betrag EUR"])
def test_a_heading_with_many_blanks_takes_no_time(heading, few_seconds):
    with few_seconds, suppress(InputError):
        statements(f"Buchungstag;Name;{heading}{' ' * 50_000}x;Y\n")
