// Refreshes the parts marked `data-live` every two seconds while the page carries `data-refresh`;
// without script the page reloads itself by <meta http-equiv="refresh">.
(() => {
  "use strict";
  if (!document.querySelector("[data-refresh]")) return;
  const seconds = Number(document.querySelector("[data-refresh]").dataset.refresh) || 2;
  const refresh = async () => {
    let fresh;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
      if (!answer.ok || answer.redirected) return location.reload();
      fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch {
      return setTimeout(refresh, seconds * 5000);
    }
    if (!fresh.querySelector("[data-refresh]")) return location.reload();
    for (const part of document.querySelectorAll("[data-live]")) {
      const next = fresh.querySelector(`[data-live="${CSS.escape(part.dataset.live)}"]`);
      if (next && next.innerHTML !== part.innerHTML) part.innerHTML = next.innerHTML;
    }
    return setTimeout(refresh, seconds * 1000);
  };
  setTimeout(refresh, seconds * 1000);
})();
