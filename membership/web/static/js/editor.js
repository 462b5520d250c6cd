// Shows what a form would mean while somebody types: sends it by its button “Show effect” and takes over the parts
// marked `data-live`. Without script the button does the same with a page.
(() => {
  "use strict";
  const place = document.querySelector("[data-editor]");
  if (!place) return;
  const form = place.closest("form");
  const button = form.querySelector("[data-preview-button]");
  let waiting = 0;
  let running = null;
  const take = (fresh) => {
    for (const part of document.querySelectorAll("[data-live]")) {
      const next = fresh.querySelector(`[data-live="${CSS.escape(part.dataset.live)}"]`);
      if (next && next.innerHTML !== part.innerHTML) part.innerHTML = next.innerHTML;
    }
  };
  const preview = async () => {
    if (running) running.abort();
    running = new AbortController();
    const fields = new FormData(form);
    fields.set(button.name, button.value);
    try {
      const answer = await fetch(form.getAttribute("action"), {
        method: "POST", body: new URLSearchParams(fields), headers: { Accept: "text/html" }, signal: running.signal,
      });
      if (answer.ok || answer.status === 422) take(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  };
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(preview, 600);
  };
  form.addEventListener("input", soon);
  for (const select of form.querySelectorAll("[data-shape], #method, #tax")) {
    select.addEventListener("change", () => {
      const show = form.querySelector('button[value="show"]');
      if (show) form.requestSubmit(show);
    });
  }
})();
