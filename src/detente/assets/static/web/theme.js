"use strict";
// Before anything is drawn: dark or light, as the address says, as was chosen last, or as the machine prefers.
(() => {
  const wanted = new URLSearchParams(location.search).get("theme") || localStorage.getItem("theme");
  const dark = wanted ? wanted === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
