"""The file for the bank: valid against the schema of ISO, in allowed signs, with sums, blocks and amendments."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from membership.domain.direct_debits.mandates import Terms
from membership.gateways.sepa import Amendment, Block, Debit, DebitFile, DebitFileWrong, pain008
from tests.conftest import SAMPLES

SPACE = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"}
DEBIT = Debit(
    end_to_end_id="RE2027-0042-1", cents=60_000, mandate="M0001-01", signed_on=date(2026, 3, 1),
    debtor=Terms(name="Müller & Söhne GmbH", iban="DE02120300000000202051", street="Werftstraße", city="Bremen"),
    remittance="RE2027-0042 M0001",
)  # fmt: skip
FILE = DebitFile(
    message_id="LS2027-0001", made_at=datetime(2027, 1, 11, 9, 30, tzinfo=UTC), due_on=date(2027, 2, 1),
    creditor_name="Fahrzeugcluster Musterland e. V.", creditor_id="DE98ZZZ09999999999",
    iban="DE89370400440532013000", bic="COBADEFFXXX",
    blocks=(Block(id="LS2027-0001-1", scheme="CORE", sequence="RCUR", debits=(DEBIT,)),),
)  # fmt: skip


def of(*debits, **changes):
    numbered = tuple(replace(each, end_to_end_id=f"RE{at}-1") for at, each in enumerate(debits))
    return replace(FILE, blocks=(replace(FILE.blocks[0], debits=numbered),), **changes)


def read(file):
    root = etree.fromstring(pain008(file))

    def find(path):
        return [each.text for each in root.iterfind(path, SPACE)]

    return root, find


def test_d_sepa_12_the_file_says_who_collects_what_from_whom_and_when():
    _root, find = read(FILE)
    wanted = {
        ".//p:GrpHdr/p:MsgId": "LS2027-0001", ".//p:GrpHdr/p:NbOfTxs": "1", ".//p:GrpHdr/p:CtrlSum": "600.00",
        ".//p:GrpHdr/p:InitgPty/p:Nm": "Fahrzeugcluster Musterland e. V.", ".//p:PmtInfId": "LS2027-0001-1",
        ".//p:PmtMtd": "DD", ".//p:SvcLvl/p:Cd": "SEPA", ".//p:LclInstrm/p:Cd": "CORE", ".//p:SeqTp": "RCUR",
        ".//p:ReqdColltnDt": "2027-02-01", ".//p:CdtrAcct/p:Id/p:IBAN": "DE89370400440532013000",
        ".//p:CdtrAgt/p:FinInstnId/p:BICFI": "COBADEFFXXX", ".//p:ChrgBr": "SLEV",
        ".//p:CdtrSchmeId//p:Othr/p:Id": "DE98ZZZ09999999999", ".//p:CdtrSchmeId//p:Prtry": "SEPA",
        ".//p:EndToEndId": "RE2027-0042-1", ".//p:InstdAmt": "600.00", ".//p:MndtId": "M0001-01",
        ".//p:DtOfSgntr": "2026-03-01", ".//p:DbtrAgt//p:Othr/p:Id": "NOTPROVIDED",
        ".//p:Dbtr/p:Nm": "Mueller + Soehne GmbH", ".//p:DbtrAcct/p:Id/p:IBAN": "DE02120300000000202051",
        ".//p:Ustrd": "RE2027-0042 M0001",
    }  # fmt: skip
    assert {path: find(path) for path in wanted} == {path: [text] for path, text in wanted.items()}
    assert find(".//p:PstlAdr") == find(".//p:AmdmntInd") == []


def test_d_sepa_10_an_account_outside_the_eea_has_a_structured_address_and_never_lines():
    swiss = Terms(
        name="Hansa AG", iban="CH9300762011623852957", bic="UBSWCHZH80A", street="Rue de la Gare", building="5",
        postcode="4051", city="Basel", country="CH",
    )  # fmt: skip
    root, find = read(of(replace(DEBIT, debtor=swiss)))
    address = root.find(".//p:Dbtr/p:PstlAdr", SPACE)
    assert [(etree.QName(part).localname, part.text) for part in address] == [
        ("StrtNm", "Rue de la Gare"), ("BldgNb", "5"), ("PstCd", "4051"), ("TwnNm", "Basel"), ("Ctry", "CH"),
    ]  # fmt: skip
    assert find(".//p:DbtrAgt//p:BICFI") == ["UBSWCHZH80A"]


def test_d_sepa_5_an_amendment_stands_in_the_file():
    amendment = Amendment(
        mandate="M0001-00",
        is_bank_new=True,
        creditor_id="DE98ABC09999999999",
        creditor_name="Fahrzeugcluster älter",
    )
    _root, find = read(of(replace(DEBIT, amendment=amendment)))
    assert find(".//p:AmdmntInd") == ["true"]
    assert find(".//p:OrgnlMndtId") == ["M0001-00"]
    assert find(".//p:OrgnlCdtrSchmeId/p:Nm") == ["Fahrzeugcluster aelter"]
    assert find(".//p:OrgnlCdtrSchmeId//p:Othr/p:Id") == ["DE98ABC09999999999"]
    assert find(".//p:OrgnlDbtrAcct/p:Id/p:Othr/p:Id") == ["SMNDA"]
    same_bank = Amendment(account="DE02120300000000202051")
    _root, find = read(of(replace(DEBIT, amendment=same_bank)))
    assert find(".//p:OrgnlDbtrAcct/p:Id/p:IBAN") == ["DE02120300000000202051"]
    assert (
        find(".//p:OrgnlMndtId") == find(".//p:OrgnlCdtrSchmeId") == find(".//p:OrgnlDbtrAcct//p:Othr") == []
    )


DEBITS = st.builds(
    replace,
    st.just(DEBIT),
    cents=st.integers(1, 99_999_999_999),
    debtor=st.builds(replace, st.just(DEBIT.debtor), name=st.text(max_size=200).map(lambda text: f"A{text}")),
    remittance=st.text(max_size=300),
)


@given(st.lists(DEBITS, min_size=1, max_size=8))
@settings(max_examples=60)
def test_sec_65_whatever_names_and_texts_say_the_file_is_valid_and_its_sums_are_those_of_its_debits(debits):
    _root, find = read(of(*debits))
    amounts = [Decimal(text) for text in find(".//p:InstdAmt")]
    assert amounts == [Decimal(each.cents) / 100 for each in debits]
    for count, total in zip(find(".//p:NbOfTxs"), find(".//p:CtrlSum"), strict=True):
        assert (int(count), Decimal(total)) == (len(debits), sum(amounts))
    assert all(0 < len(name) <= 70 for name in find(".//p:Dbtr/p:Nm"))
    assert all(len(text) <= 140 for text in find(".//p:Ustrd"))


@pytest.mark.parametrize(
    "file",
    [
        replace(FILE, message_id="LS 2027"),
        replace(FILE, message_id="LS2027-0001-1"),
        replace(FILE, blocks=(replace(FILE.blocks[0], debits=(DEBIT, DEBIT)),)),
        replace(FILE, blocks=()),
        replace(FILE, iban="no account"),
        of(replace(DEBIT, cents=10**21)),
    ],
)
def test_no_file_is_made_that_a_bank_would_not_take(file):
    with pytest.raises(DebitFileWrong):
        pain008(file)


@pytest.mark.samples
def test_the_schema_is_the_one_that_iso_publishes():
    place = SAMPLES.parent / "schemas" / "iso20022" / "pain.008.001.08.xsd"
    etree.XMLSchema(etree.parse(place)).assertValid(etree.fromstring(pain008(FILE)))
    sample = etree.parse(SAMPLES / "pain008" / "php-sepa-xml-pain.008.001.08.xml")
    assert etree.XMLSchema(etree.parse(place)).validate(sample)
