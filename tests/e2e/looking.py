"""What is looked for on every page: what axe finds, whether it scrolls sideways, whether it works without script."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT

WIDTHS = (1280, 390)
HEIGHT = 900
_AXE = """async () => (await axe.run({resultTypes: ["violations"]})).violations.map(
    (each) => `${each.id} at ${each.nodes.slice(0, 3).map((node) => node.target.join(" ")).join(", ")}`)"""
_SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_DEAD = """() => {
    document.querySelectorAll("main details").forEach((part) => { part.open = true; });
    const seen = (element) => element.checkVisibility() && element.getClientRects().length;
    const faults = [...document.querySelectorAll("main button:not([type=submit])")].filter(seen)
        .map((button) => `a button without effect: ${button.innerText}`);
    for (const form of document.querySelectorAll("main form")) {
        const controls = [...form.elements].filter((each) => each.type !== "hidden" && each.tagName !== "FIELDSET");
        if (controls.length && !controls.some((each) => each.type === "submit" && seen(each))
            && !controls.some((each) => each.type === "search"))
            faults.push(`a form that cannot be sent: ${form.getAttribute("action")}`);
    }
    return faults;
}"""


def faults_of(page: Any, name: str, widths: tuple[int, ...] = WIDTHS) -> list[str]:
    """Return what axe finds on the present page at each width, and where the page is wider than the window."""
    page.evaluate(AXE_SCRIPT)
    faults = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        faults += [f"{name} at {width} px: {each}" for each in page.evaluate(_AXE)]
        if (over := page.evaluate(_SIDEWAYS)) > 0:
            faults.append(f"{name} at {width} px: {over} px too wide")
    return faults


def dead_parts_of(page: Any, name: str) -> list[str]:
    """Return what a page shows that does nothing where no script runs."""
    return [f"{name}: {each}" for each in page.evaluate(_DEAD)]
