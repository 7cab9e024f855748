"use strict";
// The verdicts first, then the table that they are read from.

function sweepState() {
  const finished = sweep.cells.filter((cell) => cell.state === "finished").length;
  const whole = finished === sweep.cells.length;
  const baseline = sweep.baseline ? sweep.baseline.map((level, f) => [level, f]).filter(([level]) => level !== null).map(([level, f]) => levelText(f, level)).join(", ") : "none";
  const settings = `${count(sweep.settings.length)} ${sweep.settings.length === 1 ? "setting" : "settings"}`;
  const seeds = `${count(sweep.seeds.length)} ${sweep.seeds.length === 1 ? "seed" : "seeds"}`;
  return el("p", { class: "verdict" }, el("span", { class: `state ${whole ? "finished" : "interrupted"}` }, whole ? "Finished" : `${count(finished)} of ${count(sweep.cells.length)} runs finished`),
    ` · ${settings} × ${seeds} · baseline: ${baseline}`);
}

function verdictClass(comparison, measure) {
  if (comparison.outcome !== "higher" && comparison.outcome !== "lower") return "open";
  if (measure.good === "neither") return "moved";
  return (comparison.outcome === "higher") === (measure.good === "more") ? "better" : "worse";
}

const mostVerdicts = 20;

// What was found, then what was not: each in the order of the settings.
function verdictList(of) {
  if (sweep.no_comparison) return el("p", { class: "note" }, `No comparison: ${sweep.no_comparison}.`);
  const compared = of.comparisons.filter((c) => c !== null);
  const found = compared.filter((c) => verdictClass(c, of.measure) !== "open");
  const ordered = [...found, ...compared.filter((c) => !found.includes(c))];
  return [el("ul", { class: "verdicts" }, ordered.slice(0, mostVerdicts).map((c) => el("li", { class: verdictClass(c, of.measure) }, c.verdict))),
    ordered.length > mostVerdicts ? el("p", { class: "soft" }, `and ${count(ordered.length - mostVerdicts)} more: the table has all.`) : ""];
}

// Intervals of one row, on the scale of all rows.
function whisker(c, range) {
  const width = 190, height = 20, x = (v) => 6 + ((v - range[0]) / (range[1] - range[0])) * (width - 12), y = height / 2;
  const line = (kind, ends, at) => svg("line", { class: kind, x1: x(ends[0]), x2: x(ends[1]), y1: at, y2: at });
  const picture = svg("svg", { class: `whisker${c.outcome === "higher" || c.outcome === "lower" ? "" : " unsure"}`, viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": c.verdict });
  picture.append(svg("line", { class: "zero", x1: x(0), x2: x(0), y1: 0, y2: height }));
  if (c.bootstrap_interval) picture.append(line("span boot", c.bootstrap_interval.map((v) => Math.min(Math.max(v, range[0]), range[1])), y + 5));
  if (c.t_interval) picture.append(line("span", c.t_interval, y));
  if (c.mean !== null) picture.append(svg("circle", { class: "dot", cx: x(c.mean), cy: y, r: 3.2 }));
  picture.append(svg("title", {}, c.verdict));
  return picture;
}

// Of all differences and t intervals, 0 in it: a bootstrap interval that reaches farther is cut at the edge.
function whiskerRange(comparisons) {
  const values = [0, ...comparisons.flatMap((c) => [c.mean, ...(c.t_interval || [])])].filter((v) => v !== null);
  const low = Math.min(...values), high = Math.max(...values), room = (high - low || 1) * 0.06;
  return [low - room, high + room];
}

function comparisonCells(c, range) {
  const unpaired = [...c.only_setting.map((seed) => `seed ${seed} has no baseline`), ...c.only_baseline.map((seed) => `seed ${seed} has only the baseline`)];
  return [
    el("td", { class: "number", title: unpaired.join("; ") }, count(c.n), unpaired.length ? " *" : ""),
    el("td", { class: "number" }, plus(c.mean)), el("td", { class: "number" }, interval(c.t_interval)), el("td", { class: "number soft" }, interval(c.bootstrap_interval)),
    el("td", { class: "number", title: missing(c.p) ? "" : `${pValue(c.p)} alone` }, pValue(c.corrected_p)),
    el("td", { class: "number" }, missing(c.seeds_needed) ? "–" : count(c.seeds_needed)), el("td", {}, whisker(c, range))];
}

function settingsTable(of) {
  const compared = !sweep.no_comparison, comparisons = of.comparisons.filter((c) => c !== null), range = whiskerRange(comparisons);
  const unit = unitOf(of.measure), factors = sweep.varying;
  const heads = [...(factors.length ? factors.map((f) => [sweep.factors[f].name, ""]) : [["setting", ""]]), ["n", "number"], [unit ? `mean, ${unit}` : "mean", "number"], ["95 %", "number"],
    ...(compared ? [["pairs", "number"], ["difference", "number"], ["95 % t", "number"], ["95 % bootstrap", "number"], ["p (Holm)", "number"], ["seeds to see it", "number"], ["", ""]] : [])];
  const row = (setting, s) => {
    const c = of.comparisons[s], mean = of.means[s], isBase = compared && !c && sweep.settings.some((other) => other.partner === s);
    const missed = setting.cells.length - mean.n;
    return el("tr", { class: isBase ? "baseline" : null }, factors.length ? factors.map((f) => el("td", {}, levelName(f, setting.levels[f]))) : el("td", {}, "all runs"),
      el("td", { class: "number", title: missed ? `${missed} of ${setting.cells.length} runs have no value` : "" }, count(mean.n), missed ? ` of ${setting.cells.length}` : ""),
      el("td", { class: "number" }, shown(mean.mean)), el("td", { class: "number" }, interval(mean.t_interval)),
      c ? comparisonCells(c, range) : compared ? el("td", { colspan: 7, class: "soft" }, isBase ? "baseline" : "no setting to compare with") : "");
  };
  return el("div", { class: "scroll" }, el("table", { id: "settings-table" }, el("thead", {}, el("tr", {}, heads.map(([name, kind]) => el("th", { class: kind }, name)))),
    el("tbody", {}, sweep.settings.map(row))));
}

function tableNotes(of) {
  const tested = of.comparisons.filter((c) => c !== null && !missing(c.p)).length;
  if (sweep.seeds.length < 2) return el("p", {}, el("small", {}, "Values of one seed: they have no interval."));
  const notes = ["Mean over seeds with its 95 % t interval."];
  if (!sweep.no_comparison) {
    notes.push(`Differences are between runs of one seed, which share first weights and the order of data; intervals are those of each comparison alone. p is that of the paired t test, by Holm's correction over the ${count(tested)} ${tested === 1 ? "comparison" : "comparisons"} of this metric; a verdict goes by it.`,
      "Bootstrap: bootstrap-t, drawn dashed. Seeds to see it: for a true difference of the size found, with the spread found, in four of five tries.");
    if (of.comparisons.some((c) => c && c.only_setting.length + c.only_baseline.length)) notes.push("* Seeds of which only one of the two runs has a value are left out.");
  }
  notes.push("Intervals are about other seeds on the same held-out records, not about other records.");
  return el("p", {}, el("small", {}, notes.join(" ")));
}

function metricChoice() {
  if (sweep.metrics.length < 2) return sweep.metrics.length ? el("p", { class: "soft" }, metricTitle(metricNow().name)) : "";
  const choice = select(sweep.metrics.map((of, i) => [i, metricTitle(of.name)]), sweep.metric, (value) => {
    sweep.metric = Number(value);
    drawResult();
    drawEffects();
  });
  choice.id = "metric";
  return el("div", { class: "controls" }, el("label", {}, "metric", choice));
}

function drawResult() {
  document.title = `${sweep.name} – Crescent sweep`;
  const parts = [el("h1", {}, sweep.name), sweepState(), ...sweep.caveats.map((caveat) => el("p", { class: "note warn" }, `${caveat[0].toUpperCase()}${caveat.slice(1)}.`))];
  if (!sweep.metrics.length) parts.push(el("p", { class: "note" }, "No metric: nothing was validated in these runs."));
  else parts.push(metricChoice(), ...[verdictList(metricNow())].flat(), settingsTable(metricNow()), tableNotes(metricNow()));
  byId("result").replaceChildren(...parts.filter((part) => part !== ""));
}
