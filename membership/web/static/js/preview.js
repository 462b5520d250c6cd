// While somebody types, shows what the server makes of it in `data-preview`; a chosen logo and colour are shown at once.
(() => {
  "use strict";
  const place = document.querySelector("[data-preview]");
  if (!place) return;
  const silent = ["hidden", "password", "file"];
  let timer = 0;
  let latest = 0;
  const show = async (form) => {
    const typed = new URLSearchParams();
    for (const field of form.elements) {
      const counts = field.name && !silent.includes(field.type) && (field.type !== "radio" || field.checked);
      if (counts) typed.append(field.name, field.value);
    }
    const number = (latest += 1);
    const answer = await fetch(`${place.dataset.preview}?${typed}`);
    if (answer.ok && !answer.redirected && number === latest) place.innerHTML = await answer.text();
  };
  document.addEventListener("input", ({ target }) => {
    const picker = document.querySelector(`[data-pick-for="${target.id}"]`);
    if (picker && /^#[0-9a-f]{6}$/i.test(target.value)) picker.value = target.value;
    if (target.dataset.pickFor) document.getElementById(target.dataset.pickFor).value = target.value.toUpperCase();
    if (!target.form || target.form.method !== "post" || target.type === "file") return;
    clearTimeout(timer);
    timer = setTimeout(show, 300, target.form);
  });
  for (const picker of document.querySelectorAll("[data-pick-for]")) picker.hidden = false;
  const logo = document.querySelector("[data-logo]");
  const chosen = document.querySelector("input[type=file]");
  if (!logo || !chosen) return;
  chosen.addEventListener("change", () => {
    const reader = new FileReader();
    const picture = new Image();
    reader.addEventListener("load", () => { picture.src = reader.result; });
    picture.addEventListener("load", () => {
      const scale = Math.min(60 / picture.width, 18 / picture.height);
      const down = (picture.height * scale - 15) / 2;
      logo.setAttribute("href", reader.result);
      for (const text of document.querySelectorAll("[data-baseline]")) {
        text.setAttribute("x", 30 + picture.width * scale);
        text.setAttribute("y", Number(text.dataset.baseline) + down);
      }
    });
    if (chosen.files.length) reader.readAsDataURL(chosen.files[0]);
  });
})();
