// What amounts and ticks leave of a bank entry.
(() => {
  "use strict";
  const shown = document.querySelector("[data-remainder]");
  if (!shown) return;
  const form = shown.closest("form");
  const total = +shown.dataset.remainder;
  const euro = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: "EUR" });
  const centsOf = (text) => {
    const plain = text.replace(/[\s€']/g, "");
    if (!/^\d[\d.,]*$/.test(plain)) return 0;
    const found = /^(.*?)(?:[.,](\d{1,2}))?$/.exec(plain);
    return found[1].replace(/[.,]/g, "") * 100 + +(found[2] || "").padEnd(2, "0");
  };
  const count = () => {
    let left = total;
    for (const row of form.querySelectorAll("[name^=amount_]")) {
      const number = form.elements[row.name.replace("amount", "number")]?.value;
      if (row.value) left -= centsOf(row.value);
      else if (number) left -= total;
    }
    for (const each of form.querySelectorAll(":checked[data-cents]")) left -= each.dataset.cents;
    shown.lastElementChild.textContent = euro.format(left / 100);
    shown.classList.toggle("is-over", left < 0);
    shown.classList.toggle("is-even", left === 0);
  };
  form.oninput = count;
  count();
})();
