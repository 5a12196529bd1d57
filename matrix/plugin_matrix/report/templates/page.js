"use strict";
// Adds finding, filtering and opening to a page that is complete without them.
const byId = (id) => document.getElementById(id);
const plugins = [...document.querySelectorAll("details.plugin")];
const rows = [...document.querySelectorAll("tr[data-plugin]")];
const form = byId("filter");

function filter() {
  const words = byId("find").value.toLowerCase().split(/\s+/).filter(Boolean);
  const marks = [...form.querySelectorAll("input:checked")].map((box) => box.value);
  const shown = new Set();
  for (const plugin of plugins) {
    const text = plugin.dataset.text;
    const has = plugin.dataset.marks.split(" ");
    const matches = words.every((word) => text.includes(word)) && (!marks.length || marks.some((mark) => has.includes(mark)));
    plugin.hidden = !matches;
    if (matches) shown.add(plugin.id);
  }
  for (const row of rows) row.hidden = !shown.has(row.dataset.plugin);
  byId("found").textContent = shown.size === plugins.length ? "" : `${shown.size} of ${plugins.length} plugins`;
}

function reveal() {
  const target = document.querySelector(":target");
  const plugin = target?.closest("details");
  if (!plugin) return;
  plugin.hidden = false;
  plugin.open = true;
  target.scrollIntoView();
}

// A page without cells has nothing to find.
if (form) {
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  byId("open").addEventListener("click", () => plugins.forEach((plugin) => (plugin.open = true)));
  byId("close").addEventListener("click", () => plugins.forEach((plugin) => (plugin.open = false)));
  addEventListener("hashchange", reveal);
  addEventListener("beforeprint", () => plugins.forEach((plugin) => (plugin.open = true)));
  form.hidden = false;
  document.querySelector(".tools").hidden = false;
  filter();
  reveal();
}
