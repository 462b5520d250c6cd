"""Nonsense for every field of a form, so that each page is seen with its errors."""

from __future__ import annotations

from typing import Any

NONSENSE = "x" * 6_000
"""Longer than any field of one line may be, and no date, number, address or amount."""
_FORMS = """() => [...document.querySelectorAll("main form[method=post]")]
    .map((form, place) => [place, [...form.elements].some((each) =>
        each.checkVisibility() && each.matches("input:not([type=hidden]):not([type=checkbox]), select, textarea"))])
    .filter(([, hasFields]) => hasFields).map(([place]) => place)"""
_SPOIL = """([place, nonsense]) => {
    const form = document.querySelectorAll("main form[method=post]")[place];
    for (const field of form.elements) {
        if (!field.checkVisibility() || field.type === "submit" || field.type === "file") continue;
        if (field.tagName === "SELECT") {
            field.append(new Option("nonsense", "nonsense", true, true));
        } else if (field.type === "radio" || field.type === "checkbox") {
            if (field.type === "radio" && field.checked) field.value = "nonsense";
        } else if (field.tagName !== "FIELDSET" && field.tagName !== "BUTTON") {
            if (["number", "email", "color"].includes(field.type)) field.type = "text";
            field.value = field.type === "date" ? "" : field.tagName === "TEXTAREA" ? nonsense.repeat(6) : nonsense;
        }
    }
    (form.querySelector("button.button-primary") || form.querySelector("button[type=submit]")).click();
}"""
_FOUND = """(nonsense) => {
    const summary = document.querySelector("[data-error-summary]");
    if (!summary) return ["takes nonsense, or does not say what is wrong: " + document.title];
    const faults = [];
    if (!/^(Fehler|Error): /.test(document.title.trim())) faults.push("the title does not say that there is an error");
    if (document.activeElement !== summary) faults.push("the summary has no focus");
    const named = summary.querySelector("a[href^='#']");
    const sent = named && document.getElementById(named.hash.slice(1))?.closest("form");
    const forms = sent ? [sent] : [...document.querySelectorAll("main form[method=post]")];
    const typed = forms.flatMap((form) => [...form.querySelectorAll(":is(input, textarea):not([type=password])")]);
    if (typed.some((each) => each.type !== "file" && each.checkVisibility() && each.name)
        && !typed.some((each) => each.value.startsWith(nonsense) || each.type === "radio" || each.type === "date"))
        faults.push("the input is lost");
    for (const link of summary.querySelectorAll("a[href^='#']")) {
        const field = document.getElementById(link.hash.slice(1));
        if (!field) { faults.push(`no field for: ${link.innerText}`); continue; }
        const beside = field.closest(".field, fieldset, td, li, tr, form") || field.parentElement;
        if (!beside.innerText.includes(link.innerText.trim())) faults.push(`not said at the field: ${link.innerText}`);
    }
    const first = summary.querySelector("a[href^='#']");
    if (first) {
        first.click();
        if (!document.activeElement.matches("input, select, textarea")) faults.push("the summary does not lead into the field");
    }
    return faults;
}"""


def forms_of(page: Any) -> list[int]:
    """Return which forms of the present page have fields to fill in."""
    return list(page.evaluate(_FORMS))


def spoil(page: Any, form: int) -> None:
    """Fill one form of the page with nonsense and send it."""
    with page.expect_navigation():
        page.evaluate(_SPOIL, [form, NONSENSE])


def faults_of_errors(page: Any, name: str) -> list[str]:
    """Return what is missing where a page says what is wrong: summary, title, focus, the same words at the field."""
    return [f"{name}: {each}" for each in page.evaluate(_FOUND, NONSENSE)]
