"""Money in by the bank: statements are taken in, their lines matched, posted, and taken back.

Source: `domain.md` 6.4, `ux.md` 6.8 and 6.9, `reliability.md` 5.9, INV-09, INV-34.
"""
