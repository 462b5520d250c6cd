// Shows the copy buttons (they are hidden without script) and copies what stands in `data-copy`.
(() => {
  "use strict";
  const copy = async (text) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  };
  for (const button of document.querySelectorAll("button[data-copy]")) {
    const label = button.querySelector("[data-copy-label]") || button;
    const words = label.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await copy(button.dataset.copy);
      label.textContent = button.dataset.copied;
      setTimeout(() => { label.textContent = words; }, 4000);
    });
  }
})();
