// Row selection: the box in the head marks the page, the bar says how many rows and which sum; with the box for all rows
// of the filter, theirs.
(() => {
  "use strict";
  for (const scope of document.querySelectorAll("[data-selection]")) {
    const bar = scope.querySelector("[data-selection-bar]");
    const all = scope.querySelector("[data-select-all]");
    const boxes = [...scope.querySelectorAll("[data-select]")];
    if (!bar || !boxes.length) continue;
    const whole = bar.querySelector("[name=whole_list]");
    const money = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: "EUR" });
    const show = () => {
      const marked = boxes.filter((box) => box.checked);
      const chosen = whole?.checked ? [whole] : marked;
      const cents = chosen.reduce((sum, box) => sum + +box.dataset.cents, 0);
      bar.hidden = !chosen.length;
      bar.querySelector("[data-selection-count]").textContent = whole?.checked ? whole.value : marked.length;
      const sum = bar.querySelector("[data-selection-sum]");
      if (sum) sum.textContent = money.format(cents / 100);
      for (const box of boxes) box.closest("tr")?.classList.toggle("is-selected", box.checked);
      if (all) {
        all.checked = marked.length === boxes.length;
        all.indeterminate = marked[0] && !all.checked;
      }
    };
    const mark = (checked) => {
      if (whole) whole.checked = false;
      for (const box of boxes) box.checked = checked;
      show();
    };
    scope.addEventListener("change", (event) => (event.target === all ? mark(all.checked) : show()));
    bar.querySelector("[data-selection-clear]")?.addEventListener("click", () => mark(false));
    for (const hidden of bar.querySelectorAll("[data-script]")) hidden.hidden = false;
    if (all) all.closest("[hidden]")?.removeAttribute("hidden");
    show();
  }
})();
