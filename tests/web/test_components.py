"""The macros of the pages: what a field, a badge, an amount and a frame always carry."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from jinja2 import Environment, FileSystemLoader, UndefinedError
from lxml import html
from wtforms import (
    BooleanField,
    FileField,
    Form,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice

from invoices import formats
from membership.wording import Wording

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
IMPORTS = """
{%- from "components/badge.html" import badge, mark -%}
{%- from "components/charts.html" import stacked_bar, group_bars, cumulative_line -%}
{%- from "components/field.html" import field -%}
{%- from "components/form.html" import error_summary, form_for, post_button, submit -%}
{%- from "components/icons.html" import icon -%}
{%- from "components/money.html" import money -%}
{%- from "components/pages.html" import key_figures, page_head, progress_bar, steps, summary_list, tabs -%}
{%- from "components/table.html" import pager, select_cell, selection_bar, table -%}
"""


class Account(Form):
    origin = HiddenField(default="setup")
    holder = StringField("Kontoinhaber")
    iban = StringField("IBAN", description="Steht auf dem Kontoauszug.")
    method = RadioField(
        "Einzug", choices=[SelectChoice("both", "Beides"), SelectChoice("transfer", "Nur Überweisung")]
    )
    form = SelectField("Rechtsform", choices=[SelectChoice("ev", "e. V.")])
    note = TextAreaField("Notiz")
    proof = FileField("Nachweis")
    remember = BooleanField("Merken")


@pytest.fixture
def environment():
    words = Wording("de")
    env = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    env.globals.update(
        _=words.text,
        ngettext=words.count,
        csrf_token=lambda: "csrf",
        form_token=lambda: "form",
        url_for=lambda endpoint, **_: f"/{endpoint}",
        static_url=lambda kind, name="": f"/static/{kind}{name}",
        may=lambda _: True,
    )
    env.filters.update(
        amount=lambda cents: formats.amount(cents, "de"),
        number=lambda value: formats.number(value, "de"),
        moment=str,
    )
    return env


@pytest.fixture
def draw(environment):
    def drawn(source, **values):
        return html.fragment_fromstring(
            environment.from_string(IMPORTS + source).render(**values), create_parent="div"
        )

    return drawn


def text_of(element):
    return " ".join(element.text_content().split())


def frame(**changes):
    values = {
        "language": "de",
        "association": SimpleNamespace(name="Verband <b>Nord</b>", has_logo=False, mark="VN"),
        "current_user": SimpleNamespace(
            name="B. Wessels", initials="BW", is_authenticated=True, is_read_only=False
        ),
        "navigation": [
            SimpleNamespace(
                label="Mitglieder", href="/m", icon="people", count=1200, is_current=True, section="main"
            ),
            SimpleNamespace(label="Hilfe", href="/h", icon="help", count=0, is_current=False, section="foot"),
        ],
        "notices": [],
        "dues_years": [2027, 2026],
        "dues_year": 2027,
        "product": ("Beitragsbuch", "0.1.0"),
        "error_lines": [],
        "printed_on": date(2027, 2, 16),
    }
    return values | changes


# --- fields ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["holder", "iban", "form", "note", "proof", "remember"])
def test_every_field_has_a_label_that_points_to_its_input(draw, name):
    page = draw("{{ field(form[name]) }}", form=Account(), name=name)
    assert page.xpath(f"//label[@for='{name}']")
    assert page.xpath(f"//*[@id='{name}'][self::input or self::select or self::textarea]")


def test_a_group_of_radio_buttons_has_a_legend_and_a_hint_for_each(draw):
    page = draw("{{ field(form.method, hints={'both': 'Mitglieder wählen selbst.'}) }}", form=Account())
    assert text_of(page.xpath("//fieldset/legend")[0]) == "Einzug"
    assert [text_of(label) for label in page.xpath("//label")] == [
        "Beides Mitglieder wählen selbst.".replace("Beides ", "Beides"),
        "Nur Überweisung",
    ]


@pytest.mark.parametrize("name", ["iban", "method", "form", "note", "remember"])
def test_an_error_stands_before_the_input_and_is_read_with_it(draw, name):
    form = Account()
    form[name].errors = ["Die IBAN hat 21 Zeichen."]
    page = draw("{{ field(form[name]) }}", form=form, name=name)
    error = page.xpath(f"//*[@id='{name}-error']")[0]
    assert text_of(error) == "Fehler: Die IBAN hat 21 Zeichen."
    described = page.xpath("//@aria-describedby")[0].split()
    assert described[-1] == f"{name}-error"
    assert all(page.xpath(f"//*[@id='{part}']") for part in described)
    order = list(page.iter())
    first_input = page.xpath("//input|//select|//textarea")[0]
    assert order.index(error) < order.index(first_input)


def test_only_a_wrong_field_is_marked_invalid(draw):
    form = Account()
    form.iban.errors = ["Falsch."]
    page = draw("{{ field(form.iban) }}{{ field(form.holder) }}", form=form)
    assert page.xpath("//@aria-invalid/../@id") == ["iban"]


def test_a_number_is_typed_as_text_with_a_keyboard_for_numbers(draw):
    page = draw("{{ field(form.holder, numeric=True, unit='€') }}", form=Account())
    assert page.xpath("//input/@type") == ["text"]
    assert page.xpath("//input/@inputmode") == ["decimal"]


def test_an_optional_field_says_so(draw):
    assert "(freiwillig)" in text_of(draw("{{ field(form.note, optional=True) }}", form=Account()))


def test_what_was_typed_is_shown_as_text(draw):
    form = Account(data={"holder": '"><script>alert(1)</script>'})
    form.holder.errors = ["<b>fett</b>"]
    page = draw("{{ error_summary(form) }}{{ field(form.holder) }}", form=form)
    assert page.xpath("//script|//b") == []
    assert page.xpath("//input/@value") == ['"><script>alert(1)</script>']


# --- forms ----------------------------------------------------------------------------------------------------


def test_a_form_carries_both_tokens_and_its_hidden_fields_once(draw):
    page = draw(
        "{% call form_for(form, '/save') %}{{ submit('Bankkonto speichern', cancel='/') }}{% endcall %}",
        form=Account(),
    )
    hidden = {field.get("name"): field.get("value") for field in page.xpath("//input[@type='hidden']")}
    assert hidden == {"csrf_token": "csrf", "form_token": "form", "origin": "setup"}
    assert page.xpath("//form/@method") == ["post"]
    assert page.xpath("//form/@novalidate")


def test_a_form_with_files_is_sent_in_parts(draw):
    page = draw("{% call form_for(form, '/import', files=True) %}{% endcall %}", form=Account())
    assert page.xpath("//form/@enctype") == ["multipart/form-data"]


def test_the_error_summary_repeats_each_message_and_leads_to_its_field(draw):
    form = Account()
    form.iban.errors = ["Die IBAN hat 21 Zeichen."]
    form.form_errors = ["Zwei Angaben passen nicht zusammen."]
    page = draw("{{ error_summary(form) }}", form=form)
    assert [text_of(line) for line in page.xpath("//li")] == [
        "Zwei Angaben passen nicht zusammen.",
        "Die IBAN hat 21 Zeichen.",
    ]
    assert page.xpath("//a/@href") == ["#iban"]


def test_a_form_without_errors_has_no_summary(draw):
    assert list(draw("{{ error_summary(form) }}", form=Account())) == []


# --- words, amounts, lists ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "word", "tone"),
    [
        ("paid", "Bezahlt", "ok"),
        ("overdue", "Überfällig", "danger"),
        ("taken_over", "Übernommen", "ok"),
        ("applied", "Antrag", "plan"),
    ],
)
def test_a_badge_says_its_status_by_word_icon_and_colour(draw, status, word, tone):
    page = draw("{{ badge(status) }}", status=status)
    assert text_of(page) == word
    assert f"badge-{tone}" in page.xpath("//span/@class")[0]
    assert page.xpath("//svg")


def test_a_badge_names_the_level_or_the_day(draw):
    assert text_of(draw("{{ badge('overdue', detail='1. Mahnung') }}")) == "Überfällig · 1. Mahnung"
    assert (
        text_of(draw("{{ badge('deferred', on=day) }}", day=date(2027, 3, 1))) == "Gestundet bis 01.03.2027"
    )


def test_an_unknown_status_or_icon_is_an_error(draw):
    with pytest.raises(UndefinedError):
        draw("{{ badge('nonsense') }}")
    with pytest.raises(UndefinedError):
        draw("{{ icon('nonsense') }}")


@pytest.mark.parametrize(
    ("cents", "shown", "kind"),
    [(180000, "1.800,00\u00a0€", None), (0, "0,00\u00a0€", "zero"), (-5, "\u22120,05\u00a0€", "negative")],
)
def test_an_amount_is_muted_at_zero_and_red_below(draw, cents, shown, kind):
    page = draw("{{ money(cents) }}", cents=cents)
    assert page.text_content().strip() == shown
    assert (kind is None) or (kind in page.xpath("//span/@class")[0].split())


def test_a_table_has_a_caption_scoped_heads_and_the_sorted_column_marked(draw):
    columns = [
        {"label": "Nummer", "href": "?sort=number", "sorted": "descending"},
        {"label": "Betrag", "is_number": True, "kind": "cell-figure"},
    ]
    sums = [{"text": "Summe"}, {"text": "1,00", "is_number": True}]
    page = draw(
        "{% call table('Rechnungen', columns, sums=sums) %}<tr><td>1</td><td>2</td></tr>{% endcall %}",
        columns=columns,
        sums=sums,
    )
    assert text_of(page.xpath("//caption")[0]) == "Rechnungen"
    assert page.xpath("//th/@scope") == ["col", "col"]
    assert page.xpath("//th[@aria-sort='descending']/a/@href") == ["?sort=number"]
    assert [text_of(cell) for cell in page.xpath("//tfoot//td")] == ["Summe", "1,00"]


def test_a_pager_says_where_one_is_with_the_numbers_of_the_language(draw):
    page = draw(
        "{{ pager(page) }}",
        page={"first": 51, "last": 100, "total": 5000, "previous": "?page=1", "next": "?page=3"},
    )
    assert text_of(page.xpath("//nav/span")[0]) == "51–100 von 5.000"
    assert page.xpath("//a/@rel") == ["prev", "next"]


def test_tabs_count_and_mark_the_current_one(draw):
    items = [
        {"label": "Alle", "href": "?", "count": 1143, "is_current": True},
        {"label": "Offen", "href": "?o", "count": 0},
    ]
    page = draw("{{ tabs(items, 'Nach Status') }}", items=items)
    assert [text_of(link) for link in page.xpath("//a")] == ["Alle1.143", "Offen0"]
    assert page.xpath("//a[@aria-current='page']/@href") == ["?"]


def test_the_current_step_is_told_apart_without_colour(draw):
    items = [
        {"label": "Datei", "state": "done", "href": "/1"},
        {"label": "Spalten", "state": "current"},
        {"label": "Prüfung", "state": "todo"},
    ]
    page = draw("{{ steps(items) }}", items=items)
    assert text_of(page.xpath("//li[@aria-current='step']")[0]) == "Spalten"
    assert "(erledigt)" in text_of(page.xpath("//li")[0])


def test_progress_of_an_empty_run_is_no_division_by_zero(draw):
    assert draw("{{ progress_bar('Versand', 0, 0) }}").xpath("//progress/@max") == ["1"]


# --- frames ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["base.html", "portal/base.html", "account/base.html"])
def test_a_frame_has_language_title_skip_link_and_one_main(environment, name):
    source = f'{{% extends "{name}" %}}{{% block title %}}Rechnungen{{% endblock %}}{{% block content %}}<h1>R</h1>{{% endblock %}}'
    page = html.document_fromstring(environment.from_string(source).render(**frame()))
    assert page.get("lang") == "de"
    assert text_of(page.xpath("//title")[0]) == "Rechnungen – Verband <b>Nord</b>"
    assert page.xpath("//a[@class='skip-link']/@href") == ["#main"]
    assert len(page.xpath("//main[@id='main']")) == 1
    assert len(page.xpath("//h1")) == 1
    assert page.xpath("//*[@role='status']")
    assert len(page.xpath("//link[@rel='stylesheet']|//script")) == 2


def test_the_title_of_a_page_with_errors_says_so_first(environment):
    form = Account()
    form.iban.errors = ["Falsch."]
    source = '{% extends "base.html" %}{% block title %}Bankkonto{% endblock %}'
    page = html.document_fromstring(environment.from_string(source).render(**frame(form=form)))
    assert text_of(page.xpath("//title")[0]).startswith("Fehler: Bankkonto")
    assert page.xpath("//*[@data-error-summary]")


def test_an_undo_is_a_form_with_tokens_and_not_a_link(environment):
    notices = [
        SimpleNamespace(kind="ok", text="Gebucht.", undo=SimpleNamespace(href="/undo/7", label="Rückgängig"))
    ]
    source = '{% extends "base.html" %}'
    page = html.document_fromstring(environment.from_string(source).render(**frame(notices=notices)))
    undo = page.xpath("//form[@action='/undo/7']")[0]
    assert undo.get("method") == "post"
    assert {field.get("name") for field in undo.xpath(".//input")} == {"csrf_token", "form_token"}


def test_somebody_who_only_reads_is_told_on_every_page(environment):
    reader = SimpleNamespace(name="K. Prüfer", initials="KP", is_authenticated=True, is_read_only=True)
    page = environment.from_string('{% extends "base.html" %}').render(**frame(current_user=reader))
    assert "Nur Lesezugriff" in page


@pytest.mark.parametrize("code", ["400", "403", "404", "409", "413", "429", "500", "503"])
@pytest.mark.parametrize("name", ["base.html", "portal/base.html", "account/base.html"])
def test_an_error_page_keeps_the_frame_and_names_its_reference(environment, code, name):
    text = environment.get_template(f"errors/{code}.html").render(**frame(frame=name, reference="7F3A-21"))
    page = html.document_fromstring(text)
    assert "Kennung 7F3A-21" in text_of(page)
    assert len(page.xpath("//h1")) == 1
    assert page.xpath("//main//a[@href]|//main//form")


def test_an_outdated_form_is_offered_again_with_fresh_tokens(environment):
    text = environment.get_template("errors/400.html").render(
        **frame(kept=[("name", 'Nord "GmbH"')], action="/members/new")
    )
    form = html.document_fromstring(text).xpath("//form[@action='/members/new']")[0]
    assert {(field.get("name"), field.get("value")) for field in form.xpath(".//input")} == {
        ("csrf_token", "csrf"),
        ("form_token", "form"),
        ("name", 'Nord "GmbH"'),
    }
