// Row selection: the box in the head marks the page, the bar says how many rows and which sum.
(() => {
  "use strict";
  for (const scope of document.querySelectorAll("[data-selection]")) {
    const bar = scope.querySelector("[data-selection-bar]");
    const all = scope.querySelector("[data-select-all]");
    const boxes = [...scope.querySelectorAll("[data-select]")];
    if (!bar || !boxes.length) continue;
    const money = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: "EUR" });
    const show = () => {
      const chosen = boxes.filter((box) => box.checked);
      const cents = chosen.reduce((sum, box) => sum + Number(box.dataset.cents || 0), 0);
      bar.hidden = chosen.length === 0;
      bar.querySelector("[data-selection-count]").textContent = String(chosen.length);
      const sum = bar.querySelector("[data-selection-sum]");
      if (sum) sum.textContent = money.format(cents / 100);
      for (const box of boxes) box.closest("tr")?.classList.toggle("is-selected", box.checked);
      if (all) {
        all.checked = chosen.length === boxes.length;
        all.indeterminate = chosen.length > 0 && !all.checked;
      }
    };
    const mark = (checked) => {
      for (const box of boxes) box.checked = checked;
      show();
    };
    scope.addEventListener("change", (event) => {
      if (event.target === all) mark(all.checked);
      else if (event.target.matches("[data-select]")) show();
    });
    bar.querySelector("[data-selection-clear]")?.addEventListener("click", () => mark(false));
    for (const hidden of bar.querySelectorAll("[data-script]")) hidden.hidden = false;
    if (all) all.closest("[hidden]")?.removeAttribute("hidden");
    show();
  }
})();
