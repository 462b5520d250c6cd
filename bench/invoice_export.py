"""The invoice list of 100,000 rows as XLSX, in terms of xlsxwriter alone in constant-memory mode.

Ours: the query, states and payment methods in words, the sums, the finished bytes. Plain: the same cells lie ready in
memory and xlsxwriter writes them, each by the method of its kind. The start of the process is left out on both sides.
Memory must stay flat: 100,000 rows may not need more than 1.3 times the peak of 10,000.
"""

from __future__ import annotations

import io
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bench.invoice_list import YEAR
from bench.measure import PAIRS, ROOT, Result, python, result_of
from bench.run import open_app

NAME = "invoice_export"
GOAL = 1.5
FEW, MANY = 10_000, 100_000
FLAT = 1.3
_DAY = date(YEAR, 2, 16)


def _rows(session: Any, words: Any) -> Any:  # noqa: ANN401 - imported where it is used
    from membership.persistence.queries import invoice_list
    from membership.web.treasurer.invoices.listing import METHOD_NAMES, STATE_NAMES

    chosen = invoice_list.InvoiceFilter(year=YEAR, today=_DAY)
    states = {state: words.text(name) for state, name in STATE_NAMES.items()}
    methods = {method: words.text(name) for method, name in METHOD_NAMES.items()}
    for row in invoice_list.iter_all(session, chosen):
        yield row, states[row.standing.state(_DAY)], methods.get(row.payment_method, row.payment_method)


def _file() -> bytes:
    from bench.run import _actor
    from membership.persistence.db import read_as
    from membership.services.exports import Format
    from membership.services.invoice_files import invoice_file
    from membership.wording import Wording

    words = Wording("de")
    session = read_as(_actor())
    return invoice_file(
        _rows(session, words), form=Format.XLSX, year=YEAR, filters="", words=words, today=_DAY,
        created=datetime(YEAR, 2, 16, tzinfo=UTC),
    ).content  # fmt: skip


def _opened(state: Path) -> None:
    """Open the application on a state and load all that an export loads once a process."""
    import xlsxwriter

    from membership.services import invoice_files
    from membership.web.treasurer.invoices import listing
    from membership.wording import catalogue

    open_app(state)
    assert xlsxwriter
    assert invoice_files
    assert listing
    assert catalogue("de")


def ours(state: Path) -> float:
    """Return the CPU seconds of the file, without the start."""
    _opened(state)
    begun = time.process_time()
    assert _file()[:2] == b"PK"
    return time.process_time() - begun


def plain(state: Path) -> float:
    """Return the CPU seconds of xlsxwriter over the cells of our file, which are read beforehand."""
    import openpyxl
    import xlsxwriter

    _opened(state)
    sheet = openpyxl.load_workbook(io.BytesIO(_file()), read_only=True).active
    cells = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=6)]
    begun = time.process_time()
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    day, amount = book.add_format({"num_format": "dd.mm.yyyy"}), book.add_format({"num_format": "#,##0.00"})
    target = book.add_worksheet()
    for number, row in enumerate(cells):
        for place, value in enumerate(row):
            if isinstance(value, str):
                target.write_string(number, place, value)
            elif isinstance(value, datetime):
                target.write_datetime(number, place, value, day)
            elif value is not None:
                target.write_number(number, place, value, amount)
    book.close()
    assert file.getvalue()[:2] == b"PK"
    return time.process_time() - begun


def measure() -> Result:
    """Return the ratio of seven pairs, or infinity if memory grows."""
    with tempfile.TemporaryDirectory() as folder:
        states = {count: _filled(Path(folder) / str(count), count) for count in (FEW, MANY)}
        peaks = {count: int(_step("peak", state)) for count, state in states.items()}
        ratios = []
        for number in range(PAIRS):
            order = ("plain", "ours") if number % 2 else ("ours", "plain")
            seconds = {side: float(_step(side, states[MANY])) for side in order}
            ratios.append(seconds["ours"] / seconds["plain"])
        growth = peaks[MANY] / peaks[FEW]
        note = (
            f"{MANY} rows; memory {peaks[FEW] // 1024} MB at {FEW} -> {peaks[MANY] // 1024} MB ({growth:.2f})"
        )
        return result_of(ratios if growth <= FLAT else [float("inf")], note)


def _filled(state: Path, count: int) -> Path:
    shutil.rmtree(state, ignore_errors=True)
    command = python("-m", "bench.invoice_list", "fill", str(state), str(count))
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    return state


def _step(step: str, state: Path) -> str:
    command = python("-m", "bench.invoice_export", step, str(state))
    return subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout


def main(step: str, state: Path) -> None:
    """Run one step: the CPU seconds of a side, or the peak memory of ours in kilobytes."""
    if step == "peak":
        ours(state)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    else:
        print({"ours": ours, "plain": plain}[step](state))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
