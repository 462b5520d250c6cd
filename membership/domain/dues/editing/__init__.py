"""A fee schedule edited by forms: the stored form as texts of fields, and typed texts as the stored form again.

Every form shows what a document says (`…_texts`) and writes what was typed into it (`with_…`). Words of the stored form
that no field shows stay as they are. Source: `decisions.md` 39, `domain.md` 2.2, 2.3, 2.10.
"""
