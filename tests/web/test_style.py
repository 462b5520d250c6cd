"""The look: contrast of the tokens, what a strict policy forbids, and a German text for every message."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from membership.web.static_files import files
from membership.wording import catalogue

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "membership" / "web" / "static"
TEMPLATES = ROOT / "templates"
TRANSLATIONS = ROOT / "membership" / "translations"
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
MARKS = {"_": 1, "N_": 1, "phrase": 1, "ngettext": 2}

# Text needs 4.5 : 1, borders of controls and areas of charts 3 : 1 (WCAG 1.4.3, 1.4.11). Foreground, ground, ratio of `ux.md` 11.
PAIRS = [
    ("ink", "surface", 16.44),
    ("ink", "canvas", 15.31),
    ("ink-2", "surface", 7.27),
    ("ink-2", "canvas", 6.77),
    ("ink-3", "surface", 5.30),
    ("ink-3", "canvas", 4.93),
    ("brand", "surface", 7.76),
    ("on-brand", "brand", 7.76),
    ("on-brand", "brand-strong", 10.70),
    ("brand-strong", "brand-soft", 9.19),
    ("nav-ink", "nav", 10.37),
    ("nav-ink-2", "nav", 6.32),
    ("on-brand", "nav-active", 9.67),
    ("line-strong", "surface", 3.62),
    ("focus", "surface", 5.02),
    ("focus", "canvas", 4.68),
    ("focus-on-nav", "nav", 9.78),
    ("ok", "ok-soft", 6.58),
    ("ok", "surface", 7.60),
    ("warn", "warn-soft", 6.56),
    ("warn", "surface", 7.41),
    ("danger", "danger-soft", 6.92),
    ("danger", "surface", 8.15),
    ("on-brand", "danger-fill", 6.57),
    ("info", "info-soft", 6.99),
    ("info", "surface", 8.20),
    ("plan", "plan-soft", 7.16),
    ("neutral", "neutral-soft", 6.80),
    ("chart-1", "surface", 7.76),
    ("chart-2", "surface", 4.04),
    ("chart-3", "surface", 4.08),
    ("chart-4", "surface", 6.01),
    ("chart-5", "surface", 4.56),
    ("chart-6", "surface", 4.18),
]
AREAS_AND_BORDERS = {"line-strong", "chart-1", "chart-2", "chart-3", "chart-4", "chart-5", "chart-6"}


def tokens():
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9A-Fa-f]{6});", (STATIC / "tokens.css").read_text("utf-8")))


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def templates():
    return sorted(TEMPLATES.rglob("*.html"))


def styles():
    return sorted(STATIC.rglob("*.css"))


def name_of(path):
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize(("text", "ground", "said"), PAIRS)
def test_a_pair_of_colours_has_the_contrast_that_is_said(text, ground, said):
    ratio = contrast(tokens()[text], tokens()[ground])
    assert round(ratio, 2) == said
    assert ratio >= (3 if text in AREAS_AND_BORDERS else 4.5)


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("ink-2", "surface-2"),
        ("on-brand", "nav-hover"),
        ("on-brand", "nav-count"),
        ("nav", "nav-accent"),
        ("brand-strong", "surface"),
        ("ink", "memo"),
        ("ink", "found"),
        ("ink-2", "brand-soft"),
        ("ink-3", "brand-soft"),
        ("danger", "brand-soft"),
        ("brand", "brand-soft"),
        ("ok", "brand-soft"),
        ("ink-2", "neutral-soft"),
    ],
)
def test_text_on_a_tinted_ground_can_be_read(text, ground):
    assert contrast(tokens()[text], tokens()[ground]) >= 4.5


@pytest.mark.parametrize("path", [p for p in styles() if p.name != "tokens.css"], ids=name_of)
def test_a_stylesheet_takes_its_colours_from_the_tokens(path):
    assert re.findall(r"#[0-9A-Fa-f]{3,8}\b|rgba?\(|hsla?\(", path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", styles(), ids=name_of)
def test_a_stylesheet_uses_only_tokens_that_exist(path):
    known = set(re.findall(r"(--[\w-]+):", (STATIC / "tokens.css").read_text("utf-8")))
    assert set(re.findall(r"var\((--[\w-]+)", path.read_text("utf-8"))) - known == set()


@pytest.mark.parametrize(("kind", "pattern"), [("css", "*.css"), ("js", "*.js")])
def test_the_order_file_lists_every_file_once(kind, pattern):
    listed = [name for path in (STATIC / kind).glob("*.txt") for name in path.read_text("utf-8").split()]
    assert sorted(listed) == sorted(p.relative_to(STATIC).as_posix() for p in STATIC.rglob(pattern))


def test_styles_and_scripts_leave_room_in_the_budget_of_a_page():
    sent = {name.split(".")[0]: 0 for name in files() if name.endswith((".css", ".js"))}
    for name, file in files().items():
        if name.endswith((".css", ".js")):
            sent[name.split(".")[0]] += len(file.content)
    everywhere = sent.pop("app")
    assert 0 < everywhere < 75_000
    assert sum(sent.values()) < 10_000


@pytest.mark.parametrize("path", templates(), ids=name_of)
def test_a_template_has_no_inline_script_style_or_event(path):
    text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert re.findall(r"<style\b", text, re.IGNORECASE) == []
    assert re.findall(r"<script\b(?![^>]*\bsrc=)", text, re.IGNORECASE) == []
    assert re.findall(r"\sstyle\s*=", text, re.IGNORECASE) == []
    assert re.findall(r"\son[a-z]+\s*=\s*[\"']", text, re.IGNORECASE) == []
    assert re.findall(r"javascript:", text, re.IGNORECASE) == []
    assert re.findall(r"(?:src|href)=\"(?:https?:)?//", text, re.IGNORECASE) == []


@pytest.mark.parametrize("path", [p for p in STATIC.rglob("*.*") if p.suffix in {".css", ".js"}], ids=name_of)
def test_styles_and_scripts_ask_no_foreign_host(path):
    assert re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", path.read_text("utf-8")) == []
    assert re.findall(r"\beval\(|new Function|\.style\.", path.read_text("utf-8")) == []


def test_every_icon_that_a_template_names_is_drawn():
    drawn = set(
        re.findall(
            r'^  "([\w-]+)": \'<', (TEMPLATES / "components" / "icons.html").read_text("utf-8"), re.MULTILINE
        )
    )
    named = set()
    for path in templates():
        text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)
        named |= set(re.findall(r'(?:\bicon|empty_state)\("([\w-]+)"', text))
        named |= set(re.findall(r'icon_name="([\w-]+)"', text))
        named |= set(re.findall(r'\bmark\([^)]*?, "([\w-]+)"', text))
    statuses = (TEMPLATES / "components" / "badge.html").read_text("utf-8")
    named |= set(re.findall(r'\("\w+", "([\w-]+)", N_\(', statuses))
    assert {"home", "people", "half-circle"} <= drawn
    assert named - drawn == set()


def test_every_class_that_the_components_use_is_styled():
    css = " ".join(path.read_text("utf-8") for path in styles())
    known = set(re.findall(r"\.([a-z][\w-]*)", css))
    used = set()
    for path in [
        *(TEMPLATES / "components").glob("*.html"),
        TEMPLATES / "base.html",
        *(TEMPLATES / "errors").glob("*.html"),
    ]:
        text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)
        for value in re.findall(r'\bclass="([^"{}]*)"', text):
            used |= set(value.split())
    assert used - known == set()


# --- messages -------------------------------------------------------------------------------------------------


def messages_of_template(path: Path) -> Iterator[tuple[str, ...]]:
    for call in Environment(autoescape=True).parse(path.read_text("utf-8")).find_all(nodes.Call):
        name = call.node.name if isinstance(call.node, nodes.Name) else None
        if name in MARKS:
            parts = [arg.value for arg in call.args[: MARKS[name]] if isinstance(arg, nodes.Const)]
            if len(parts) == MARKS[name] and all(isinstance(part, str) for part in parts):
                yield tuple(parts)


def messages_of_module(path: Path) -> Iterator[tuple[str, ...]]:
    for call in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in MARKS:
            number = MARKS[call.func.id]
            choices = (
                [call.args[0].body, call.args[0].orelse]
                if call.args and isinstance(call.args[0], ast.IfExp)
                else None
            )
            for args in [[choice] for choice in choices] if choices else [call.args[:number]]:
                parts = [
                    arg.value for arg in args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
                ]
                if parts and len(parts) == len(args):
                    yield tuple(parts)


def sources():
    modules = [p for p in (ROOT / "membership").rglob("*.py") if "migrations" not in p.parts]
    return sorted([*templates(), *(p for p in modules if any(messages_of_module(p)))])


def messages(path):
    return set(messages_of_module(path) if path.suffix == ".py" else messages_of_template(path))


def entries(language):
    for path in sorted((TRANSLATIONS / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and message.string and not message.fuzzy:
                    yield path.name, message


def parts_of(value):
    return (value,) if isinstance(value, str) else tuple(value)


def german():
    return {parts_of(message.id): parts_of(message.string) for _, message in entries("de")}


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_every_message_has_its_german(path):
    words = german()
    assert {m for m in messages(path) if m not in words or not all(words[m])} == set()


def test_no_sentence_is_kept_that_nothing_says_any_more():
    modules = [path for folder in ("membership", "invoices") for path in (ROOT / folder).rglob("*.py")]
    said = {
        node.value
        for path in modules
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    shown = "\n".join(path.read_text("utf-8") for path in templates())
    ids = {part for words in german() for part in words}
    assert {part for part in ids - said if part not in shown.replace('\\"', '"')} == set()


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_translation_fills_in_what_the_message_names(language):
    for file, message in entries(language):
        known = {name for part in parts_of(message.id) for name in PLACEHOLDER.findall(part)}
        for text in parts_of(message.string):
            assert set(PLACEHOLDER.findall(text)) <= known | ({"n"} if message.pluralizable else set()), (
                file,
                text,
            )
            assert not known or "%" not in PLACEHOLDER.sub("", text).replace("%%", ""), (file, text)


def test_no_message_is_translated_in_two_ways():
    seen = {}
    for file, message in entries("de"):
        first = seen.setdefault(parts_of(message.id), (file, parts_of(message.string)))
        assert first[1] == parts_of(message.string), (first[0], file, message.id)


def test_german_words_keep_the_house_style():
    for file, message in entries("de"):
        for text in parts_of(message.string):
            assert "!" not in text, (file, text)
            quoted = re.findall(r'"([^"]*)"', text)  # straight quotes hold code, words stand in „…“
            assert [words for words in quoted if not re.fullmatch(r"[\w:.,/{}\[\]()%-]+", words)] == [], (
                file,
                text,
            )
            assert text == text.strip(), (file, text)


def test_what_tells_two_meanings_apart_is_not_shown_in_english():
    told_apart = {key for key in catalogue("de") if re.search(r"^[\w -]+ \([a-z]+\)$", key)}
    assert len(told_apart) > 10
    assert {key for key in told_apart if catalogue("en").get(key, key).endswith(")")} == set()


def test_on_paper_the_head_of_a_list_repeats_and_its_sums_stand_once_at_the_end():
    print_rules = (STATIC / "css" / "print.css").read_text("utf-8")
    assert ".table thead { display: table-header-group; }" in print_rules
    assert ".table tfoot { display: table-row-group; }" in print_rules
