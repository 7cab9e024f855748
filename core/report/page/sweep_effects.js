"use strict";
// What each factor does: a map of two, effects with their tests, and each factor's means.

const heatState = { row: null, column: null };

// Values of the runs with these two levels, by seed.
function runsAt(rowFactor, row, columnFactor, column) {
  const cells = sweep.cells.filter((cell) => cell.levels[rowFactor] === row && cell.levels[columnFactor] === column);
  const bySeed = new Map();
  for (const cell of cells) {
    const value = cell.values[sweep.metric];
    if (value === null) continue;
    if (!bySeed.has(cell.seed)) bySeed.set(cell.seed, []);
    bySeed.get(cell.seed).push(value);
  }
  return { asked: cells.length, have: [...bySeed.values()].flat().length, bySeed };
}

function heatCell(found, low, high) {
  if (!found.asked) return el("td", { class: "soft" }, "–");
  if (!found.have) return el("td", { class: "soft", title: `none of ${found.asked} runs has a value` }, "no value");
  const [mean, from, to, n] = meanOverSeeds(found.bySeed);
  const share = high > low ? (mean - low) / (high - low) : 0.5, strength = 12 + 76 * share;
  const text = theme() === "dark" ? (strength > 62 ? "#000" : "var(--text)") : strength > 55 ? "#fff" : "var(--text)";
  const whole = found.have === found.asked;
  return el("td", { style: `background: color-mix(in srgb, var(--accent) ${Math.round(strength)}%, var(--sunk)); color: ${text}`, title: `${shown(mean)}${n > 1 ? ` [${shown(from)}, ${shown(to)}]` : ""}, ${n} ${n === 1 ? "seed" : "seeds"}` },
    shown(mean), el("small", {}, whole ? (n > 1 ? `± ${shown((to - from) / 2)}` : "one seed") : `${found.have} of ${found.asked} runs`));
}

function heatMap() {
  const { row: r, column: c } = heatState;
  const levels = (f) => distinct(sweep.cells.map((cell) => cell.levels[f])).sort((a, b) => a - b);
  const found = levels(r).map((row) => levels(c).map((column) => runsAt(r, row, c, column)));
  const means = found.flat().filter((f) => f.have).map((f) => meanOverSeeds(f.bySeed)[0]);
  const low = Math.min(...means), high = Math.max(...means);
  return el("div", { class: "scroll" }, el("table", { class: "heat" },
    el("thead", {}, el("tr", {}, el("th", {}), el("th", { colspan: levels(c).length }, sweep.factors[c].name)),
      el("tr", {}, el("th", {}, sweep.factors[r].name), levels(c).map((level) => el("th", {}, levelName(c, level))))),
    el("tbody", {}, found.map((row, i) => el("tr", {}, el("th", { scope: "row" }, levelName(r, levels(r)[i])), row.map((f) => heatCell(f, low, high)))))));
}

function heatParts() {
  const heading = el("h3", {}, "Two factors");
  if (sweep.varying.length < 2) return [heading, el("p", { class: "note" }, "A map takes two factors with several values; this sweep has " + (sweep.varying.length ? "one." : "none."))];
  heatState.row ??= sweep.varying[0];
  heatState.column ??= sweep.varying[1];
  const choice = (key, other) => {
    const node = select(sweep.varying.map((f) => [f, sweep.factors[f].name]), heatState[key], (value) => {
      if (Number(value) === heatState[other]) heatState[other] = heatState[key];
      heatState[key] = Number(value);
      drawEffects();
    });
    node.id = `heat-${key}`;
    return node;
  };
  const others = sweep.varying.filter((f) => f !== heatState.row && f !== heatState.column).map((f) => sweep.factors[f].name);
  return [heading, sweep.varying.length > 2 ? el("div", { class: "controls" }, el("label", {}, "down", choice("row", "column")), el("label", {}, "across", choice("column", "row"))) : "",
    el("p", {}, el("small", {}, `Mean${unitOf(metricNow().measure) ? " in %" : ""} with half its 95 % t interval over seeds.${others.length ? ` Averaged over ${others.join(", ")}.` : ""}`)), heatMap()];
}

// A factor's means with their intervals, by value.
function levelChart(at, levels) {
  const f = metricNow().factorial.factors[at], wide = Math.max(300, 70 * levels.length), height = 190, left = 52, bottom = 34, top = 10;
  const values = levels.flatMap(({ mean }) => [mean.mean, ...(mean.t_interval || [])]);
  const low = Math.min(...values), high = Math.max(...values), room = (high - low || Math.abs(high) || 1) * 0.08;
  const y = (v) => top + (1 - (v - low + room) / (high - low + 2 * room)) * (height - top - bottom);
  const x = (i) => left + ((i + 0.5) / levels.length) * (wide - left - 8);
  const picture = svg("svg", { viewBox: `0 0 ${wide} ${height}`, width: wide, height, role: "img", "aria-label": `means by ${sweep.factors[f].name}` });
  for (const v of [low, (low + high) / 2, high])
    picture.append(svg("line", { class: "axis", x1: left, x2: wide - 8, y1: y(v), y2: y(v) }), svg("text", { x: left - 6, y: y(v) + 4, "text-anchor": "end" }, shown(v)));
  const line = levels.map(({ mean }, i) => `${i ? "L" : "M"}${x(i)},${y(mean.mean)}`).join("");
  picture.append(svg("path", { d: line, fill: "none", stroke: "var(--accent)", "stroke-width": 1.2, "stroke-opacity": 0.5 }));
  levels.forEach(({ mean }, i) => {
    const mark = svg("g", {}, svg("title", {}, `${levelText(f, i)}: ${shown(mean.mean)} ${interval(mean.t_interval)}, ${mean.n} seeds`));
    if (mean.t_interval) mark.append(svg("line", { x1: x(i), x2: x(i), y1: y(mean.t_interval[0]), y2: y(mean.t_interval[1]), stroke: "var(--accent)", "stroke-width": 2 }));
    mark.append(svg("circle", { cx: x(i), cy: y(mean.mean), r: 4, fill: "var(--accent)" }));
    picture.append(mark, svg("text", { class: "value", x: x(i), y: height - 16, "text-anchor": "middle" }, levelName(f, i)));
  });
  picture.append(svg("text", { x: left + (wide - left - 8) / 2, y: height - 2, "text-anchor": "middle" }, sweep.factors[f].name));
  return el("div", { class: "card levels" }, el("h4", {}, sweep.factors[f].name), picture);
}

function levelVerdicts(factorial) {
  if (factorial.factors.length < 2) return ""; // with one factor they are the verdicts above
  const compared = factorial.levels.flat().map((level) => level.against_baseline).filter((c) => c !== null);
  if (!compared.length) return "";
  return [el("p", {}, "Averaged over the other factors:"),
    el("ul", { class: "verdicts" }, compared.map((c) => el("li", { class: verdictClass(c, metricNow().measure) }, c.verdict)))];
}

function effectParts() {
  const { factorial } = metricNow(), heading = el("h3", {}, "Effects");
  if (factorial.why_not) return [heading, el("p", { class: "note" }, `Effects of factors cannot be told: ${factorial.why_not}.`)];
  const name = (e) => e.factors.map((i) => sweep.factors[factorial.factors[i]].name).join(" × ");
  const rows = factorial.effects.map((e) => el("tr", {}, el("td", { class: "plain" }, name(e)), el("td", { class: "number" }, missing(e.f) ? "–" : number(e.f, 3)), el("td", { class: "number" }, `${e.degrees1}, ${e.degrees2}`),
    el("td", { class: "number" }, missing(e.f) ? "–" : e.epsilon.toFixed(2)), el("td", { class: "number" }, pValue(e.p)), el("td", { class: "number" }, pValue(e.corrected_p)), el("td", {}, e.verdict)));
  return [heading,
    el("p", {}, el("small", {}, `Repeated measures over ${factorial.seeds.length} seeds that have every setting: each effect is tested against how it differs between seeds, with Greenhouse and Geisser's ε; p by Holm's correction over these ${factorial.effects.length}.`,
      factorial.factors.length > 2 ? " Interactions of three and more factors are not tested." : "")),
    factorial.left_out.length ? el("p", { class: "note warn" }, `Left out, because a run of theirs has no value: seeds ${factorial.left_out.join(", ")}.`) : "",
    el("div", { class: "scroll" }, el("table", { id: "effects-table" }, el("thead", {}, el("tr", {}, [["effect", ""], ["F", "number"], ["df", "number"], ["ε", "number"], ["p", "number"], ["p (Holm)", "number"], ["", ""]].map(([head, kind]) => el("th", { class: kind }, head)))), el("tbody", {}, rows))),
    el("h3", {}, "Means by factor"), el("p", {}, el("small", {}, `Over seeds, of each seed's mean over the other factors, with 95 % t intervals. Seeds differ in all alike, so that intervals may overlap although the paired difference is clear.`)),
    el("div", { class: "cards" }, factorial.levels.map((levels, at) => levelChart(at, levels))), ...[levelVerdicts(factorial)].flat()];
}

function drawEffects() {
  const section = byId("effects"), heading = el("h2", {}, "Effects of the factors");
  if (!sweep.metrics.length) section.replaceChildren(heading, el("p", { class: "note" }, "No metric: nothing was validated in these runs."));
  else section.replaceChildren(heading, el("p", { class: "soft" }, metricTitle(metricNow().name)), ...[...heatParts(), ...effectParts()].filter((part) => part !== ""));
}
