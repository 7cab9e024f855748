"use strict";
// What a sweep found, and how its numbers are read.

const sweep = { metric: 0 };

async function readSweep() {
  Object.assign(sweep, await unpack("data"));
  sweep.cells.forEach((cell, i) => (cell.index = i));
  const places = new Map(sweep.cells.map((cell) => [cell.key, cell]));
  sweep.settings.forEach((setting) => {
    setting.cells = setting.cells.map((key) => places.get(key));
    for (const cell of setting.cells) cell.levels = setting.levels;
  });
  sweep.curves = sweep.curves.map(readCurves);
  sweep.varying = sweep.factors.map((_, f) => f).filter((f) => distinct(sweep.settings.map((s) => s.levels[f])).length > 1);
  return sweep;
}

const metricNow = () => sweep.metrics[sweep.metric];

// A metric as a title, with its unit: "Held-out accuracy, greedy · image".
function metricTitle(name) {
  const found = name.match(/^val\/(.+)\/(accuracy|sampled)$/);
  if (!found) return name;
  return `Held-out accuracy, ${found[2] === "accuracy" ? "greedy" : "sampled"} · ${found[1]}`;
}

const unitOf = (measure) => (measure.factor === 100 ? "%" : "");

// In the metric's unit, with as many digits as its table has.
function shown(value, of = metricNow()) {
  if (missing(value)) return "–";
  const text = (of.measure.factor * value).toFixed(of.decimals);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

const plus = (value, of = metricNow()) => (value > 0 && Number(shown(value, of)) !== 0 ? "+" : "") + shown(value, of);
const interval = (ends, of = metricNow()) => (ends ? `[${shown(ends[0], of)}, ${shown(ends[1], of)}]` : "–");
const pValue = (p) => (missing(p) ? "–" : p < 0.001 ? "< 0.001" : p.toFixed(3));

const levelName = (factor, level) => (level === null ? "not set" : sweep.factors[factor].values[level]);
const levelText = (factor, level) => `${sweep.factors[factor].name} = ${levelName(factor, level)}`;

// A link's address from a path, whose parts may hold anything.
const address = (path) => path.split("/").map(encodeURIComponent).join("/");

// Mean over seeds of { seed -> values }, each seed's values averaged first, with its 95 % t interval: [mean, low, high, n].
function meanOverSeeds(bySeed) {
  const means = [...bySeed.values()].map((values) => values.reduce((a, b) => a + b, 0) / values.length);
  const n = means.length, mean = means.reduce((a, b) => a + b, 0) / n;
  if (n < 2) return [mean, mean, mean, n];
  const deviation = Math.sqrt(means.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (n - 1));
  const reach = (sweep.t[n - 2] * deviation) / Math.sqrt(n);
  return [mean, mean - reach, mean + reach, n];
}
