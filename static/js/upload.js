// Uploads a product file as soon as it is dropped or chosen, in parts (resumable.js), then posts the
// form with the upload's id in place of the file. Without this script the form posts the plain way.
(() => {
  "use strict";
  const form = document.getElementById("upload-form");
  const zone = document.getElementById("drop-zone");
  const input = document.getElementById("id_file");
  const panel = document.getElementById("upload-progress");
  const bar = document.getElementById("upload-bar");
  const figures = document.getElementById("upload-figures");
  const announce = document.getElementById("upload-announce");
  const errorBox = document.getElementById("upload-error");
  const errorList = document.getElementById("upload-error-list");
  const pauseButton = document.getElementById("upload-pause");
  const cancelButton = document.getElementById("upload-cancel");
  const unfinished = document.getElementById("unfinished"); // null where there is none
  const limit = Number(form.dataset.limitBytes);
  const KEPT = "Nothing was imported.";
  let current = null;

  // --- Words ---

  function size(bytes) {
    const units = ["bytes", "KB", "MB", "GB"];
    let step = 0;
    let value = bytes;
    while (value >= 1024 && step < units.length - 1) {
      value /= 1024;
      step += 1;
    }
    return `${value.toFixed(step > 0 && value < 100 ? 1 : 0)} ${units[step]}`;
  }

  function duration(seconds) {
    if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
    return `${Math.round(seconds / 60)} min`;
  }

  function tooLarge(file) {
    return `${file.name} is ${size(file.size)}; the limit is ${size(limit)}. Split it into smaller files, each with the header line.`;
  }

  // --- What is shown ---

  function showErrors(messages) {
    reset();
    errorList.replaceChildren(
      ...messages.map((message) => {
        const item = document.createElement("li");
        item.textContent = message;
        return item;
      }),
    );
    errorBox.hidden = messages.length === 0;
  }

  function reset() {
    current = null;
    panel.hidden = true;
    for (const element of [zone, unfinished]) element?.toggleAttribute("hidden", false);
    input.disabled = false;
    input.value = "";
  }

  function showStart(file) {
    errorBox.hidden = true;
    for (const element of [zone, unfinished]) element?.toggleAttribute("hidden", true);
    input.disabled = true;
    panel.hidden = false;
    bar.value = 0;
    document.getElementById("upload-name").textContent = file.name;
    say(`0 of ${size(file.size)}`, `Uploading ${file.name}`);
    offer("Pause");
    cancelButton.focus();
  }

  function say(text, aloud) {
    figures.textContent = text;
    if (aloud) announce.textContent = aloud;
  }

  function offer(word) {
    pauseButton.textContent = word;
    pauseButton.hidden = !word;
  }

  // --- One upload ---

  class Upload {
    constructor(file) {
      this.file = file;
      this.sent = 0;
      this.step = "sending"; // paused, broken, starting
      this.id = null; // once all of it has arrived
      this.clock = null;
      this.request = null;
      showStart(file);
      const options = {
        endpoint: form.dataset.uploadsUrl,
        partBytes: Number(form.dataset.partBytes),
      };
      this.sender = resumable.send(file, options, {
        progress: (sent) => this.progress(sent),
        waiting: () => this.wait(),
        done: (id) => this.start(id),
        failure: (answer) => this.fail(answer),
      });
    }

    get soFar() {
      return `${size(this.sent)} of ${size(this.file.size)}`;
    }

    progress(sent) {
      if (this.step !== "sending" || sent === 0) return;
      this.sent = sent;
      // The pace of this stretch alone; parts that were sent earlier took no time now.
      this.clock ??= { at: performance.now(), sent };
      const seconds = (performance.now() - this.clock.at) / 1000;
      const pace = (sent - this.clock.sent) / Math.max(seconds, 0.001);
      bar.value = (100 * sent) / this.file.size;
      const words = [this.soFar];
      if (seconds > 1 && pace > 0) {
        words.push(`${size(pace)}/s`, `${duration((this.file.size - sent) / pace)} left`);
      }
      say(words.join(" · "));
    }

    wait() {
      this.clock = null;
      say(`${this.soFar} · connection lost, trying again`, "Connection lost, trying again");
    }

    pause() {
      this.step = "paused";
      this.sender.pause();
      offer("Continue");
      say(`${this.soFar} · paused`, "Paused");
    }

    stopAt(words) {
      this.step = "broken";
      offer("Continue");
      say(words, words);
    }

    goOn() {
      offer("Pause");
      this.step = "sending";
      this.clock = null;
      say(this.soFar, "Continuing");
      if (this.id) this.start(this.id);
      else this.sender.resume();
    }

    fail(answer) {
      if (answer.status === 0 || (answer.status >= 500 && !answer.body)) {
        this.stopAt(
          `${this.soFar} · connection lost. What has arrived is kept. Continue once you are online again.`,
        );
        return;
      }
      showErrors(messagesOf(answer, this.file));
    }

    async start(id) {
      this.id = id;
      this.step = "starting";
      this.request = new AbortController();
      offer("");
      bar.value = 100;
      say(`${size(this.file.size)} uploaded · checking the file`, "Uploaded, checking the file");
      const body = new FormData(form);
      body.delete("file");
      body.set("upload", id);
      const headers = { Accept: "application/json", "X-CSRFToken": resumable.csrfToken() };
      try {
        const { signal } = this.request;
        const response = await fetch(form.action, { method: "POST", body, headers, signal });
        await this.end(response, resumable.read(await response.text()));
      } catch {
        if (current === this) {
          this.stopAt(
            "The whole file has arrived, but the connection was lost before the import began. Nothing has been imported yet. Press Continue to try again.",
          );
        }
      }
    }

    async end(response, answer) {
      if (current !== this) return;
      if (response.ok && answer?.url) {
        await this.sender.forget();
        current = null;
        window.location.assign(answer.url);
        return;
      }
      const isLoggedOut = new URL(response.url).pathname === form.dataset.loginUrl;
      // A file that can't be imported need not be kept; one that waits for a log-in or a server is.
      if (!isLoggedOut && answer?.code && response.status < 500) this.sender.cancel();
      showErrors(
        messagesOf({ status: isLoggedOut ? 401 : response.status, body: answer }, this.file),
      );
    }

    cancel() {
      this.request?.abort();
      unfinished?.querySelector(`[data-upload="${this.sender.address()}"]`)?.remove();
      this.sender.cancel();
      reset();
      announce.textContent = `Upload cancelled. ${KEPT}`;
      input.focus();
    }
  }

  function messagesOf({ status, body }, file) {
    if (status === 413 && file.size > limit) return [tooLarge(file)];
    if (status === 401) {
      return [
        `You are logged out. ${KEPT} Log in again, then choose the same file: the upload continues where it stopped.`,
      ];
    }
    if (!body) {
      return [
        `The server could not take the file (status ${status}). ${KEPT} Try again in a moment.`,
      ];
    }
    const fields = Object.values(body.errors || {}).flat();
    return fields.length ? fields : [body.detail || KEPT];
  }

  function upload(file) {
    if (current) return;
    if (file.size > limit) return showErrors([tooLarge(file)]);
    if (file.size === 0)
      return showErrors([`${file.name} is empty. Export it again and check that it has content.`]);
    current = new Upload(file);
  }

  function take(files) {
    if (files.length > 1) showErrors(["Drop one file at a time."]);
    else if (files.length === 1) upload(files[0]);
  }

  async function discard(note) {
    const headers = { "Tus-Resumable": "1.0.0", "X-CSRFToken": resumable.csrfToken() };
    const response = await fetch(note.dataset.upload, { method: "DELETE", headers }).catch(
      () => null,
    );
    // 404: it is gone already.
    if (!response || (!response.ok && response.status !== 404)) {
      showErrors(["The upload could not be discarded. Check your connection and try again."]);
      return;
    }
    note.remove();
    announce.textContent = "Discarded";
    input.focus();
  }

  // --- What a person does ---

  const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
  let depth = 0;

  function hover(change) {
    depth = Math.max(0, depth + change);
    zone.classList.toggle("is-over", depth > 0);
  }

  // The whole window takes the drop, so that a near miss does not open the file instead.
  window.addEventListener("dragenter", (event) => holdsFiles(event) && hover(1));
  window.addEventListener("dragleave", (event) => holdsFiles(event) && hover(-1));
  window.addEventListener("dragover", (event) => holdsFiles(event) && event.preventDefault());
  window.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    hover(-depth);
    take(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => {
    if (event.clipboardData?.files.length) take(event.clipboardData.files);
  });
  input.addEventListener("change", () => take(input.files));
  for (const note of document.querySelectorAll("[data-upload]")) {
    note.querySelector("[data-discard]").addEventListener("click", () => discard(note));
  }
  cancelButton.addEventListener("click", () => current?.cancel());
  pauseButton.addEventListener("click", () => {
    if (current?.step === "sending") current.pause();
    else current?.goOn();
  });
  window.addEventListener("online", () => current?.step === "broken" && current.goOn());
  window.addEventListener("beforeunload", (event) => {
    if (current) event.preventDefault();
  });
  window.addEventListener("pageshow", (event) => event.persisted && reset());
})();
