// Keys: `/` search, `?` list of keys, `g` then a letter goes to an area; in lists `j`, `k`, `x`, Enter.
// They never act inside a field; <body data-keys="off"> switches the single letters off (WCAG 2.1.4).
(() => {
  "use strict";
  if (document.body.dataset.keys === "off") return;
  let goes = 0;
  const inField = (element) => element.closest("input:not([type=checkbox]):not([type=radio]), select, textarea, [contenteditable]");
  const rows = () => [...document.querySelectorAll("main .table tbody tr")].filter((row) => row.querySelector("a[href]"));
  const current = (list) => list.findIndex((row) => row.classList.contains("is-current"));
  const step = (by) => {
    const list = rows();
    if (!list.length) return false;
    const at = current(list);
    const next = list[at < 0 ? 0 : Math.min(Math.max(at + by, 0), list.length - 1)];
    for (const row of list) row.classList.toggle("is-current", row === next);
    next.querySelector("a[href]").focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    return true;
  };
  const mark = () => {
    const list = rows();
    const box = list[current(list)]?.querySelector("[data-select]");
    if (box) box.click();
    return Boolean(box);
  };
  const search = () => {
    const field = [...document.querySelectorAll("[data-search]")].find((input) => input.offsetParent);
    if (field) field.focus();
    return Boolean(field);
  };
  const help = () => {
    const dialog = document.getElementById("key-help");
    if (dialog && !dialog.open) dialog.showModal();
    return Boolean(dialog);
  };
  const go = (letter) => {
    const link = document.querySelector(`a[data-go="${CSS.escape(letter)}"]`);
    if (link) link.click();
    return Boolean(link);
  };
  const keys = { "/": search, "?": help, j: () => step(1), k: () => step(-1), x: mark };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (inField(event.target) || document.querySelector("dialog[open]")) return;
    const after = Date.now() - goes < 1500;
    goes = !after && event.key === "g" ? Date.now() : 0;
    const done = after ? go(event.key) : keys[event.key]?.();
    if (done) event.preventDefault();
  });
})();
