// Keys of the page that matches bank entries: j, k, Enter, 1–5, f, a, r, n, s on the current entry, z takes the last one back.
(() => {
  "use strict";
  const list = document.querySelector("[data-matching]");
  if (document.body.dataset.keys === "off" || (!list && !document.querySelector("[data-key=z]"))) return;
  const entries = list ? [...list.querySelectorAll(".match")] : [];
  let at = 0;
  const show = (next) => {
    if (!entries.length) return;
    at = Math.min(Math.max(next, 0), entries.length - 1);
    entries.forEach((entry, place) => entry.classList.toggle("is-current", place === at));
    entries[at].focus({ preventScroll: true });
    entries[at].scrollIntoView({ block: "nearest" });
  };
  if (entries.length) entries[0].classList.add("is-current");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input, select, textarea, a, button, summary") || document.querySelector("dialog[open]")) return;
    if (event.key === "j" || event.key === "k") {
      event.preventDefault();
      event.stopImmediatePropagation();
      show(at + (event.key === "j" ? 1 : -1));
      return;
    }
    const place = event.key === "z" ? document : entries[at];
    const target = place?.querySelector(`[data-key~="${CSS.escape(event.key)}"]`);
    if (!target) return;
    event.preventDefault();
    target.click();
    target.closest("details[open]")?.querySelector(".input")?.focus();
  });
})();
