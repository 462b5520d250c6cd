"""A camt.053 of 100,000 entries, in terms of a bare `iterparse` loop of lxml that reads the same fields.

Ours: the reader with its limits, checks and exact amounts, streamed. Plain: the loop, which clears each entry and its
elder siblings and keeps only a sum. Memory at 100,000 entries may be at most twice that at 10,000 (the file itself,
which both hold, left out); else the ratio is missed.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.measure import ROOT, Result, compare, python, result_of

NAME = "camt_reading"
GOAL = 2.0
FEW, MANY = 10_000, 100_000
FLAT: Final = 2.0
_KILO: Final = 1024
_NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
_ENTRY: Final = (
    '<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
    "<BookgDt><Dt>2027-02-03</Dt></BookgDt><ValDt><Dt>2027-02-03</Dt></ValDt><AcctSvcrRef>B{n}</AcctSvcrRef>"
    "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
    "<NtryDtls><TxDtls><Refs><EndToEndId>E{n}</EndToEndId></Refs><RltdPties>"
    "<Dbtr><Pty><Nm>Firma {n} GmbH</Nm></Pty></Dbtr>"
    "<DbtrAcct><Id><IBAN>DE02120300000000202051</IBAN></Id></DbtrAcct></RltdPties>"
    "<RmtInf><Ustrd>RE2027-{n:06d} Mitgliedsbeitrag</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>\n"
)


def write(path: str, count: int) -> None:
    """Write a statement of so many entries."""
    with Path(path).open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        file.write(f'<Document xmlns="{_NAMESPACE}"><BkToCstmrStmt><Stmt><Id>1</Id>')
        file.write("<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>\n")
        file.writelines(
            _ENTRY.format(n=n, amount=f"{n % 9000}.{n % 100:02d}", sign="DBIT" if n % 7 == 0 else "CRDT")
            for n in range(count)
        )
        file.write("</Stmt></BkToCstmrStmt></Document>")


def ours(path: str) -> Decimal:
    """Read it by the reader; return the sum."""
    from membership.domain.banking.lines import Entry
    from membership.gateways.bank_files import stream_bank_file

    data = Path(path).read_bytes()
    return sum((event.amount for event in stream_bank_file(data) if isinstance(event, Entry)), Decimal())


def plain(path: str) -> Decimal:
    """Read the same fields by a bare loop; return the sum."""
    import io

    from lxml import etree

    total = Decimal()
    space = {"c": _NAMESPACE}
    code, detail = "c:BkTxCd/c:Domn", "c:NtryDtls/c:TxDtls"
    wanted = (
        "c:Sts/c:Cd", "c:BookgDt/c:Dt", "c:ValDt/c:Dt", "c:AcctSvcrRef", f"{code}/c:Cd", f"{code}/c:Fmly/c:Cd",
        f"{code}/c:Fmly/c:SubFmlyCd", f"{detail}/c:Refs/c:EndToEndId", f"{detail}/c:RltdPties/c:Dbtr/c:Pty/c:Nm",
        f"{detail}/c:RltdPties/c:DbtrAcct/c:Id/c:IBAN", f"{detail}/c:RmtInf/c:Ustrd",
    )  # fmt: skip
    for _event, element in etree.iterparse(io.BytesIO(Path(path).read_bytes()), tag=f"{{{_NAMESPACE}}}Ntry"):
        amount = Decimal(element.findtext("c:Amt", namespaces=space))
        total += -amount if element.findtext("c:CdtDbtInd", namespaces=space) == "DBIT" else amount
        for each in wanted:
            element.findtext(each, namespaces=space)
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
    return total


def measure() -> Result:
    """Return the ratio of seven pairs, unless memory grows."""
    with TemporaryDirectory() as folder:
        few, many = str(Path(folder) / "few.xml"), str(Path(folder) / "many.xml")
        write(few, FEW)
        write(many, MANY)
        assert ours(few) == plain(few)
        growth = _peak_without(many) / _peak_without(few)
        note = f"memory at {MANY} / at {FEW}: {growth:.2f}"
        if growth > FLAT:
            return result_of([float("inf")], note)
        return compare(
            *(python("-m", "bench.camt_reading", side, many) for side in ("ours", "plain")), note=note
        )


def _peak_without(path: str) -> float:
    """Return the peak memory in kilobytes, without the bytes of the file itself."""
    command = python("-m", "bench.camt_reading", "peak", path)
    printed = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True).stdout
    return float(printed) - Path(path).stat().st_size / _KILO


def _peak(path: str) -> int:
    ours(path)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


_STEPS: dict[str, Callable[[str], object]] = {"ours": ours, "plain": plain, "peak": _peak}


if __name__ == "__main__":
    print(_STEPS[sys.argv[1]](sys.argv[2]))
