"""Texts of mails: a fixed list of placeholders, one pass, and nothing else is evaluated."""

from __future__ import annotations

import pytest

from membership.domain.mail_texts import (
    TEXTS,
    ButtonMissing,
    ButtonNotPossible,
    MailPart,
    MailText,
    PlaceholderMistyped,
    PlaceholderUnknown,
    SubjectTooLong,
    TextEmpty,
    TextTooLong,
    TextUnknown,
    TextUnusable,
    checked_text,
    filled,
)
from membership.services.mail_texts import as_file, first_text, from_file

VALUES = {name: f"<{name}>" for kind in TEXTS.values() for name in kind.placeholders}


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("name", TEXTS)
def test_every_text_ships_in_both_languages_and_leaves_no_placeholder(name, language):
    words = filled(first_text(name, language), VALUES, language=language)
    everything = words.subject + words.body
    assert "{{" not in everything
    assert "}}" not in everything
    assert words.subject
    assert sum(part.is_button for part in words.parts) == TEXTS[name].has_button


@pytest.mark.parametrize(
    "evil",
    [
        "{{ betrag }}",
        "{{ anrede.__class__ }}",
        "{{ 7 * 7 }}",
        "{% for x in y %}{% endfor %}",
        "{0.__class__}",
        "%(betrag)s %s",
        "${betrag}",
        "[Hier klicken]",
        "\\g<0>",
    ],
)
def test_sec_46_code_in_a_name_is_plain_text(evil):
    text = MailText("An {{ firma }}", "Hallo {{ firma }}, {{ betrag }}\n\n[Ansehen]")
    words = filled(text, {**VALUES, "firma": evil}, language="de")
    assert words.subject == f"An {evil}"
    assert words.parts == (MailPart(f"Hallo {evil}, <betrag>"), MailPart("Ansehen", is_button=True))


@pytest.mark.parametrize(
    "evil",
    ["{{ anrede.__class__ }}", "{{ self }}", "{{ 7*7 }}", "{{ config['KEY'] }}", "{{ }}", "{{ betrag | e }}"],
)
def test_sec_46_a_text_names_placeholders_of_its_list_only(evil):
    with pytest.raises((PlaceholderUnknown, PlaceholderMistyped)):
        checked_text("invoice", "Rechnung", f"{evil}\n\n[Ansehen]")


def test_sec_46_other_signs_of_templates_are_plain_text():
    body = "{% raw %} {betrag} %s $x {# nichts #}\n\n[Ansehen]"
    assert (
        filled(checked_text("invoice", "S", body), VALUES, language="de").parts[0].text
        == body.split("\n", maxsplit=1)[0]
    )


def test_a_value_with_line_ends_stays_one_line_in_the_subject():
    words = filled(MailText("An {{ firma }}", "x"), {"firma": "A\r\nBcc: b@boese.example"}, language="de")
    assert words.subject == "An A  Bcc: b@boese.example"


@pytest.mark.parametrize(
    ("subject", "body", "error"),
    [
        ("", "Text\n\n[A]", TextEmpty),
        ("S", "  \n ", TextEmpty),
        ("S\nBcc: x", "Text\n\n[A]", SubjectTooLong),
        ("S" * 201, "Text\n\n[A]", SubjectTooLong),
        ("S", "Text\x00\n\n[A]", TextTooLong),
        ("S", "x" * 5001, TextTooLong),
        ("S", "Text", ButtonMissing),
        ("S", "[A]\n\n[B]", ButtonMissing),
        ("S", "{{ betrag", TextUnusable),
        ("S", "{{ betrg }}\n\n[A]", PlaceholderMistyped),
        ("S", "{{ bankgeheimnis }}\n\n[A]", PlaceholderUnknown),
    ],
)
def test_a_text_that_cannot_be_used_is_refused_with_its_reason(subject, body, error):
    with pytest.raises(error):
        checked_text("invoice", subject, body)


def test_a_mail_that_opens_nothing_has_no_button():
    with pytest.raises(ButtonNotPossible):
        checked_text("document", "S", "Text\n\n[A]")


def test_an_unknown_text_is_named_with_those_that_there_are():
    with pytest.raises(TextUnknown, match="invoice"):
        checked_text("nope", "S", "T")


def test_a_file_of_a_text_is_read_as_it_was_written():
    text = first_text("invoice", "de")
    assert from_file("invoice", as_file(text).replace("\n", "\r\n")) == text


def test_an_empty_paragraph_is_left_out():
    text = MailText("S", "A\n\n{{ bestell_satz }}\n\nB")
    assert filled(text, {"bestell_satz": ""}, language="de").parts == (MailPart("A"), MailPart("B"))
