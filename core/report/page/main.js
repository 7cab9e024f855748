"use strict";
// Starts the page of runs.

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

startPage({
  read: async () => {
    await readReport();
    return report;
  },
  draw: () => {
    prepareFocus();
    drawHeader();
    drawFocused();
  },
  drawBelow,
  recolour: () => {
    drawHeader();
    redrawCharts();
    drawSampler();
    if (report.below) drawPrompts();
  },
}).catch(fail);
