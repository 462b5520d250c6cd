// Five minutes before the session ends the page says so and offers to stay; without script the sign-in page
// keeps what was typed.
(() => {
  "use strict";
  const notice = document.querySelector("[data-session-end]");
  if (!notice) return;
  const WARNING = 300;
  const wait = (seconds) => setTimeout(() => { notice.hidden = false; }, Math.max(seconds - WARNING, 0) * 1000);
  notice.querySelector("button").addEventListener("click", async () => {
    const answer = await fetch(notice.dataset.stay, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (!answer.ok || answer.redirected) return location.reload();
    notice.hidden = true;
    return wait((await answer.json()).seconds);
  });
  wait(Number(notice.dataset.sessionEnd));
})();
