"""Files that are cut, torn, mislabelled or endless: refused soon and in little memory, and never read as something else.

Proof of FI-55, with the tests of the import, and of GATE-07's bounds.
"""

from __future__ import annotations

import re

import pytest

from membership.domain.errors import InputError
from membership.gateways.bank_files import read_bank_file
from membership.gateways.bank_files.errors import EntryUnreadable, FileDamaged
from tests.gateways.bank_files.camt_files import DETAIL, camt, entry
from tests.gateways.bank_files.test_csv import LAYOUTS, PLAIN, ROW
from tests.gateways.bank_files.test_mt940 import DETAILS, FOOT, HEAD, LINE
from tests.gateways.bank_files.test_safety import zipped
from tests.gateways.tables.test_memory import run_limited

STEP = 1_000
MEGABYTE = 1024 * 1024
CAMT = camt("".join(entry(f"{n}.00", details=DETAIL.replace("E1", f"E{n}")) for n in range(1, 120)))
MT940 = (
    HEAD
    + "".join(f"{LINE.replace('600,00', f'{n}17,{n % 100:02d}')}\n{DETAILS}\n" for n in range(1, 200))
    + FOOT
).encode()


def long_list(text):
    """Return a layout with many rows of different amounts."""
    rows = text.splitlines(keepends=True)
    place = next(n for n, row in enumerate(rows) if re.search(r"\b600\b", row))
    many = [rows[place].replace("600", f"{n}17") for n in range(1, 24)]
    return "".join(rows[:place] + many + rows[place + 1 :]).encode()


def figures(data):
    """Return the entries as what money depends on, and the difference of the last statement."""
    found = read_bank_file(data).statements
    lines = [(line.amount, line.booked_on, line.status) for each in found for line in each.entries]
    return lines, found[-1].difference


def read_or_none(data):
    try:
        return figures(data)
    except InputError:
        return None


def test_fi_55_a_camt_file_cut_at_each_thousandth_byte_is_refused():
    for place in range(STEP, len(CAMT), STEP):
        assert read_or_none(CAMT[:place]) is None


@pytest.mark.parametrize("places", [range(STEP, len(MT940) - 10, STEP), range(5_000, 5_240)])
def test_fi_55_a_cut_mt940_file_is_refused_or_has_no_closing_balance_and_no_other_amount(places):
    whole, _ = figures(MT940)
    for place in places:
        found = read_or_none(MT940[:place])
        assert found is None or (found[1] is None and found[0] == whole[: len(found[0])])


@pytest.mark.parametrize("name", LAYOUTS)
def test_fi_55_a_cut_list_is_refused_or_has_no_other_amount(name):
    data = long_list(LAYOUTS[name])
    whole, _ = figures(data)
    row = max(map(len, data.splitlines()))
    middle = len(data) // 2
    for place in [*range(STEP, len(data), STEP), *range(middle, middle + row + 2)]:
        found = read_or_none(data[:place])
        assert found is None or found[0] == whole[: len(found[0])], data[:place][-40:]


def test_an_amount_in_which_the_file_ends_is_not_believed():
    with pytest.raises(EntryUnreadable):
        read_bank_file(f"{HEAD}:61:2702030203C600,".encode())
    head, row = "Buchungstag;Name;Verwendungszweck;Betrag\n", "03.02.2027;A;B;600,00\n"
    assert len(figures((head + row * 2)[:-1].encode())[0]) == 2
    for cut in (2, 3, 4, 5):
        with pytest.raises(FileDamaged):
            read_bank_file((head + row * 2)[:-cut].encode())


@pytest.mark.parametrize(("data", "right"), [
    ("declared latin", lambda text: text.replace("UTF-8", "ISO-8859-1").encode()),
    ("declared cp1252", lambda text: text.replace("UTF-8", "windows-1252").encode()),
    ("not declared", lambda text: text.replace(' encoding="UTF-8"', "").encode("cp1252")),
])  # fmt: skip
def test_a_wrong_declaration_of_letters_does_not_spoil_them(data, right):
    text = camt(entry(details=DETAIL.replace("Weser Lack", "Müller Straßenbau"))).decode()
    (found,) = read_bank_file(right(text)).statements
    assert found.entries[0].name == "Müller Straßenbau GmbH", data


@pytest.mark.parametrize(
    "encoding",
    ["cp037", "utf-7", "utf-16-le", "utf-16-be", "utf-32", "utf-16", "mac-roman", "cp437", "shift-jis"],
)
@pytest.mark.parametrize("kind", ["camt", "mt940", "list"])
def test_fi_55_any_other_encoding_is_read_rightly_or_refused(kind, encoding):
    text = {
        "camt": camt(entry()).decode(),
        "mt940": f"{HEAD}{LINE}\n{DETAILS}\n{FOOT}",
        "list": PLAIN.replace("ä", "ae") + ROW,
    }[kind]
    found = read_or_none(text.encode(encoding, "replace"))
    assert found is None or found == figures(text.encode())


def test_fi_55_checksums_that_are_wrong_are_refused_or_said():
    archive = zipped(**{"a.xml": CAMT})
    for place in (len(archive) // 2, archive.rindex(b"PK\x01\x02") + 16):  # its content, its checksum
        changed = bytearray(archive)
        changed[place] ^= 1
        with pytest.raises(FileDamaged):
            read_bank_file(bytes(changed))
    (found,) = read_bank_file(
        camt(entry(), head="<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries></TxsSummry>")
    ).statements
    assert len(found.findings) == 1
    assert figures(camt(entry("599.00")))[1] == -1


ENTRY = ":61:2702030203C600,00NTRFNONREF\n"
OPEN, CLOSE = b"<Document><BkToCstmrStmt><Stmt>", b"</Stmt></BkToCstmrStmt></Document>"
ENDLESS = {
    "one row of an envelope": lambda size: b":20:x\n{1:" + b"a" * size,
    "blocks of an envelope": lambda size: b":20:x\n" + b"{1:" * (size // 3),
    "rows of one entry": lambda size: HEAD.encode() + b":61:" + b"2\n" * (size // 2),
    "hyphens": lambda size: (HEAD + ENTRY + ":86:x\n").encode() + b"-\n" * (size // 2),
    "messages": lambda size: b":20:x\n" * (size // 6),
    "headings": lambda size: b"Buchungstag;Betrag\n" * (size // 19),
    "headings and balances": lambda size: b"Buchungstag;Betrag\nEndsaldo;1\n" * (size // 30),
    "accounts": lambda size: b"Auftragskonto;Buchungstag;Betrag\n" + b"".join(b"%d;3.2.27;5\n" % n for n in range(size // 40)),
    "blank lines": lambda size: b"\r" * size + b"a;b",
    "statements": lambda size: OPEN + b"</Stmt><Stmt>" * (size // 13) + CLOSE,
    "texts": lambda size: OPEN + b"<Ntry><NtryDtls><TxDtls><RmtInf>" + b"<Ustrd>x</Ustrd>" * (size // 16),
    "unreadable entries": lambda size: OPEN + b"<Ntry/>" * (size // 7) + CLOSE,
    "quotation marks": lambda size: (PLAIN + ROW).encode() + b'"' * size,
}  # fmt: skip


@pytest.mark.parametrize("name", ENDLESS)
def test_gate_07_what_has_no_end_is_refused_in_linear_time(name, few_seconds):
    with few_seconds, pytest.raises(InputError):
        read_bank_file(ENDLESS[name](MEGABYTE))


def test_gate_07_control_sums_are_not_compared_again_and_again(few_seconds):
    with few_seconds:
        found = figures((HEAD + ENTRY * 5_000 + ":90C:1EUR1,\n" * 20_000).encode())
    assert len(found[0]) == 5_000


def test_fi_55_hundred_megabytes_are_refused_in_little_memory(tmp_path):
    path = tmp_path / "auszug.xml"
    with path.open("wb") as file:
        for _ in range(100):
            file.write(b"<Ntry/>\n" * (MEGABYTE // 8))
    for name, content in (("leer.xml", b""), ("rechnung.xml", b"%PDF-1.7\n" + b"x" * 5 * MEGABYTE)):
        (tmp_path / name).write_bytes(content)
    ended = run_limited(f"""
        import time
        from membership.cli.main import main
        for name in ("auszug.xml", "leer.xml", "rechnung.xml"):
            begun = time.process_time()
            assert main(["bank", "read", "{tmp_path}/" + name]) == 2
            assert time.process_time() - begun < 5
    """, 200 * MEGABYTE)  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-1000:]
    assert len(ended.stderr.strip().splitlines()) == 3
    assert int(ended.stdout.split()[-1]) < 200 * 1024
