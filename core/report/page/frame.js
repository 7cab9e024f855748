"use strict";
// What every page has around its sections: theme, printing, footer, and a word when something fails.

const themes = ["system", "light", "dark"];
const themeState = { chosen: "system" };
const frame = { ready: false, recolour: null }; // recolour: draws again what has colours in it
const dark = matchMedia("(prefers-color-scheme: dark)");

function applyTheme() {
  const wanted = themeState.chosen === "system" ? (dark.matches ? "dark" : "light") : themeState.chosen;
  byId("theme").textContent = `theme: ${themeState.chosen}`;
  if (theme() === wanted) return;
  document.documentElement.dataset.theme = wanted;
  if (frame.ready) frame.recolour();
}

// What is drawn into a canvas while printing begins does not reach the paper, so charts are scaled to it as they are, and
// those of a dark page have their light and dark exchanged.
const printedWidth = 330;

function preparePrinting() {
  const root = document.documentElement;
  addEventListener("beforeprint", () => {
    for (const plot of charts.keys()) {
      const width = plot.clientWidth;
      plot.style.width = `${width}px`;
      plot.style.zoom = printedWidth / width;
    }
    root.classList.add("printing");
    root.classList.toggle("was-dark", theme() === "dark");
    root.dataset.theme = "light";
  });
  addEventListener("afterprint", () => {
    root.dataset.theme = root.classList.contains("was-dark") ? "dark" : "light";
    root.classList.remove("printing", "was-dark");
    for (const plot of charts.keys()) plot.style.width = plot.style.zoom = "";
  });
}

const drawnFrame = () => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 0)));
const sinceOpened = () => String(Math.round(performance.now())); // milliseconds

// `read` unpacks the data and says who made them; `draw` draws what a reader sees first, `drawBelow` the rest.
async function startPage({ read, draw, drawBelow, recolour }) {
  byId("theme").addEventListener("click", () => {
    themeState.chosen = themes[(themes.indexOf(themeState.chosen) + 1) % themes.length];
    applyTheme();
  });
  dark.addEventListener("change", applyTheme);
  applyTheme();
  const { program, made } = await read();
  frame.recolour = recolour;
  frame.ready = true;
  preparePrinting();
  draw();
  byId("foot").textContent = `Made by ${program} on ${made}. Charts: dygraphs ${Dygraph.VERSION}, MIT licence. This page fetches nothing.`;
  await drawnFrame();
  document.documentElement.dataset.shown = sinceOpened();
  await drawBelow();
  await drawCharts();
  document.documentElement.dataset.drawn = sinceOpened();
}

function fail(error) {
  const place = byId("failure");
  place.hidden = false;
  place.textContent = typeof DecompressionStream === "undefined"
    ? "This browser is too old to unpack the report: it needs Chrome or Edge 103, Firefox 113, Safari 16.4 or later."
    : `The report could not be drawn: ${error.message}`;
  throw error;
}
