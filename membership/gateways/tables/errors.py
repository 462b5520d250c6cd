"""What can be wrong with a file that should be a list, one sentence each."""

from __future__ import annotations

from membership.domain.errors import N_, InputError


class NotATable(InputError):
    """The content is something else than XLSX or CSV, and we know what."""

    message = N_("This file is neither an XLSX nor a CSV file (found: %(found)s).")
    code = "not_a_table"


class OtherSpreadsheet(NotATable):
    """A spreadsheet of a kind that is not read: XLS, ODS, XLSM, XLSB."""

    message = N_(
        "This file is neither an XLSX nor a CSV file (found: %(found)s). Please save it as XLSX or CSV."
    )


class UnknownContent(NotATable):
    """Bytes that are no text and no known kind of file."""

    message = N_("This file is neither an XLSX nor a CSV file. Please save the list as XLSX or CSV.")


class PasswordProtected(InputError):
    """The workbook opens with a password only."""

    message = N_("The file is protected by a password. Remove the password and choose the file again.")
    code = "password"


class EmptyFile(InputError):
    """No byte, or nothing but blanks."""

    message = N_("The file is empty. Choose the file that holds your list.")
    code = "empty_file"


class EmptySheet(InputError):
    """The sheet that was asked for has no value in it."""

    message = N_("The sheet “%(sheet)s” is empty. Choose another sheet.")
    code = "empty_sheet"


class NoSheetWithData(InputError):
    """No visible sheet has a value in it."""

    message = N_("The file has no visible sheet with data in it.")
    code = "empty_sheet"


class SheetMissing(InputError):
    """The sheet that was asked for is not in the file."""

    message = N_("There is no sheet “%(sheet)s” in this file. Its sheets: %(sheets)s.")
    code = "no_such_sheet"


class EncodingUnknown(InputError):
    """Text in an encoding that cannot be told from its bytes, or that is not the one named."""

    message = N_("The characters of this file cannot be read as %(tried)s. Save it as “CSV UTF-8”.")
    code = "encoding"


class FileTooLarge(InputError):
    """More bytes than a list may have."""

    message = N_("The file has %(size)s MB, a list may have %(limit)s MB. Split it into several files.")
    code = "too_large"


class TableTooLarge(InputError):
    """More rows, columns or characters in a cell than a list may have."""

    message = N_("The table is too large: a list may have %(rows)s rows and %(columns)s columns.")
    code = "too_large"


class CellTooLong(InputError):
    """One cell holds more text than a list may have."""

    message = N_("A cell of this file holds more than %(limit)s characters. Shorten it.")
    code = "too_large"


class ArchiveTooLarge(InputError):
    """An XLSX file that unpacks to more than is allowed, in bytes, in parts or in proportion."""

    message = N_("The XLSX file unpacks to too much data. Copy the list into a new workbook and save that.")
    code = "archive_limit"


class FileDamaged(InputError):
    """An XLSX file that is torn or was tampered with."""

    message = N_("The XLSX file is damaged. Open it in your spreadsheet program and save it again.")
    code = "damaged"


class QuoteLeftOpen(InputError):
    """A quotation mark opens a cell that never ends."""

    message = N_("Row %(row)s opens a quotation mark that is never closed. Close or remove it.")
    code = "open_quote"


class TooManyRowsForXlsx(InputError):
    """An export that is longer than a sheet can be."""

    message = N_("An XLSX sheet holds at most %(limit)s rows. Export as CSV or narrow the filter.")
    code = "too_large"
