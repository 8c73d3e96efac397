// Edits a price or a state in its cell of the product list: click or Enter opens it, Enter or
// leaving it saves, Escape leaves it as it was. Without this script the cell leads to the form.
(() => {
  "use strict";
  const announce = document.getElementById("announce");
  const BROKEN = "This may not have been saved: the connection was lost. Try again.";
  let focusNext = null; // which cell gets the focus once its row is there again

  const fieldOf = (form) => form.querySelector("input:not([type=hidden]), select");
  const cellOf = (form) => form.parentElement.querySelector("[data-cell]");

  function unchanged(form) {
    const field = fieldOf(form);
    if (field.getAttribute("aria-invalid")) return false;
    if (field.tagName === "INPUT") return field.value.trim() === field.defaultValue;
    return [...field.options].every((option) => option.selected === option.defaultSelected);
  }

  function formFor(link) {
    const row = link.closest("tr").dataset;
    const form = document
      .getElementById(`${link.dataset.cell}-form`)
      .content.firstElementChild.cloneNode(true);
    const field = fieldOf(form);
    form.action = row.url;
    form.elements.version.defaultValue = row.version;
    if (field.tagName === "INPUT") field.defaultValue = row.price;
    else for (const option of field.options) option.defaultSelected = option.value === row.active;
    field.setAttribute("aria-label", `${field.getAttribute("aria-label")}${row.sku}`);
    return form;
  }

  function open(link) {
    const form = formFor(link);
    link.after(form);
    form.reset();
    link.hidden = true;
    const field = fieldOf(form);
    field.focus();
    field.select?.();
  }

  function close(form, { focus }) {
    const link = cellOf(form);
    form.dataset.saving = "no more"; // taking a field away may blur it once more
    form.remove();
    link.hidden = false;
    if (focus) link.focus();
  }

  function cancel(form) {
    // After a refusal the row shows what was typed; the stored value comes from the server.
    if (form.querySelector(".cell-error")) reload(form.closest("tr"), form.dataset.cellForm);
    else close(form, { focus: true });
  }

  function save(form, { focus }) {
    if (form.dataset.saving) return;
    if (unchanged(form)) {
      close(form, { focus });
      return;
    }
    form.dataset.saving = "yes";
    const row = form.closest("tr");
    focusNext = focus ? form.dataset.cellForm : null;
    const values = Object.fromEntries(new FormData(form));
    htmx.ajax("POST", form.action, { target: row, swap: "outerHTML", values, source: row });
  }

  function reload(row, cell) {
    focusNext = cell;
    htmx.ajax("GET", row.dataset.url, { target: row, swap: "outerHTML", source: row });
  }

  function settle(row) {
    const refused = row.querySelector(".cell-error");
    const field = refused && fieldOf(refused.closest("form"));
    if (field) field.focus();
    else {
      announce.textContent = "Saved";
      if (focusNext) row.querySelector(`[data-cell=${focusNext}]`)?.focus();
    }
    focusNext = null;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-cell]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(link);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-cell-form]");
    if (!form) return;
    event.preventDefault();
    save(form, { focus: true });
  });
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest("[data-cell-form]");
    if (!form) return;
    if (event.key === "Escape") cancel(form);
    // A select does not submit by itself.
    if (event.key === "Enter" && event.target.tagName === "SELECT") {
      event.preventDefault();
      save(form, { focus: true });
    }
  });
  document.addEventListener("focusout", (event) => {
    const form = event.target.closest("[data-cell-form]");
    if (!form?.isConnected || !document.hasFocus()) return;
    if (!form.querySelector(".cell-error")) save(form, { focus: false });
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.elt.matches?.("tr[data-url]")) settle(event.detail.elt);
  });
  for (const failure of ["htmx:sendError", "htmx:responseError"]) {
    document.addEventListener(failure, (event) => {
      const form = event.detail.target?.querySelector?.("[data-saving]");
      if (!form) return;
      delete form.dataset.saving;
      announce.textContent = BROKEN;
      let note = form.querySelector(".cell-error");
      if (!note) {
        note = document.createElement("p");
        note.className = "cell-error text-red";
        form.append(note);
      }
      note.textContent = BROKEN;
      fieldOf(form).focus();
    });
  }
  document.addEventListener("row-outdated", (event) => reload(event.target, "price"));
})();
