"""Where lines of a page may break: numbers of documents stay whole, addresses break behind their sign and dots."""

from __future__ import annotations

import pytest

from membership.web.line_breaks import mail, unbroken


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Rechnung RE2026-0001 vom", 'Rechnung <span class="no-wrap">RE2026-0001</span> vom'),
        ("Rechnung RE2026-0001.", 'Rechnung <span class="no-wrap">RE2026-0001.</span>'),
        ("R-2026-17 M0001", '<span class="no-wrap">R-2026-17</span> M0001'),
        ("E-Mail, Öko-Auto, 5 Zeilen", "E-Mail, Öko-Auto, 5 Zeilen"),
        ("<b>A & B</b>", "&lt;b&gt;A &amp; B&lt;/b&gt;"),
        (f"a-{'b' * 30}1", f"a-{'b' * 30}1"),
    ],
)
def test_a_number_of_a_document_stays_on_one_line(text, kept):
    assert unbroken(text) == kept


def test_a_mail_address_breaks_behind_its_sign_and_its_dots():
    assert mail("m.brandt@alpha.example") == "m.<wbr>brandt@<wbr>alpha.<wbr>example"
    assert mail("<a>@b") == "&lt;a&gt;@<wbr>b"
    assert mail("") == ""
