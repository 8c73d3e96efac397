// Uploads a product file as soon as it is dropped or chosen, with real progress.
// Without this script the form posts the plain way.
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
  const limit = Number(form.dataset.limitBytes);
  const KEPT = "Nothing was imported.";
  let request = null;

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
    request = null;
    panel.hidden = true;
    zone.hidden = false;
    input.disabled = false;
    input.value = "";
  }

  function showStart(file) {
    errorBox.hidden = true;
    zone.hidden = true;
    input.disabled = true;
    panel.hidden = false;
    bar.value = 0;
    document.getElementById("upload-name").textContent = file.name;
    figures.textContent = `0 of ${size(file.size)}`;
    announce.textContent = `Uploading ${file.name}`;
    document.getElementById("upload-cancel").focus();
  }

  function showProgress(sent, total, startedAt) {
    const seconds = (performance.now() - startedAt) / 1000;
    const speed = sent / Math.max(seconds, 0.001);
    bar.value = (100 * sent) / total;
    if (sent >= total) {
      figures.textContent = `${size(total)} uploaded · checking the file`;
      announce.textContent = "Uploaded, checking the file";
      return;
    }
    const parts = [`${size(sent)} of ${size(total)}`];
    if (seconds > 1) parts.push(`${size(speed)}/s`, `${duration((total - sent) / speed)} left`);
    figures.textContent = parts.join(" · ");
  }

  // --- The upload ---

  function answerOf(xhr) {
    try {
      return JSON.parse(xhr.responseText);
    } catch {
      return null;
    }
  }

  function messagesOf(xhr, file) {
    const answer = answerOf(xhr);
    if (xhr.status === 413 && (file.size > limit || !answer)) return [tooLarge(file)];
    if (xhr.status === 401 || new URL(xhr.responseURL).pathname === form.dataset.loginUrl) {
      return [`You are logged out. ${KEPT} Log in again, then choose the file once more.`];
    }
    if (!answer) {
      return [`The server could not take the file (status ${xhr.status}). ${KEPT} Try again in a moment.`];
    }
    const fields = Object.values(answer.errors || {}).flat();
    return fields.length ? fields : [answer.detail || KEPT];
  }

  function finish(xhr, file) {
    const url = xhr.status < 300 && answerOf(xhr)?.url;
    if (!url) {
      showErrors(messagesOf(xhr, file));
      return;
    }
    request = null;
    window.location.assign(url);
  }

  function connectionLost(file, sent) {
    // A server that refuses a large file early may close the connection before its answer is read.
    if (file.size > limit) return tooLarge(file);
    return `The connection broke after ${size(sent)} of ${size(file.size)}. ${KEPT} Check your connection and choose the file again.`;
  }

  function upload(file) {
    if (request) return;
    if (file.size > limit) return showErrors([tooLarge(file)]);
    if (file.size === 0) return showErrors([`${file.name} is empty. Export it again and check that it has content.`]);
    const body = new FormData(form);
    body.set("file", file, file.name);
    showStart(file);

    const xhr = new XMLHttpRequest();
    const startedAt = performance.now();
    let sent = 0;
    request = xhr;
    xhr.upload.addEventListener("progress", (event) => {
      sent = Math.min(event.loaded, file.size);
      showProgress(event.loaded, event.total, startedAt);
    });
    xhr.addEventListener("load", () => finish(xhr, file));
    xhr.addEventListener("error", () => showErrors([connectionLost(file, sent)]));
    xhr.addEventListener("abort", () => {
      reset();
      announce.textContent = `Upload cancelled. ${KEPT}`;
      input.focus();
    });
    xhr.open("POST", form.action);
    xhr.setRequestHeader("Accept", "application/json");
    xhr.setRequestHeader("X-CSRFToken", body.get("csrfmiddlewaretoken"));
    xhr.send(body);
  }

  function take(files) {
    if (files.length > 1) showErrors(["Drop one file at a time."]);
    else if (files.length === 1) upload(files[0]);
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
  document.getElementById("upload-cancel").addEventListener("click", () => request?.abort());
  window.addEventListener("beforeunload", (event) => {
    if (request) event.preventDefault();
  });
  window.addEventListener("pageshow", (event) => event.persisted && reset());
})();
