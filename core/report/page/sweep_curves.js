"use strict";
// Learning curves: a line for each setting, or for each value of one factor, with its band over seeds.

const lineState = { by: null, hidden: new Set() };
const fewSettings = 6; // that a reader tells apart at once

// [label, cells] of each line.
function lineGroups() {
  if (lineState.by === "settings") return sweep.settings.map((setting) => [setting.name, setting.cells]);
  const f = Number(lineState.by);
  return distinct(sweep.cells.map((cell) => cell.levels[f])).sort((a, b) => a - b)
    .map((level) => [levelText(f, level), sweep.cells.filter((cell) => cell.levels[f] === level)]);
}

// Of the finished runs, where there are some: those that are not end early and would cut the line.
function drawnCells(cells, key) {
  const having = cells.filter((cell) => sweep.curves[cell.index].curves.has(key));
  const finished = having.filter((cell) => cell.state === "finished");
  return finished.length ? finished : having;
}

// The mean over seeds at each step that all runs of the line have.
function bandLine(label, cells, key) {
  const at = new Map(), runs = drawnCells(cells, key);
  for (const cell of runs) {
    const curve = sweep.curves[cell.index].curves.get(key);
    curve.steps.forEach((step, i) => {
      if (curve.values[i] === null) return;
      if (!at.has(step)) at.set(step, { n: 0, bySeed: new Map() });
      const point = at.get(step);
      ++point.n;
      if (!point.bySeed.has(cell.seed)) point.bySeed.set(cell.seed, []);
      point.bySeed.get(cell.seed).push(curve.values[i]);
    });
  }
  const line = { label, steps: [], values: [], low: [], high: [], sparse: runs.length > 0 && sweep.curves[runs[0].index].curves.get(key).sparse, n: distinct(runs.map((cell) => cell.seed)).length };
  for (const [step, point] of [...at].sort((a, b) => a[0] - b[0])) {
    if (point.n !== runs.length) continue;
    const [mean, low, high] = meanOverSeeds(point.bySeed);
    line.steps.push(step);
    line.values.push(mean);
    line.low.push(low);
    line.high.push(high);
  }
  return line;
}

const trainingTitles = {
  pass_rate: ["Pass rate of training rollouts", "share of judged responses, %", true], reward: ["Reward", "weighted sum, mean over responses", false],
  zero_variance_groups: ["Groups without signal", "share whose rewards are all equal, %", true], entropy: ["Entropy", "nats a token", false],
  response_tokens: ["Response length", "tokens", false], grad_norm: ["Gradient norm", "L2 before clipping", false], "sft/loss": ["Cold-start loss", "nats a token", false],
};

function curveSpec(key) {
  const [name, view] = key.split("@");
  if (name.startsWith("val/")) return { title: metricTitle(name), what: "share of held-out records, %", percent: true, free: true, raw: true };
  const [title, what, isShare] = trainingTitles[name] || [name, "as the runs report it", false];
  return { title: view ? `${title} · ${view}` : title, what, percent: isShare, free: true, raw: true };
}

// Metrics of the verdicts first; where runs tell views apart, the mixture of all is left out.
function curveKeys() {
  const keys = distinct(sweep.curves.flatMap((run) => [...run.curves.keys()]));
  const split = new Set(keys.filter((key) => key.includes("@")).map((key) => key.split("@")[0]));
  const metrics = sweep.metrics.map((of) => of.name), order = Object.keys(trainingTitles);
  const place = (key) => (key.startsWith("val/") ? metrics.indexOf(key) - metrics.length : order.indexOf(key.split("@")[0]));
  return keys.filter((key) => key.includes("@") || !split.has(key)).sort((a, b) => place(a) - place(b));
}

function lineChips(groups) {
  return el("div", { class: "chips", role: "group", "aria-label": "lines that are drawn" }, groups.map(([label], i) =>
    el("button", {
      class: "chip", type: "button", "aria-pressed": String(!lineState.hidden.has(label)), style: `--run:${colour(i)}`,
      onclick: () => {
        if (!lineState.hidden.delete(label)) lineState.hidden.add(label);
        drawSweepCurves();
      },
    }, el("span", { class: "dot" }), label)));
}

function drawSweepCurves() {
  const section = byId("curves"), heading = el("h2", {}, "Curves");
  removeCharts();
  const keys = curveKeys();
  if (!keys.length) {
    section.replaceChildren(heading, el("p", { class: "note" }, sweep.curve_detail === "none" ? `The curves of ${count(sweep.cells.length)} runs are too many for one page; each run's own report has them.` : "No run has made a step yet."));
    return;
  }
  lineState.by ??= sweep.settings.length <= fewSettings || !sweep.varying.length ? "settings" : String(sweep.varying[0]);
  const choice = select([["settings", "each setting"], ...sweep.varying.map((f) => [String(f), `each ${sweep.factors[f].name}`])], lineState.by, (value) => {
    lineState.by = value;
    lineState.hidden.clear();
    drawSweepCurves();
  });
  choice.id = "lines";
  const groups = lineGroups();
  const grid = el("div", { class: "charts" });
  for (const key of keys) {
    const lines = groups.map(([label, cells], i) => ({ ...bandLine(label, cells, key), colourIndex: i, dash: [null, [7, 3], [2, 3]][Math.floor(i / 8) % 3] }))
      .filter((line) => line.steps.length && !lineState.hidden.has(line.label));
    if (lines.length) grid.append(chartCard(curveSpec(key), lines, { bands: sweep.phases }));
  }
  const alone = sweep.seeds.length < 2 ? "one seed, so there are no bands" : "bands are 95 % t intervals of the mean over seeds, at each step alone";
  section.replaceChildren(heading,
    el("div", { class: "controls" }, sweep.varying.length ? el("label", {}, "a line for", choice) : "", el("button", { type: "button", id: "reset-zoom", onclick: resetZoom }, "whole range"),
      el("small", {}, "drag to zoom, shift-drag to move, double-click for the whole range")),
    lineChips(groups),
    el("p", {}, el("small", {}, `Means over seeds of finished runs; ${alone}. Steps that only some runs of a line have are left out.`, lineState.by === "settings" ? "" : " Each seed's runs are averaged over the other factors first.",
      sweep.curve_detail === "validation" ? " Training metrics are left out for size: each run's own report has them." : "", sweep.phases.length ? "" : " The runs have different phases, so none are shaded.")),
    grid);
}
