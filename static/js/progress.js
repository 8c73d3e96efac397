// Completes the updates of a job's page (follow.js): the title, announcements, and a lost log-in.
(() => {
  "use strict";
  const announce = document.getElementById("announce");
  const section = () => document.querySelector("[data-announce]");
  let announced = section().dataset.announce.trim();

  function refresh() {
    const title = section().dataset.title.trim();
    const words = section().dataset.announce.trim();
    document.title = `${title} · Product Importer`;
    if (words === announced) return; // once per step, not at each update
    announced = words;
    announce.textContent = words;
  }

  document.addEventListener("htmx:beforeSwap", (event) => {
    // Logged out meanwhile: the answer is the log-in page, which belongs in the whole window.
    if (!event.detail.serverResponse.includes("data-announce")) {
      event.detail.shouldSwap = false;
      window.location.reload();
    }
  });
  document.addEventListener("htmx:afterSettle", refresh);
  refresh();
})();
