"""XLSX and CSV: the one reader and the one writer of lists."""

from membership.gateways.tables.limits import Limits
from membership.gateways.tables.read import read_table
from membership.gateways.tables.write import Column, Kind, Sheet, Sums, write_csv, write_xlsx, write_xlsx_to

__all__ = [
    "Column",
    "Kind",
    "Limits",
    "Sheet",
    "Sums",
    "read_table",
    "write_csv",
    "write_xlsx",
    "write_xlsx_to",
]
