// Search while typing: the hits of the search page below the field, arrow keys through them, Escape back to the field.
// Without script the field leads to the search page.
(() => {
  "use strict";
  const SHORTEST = 2;
  const PAUSE = 250;
  const links = (place) => [...place.querySelectorAll(".document-list a[href]")];
  const through = (field, place) => (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const found = links(place);
    if (!step || !found.length || place.hidden) return;
    event.preventDefault();
    const next = found.indexOf(document.activeElement) + step;
    (next < 0 ? field : found[Math.min(next, found.length - 1)]).focus();
  };
  const field = document.querySelector(".top-bar [data-search]");
  const form = field?.form;
  if (!form) return;
  const place = document.createElement("div");
  place.className = "search-hits";
  place.dataset.searchHits = "";
  place.hidden = true;
  form.append(place);
  let asked = 0;
  const close = () => { place.hidden = true; };
  const ask = async () => {
    const text = field.value.trim();
    const mine = ++asked;
    if (text.length < SHORTEST) return close();
    const address = `${form.action}?${new URLSearchParams({ q: text, list: "1" })}`;
    const answer = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer?.ok || answer.redirected || mine !== asked) return undefined;
    const found = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-hits]");
    place.replaceChildren(...(found ? found.childNodes : []));
    place.hidden = !links(place).length;
    return undefined;
  };
  let waiting;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" || !place.hidden || !links(place).length) return;
    event.preventDefault();
    event.stopPropagation();
    place.hidden = false;
  });
  form.addEventListener("keydown", through(field, place));
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || place.hidden) return;
    event.preventDefault();
    close();
    field.focus();
  });
  document.addEventListener("click", (event) => { if (!form.contains(event.target)) close(); });
  const shown = document.querySelector("main [data-hits]");
  const own = document.querySelector("main [data-search]");
  if (shown && own) own.closest("main").addEventListener("keydown", through(own, shown));
})();
