// What the typed amounts leave of a bank entry, while they are typed; without it the page says so after sending.
(() => {
  "use strict";
  const shown = document.querySelector("[data-remainder]");
  if (!shown) return;
  const form = shown.closest("form");
  const total = Number(shown.dataset.remainder);
  const format = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: "EUR" });
  const centsOf = (text) => {
    const plain = text.replace(/[\s€']/g, "");
    if (!/^\d[\d.,]*$/.test(plain)) return null;
    const found = /^(.*?)(?:[.,](\d{1,2}))?$/.exec(plain);
    return Number(found[1].replace(/[.,]/g, "")) * 100 + Number((found[2] || "").padEnd(2, "0"));
  };
  const count = () => {
    let left = total;
    for (const input of form.querySelectorAll("input[name^=amount_]")) {
      const number = form.elements[input.name.replace("amount", "number")].value.trim();
      if (input.value.trim()) left -= centsOf(input.value) ?? 0;
      else if (number) left -= total;
    }
    shown.querySelector("output").textContent = format.format(left / 100);
    shown.classList.toggle("is-over", left < 0);
    shown.classList.toggle("is-even", left === 0);
  };
  form.addEventListener("input", count);
  count();
})();
