// Keeps relative times fresh and shows the exact one in the reader's own time zone on hover.
(() => {
  "use strict";
  const STEPS = [
    [60, "second", 1],
    [3600, "minute", 60],
    [86400, "hour", 3600],
    [86400 * 30, "day", 86400],
    [86400 * 365, "month", 86400 * 30],
    [Infinity, "year", 86400 * 365],
  ];
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
  const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });

  function relative(date) {
    const seconds = (date - Date.now()) / 1000;
    const age = Math.abs(seconds);
    if (age < 10) return "just now";
    const [, unit, size] = STEPS.find(([limit]) => age < limit);
    return words.format(Math.trunc(seconds / size), unit).replace(".", "");
  }

  function refresh() {
    for (const element of document.querySelectorAll("time[data-relative]")) {
      const date = new Date(element.dateTime);
      element.textContent = relative(date);
      element.title = exact.format(date);
    }
  }

  refresh();
  setInterval(refresh, 20_000);
  document.addEventListener("htmx:afterSettle", refresh);
})();
