"""Hostile bytes: statements, or one `InputError`; nothing else ever comes out of the readers, soon and in little memory.

Each format gets ten thousand inputs in every run, a million with SCALE=release: small valid files with a few pieces
changed, by a seeded generator because that is many times quicker than hypothesis. Proof of GATE-07 for bank files.
"""

from __future__ import annotations

import io
import json
import random
import resource
import zipfile
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from membership.cli.bank.reading import json_pieces
from membership.domain.errors import InputError
from membership.gateways.bank_files import Limits, read_bank_file, read_mapping
from membership.gateways.bank_files.csv_values import list_amount, list_day
from membership.gateways.bank_files.errors import Trouble
from membership.gateways.bank_files.sepa_tokens import listed_ids, read_tokens
from membership.gateways.bank_files.values import iso_day, xml_amount
from membership.wording import Wording
from tests.conftest import IS_RELEASE
from tests.gateways.bank_files.camt_files import DETAIL, camt, entry
from tests.gateways.bank_files.test_csv import LAYOUTS, MAPPING, STRANGE
from tests.gateways.bank_files.test_mt940 import DETAILS, FOOT, HEAD, LINE

pytestmark = pytest.mark.fuzz
INPUTS = 1_000_000 if IS_RELEASE else 10_000
EXAMPLES = 100_000 if IS_RELEASE else 300
PORTIONS = 4
GROWTH_KB = 200 * 1024
SMALL = Limits(file_bytes=2**20, unpacked_bytes=2**20, entries=10_000)
WORDS = Wording("de")
RETURNED = (
    "<Btch><PmtInfId>P1</PmtInfId></Btch>"
    '<TxDtls><Amt Ccy="EUR">300.00</Amt><Chrgs><Rcrd><Amt Ccy="EUR">3.00</Amt></Rcrd></Chrgs><RtrInf><Rsn><Cd>MD06</Cd></Rsn></RtrInf></TxDtls>'
) * 2
INTERIM = ":20:D\n:25:1/2\n:28C:0/1\n:34F:EUR0,\n:13D:2702031200+0100\n:61:2702030203RD5,00NRTIKREF+//B8\n/OCMT/EUR600,00//CHGS/EUR3,00/\n:86:109?00X?34914\n:90C:1EUR5,00\n-\n"


def packed(*contents, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for number, content in enumerate(contents):
            archive.writestr(f"{number}.xml", content)
    return buffer.getvalue()


PLAIN_CAMT = camt(entry(details=DETAIL + DETAIL), entry("5.00", "DBIT", status="<Sts><Cd>PDNG</Cd></Sts>"))
CAMT = [PLAIN_CAMT, camt(entry("606.00", "DBIT", details=RETURNED)), camt(entry(), kind="052", version="")]
MT940 = [f"{HEAD}{LINE}\n{DETAILS}\n{FOOT}{HEAD}{LINE}\n{FOOT}".encode(), INTERIM.encode()]
FILES = {
    "camt": CAMT,
    "mt940": MT940,
    "list": [text.encode() for text in LAYOUTS.values()],
    "zip": [packed(camt(entry())), packed(MT940[0], b"x", method=zipfile.ZIP_STORED)],
    "mapping": [MAPPING.encode(), b'[columns]\n1 = "booked"\n4 = "amount"\n[format]\nheadings = 0\ndecimal = ","\n'],
    "bytes": [b"", b"\x00", b"\xff\xfe<\x00", "ä".encode(), b"PK\x05\x06", b"{1:", b"a;b\n1;2\n"],
}  # fmt: skip
PIECES = [
    b"", b"<", b">", b"</Ntry>", b"<Ntry>", b"<TxDtls>", b"</Stmt>", b"&amp;", b"&x;", b"\x00", b"\xff", b"-", b":61:", b":86:", b"\n:20:", b"?20",
    b"?", b"SVWZ+", b"EREF+", b'"', b";", b",", b"\n", b"\r", b"9" * 30, b"NaN", b"-0", b"1e9", b"]]>", b"<!--", b"<![CDATA[", b"EUR", b"{4:", b"-}",
    b"31.02.2027", b"PK\x01\x02", b"PK\x03\x04", b"\x01", b"[format]\n", b'"booked"', b"= 1", b"Endsaldo", b"Summe", b"@@", b":NS:", b"xmlns='x'",
]  # fmt: skip


def broken(dice, data):
    """Return the data with one to four pieces put in, cut out, doubled, exchanged, or a byte changed."""
    for _ in range(dice.randint(1, 4)):
        place, length = dice.randrange(len(data) + 1), dice.choice((0, 1, 3, 20, 200))
        piece = dice.choice(
            (
                dice.choice(PIECES),
                bytes([dice.randrange(256)]),
                data[place : place + length] * 2,
                data[dice.randrange(len(data) + 1) :][:length],
            )
        )
        data = data[:place] + piece + data[place + length :]
    return data


def is_read_or_refused(data, kind=""):
    found, sentence = None, ""
    try:
        if kind == "mapping":
            mapping = read_mapping(data.decode("utf-8", "replace"))
            found = read_bank_file(STRANGE.encode(), mapping=mapping, limits=SMALL)
        else:
            found = read_bank_file(data, limits=SMALL)
    except InputError as error:
        sentence = WORDS.error(error).strip()
    if found is None:
        assert sentence
        return
    assert found.statements
    for statement in found.statements:
        for line in statement.entries:
            assert line.amount.is_finite()


@pytest.mark.parametrize("portion", range(PORTIONS))
@pytest.mark.parametrize("kind", FILES)
def test_gate_07_any_broken_file_is_read_or_refused(kind, portion, few_seconds):
    dice = random.Random(f"{kind} {portion}")  # noqa: S311 - a seed, no secret
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    data = b""
    try:
        for _ in range(INPUTS // PORTIONS):
            data = broken(dice, dice.choice(FILES[kind]))
            is_read_or_refused(data, kind)
    except Exception as error:
        raise AssertionError(f"{error!r} by {data!r}") from error
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < GROWTH_KB


@settings(max_examples=EXAMPLES)
@given(
    st.one_of(
        st.binary(max_size=300), st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
    )
)
def test_any_bytes_are_read_or_refused(data):
    is_read_or_refused(data)


def test_whatever_is_read_is_printed_as_one_json_document():
    dice = random.Random(7)  # noqa: S311 - a seed, no secret
    printed = 0
    for _ in range(600):
        data = broken(dice, dice.choice([*CAMT, *MT940, *FILES["list"]]))
        with suppress(InputError):
            document = json.loads("".join(json_pieces(read_bank_file(data, limits=SMALL), WORDS)))
            lines = [line for statement in document["statements"] for line in statement["entries"]]
            assert all(Decimal(line["amount"]).is_finite() for line in lines)
            assert {line["status"] for line in lines} <= {"booked", "pending"}
            printed += 1
    assert printed > 100


FIELDS = [
    ":20:", ":25:", ":61:", ":86:", ":60F:", ":62F:", ":NS:", "C270203EUR1,", "2702030203C1,00NTRF", "?20", "166", "\n", "-", "{4:", "@@", "x", "//",
    "SVWZ+", "?34", "914",
]  # fmt: skip
CELLS = [
    "Buchungstag", "Betrag", "Soll", "Haben", "Text", "03.02.2027", "5,00", "-", "S", "", "Summe", "Endsaldo", "EUR", '"', "1.234", "\n",
]  # fmt: skip


def test_any_order_of_fields_and_cells_is_read_or_refused():
    dice = random.Random(11)  # noqa: S311 - a seed, no secret
    for _ in range(INPUTS // 5):
        is_read_or_refused("".join(dice.choices(FIELDS, k=dice.randint(0, 30))).encode())
        rows = (";".join(dice.choices(CELLS, k=dice.randint(0, 6))) for _ in range(dice.randint(0, 8)))
        is_read_or_refused("\n".join(rows).encode())


@settings(max_examples=EXAMPLES)
@given(st.text(st.sampled_from("0123456789.,-+SH €'E\u0660\u2212()"), max_size=14))
def test_amounts_and_days_are_read_or_refused(text):
    for read in (
        lambda: xml_amount(text),
        lambda: list_amount(text, ",", "EUR"),
        lambda: list_day(text, month_first=False),
        lambda: iso_day(text),
    ):
        with suppress(Trouble):
            found = read()
            assert not isinstance(found, Decimal) or found.is_finite()


@settings(max_examples=EXAMPLES)
@given(st.lists(st.text(st.sampled_from("SVWZEREFMREF+: ?\nx1"), max_size=20), max_size=5))
def test_words_in_texts_lose_nothing(pieces):
    tokens = read_tokens(pieces)
    kept = tokens.before + "".join(tokens.values.values())
    assert len(kept) <= len("".join(pieces))
    listed_ids("".join(pieces))


@settings(max_examples=EXAMPLES)
@given(st.one_of(st.text(max_size=60), st.text(st.sampled_from("[]columnsformat.=\"'\n #5"), max_size=40)))
def test_any_mapping_file_is_read_or_is_one_error(text):
    with suppress(InputError):
        read_mapping(text)
