"""camt as banks write it: both shapes of every version, batches, returns, odd days, what does not add up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from membership.domain.banking.lines import Status
from membership.gateways.bank_files import read_bank_file
from membership.gateways.bank_files.errors import EntryUnreadable, UnknownFile
from tests.gateways.bank_files.camt_files import CLOSING, DETAIL, OPENING, camt, entry


def statement(data):
    (found,) = read_bank_file(data).statements
    return found


def only(data):
    (found,) = statement(data).entries
    return found


def test_a_plain_entry_is_read_whole():
    found = statement(camt(entry(inside="<AcctSvcrRef>A1</AcctSvcrRef>")))
    assert (found.account, found.currency, found.difference) == ("DE89370400440532013000", "EUR", 0)
    (line,) = found.entries
    assert (line.amount, line.booked_on, line.value_on) == (Decimal(600), date(2027, 2, 3), date(2027, 2, 4))
    assert (line.name, line.iban, line.remittance) == (
        "Weser Lack GmbH",
        "DE02120300000000202051",
        "RE2027-0042",
    )
    assert (line.bank_reference, line.end_to_end_id, line.batch, line.reversal) == ("A1", "E1", None, False)


@pytest.mark.parametrize("kind", ["052", "053", "054"])
@pytest.mark.parametrize("version", ["001.02", "001.04", "001.08", "001.13"])
def test_every_version_is_read(kind, version):
    found = read_bank_file(camt(entry(), kind=kind, version=version))
    assert (found.format, len(found.statements[0].entries)) == (f"camt.{kind}.{version}", 1)


def test_a_missing_namespace_a_prefix_and_an_envelope_do_not_matter():
    plain = camt(entry(), version="")
    assert read_bank_file(plain).format == "camt.053"
    prefixed = (
        camt(entry())
        .decode()
        .replace("<", "<n:")
        .replace("<n:/", "</n:")
        .replace("<n:?", "<?")
        .replace("xmlns=", "xmlns:n=")
    )
    assert len(only(prefixed.encode()).remittance) == 11
    body = camt(entry()).split(b"\n", 1)[1]
    assert only(b"<Envelope xmlns='urn:x'><Body>" + body + b"</Body></Envelope>").amount == 600


@pytest.mark.parametrize(("status", "expected"), [
    ("<Sts>BOOK</Sts>", Status.BOOKED), ("<Sts><Cd>BOOK</Cd></Sts>", Status.BOOKED), ("<Sts> book </Sts>", Status.BOOKED),
    ("<Sts>PDNG</Sts>", Status.PENDING), ("<Sts><Cd>PDNG</Cd></Sts>", Status.PENDING), ("<Sts>INFO</Sts>", Status.PENDING),
    ("<Sts>FUTR</Sts>", Status.PENDING), ("", Status.BOOKED),
])  # fmt: skip
def test_the_status_stands_as_text_or_as_code(status, expected):
    assert only(camt(entry(status=status))).status is expected


def test_a_pending_entry_does_not_count_in_the_difference():
    assert statement(camt(entry(), entry("5.00", status="<Sts>PDNG</Sts>"))).difference == 0


@pytest.mark.parametrize("broken", [
    entry(sign=""), entry(sign="CREDIT"), entry(amount=""), entry("-12.35"), entry("1e3"), entry("NaN"), entry("1,234"),
    entry("１２"), entry(status="<Sts>XYZ</Sts>"), entry().replace('<Amt Ccy="EUR">600.00</Amt>', "", 1),
])  # fmt: skip
def test_an_entry_that_cannot_be_read_is_named_and_nothing_is_taken(broken):
    with pytest.raises(EntryUnreadable) as refused:
        read_bank_file(camt("\n", entry(), "\n", broken))
    assert refused.value.where == "line 4"


def test_an_intraday_entry_without_status_is_not_guessed():
    with pytest.raises(EntryUnreadable):
        read_bank_file(camt(entry(status=""), kind="052"))


def test_the_shapes_of_party_amount_and_day_are_all_read():
    detail = (
        '<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><Amt Ccy="EUR">600</Amt><RltdPties><Dbtr><Pty><Nm>A</Nm></Pty></Dbtr>'
        "<UltmtDbtr><Pty><Nm>B</Nm></Pty></UltmtDbtr></RltdPties><RmtInf><Ustrd>RE2027-00</Ustrd><Ustrd>42 M0</Ustrd><Ustrd>123</Ustrd>"
        "<Strd><CdtrRefInf><Ref>RF48RE20270042</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>"
    )
    data = camt(entry(details=detail)).replace(
        b"<Dt>2027-02-03</Dt>", b"<DtTm>2027-02-03T23:30:00+01:00</DtTm>"
    )
    line = only(data)
    assert (line.name, line.ultimate_name, line.end_to_end_id, line.iban) == ("A", "B", None, None)
    assert (line.remittance, line.creditor_reference) == ("RE2027-0042 M0123", "RF48RE20270042")
    assert line.booked_on == date(2027, 2, 3)


def test_a_batch_with_amounts_becomes_one_entry_a_transaction():
    parts = "".join(
        DETAIL.replace("E1", f"E{n}").replace(
            "<RltdPties>", f'<AmtDtls><TxAmt><Amt Ccy="EUR">{n}00.00</Amt></TxAmt></AmtDtls><RltdPties>'
        )
        for n in (1, 2, 3)
    )
    inside = "<AcctSvcrRef>BANK7</AcctSvcrRef>"
    found = statement(camt(entry(inside=inside, details="<Btch><PmtInfId>P1</PmtInfId></Btch>" + parts)))
    assert [(line.amount, line.end_to_end_id, line.batch, line.payment_id) for line in found.entries] == [
        (Decimal(100), "E1", "BANK7", "P1"), (Decimal(200), "E2", "BANK7", "P1"), (Decimal(300), "E3", "BANK7", "P1"),
    ]  # fmt: skip
    assert found.difference == 0


def test_two_batches_in_one_entry_keep_their_own_numbers():
    part = DETAIL.replace("<RltdPties>", '<Amt Ccy="EUR">300.00</Amt><RltdPties>')
    both = "".join(f"<NtryDtls><Btch><PmtInfId>P{n}</PmtInfId></Btch>{part}</NtryDtls>" for n in (1, 2))
    found = statement(camt(entry(details="").replace("<NtryDtls></NtryDtls>", both)))
    assert [(line.payment_id, line.batch) for line in found.entries] == [("P1", "P1"), ("P2", "P2")]
    without = "".join(f"<NtryDtls><Btch><PmtInfId>P{n}</PmtInfId></Btch></NtryDtls>" for n in (1, 2))
    line = only(camt(entry(details="").replace("<NtryDtls></NtryDtls>", without)))
    assert (line.payment_id, line.batch) == (None, "P1")


RETURN = (
    '<TxDtls><Refs><AcctSvcrRef>R1</AcctSvcrRef><EndToEndId>RE20270042-1</EndToEndId></Refs><Amt Ccy="EUR">605.50</Amt><CdtDbtInd>DBIT</CdtDbtInd>'
    '<AmtDtls><InstdAmt><Amt Ccy="EUR">600.00</Amt></InstdAmt></AmtDtls><Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">5.50</TtlChrgsAndTaxAmt>'
    '<Rcrd><Amt Ccy="EUR">3.00</Amt></Rcrd><Rcrd><Amt Ccy="EUR">2.50</Amt></Rcrd></Chrgs><RltdPties><Dbtr><Pty><Nm>Weser Lack</Nm></Pty></Dbtr></RltdPties>'
    "<RtrInf><OrgnlBkTxCd><Prtry><Cd>NDDT+171</Cd></Prtry></OrgnlBkTxCd><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>Konto geschlossen</AddtlInf></RtrInf></TxDtls>"
)


def test_the_fees_of_a_return_count_once_and_its_reason_is_the_code():
    line = only(camt(entry("605.50", "DBIT", details=RETURN)))
    assert (line.charges, line.original_amount, line.return_reason) == (Decimal("5.50"), 600, "AC04")
    assert (line.name, line.bank_reference) == ("Weser Lack", "R1")


def test_a_batch_in_another_currency_is_divided_by_what_was_moved():
    part = DETAIL.replace(
        "<RltdPties>",
        '<Amt Ccy="USD">50.00</Amt><AmtDtls><TxAmt><Amt Ccy="EUR">47.50</Amt></TxAmt></AmtDtls><RltdPties>',
    )
    found = statement(camt(entry("95.00", details=part + part)))
    assert [(line.amount, line.currency) for line in found.entries] == [(Decimal("47.50"), "EUR")] * 2


def test_details_without_amounts_stay_one_entry_and_give_only_what_they_share():
    line = only(camt(entry(details=DETAIL + DETAIL.replace("E1", "E2"))))
    assert (line.amount, line.end_to_end_id, line.remittance) == (600, None, "RE2027-0042")


def test_very_long_remittance_is_joined_whole():
    lines = "".join(f"<Ustrd>{n:02d}{'x' * 138}</Ustrd>" for n in range(90))
    text = only(camt(entry(details=DETAIL.replace("<Ustrd>RE2027-0042</Ustrd>", lines)))).remittance
    assert (len(text), text[140:142]) == (90 * 140, "01")


def test_a_batch_of_returns_with_a_fee_each_is_divided():
    part = DETAIL.replace(
        "<RltdPties>",
        '<Amt Ccy="EUR">300.00</Amt><Chrgs><Amt Ccy="EUR">3.00</Amt></Chrgs><RltdPties>',
    ).replace("<RmtInf>", "<RtrInf><Rsn><Cd>MD06</Cd></Rsn></RtrInf><RmtInf>")
    found = statement(camt(entry("606.00", "DBIT", details=part + part)))
    assert [(line.amount, line.charges, line.return_reason) for line in found.entries] == [
        (Decimal(-303), Decimal(3), "MD06")
    ] * 2


def test_free_text_beside_a_structured_reference_is_kept():
    text = "<Strd><CdtrRefInf><Ref>RF48RE20270042</Ref></CdtrRefInf><AddtlRmtInf>Beitrag 2027</AddtlRmtInf></Strd>"
    assert (
        only(camt(entry(details=DETAIL.replace("<Ustrd>RE2027-0042</Ustrd>", text)))).remittance
        == "Beitrag 2027"
    )


def test_a_message_without_any_statement_is_no_bank_file():
    with pytest.raises(UnknownFile):
        read_bank_file(b"<Document><BkToCstmrStmt><GrpHdr/></BkToCstmrStmt></Document>")


def test_a_batch_without_details_stays_one_with_its_own_number():
    line = only(camt(entry(details="<Btch><PmtInfId>P1</PmtInfId><NbOfTxs>6</NbOfTxs></Btch>")))
    assert (line.amount, line.batch, line.payment_id, line.name) == (Decimal(600), "P1", "P1", None)


def test_a_batch_whose_parts_do_not_come_to_it_stays_one_and_says_so():
    parts = "".join(DETAIL.replace("<RltdPties>", f'<Amt Ccy="EUR">{n}</Amt><RltdPties>', 1) for n in (1, 2))
    found = statement(camt(entry(details=parts)))
    assert [line.amount for line in found.entries] == [Decimal(600)]
    assert len(found.findings) == 1


def test_a_returned_direct_debit_names_the_member_and_the_fee():
    detail = (
        '<TxDtls><Refs><EndToEndId>RE20270042-1</EndToEndId><MndtId>M0123-01</MndtId></Refs><AmtDtls><InstdAmt><Amt Ccy="EUR">600.00</Amt></InstdAmt></AmtDtls>'
        '<Chrgs><Rcrd><Amt Ccy="EUR">3.00</Amt></Rcrd></Chrgs>'
        "<RltdPties><Dbtr><Nm>Weser Lack GmbH</Nm></Dbtr><DbtrAcct><Id><IBAN>DE02120300000000202051</IBAN></Id></DbtrAcct><Cdtr><Nm>Verein</Nm></Cdtr>"
        "<CdtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></CdtrAcct></RltdPties><RtrInf><Rsn><Cd>AM04</Cd></Rsn></RtrInf></TxDtls>"
    )
    code = "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>IDDT</Cd><SubFmlyCd>UPDD</SubFmlyCd></Fmly></Domn></BkTxCd>"
    line = only(camt(entry("603.00", "DBIT", inside=code, details=detail)))
    assert (line.amount, line.name, line.iban, line.return_reason) == (
        Decimal(-603),
        "Weser Lack GmbH",
        "DE02120300000000202051",
        "AM04",
    )
    assert (line.original_amount, line.charges, line.code, line.mandate_id) == (
        Decimal(600),
        Decimal(3),
        "PMNT/IDDT/UPDD",
        "M0123-01",
    )


def test_the_own_account_is_never_the_other_side():
    swapped = DETAIL.replace("DE02120300000000202051", "DE89370400440532013000").replace(
        "</RltdPties>", "<Cdtr><Nm>Other</Nm></Cdtr></RltdPties>"
    )
    assert only(camt(entry(details=swapped))).name == "Other"


def test_balances_of_pages_and_other_days_are_told_apart():
    page = OPENING.replace(
        "<CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry>",
        "<CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry><SubTp><Cd>INTM</Cd></SubTp>",
    ).replace("100.00", "5.00")
    early = CLOSING.replace("700.00", "1.00").replace("02-28", "02-14")
    found = statement(camt(entry(), balances=page + OPENING + CLOSING + early))
    assert (found.opening.amount, found.closing.amount) == (Decimal(100), Decimal(700))


def test_the_balance_before_stands_in_for_a_missing_opening():
    found = statement(camt(entry(), balances=OPENING.replace("OPBD", "PRCD") + CLOSING))
    assert (found.opening.amount, found.difference) == (Decimal(100), 0)
    found = statement(camt(entry(), balances=OPENING + CLOSING.replace("CLBD", "ITBD")))
    assert (found.closing, found.difference) == (None, None)


def test_two_closing_balances_of_one_day_are_reported():
    found = statement(camt(entry(), balances=OPENING + CLOSING + CLOSING.replace("700", "800")))
    assert (len(found.findings), found.difference) == (1, -100)


def test_an_entry_in_another_currency_keeps_it_and_does_not_count():
    found = statement(camt(entry(), entry("50.00", currency="USD")))
    assert ([line.currency for line in found.entries], found.difference) == (["EUR", "USD"], 0)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("2700", "2700"),
        ("1.234", "1.234"),
        ("12,35", "12.35"),
        (".5", "0.5"),
        ("+7.10", "7.10"),
        ("600.00000", "600"),
    ],
)
def test_amounts_of_any_currency_are_exact(text, amount):
    assert only(camt(entry(text, currency="KWD"))).amount == Decimal(amount)


def test_the_files_own_count_and_sum_are_compared():
    head = "<TxsSummry><TtlNtries><NbOfNtries>3</NbOfNtries></TtlNtries><TtlCdtNtries><Sum>601.00</Sum></TtlCdtNtries></TxsSummry>"
    assert len(statement(camt(entry(), head=head)).findings) == 2


def test_a_day_that_does_not_exist_is_reported_and_left_open():
    found = statement(camt(entry()).replace(b"2027-02-03", b"2027-04-31"))
    assert (found.entries[0].booked_on, len(found.findings)) == (None, 1)
    assert only(camt(entry()).replace(b"2027-02-03", b"2027-02-03Z")).booked_on == date(2027, 2, 3)
    assert only(camt(entry(days=False))).booked_on is None


@pytest.mark.parametrize("change", [
    lambda data: b"\xef\xbb\xbf" + data,
    lambda data: b"\r\n " + data,
    lambda data: data + b"\x00\x1a\n",
    lambda data: data.decode().replace("UTF-8", "ISO-8859-1").encode("latin-1"),
    lambda data: data.decode().encode("cp1252"),
    lambda data: data.decode().replace("UTF-8", "windows-1252").encode("cp1252"),
    lambda data: data.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    lambda data: b"\xef\xbb\xbf" + data.replace(b"UTF-8", b"ISO-8859-1"),
    lambda data: data.replace(b' encoding="UTF-8"', b""),
])  # fmt: skip
def test_every_encoding_that_banks_use_is_read(change):
    data = camt(entry(details=DETAIL.replace("Weser Lack", "Müller Straßenbau")))
    assert only(change(data)).name == "Müller Straßenbau GmbH"


def test_numbers_of_documents_are_the_text_where_there_is_no_other():
    numbers = "".join(f"<Strd><RfrdDocInf><Nb>RE2027-00{n}</Nb></RfrdDocInf></Strd>" for n in (42, 43))
    details = f"<TxDtls><RmtInf>{{0}}{numbers}</RmtInf></TxDtls>"
    assert only(camt(entry(details=details.format("")))).remittance == "RE2027-0042 RE2027-0043"
    assert only(camt(entry(details=details.format("<Ustrd>Beitrag</Ustrd>")))).remittance == "Beitrag"


@pytest.mark.parametrize(("said", "encoding"), [
    ("ISO-8859-1", "latin-1"), ("windows-1252", "cp1252"), ("UTF-16", "utf-16"), ("UTF-16", "utf-8"), ("UTF-8", "latin-1"), ("UTF-8", "utf-8-sig"),
])  # fmt: skip
def test_encodings_are_read_as_they_are_not_as_they_are_said(said, encoding):
    text = camt(entry()).decode().replace("UTF-8", said).replace("Weser", "Wéser")
    assert only(text.encode(encoding)).name == "Wéser Lack GmbH"
