"""Large files in little memory: a process of 512 MB writes an export and reads or refuses a list."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.conftest import IS_RELEASE

ROOT = Path(__file__).resolve().parents[3]
LIMIT = 512 * 1024 * 1024
ROWS = 100_000 if IS_RELEASE else 20_000


def run_limited(script: str, limit: int = LIMIT) -> subprocess.CompletedProcess[str]:
    """Run a script in a process that may use so much memory, and say how much it took (kB) on its last line."""
    head = f"import resource; resource.setrlimit(resource.RLIMIT_DATA, ({limit}, {limit}))\n"
    # Not `ru_maxrss`, which starts with what the process had that started this one.
    tail = "\nprint(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    return subprocess.run(
        [sys.executable, "-c", head + textwrap.dedent(script) + tail],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_fi_50_an_export_of_very_many_rows_fits(form):
    ended = run_limited(f"""
        from membership.gateways.tables import Column, Kind, Sheet, write_csv, write_xlsx
        columns = [Column("Nummer", Kind.TEXT), Column("Firma", Kind.TEXT), Column("Betrag", Kind.AMOUNT)]
        rows = ((f"M{{n:06d}}", f"Hansa Blechformteile Nr. {{n}} GmbH & Co. KG", n) for n in range({ROWS}))
        if "{form}" == "csv":
            content = write_csv(columns, rows, totals=None)
        else:
            content = write_xlsx((Sheet("Liste", columns, rows, None, ()),), language="de", created=None)
        assert len(content) > 100_000
    """)
    assert ended.returncode == 0, ended.stderr[-1000:]
    assert int(ended.stdout.split()[-1]) < LIMIT // 1024


@pytest.mark.parametrize("lines", [50_000, 1_000_000])
def test_fi_50_a_list_of_many_megabytes_is_read_or_refused_with_a_text(lines):
    ended = run_limited(f"""
        from membership.domain.errors import InputError
        from membership.gateways.tables import Limits, read_table
        data = b"Nummer;Firma;Ort\\n" + b"M0001;Hansa Blech GmbH;Bremen\\n" * {lines}
        try:
            table = read_table(data, filename="liste.csv", limits=Limits(file_bytes=64 * 1024 * 1024))
            print("read", len(table.rows))
        except InputError as error:
            print("refused", error.code)
    """)
    assert ended.returncode == 0, ended.stderr[-1000:]
    assert ended.stdout.split()[0] in {"read", "refused"}


def test_fi_50_the_limit_of_this_test_ends_a_process_that_takes_more():
    assert run_limited("kept = b'x' * (600 * 1024 * 1024)").returncode != 0
