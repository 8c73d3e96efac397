// Follows a job that moves: its event stream tells when to look, and without one the page looks
// every now and then. What is shown comes from the server, whoever says that it is time.
(() => {
  "use strict";
  // Milliseconds. A stream says something every two seconds, so one that is silent is broken.
  const PATIENCE = 6_000;
  // Until a stream is asked for again: after one that has ended, and after a refusal.
  const ENDED = 1_000;
  const REFUSED = 60_000;
  let stream = null;
  let streamsFrom = 0;
  let timer;
  let isLooking = false;
  let isOutdated = false;

  // There only while the job moves by itself.
  const moving = () => document.querySelector("[data-poll-ms]");
  const mayStream = () => "EventSource" in window && !document.hidden && Date.now() >= streamsFrom;

  function follow() {
    clearTimeout(timer);
    const job = moving();
    if (job && mayStream()) stream ??= open(job.dataset.eventsUrl);
    else close();
    if (stream) timer = setTimeout(lose, PATIENCE, REFUSED);
    else if (job) timer = setTimeout(look, job.dataset.pollMs);
  }

  function open(url) {
    const source = new EventSource(url);
    for (const name of ["progress", "done"]) source.addEventListener(name, look);
    source.addEventListener("error", () =>
      lose(source.readyState === EventSource.CLOSED ? REFUSED : ENDED),
    );
    return source;
  }

  function close() {
    stream?.close();
    stream = null;
  }

  function lose(pause) {
    streamsFrom = Date.now() + pause;
    follow();
  }

  // One look at a time, so that an older answer never comes after a newer one.
  async function look() {
    isOutdated = true;
    if (isLooking) return;
    isLooking = true;
    while (isOutdated && moving()) {
      isOutdated = false;
      await draw(moving());
    }
    isLooking = false;
    follow();
  }

  async function draw(job) {
    const place = { source: job, target: job, swap: "outerHTML" };
    try {
      await htmx.ajax("GET", job.dataset.progressUrl, place);
    } catch {
      // The connection broke; the next look is not far.
    }
  }

  document.addEventListener("visibilitychange", follow);
  follow();
})();
