// Adds and removes attributes in a product's form, which has two empty ones without this script.
(() => {
  "use strict";

  function add(fieldset) {
    const rows = fieldset.querySelectorAll("[data-attribute]");
    const row = rows[rows.length - 1].cloneNode(true);
    const number = rows.length + 1;
    row
      .querySelector("[name=attribute_name]")
      .setAttribute("aria-label", `Name of attribute ${number}`);
    row
      .querySelector("[name=attribute_value]")
      .setAttribute("aria-label", `Value of attribute ${number}`);
    row.querySelector("[data-remove]").setAttribute("aria-label", `Remove attribute ${number}`);
    empty(row);
    rows[rows.length - 1].after(row);
    row.querySelector("[name=attribute_name]").focus();
  }

  function empty(row) {
    for (const field of row.querySelectorAll("input, textarea")) field.value = "";
  }

  function remove(row) {
    const fieldset = row.closest("[data-attributes]");
    // The last one stays, to be copied.
    if (fieldset.querySelectorAll("[data-attribute]").length === 1) empty(row);
    else row.remove();
    fieldset.querySelector("[data-add]").focus();
  }

  document.addEventListener("click", (event) => {
    const fieldset = event.target.closest("[data-add]")?.closest("[data-attributes]");
    if (fieldset) add(fieldset);
    const row = event.target.closest("[data-remove]")?.closest("[data-attribute]");
    if (row) remove(row);
  });
})();
