"use strict";
// One chart: dygraphs with our legend, phase bands behind the lines, and one zoom for all.

const charts = new Map(); // plot element -> { draw, graph }
const chartZoom = { range: null, busy: false };
const whenVisible = new IntersectionObserver((entries) => {
  for (const entry of entries)
    if (entry.isIntersecting && charts.has(entry.target)) {
      whenVisible.unobserve(entry.target);
      charts.get(entry.target).draw();
    }
}, { rootMargin: "300px" });

function removeCharts(within) {
  for (const [plot, chart] of charts) {
    if (within && !within.contains(plot)) continue;
    if (!within && chart.own) continue;
    whenVisible.unobserve(plot);
    if (chart.graph) chart.graph.destroy();
    charts.delete(plot);
  }
}

function redrawCharts() {
  for (const chart of charts.values())
    if (chart.graph) chart.draw();
}

// Those out of sight too, when nothing else is to be done: paper has no sight.
async function drawCharts() {
  for (const [plot, chart] of charts) {
    if (chart.graph) continue;
    await new Promise((idle) => setTimeout(idle, 0));
    if (charts.has(plot) && !chart.graph) chart.draw();
  }
}

function resetZoom() {
  setZoom(null);
}

function setZoom(range) {
  chartZoom.range = range;
  chartZoom.busy = true;
  for (const chart of charts.values())
    if (chart.graph && !chart.own) chart.graph.updateOptions({ dateWindow: range });
  chartZoom.busy = false;
}

// Enough digits that neighbouring ticks differ.
function tickText(value, granularity, options, graph) {
  const [low, high] = graph.yAxisRange();
  const digits = Math.max(3, Math.ceil(Math.log10(Math.max(Math.abs(low), Math.abs(high)) / Math.max(1e-12, high - low))) + 3);
  return Math.abs(value) >= 1e4 ? axisNumber(value) : number(value, Math.min(8, digits));
}

const withBands = (lines) => lines.some((line) => line.low);

// Rows of dygraphs' native format: [step, value of each line or null]. `smooth` of the dense lines comes first, its raw
// values behind it, faint. Where lines have a band (line.low, line.high) each value is [low, value, high].
function chartData(lines, points) {
  const series = [];
  for (const line of lines) {
    const smoothing = points > 1 && !line.sparse;
    if (smoothing) series.push({ line, values: line.values, raw: true });
    series.push({ line, values: smoothing ? smoothed(line.values, points) : line.values, raw: false });
  }
  const rows = new Map(), bars = withBands(lines);
  series.forEach(({ line, values }, column) => {
    line.steps.forEach((step, i) => {
      if (values[i] === null) return;
      if (!rows.has(step)) rows.set(step, [step, ...new Array(series.length).fill(null)]);
      rows.get(step)[column + 1] = bars ? [line.low[i], values[i], line.high[i]] : values[i];
    });
  });
  return { series, rows: [...rows.values()].sort((a, b) => a[0] - b[0]) };
}

function bandAt(bands, step) {
  return bands.find((band) => step >= band.first && step <= band.last);
}

// Every second phase is shaded, and each is named where its name fits.
function drawBands(bands) {
  return (context, area, graph) => {
    context.save();
    context.font = "11px system-ui, sans-serif";
    context.textBaseline = "top";
    bands.forEach((band, i) => {
      const left = Math.max(area.x, graph.toDomXCoord(band.first - 1));
      const right = Math.min(area.x + area.w, graph.toDomXCoord(band.last));
      if (right <= left) return;
      if (i % 2 === 1) {
        context.fillStyle = cssColour("--band");
        context.fillRect(left, area.y, right - left, area.h);
      }
      context.fillStyle = cssColour("--line");
      if (i > 0) context.fillRect(Math.round(left), area.y, 1, area.h);
      const name = band.name.replace("_", " ");
      if (context.measureText(name).width + 8 > right - left) return;
      context.fillStyle = cssColour("--soft");
      context.fillText(name, left + 4, area.y + 2);
    });
    context.restore();
  };
}

function legendEntry(line, value, percentages) {
  const mark = svg("svg", { width: 18, height: 6, "aria-hidden": "true" }, svg("line", {
    x1: 0, x2: 18, y1: 3, y2: 3, stroke: line.colour(), "stroke-width": 2.5, "stroke-dasharray": (line.dash || []).join(" "),
  }));
  const shown = value === undefined ? null : percentages ? `${percent(value)} %` : number(value, 4);
  return el("span", { class: "entry" }, mark, line.label, shown === null ? null : [" ", el("b", {}, shown)]);
}

function fillLegend(legend, spec, lines, bands, at) {
  const entries = lines.map((line) => legendEntry(line, at ? at.values.get(line) : undefined, spec.percent));
  if (at) {
    const band = bandAt(bands, at.step);
    entries.unshift(el("span", { class: "at" }, `step ${count(at.step)}${band ? `, ${band.name.replace("_", " ")}` : ""}`));
  }
  legend.replaceChildren(...entries);
}

// `own`: the chart keeps out of the shared zoom and redrawing. `bands`: phases to shade.
function chartCard(spec, lines, { own = false, bands = focusRun().phases } = {}) {
  const title = spec.noTitle ? "" : el("h4", {}, spec.title); // the heading above says it
  if (lines.every((line) => line.values.every((v) => !v)))
    return el("div", { class: "chart", "data-chart": spec.title }, title, el("p", { class: "what" }, spec.what),
      el("p", { class: "note" }, "0 in every step", spec.ifZero ? `: ${spec.ifZero}.` : "."));
  const legend = el("div", { class: "legend", style: `height: ${1.25 * Math.max(2, Math.ceil((lines.length + 1) / 3))}em` }); // it fills when pointed at
  const plot = el("div", { class: "plot", role: "img", "aria-label": spec.title });
  const card = el("div", { class: "chart", "data-chart": spec.title }, title,
    el("p", { class: "what" }, spec.what), legend, plot);
  for (const line of lines) if (!line.colour) line.colour = () => colour(line.colourIndex);
  const chart = { own, graph: null, draw: () => drawChart(chart, spec, lines, bands, legend, plot) };
  charts.set(plot, chart);
  whenVisible.observe(plot);
  return card;
}

function drawChart(chart, spec, lines, bands, legend, plot) {
  if (chart.graph) chart.graph.destroy();
  fillLegend(legend, spec, lines, bands, null); // in the colours of the present theme
  const { series, rows } = chartData(lines, spec.raw || chart.own ? 1 : curveState.smoothing);
  const labels = ["step", ...series.map((s, i) => `${i}`)]; // unique whatever runs and metrics are called
  const style = {};
  series.forEach(({ line, raw }, i) => {
    style[`${i}`] = {
      color: raw ? line.colour() + "48" : line.colour(), strokeWidth: raw ? 1 : 1.8, strokePattern: raw ? null : line.dash,
      drawPoints: line.sparse && line.values.length < 60, pointSize: 2.5, highlightCircleSize: raw ? 0 : 3.5,
    };
  });
  const axisValue = spec.percent ? (v) => Number((100 * v).toPrecision(3)).toString() : tickText;
  chart.graph = new Dygraph(plot, rows, {
    labels, series: style, legend: "never", connectSeparatedPoints: true, xlabel: "step", xLabelHeight: 15,
    customBars: withBands(lines), fillAlpha: 0.16 * Math.min(1, 4 / lines.length), strokeWidth: 1.8, gridLineColor: cssColour("--grid"), axisLineColor: cssColour("--line"), rightGap: 10,
    dateWindow: chart.own ? null : chartZoom.range, underlayCallback: drawBands(bands),
    axes: {
      x: { axisLabelFormatter: (v) => (Number.isInteger(v) ? count(v) : ""), drawGrid: false, pixelsPerLabel: 70 },
      y: { axisLabelFormatter: axisValue, axisLabelWidth: 46, pixelsPerLabel: 26, includeZero: !!(spec.percent && !spec.free) },
    },
    highlightCallback: (event, step, points) => {
      const values = new Map();
      for (const point of points) {
        const { line, raw } = series[Number(point.name)];
        if (!raw || !values.has(line)) values.set(line, point.yval);
      }
      fillLegend(legend, spec, lines, bands, { step, values });
    },
    unhighlightCallback: () => fillLegend(legend, spec, lines, bands, null),
    zoomCallback: (from, to) => {
      if (!chart.own && !chartZoom.busy) setZoom(chart.graph.isZoomed("x") ? [from, to] : null);
    },
  });
}
