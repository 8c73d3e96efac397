// Follows a running job: the page is updated at each event of the job's stream, or at intervals if
// there is no stream. In both cases the HTML comes from the server.
(() => {
  "use strict";
  // Milliseconds. A stream sends something every two seconds, so one that is silent is broken.
  const PATIENCE = 6_000;
  // The time until a stream is requested again: after one that has ended, and after a refusal.
  const ENDED = 1_000;
  const REFUSED = 60_000;
  let stream = null;
  let streamsFrom = 0;
  let timer;
  let isLooking = false;
  let isOutdated = false;

  // Present only while the job runs by itself.
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

  // One request at a time, so that an older answer never comes after a newer one.
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
      // The connection was lost; the next request follows soon.
    }
  }

  document.addEventListener("visibilitychange", follow);
  follow();
})();
