// Sends a file in parts and continues where it stopped: by itself after a lost connection, and with the
// same file chosen again after a closed page. Speaks tus by vendor/tus-js-client.
(() => {
  "use strict";
  // Milliseconds before each new try; after a part that gets through they start over.
  const PAUSES = [0, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
  // The statuses of an upload that does not exist (any more); the file is then sent from its start.
  const GONE = [403, 404, 409, 410];

  function csrfToken() {
    // Read each time, because somebody may have logged in again in another tab.
    const cookie = document.cookie.split("; ").find((text) => text.startsWith("csrftoken="));
    return cookie ? cookie.slice("csrftoken=".length) : "";
  }

  function read(text) {
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  }

  // Calls `on.progress(sent, size)`, `on.waiting()` before a new try, and at the end `on.done(id)` or
  // `on.failure(answer)` with the status and the JSON of the last answer; status 0: there was none.
  function send(file, { endpoint, partBytes }, on) {
    const silence = { status: 0, body: null };
    let answer = silence;

    function mayPass() {
      const { status, body } = answer;
      if (body?.code === "too_many_uploads") return false;
      return status === 0 || status === 409 || status === 423 || (status >= 500 && status !== 507);
    }

    const upload = new tus.Upload(file, {
      endpoint,
      chunkSize: partBytes,
      retryDelays: PAUSES,
      metadata: { filename: file.name },
      onBeforeRequest: (request) => {
        answer = silence;
        request.setHeader("X-CSRFToken", csrfToken());
      },
      onAfterResponse: (request, response) => {
        const status = response.getStatus();
        answer = { status, body: read(response.getBody()) };
        // The library would start over at any of these, even if a server is down for a moment.
        if (request.getMethod() === "HEAD" && status >= 300 && !GONE.includes(status)) {
          throw new Error(`asked for the offset, the server answered ${status}`);
        }
      },
      onShouldRetry: () => {
        const isRetry = navigator.onLine && mayPass();
        if (isRetry) on.waiting();
        return isRetry;
      },
      onProgress: (sent, size) => on.progress(sent, size),
      onSuccess: () => on.done(address().split("/").at(-2)),
      onError: () => on.failure(answer),
    });

    // The path of the upload, which ends in its id; null while it has none.
    const address = () => upload.url && new URL(upload.url, window.location.href).pathname;

    // Before it has looked for an earlier upload, the library can't be stopped.
    let hasLooked = false;
    let isStopped = false;

    async function start() {
      const earlier = await upload.findPreviousUploads();
      if (earlier.length) upload.resumeFromPreviousUpload(earlier.at(-1));
      hasLooked = true;
      if (!isStopped) upload.start();
    }

    function pause() {
      isStopped = true;
      upload.abort();
    }

    function resume() {
      isStopped = false;
      if (hasLooked) upload.start();
    }

    async function forget() {
      for (const { urlStorageKey } of await upload.findPreviousUploads()) {
        await upload.options.urlStorage.removeUpload(urlStorageKey);
      }
    }

    // If this does not reach the server, the server deletes the upload itself in time.
    function cancel() {
      pause();
      return started
        .then(() => upload.abort(true))
        .catch(() => {})
        .then(forget);
    }

    const started = start();
    return {
      pause,
      resume,
      cancel,
      forget,
      address,
    };
  }

  window.resumable = { send, csrfToken, read };
})();
