"""Mandates, what can be collected, collections and their debits, as they are read."""
