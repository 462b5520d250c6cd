"""Beitragsbuch: members, dues, invoices and payments of an association whose members are companies."""

__version__ = "0.1.0"
