// Puts the form that a link with data-dialog leads to into a dialog of this page.
// Without this script the link leads to the form's own page.
(() => {
  "use strict";
  const dialog = document.getElementById("dialog");
  const body = document.getElementById("dialog-body");
  const BROKEN =
    "There was no usable answer, so this may not have been saved. Check your connection and try again.";
  // The server's answer to a form that it refused belongs in the dialog.
  const ANSWERS = [409, 422];

  const isPlainClick = (event) =>
    event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;

  function open(link) {
    htmx.ajax("GET", link.href, { target: body, swap: "innerHTML", source: link });
  }

  function show() {
    if (!body.firstElementChild) return; // closed while the answer settled
    if (!dialog.open) dialog.showModal();
    const first = body.querySelector("[aria-invalid=true], [autofocus]");
    first?.focus();
  }

  function complain(target) {
    const note = document.createElement("p");
    note.className = "note note-red";
    note.setAttribute("role", "alert");
    note.textContent = BROKEN;
    body.querySelector("[role=alert]")?.remove();
    body.prepend(note);
    if (!dialog.open) dialog.showModal();
    if (target !== body && !body.contains(target)) body.replaceChildren(note);
  }

  const concerns = (event) => event.detail.target === body;

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-dialog]");
    if (link && isPlainClick(event)) {
      event.preventDefault();
      open(link);
    } else if (event.target.closest("[data-close]")) {
      dialog.close();
    }
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (/^\s*<!doctype/i.test(event.detail.serverResponse)) {
      // A whole page: the user was logged out meanwhile, or the product no longer exists.
      event.detail.shouldSwap = false;
      window.location.reload();
    } else if (ANSWERS.includes(event.detail.xhr.status)) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });
  document.addEventListener("htmx:afterSettle", (event) => concerns(event) && show());
  for (const failure of ["htmx:sendError", "htmx:responseError"]) {
    document.addEventListener(failure, (event) => concerns(event) && complain(event.detail.elt));
  }
  document.body.addEventListener("product-saved", (event) => {
    dialog.close();
    const row = document.getElementById(`product-${event.detail.id}`);
    if (!row) window.location.reload();
    else row.dispatchEvent(new CustomEvent("row-outdated", { bubbles: true }));
  });
  // What was typed is not worth keeping once the dialog is closed.
  dialog.addEventListener("close", () => body.replaceChildren());
})();
