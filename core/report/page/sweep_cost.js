"use strict";
// What the sweep cost and saved, the tree of shared work, and the runs themselves.

const mostLeaves = 300, mostRows = 1000;

function savingParts() {
  const cost = sweep.cost;
  if (cost.why_not) return [el("p", { class: "note" }, `What sharing work has saved is not known: ${cost.why_not}.`)];
  const saved = 1 - cost.run_steps / cost.asked_steps;
  const parts = [el("p", { class: "saving" }, `${count(cost.runs)} finished runs of ${count(cost.asked_steps)} steps together took ${count(cost.run_steps)} steps, because shared ones were trained once: `,
    el("b", {}, saved > 0 ? `${percent(saved)} % saved` : "nothing was shared"), ".")];
  if (cost.asked_seconds > 0)
    parts.push(el("p", {}, `Steps and validation took ${duration(cost.run_seconds)}; run one by one they would have taken ${duration(cost.asked_seconds)}. `, el("small", {}, "Start-up, checkpoints and branching come on top.")));
  return parts;
}

// Edges with a row for each leaf, in the order of a walk through the tree.
function placeEdges() {
  const children = sweep.edges.map(() => []), roots = [];
  sweep.edges.forEach((edge, e) => (edge.parent === null ? roots : children[edge.parent]).push(e));
  let rows = 0;
  const place = (e) => {
    const edge = sweep.edges[e];
    edge.children = children[e];
    edge.children.forEach(place);
    edge.y = edge.children.length ? edge.children.reduce((sum, c) => sum + sweep.edges[c].y, 0) / edge.children.length : rows++;
  };
  roots.forEach(place);
  return rows;
}

function treePicture(rows) {
  const tall = 20, plot = 520, left = 14, label = Math.min(420, 20 + 6.6 * Math.max(...sweep.cells.map((cell) => cell.key.length)));
  const last = Math.max(1, ...sweep.edges.map((edge) => edge.to || edge.from));
  const x = (step) => left + (step / last) * plot, y = (row) => 14 + row * tall, width = left + plot + label, height = y(rows) + 14;
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": "tree of shared work over steps" });
  for (const edge of sweep.edges) {
    const end = edge.to === null ? last : edge.to, from = edge.parent === null ? edge.y : sweep.edges[edge.parent].y;
    const path = svg("path", { class: edge.state, d: `M${x(edge.from)},${y(from)}V${y(edge.y)}H${x(end)}`, "stroke-width": 1.4 + 0.9 * Math.log2(edge.cells.length) });
    path.append(svg("title", {}, `steps ${count(edge.from)} to ${edge.to === null ? "where phases decide" : count(edge.to)}, ${edge.cells.length} ${edge.cells.length === 1 ? "run" : "runs"}, ${edge.state}${edge.seconds === null ? "" : `, ${duration(edge.seconds)}`}${edge.split ? `; parted by ${edge.split}` : ""}`));
    picture.append(path);
    if (edge.children.length) continue;
    const cell = sweep.cells[edge.cells[0]], text = svg("text", { x: x(end) + 6, y: y(edge.y) + 4 }, edge.cells.map((c) => sweep.cells[c].key).join("; "));
    picture.append(cell.page ? svg("a", { href: address(cell.page) }, text) : text);
  }
  for (const step of [0, Math.round(last / 2), last]) picture.append(svg("text", { x: x(step), y: height - 2, "text-anchor": step === 0 ? "start" : "middle" }, step === last ? `step ${count(step)}` : count(step)));
  return el("div", { class: "scroll tree" }, picture);
}

function treeParts() {
  if (!sweep.edges.length) return [];
  const rows = placeEdges(), heading = el("h3", {}, "The tree of shared work");
  if (rows > mostLeaves) return [heading, el("p", { class: "note" }, `${count(sweep.edges.length)} edges with ${count(rows)} ends are too many to draw; tree.json has them.`)];
  const splits = distinct(sweep.edges.map((edge) => edge.split).filter((split) => split));
  return [heading, el("p", {}, el("small", {}, `Each line is trained once for all runs to its right.${splits.length ? ` Runs part by ${splits.join("; ")}.` : ""}`)), treePicture(rows)];
}

function drawCost() {
  byId("cost").replaceChildren(el("h2", {}, "Cost and saving"), ...savingParts(), ...treeParts());
}

function drawRuns() {
  const shownCells = sweep.cells.slice(0, mostRows), failed = sweep.cells.some((cell) => cell.error);
  const row = (cell) => el("tr", {}, el("td", {}, cell.page ? el("a", { href: address(cell.page) }, cell.key) : cell.key), el("td", { class: "number" }, String(cell.seed)),
    el("td", {}, el("span", { class: `state ${cell.state}` }, cell.state)), el("td", { class: "number" }, count(cell.steps)),
    sweep.metrics.map((of, i) => el("td", { class: "number" }, shown(cell.values[i], of))), failed ? el("td", { class: "error" }, cell.error) : "");
  const without = sweep.cells.find((cell) => !cell.page);
  byId("runs").replaceChildren(el("h2", {}, "Runs"),
    sweep.cells.length > mostRows ? el("p", { class: "note" }, `The first ${count(mostRows)} of ${count(sweep.cells.length)} runs; results.csv has all.`) : "",
    el("div", { class: "scroll" }, el("table", { id: "runs-table" }, el("thead", {}, el("tr", {}, [["run", ""], ["seed", "number"], ["state", ""], ["steps", "number"], ...sweep.metrics.map((of) => [of.name + (unitOf(of.measure) ? ", %" : ""), "number"]), ...(failed ? [["error", ""]] : [])].map(([name, kind]) => el("th", { class: kind }, name)))),
      el("tbody", {}, shownCells.map(row)))),
    without ? el("p", {}, el("small", {}, "A run without a link has no page yet: ", el("code", {}, `crescent report ${without.folder}`), " makes it. results.csv, differences.csv and statistics.json beside this page hold its numbers.")) : el("p", {}, el("small", {}, "A run's name leads to its own report. results.csv, differences.csv and statistics.json in the sweep's folder hold the numbers of this page.")));
}
