"use strict";
// Training curves: which metrics share a chart, and the controls above them.

const valView = /^val\/(.+)\/(accuracy|sampled)$/;

// title, what (with its unit), names: exact names or a pattern; byView splits by the batch's view; raw is never smoothed.
const chartSpecs = [
  { title: "Held-out accuracy, greedy", what: "share of held-out records, %", names: /^val\/.+\/accuracy$/, percent: true },
  { title: "Held-out accuracy, sampled", what: "mean over samples, %", names: /^val\/.+\/sampled$/, percent: true },
  { title: "Pass rate of training rollouts", what: "share of judged responses, %", names: ["pass_rate"], byView: true, percent: true },
  { title: "Reward", what: "weighted sum, mean over responses", names: ["reward"], byView: true },
  { title: "Rewards and their parts", what: "mean over the responses each judged", names: /^reward\// },
  { title: "Share of mixed groups", what: "groups with both better and worse responses: those that teach, %", names: ["zero_variance_groups"], byView: true, percent: true, of: (v) => 1 - v },
  { title: "Entropy", what: "of the sampling distribution, nats a token", names: ["entropy"], byView: true },
  { title: "Response length", what: "tokens, end token included", names: ["response_tokens"], byView: true },
  { title: "Gradient norm", what: "L2 before clipping", names: ["grad_norm"] },
  { title: "Clip fraction", what: "share of trained tokens, %", names: ["clip_fraction/low", "clip_fraction/high"], percent: true,
    ifZero: "with one update a batch the ratio is 1 and nothing is clipped" },
  { title: "KL divergence", what: "nats a token; to the reference, and from before the batch's updates", names: ["kl", "approx_kl"],
    ifZero: "with one update a batch the policy is that of the rollouts, and no reference is held" },
  { title: "Cold-start loss", what: "mean negative log-probability, nats a token", names: ["sft/loss"], raw: true },
  { title: "Effective share of the scores", what: "effective sample size over prompts, %: at 100 all weigh alike", names: ["score_effective_share"], percent: true },
  { title: "Effective sample size of the draws", what: "over prompts, %, as the sampler reports it", names: ["sampler/effective_sample_size"], byView: true, percent: true, raw: true },
  { title: "Prompts never solved", what: "share of the sampler's prompts, %", names: ["sampler/never_passed"], byView: true, percent: true, raw: true },
  { title: "Prompts always solved", what: "share of the sampler's prompts, %", names: ["sampler/always_passed"], byView: true, percent: true, raw: true },
  { title: "Prompts seen", what: "share of the sampler's prompts, %", names: ["sampler/seen"], byView: true, percent: true, raw: true },
  { title: "Expected reward variance", what: "P(1 − P) of the drawn prompts, as the sampler expects it", names: ["sampler/expected_variance"], byView: true },
  { title: "Realised reward variance", what: "P(1 − P) of the drawn prompts, as it came", names: ["sampler/realised_variance"], byView: true },
  { title: "Responses cut at the limit", what: "share, %", names: ["length_limited"], percent: true },
  { title: "Learning rate", what: "as the schedule gave it", names: ["lr"], raw: true },
  { title: "Rollout mismatch", what: "|Δ log-probability|, generator against training", names: ["rollout_mismatch"] },
  { title: "Failed and unscored responses", what: "a step", names: /^(failed_samples|unscored_samples|failed\/.+)$/, unlessZero: true },
  { title: "Skipped updates", what: "since the start, because the loss or its gradient was not finite", names: ["skipped_updates"], unlessZero: true, raw: true },
  { title: "Probing rollouts", what: "a step, spent to measure prompts alone", names: ["probe_rollouts"], unlessZero: true },
];
const timingSpecs = [
  { title: "Seconds a step", what: "s, by the clock: no two runs agree", names: ["step_s", "rollout_s", "train_s", "probe_s"], timing: true },
  { title: "Seconds a validation", what: "s", names: ["validate_s"], timing: true },
  { title: "Other seconds", what: "s", names: /_s$/, timing: true, except: /(^(step|rollout|train|probe|validate)|per)_s$/ },
  { title: "Tokens a second", what: "rollout and training", names: /_tokens_per_s$/, timing: true },
];
const inNoChart = /^(reward_std|clip_fraction)$/; // the total is the sum of low and high

const matches = (spec, name) =>
  (Array.isArray(spec.names) ? spec.names.includes(name) : spec.names.test(name)) && !(spec.except && spec.except.test(name));

// Every metric has a chart: those that no specification names get one of their own.
function specsOf(runs) {
  const specs = chartSpecs.slice();
  const named = (name) => inNoChart.test(name) || chartSpecs.some((spec) => matches(spec, name));
  const others = distinct(runs.flatMap((run) => [...run.curves.curves.keys()])).filter((key) => !key.includes("@") && !named(key));
  for (const name of others) specs.push({ title: name, what: "as the run reports it", names: [name] });
  return specs.concat(timingSpecs);
}

// How a series is called and coloured when one run is drawn.
function seriesOf(spec, name, view) {
  const validated = name.match(valView);
  const shown = view || (validated && validated[1]);
  return { label: shown || name.replace(/^(sampler|clip_fraction|reward)\//, "").replace("_tokens_per_s", "").replace(/^(step|rollout|train|probe|validate)_s$/, "$1"), view: shown };
}

// Several runs in several views are too many lines to read: one view at a time, unless all are asked for.
const inChosenView = (view) => !several() || curveState.view === "all" || !view || view === curveState.view;

function viewChoice() {
  const present = views.filter((view) => report.runs.some((run) => run.phases.some((phase) => phase.view === view) || run.result.views.includes(view)));
  if (curveState.view === null) curveState.view = (focusRun().phases[focusRun().phases.length - 1] || {}).view || "all";
  if (!several() || present.length < 2) return "";
  const choice = select([...present.map((view) => [view, view]), ["all", "all"]], curveState.view, (view) => {
    curveState.view = view;
    drawCurves();
  });
  choice.id = "curve-view";
  return el("label", {}, "view", choice);
}

// The lines of a chart over the runs: { label, run, curve, style, colour }.
function linesOf(spec, runs) {
  const lines = [];
  for (const run of runs) {
    const curves = (spec.timing ? run.timings : run.curves).curves;
    const keys = [...curves.keys()].filter((key) => matches(spec, key.split("@")[0]));
    const split = spec.byView && keys.some((key) => key.includes("@"));
    keys.filter((key) => key.includes("@") === !!split).forEach((key) => {
      const [name, view] = key.split("@");
      if (!inChosenView(seriesOf(spec, name, view).view)) return;
      const curve = curves.get(key);
      const values = spec.of ? curve.values.map((v) => (v === null ? null : spec.of(v))) : curve.values;
      if (values.every((v) => v === null) || (spec.unlessZero && values.every((v) => !v))) return;
      lines.push({ ...seriesOf(spec, name, view), run, steps: curve.steps, values, sparse: curve.sparse });
    });
  }
  lines.sort((a, b) => a.run.index - b.run.index || views.indexOf(a.view) - views.indexOf(b.view));
  const inOrder = distinct(lines.map((line) => line.label));
  for (const line of lines) {
    line.style = inOrder.indexOf(line.label);
    const plain = line.view in viewColour ? viewColour[line.view] : line.style;
    line.colourIndex = several() ? line.run.index : plain;
    line.dash = several() ? [null, [7, 3], [2, 3], [9, 3, 2, 3], [4, 4]][line.style % 5] : null;
    if (several()) line.label = inOrder.length > 1 ? `${line.run.label} · ${line.label}` : line.run.label;
  }
  return lines;
}

const curveState = { smoothing: null, view: null };

// Mean over a line's last `points` values: a view that a tenth of the batches shows reaches ten times as far back.
function smoothed(values, points) {
  const last = [];
  let sum = 0;
  return values.map((value) => {
    if (value === null) return null;
    sum += value;
    last.push(value);
    if (last.length > points) sum -= last.shift();
    return sum / last.length;
  });
}

function smoothingText() {
  const points = curveState.smoothing;
  if (points <= 1) return "none";
  const per = Math.max(...shownRuns().map((run) => run.curves.perPoint), 1);
  return `mean of a line's last ${points} values; the faint line is each ${per > 1 ? `${per} steps' mean` : "step"}`;
}

function transitionList(run) {
  const bands = run.phases;
  const items = [];
  const cold = bands[0] && bands[0].name === "cold_start" && bands[1];
  if (cold) items.push([bands[0].last, "cold start", bands[1].name, `its ${count(bands[0].last)} steps are done`]);
  const told = new Map(run.transitions.map((t) => [t.step, t]));
  for (let i = cold ? 1 : 0; i < bands.length; ++i) {
    const t = told.get(bands[i].last), next = bands[i + 1];
    if (t) items.push([t.step, t.from, t.to || "end of the run", t.reason || "no reason given"]);
    else if (next) items.push([bands[i].last, bands[i].name, next.name, "reason not recorded by the version that made this run"]);
  }
  if (!items.length) return null;
  return el("ul", { class: "transitions" }, items.map(([step, from, to, reason]) =>
    el("li", {}, `step ${count(step)}: `, el("b", {}, `${from} → ${to}`), el("span", { class: "soft" }, ` · ${reason}`))));
}

function drawCurves() {
  const section = byId("curves");
  const runs = shownRuns();
  const longest = Math.max(1, ...report.runs.map((run) => run.curves.steps.length));
  if (curveState.smoothing === null) curveState.smoothing = longest < 60 ? 1 : Math.max(5, Math.round(longest / 100));
  removeCharts();
  if (!report.runs.some((run) => run.curves.steps.length)) {
    section.replaceChildren(el("h2", {}, "Curves"), el("p", { class: "note" }, "No step has been made yet."));
    return;
  }
  const said = el("span", { class: "soft" }, smoothingText());
  const redraw = debounce(120, redrawCharts);
  const slider = el("input", {
    type: "range", id: "smoothing", min: 1, max: Math.max(2, Math.min(200, Math.round(longest / 4))), value: curveState.smoothing,
    oninput: () => {
      curveState.smoothing = Number(slider.value);
      said.textContent = smoothingText();
      redraw();
    },
  });
  const controls = el("div", { class: "controls" }, viewChoice(), el("label", {}, "smoothing", slider), said,
    el("button", { type: "button", id: "reset-zoom", onclick: resetZoom }, "whole range"),
    el("small", {}, "drag to zoom, shift-drag to move, double-click for the whole range"));
  const grid = el("div", { class: "charts" });
  section.replaceChildren(el("h2", {}, "Curves"), controls, transitionList(focusRun()) || "",
    several() ? el("p", {}, el("small", {}, `Shaded bands and transitions are those of ${focusRun().label}.`)) : "",
    runs.length ? grid : el("p", { class: "note" }, "No run is switched on above."));
  for (const spec of specsOf(runs)) {
    const lines = linesOf(spec, runs);
    if (lines.length) grid.append(chartCard(spec, lines));
  }
}
