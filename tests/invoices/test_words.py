from __future__ import annotations

import re

from invoices.glyphs import missing_glyphs
from invoices.words import words


def shape(language):
    return {
        (section, name): sorted(re.findall(r"\{\w+\}", text))
        for section, texts in words(language).items()
        for name, text in texts.items()
    }


def test_both_languages_have_the_same_words_with_the_same_gaps():
    assert shape("de") == shape("en")


def test_every_word_can_be_printed():
    for language in ("de", "en"):
        for texts in words(language).values():
            assert [text for text in texts.values() if missing_glyphs(text)] == []


def test_d_inv_14_a_correction_is_never_called_gutschrift():
    assert not [
        text for texts in words("de").values() for text in texts.values() if "gutschrift" in text.lower()
    ]
