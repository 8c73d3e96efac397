// Light or dark before the first paint: the system's choice, until somebody switches.
(() => {
  "use strict";
  const KEY = "theme";
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  const systemTheme = () => (system.matches ? "dark" : "light");

  function storedTheme() {
    try {
      // The admin stores its choice under the same name, and has "auto" as well.
      const theme = localStorage.getItem(KEY);
      return theme === "light" || theme === "dark" ? theme : null;
    } catch {
      return null; // storage is switched off
    }
  }

  function store(theme) {
    try {
      // Choosing the theme of the system means following the system again.
      if (theme === systemTheme()) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, theme);
    } catch {
      // The choice then applies to this page only.
    }
  }

  function show(theme) {
    root.dataset.bsTheme = theme;
  }

  root.classList.add("has-js");
  show(storedTheme() || systemTheme());
  system.addEventListener("change", () => show(storedTheme() || systemTheme()));
  window.addEventListener("storage", () => show(storedTheme() || systemTheme()));
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    const theme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    store(theme);
    show(theme);
  });
})();
