"use strict";
// Adds search, counts, opening and arrow keys to a page that is complete without them; verdicts filter without it.
const byId = (id) => document.getElementById(id);
const plugins = [...document.querySelectorAll("details.plugin")];
const rows = [...document.querySelectorAll("tr[data-plugin]")];
const feet = [...document.querySelectorAll(".matrix tfoot")];
const form = byId("filter");
const texts = new Map();

// Everything a plugin's part says can be found; read when it is first needed, for it may be megabytes.
function textOf(plugin) {
  if (!texts.has(plugin)) texts.set(plugin, plugin.textContent.toLowerCase());
  return texts.get(plugin);
}

function filter() {
  const words = byId("find").value.toLowerCase().split(/\s+/).filter(Boolean);
  const marks = [...form.querySelectorAll("input:checked")].map((box) => box.value);
  const named = new Set();
  let shown = 0;
  for (const plugin of plugins) {
    const matches = words.every((word) => textOf(plugin).includes(word));
    plugin.hidden = !matches;
    if (!matches) continue;
    named.add(plugin.id);
    const has = plugin.dataset.marks.split(" ");
    if (!marks.length || marks.some((mark) => has.includes(mark))) shown += 1;
  }
  for (const row of rows) row.hidden = !named.has(row.dataset.plugin);
  // Sums are of all plugins.
  for (const foot of feet) foot.hidden = named.size < plugins.length;
  byId("found").textContent = words.length || marks.length ? `${shown} of ${plugins.length} plugins` : "";
}

// A link leads into what is closed or filtered out.
function reveal() {
  const id = decodeURIComponent(location.hash.slice(1));
  const target = id && byId(id);
  if (!target) return;
  for (let part = target.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
  const plugin = target.closest("details.plugin");
  if (plugin && form && !plugin.checkVisibility()) {
    form.reset();
    filter();
  }
  target.scrollIntoView();
}

// Of the squares of a matrix one takes part in the tab order; arrow keys go from one to the next.
function squaresOf(table) {
  return [...table.tBodies[0].rows].filter((row) => row.checkVisibility()).map((row) => [...row.cells].slice(1).map((cell) => cell.querySelector("a")));
}

function move(event) {
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const link = event.target.closest("td a");
  if (!link || !(event.key in steps) || event.altKey || event.ctrlKey || event.metaKey) return;
  const squares = squaresOf(event.currentTarget);
  let row = squares.findIndex((links) => links.includes(link));
  let column = squares[row].indexOf(link);
  const [down, right] = steps[event.key];
  do {
    row += down;
    column += right;
  } while (squares[row]?.[column] === null);
  const next = squares[row]?.[column];
  event.preventDefault();
  if (!next) return;
  link.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

for (const table of document.querySelectorAll("table.matrix")) {
  const links = [...table.querySelectorAll("tbody td a")];
  links.slice(1).forEach((link) => (link.tabIndex = -1));
  if (links.length) table.addEventListener("keydown", move);
  // The newest releases are what most people come for.
  table.parentElement.scrollLeft = table.parentElement.scrollWidth;
}

if (form) {
  const find = byId("find");
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.closest("input") && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      find.focus();
    } else if (event.key === "Escape" && event.target === find) {
      find.value = "";
      filter();
    }
  });
  byId("open").addEventListener("click", () => plugins.forEach((plugin) => (plugin.open = true)));
  byId("close").addEventListener("click", () => plugins.forEach((plugin) => (plugin.open = false)));
  for (const part of document.querySelectorAll(".search, .tools")) part.hidden = false;
  filter();
}
addEventListener("hashchange", reveal);
addEventListener("beforeprint", () => plugins.forEach((plugin) => (plugin.open = true)));
reveal();
