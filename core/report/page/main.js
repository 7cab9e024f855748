"use strict";
// Starts the page: theme, sections, printing.

const themes = ["system", "light", "dark"];
const themeState = { chosen: "system" };
const dark = matchMedia("(prefers-color-scheme: dark)");

function applyTheme() {
  const wanted = themeState.chosen === "system" ? (dark.matches ? "dark" : "light") : themeState.chosen;
  byId("theme").textContent = `theme: ${themeState.chosen}`;
  if (theme() === wanted) return;
  document.documentElement.dataset.theme = wanted;
  if (!report.ready) return;
  drawHeader();
  redrawCharts();
  drawSampler();
  if (report.below) drawPrompts();
}

function drawFocused() {
  drawCurves();
  drawSampler();
  drawSettings();
  drawEnvironment();
  if (report.below) drawBelow();
}

// Rollouts and prompts need the larger part of the data: unpacked when the page has been drawn.
function drawBelow() {
  report.below = true;
  return Promise.all([drawRollouts(), drawPrompts()]);
}

function prepareFocus() {
  byId("focus-label").hidden = !several();
  const choice = byId("focus");
  choice.replaceChildren(...report.runs.map((run) => el("option", { value: run.index }, run.label)));
  choice.addEventListener("change", () => {
    report.focus = Number(choice.value);
    drawFocused();
  });
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

async function start() {
  byId("theme").addEventListener("click", () => {
    themeState.chosen = themes[(themes.indexOf(themeState.chosen) + 1) % themes.length];
    applyTheme();
  });
  dark.addEventListener("change", applyTheme);
  applyTheme();
  await readReport();
  report.ready = true;
  prepareFocus();
  preparePrinting();
  drawHeader();
  drawFocused();
  byId("foot").textContent = `Made by ${report.program} on ${report.made}. Charts: dygraphs ${Dygraph.VERSION}, MIT licence. This page fetches nothing.`;
  await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 0)));
  const milliseconds = () => String(Math.round(performance.now())); // since it was opened
  document.documentElement.dataset.shown = milliseconds(); // what a reader sees first is there
  await drawBelow();
  await drawCharts();
  document.documentElement.dataset.drawn = milliseconds();
}

function fail(error) {
  const place = byId("failure");
  place.hidden = false;
  place.textContent = typeof DecompressionStream === "undefined"
    ? "This browser is too old to unpack the report: it needs Chrome or Edge 103, Firefox 113, Safari 16.4 or later."
    : `The report could not be drawn: ${error.message}`;
  throw error;
}

start().catch(fail);
