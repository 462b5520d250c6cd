"""Bank files: camt.052, .053, .054, MT940, MT942, CSV lists and ZIP archives of them -> statements."""

from membership.gateways.bank_files.csv_mapping import CsvMapping, read_mapping
from membership.gateways.bank_files.limits import Limits
from membership.gateways.bank_files.read import read_bank_file, stream_bank_file

__all__ = ["CsvMapping", "Limits", "read_bank_file", "read_mapping", "stream_bank_file"]
