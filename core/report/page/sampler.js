"use strict";
// The sampler's scores (MMR1, figure 3) and the pass rate by level of difficulty, of the run in focus.

const inMatrix = 6; // ranges of a transition matrix

// Bars of the share of prompts in each range of scores.
function histogram(h, top) {
  const highest = Math.max(...h.counts) / h.prompts;
  const width = 270, height = 96, left = 38, bottom = 18, upper = 6;
  const innerWidth = width - left - 6, innerHeight = height - bottom - upper;
  const x = (score) => left + (score / top) * innerWidth;
  const bar = innerWidth / h.counts.length;
  const picture = svg("svg", {
    viewBox: `0 0 ${width} ${height}`, width, height, role: "img",
    "aria-label": `scores at step ${h.step}: mean ${number(h.mean)}`,
  });
  h.counts.forEach((n, i) => {
    const tall = (n / h.prompts / highest) * innerHeight;
    const from = number((top * i) / h.counts.length, 2), to = number((top * (i + 1)) / h.counts.length, 2);
    const rect = svg("rect", { class: "bar", x: left + i * bar + 0.5, width: bar - 1, y: upper + innerHeight - tall, height: tall });
    rect.append(svg("title", {}, `${from} to ${to}: ${count(n)} of ${count(h.prompts)} prompts`));
    picture.append(rect);
  });
  picture.append(
    svg("line", { class: "axis", x1: left, x2: width - 6, y1: upper + innerHeight, y2: upper + innerHeight }),
    svg("line", { class: "mean", x1: x(h.mean), x2: x(h.mean), y1: upper, y2: upper + innerHeight }),
    svg("text", { x: left - 4, y: upper + 8, "text-anchor": "end" }, `${percent(highest, 0)} %`),
    svg("text", { x: left, y: height - 4 }, "0"),
    svg("text", { x: width - 6, y: height - 4, "text-anchor": "end" }, number(top, 2)));
  return picture;
}

// Rows: where the prompts were; columns: where they are. Shaded by the share of the row.
function matrix(t, top) {
  const edge = (i) => number((top * i) / inMatrix, 2);
  const body = [];
  for (let from = inMatrix - 1; from >= 0; --from) {
    const row = t.counts.slice(from * inMatrix, (from + 1) * inMatrix);
    const sum = row.reduce((a, b) => a + b, 0);
    body.push(el("tr", {}, el("th", { class: "side", scope: "row" }, `${edge(from)}–${edge(from + 1)} `, el("small", {}, `(${count(sum)})`)), row.map((n, to) => {
      const share = sum ? n / sum : 0;
      const shade = `background: color-mix(in srgb, var(--accent) ${Math.round(share * 85)}%, var(--sunk))` +
        (theme() === "dark" ? (share > 0.75 ? "; color: #000" : "") : share > 0.55 ? "; color: #fff" : "");
      return el("td", { style: shade, title: `from ${edge(from)}–${edge(from + 1)} to ${edge(to)}–${edge(to + 1)}: ${count(n)} of ${count(sum)} prompts` },
        n === 0 ? "" : share >= 0.995 ? "100" : `${percent(share, 0)}`);
    })));
  }
  body.push(el("tr", {}, el("th", {}), [...Array(inMatrix).keys()].map((i) => el("th", {}, `–${edge(i + 1)}`))));
  return el("table", { class: "matrix" }, el("tbody", {}, body));
}

function scoreParts(run) {
  const { top, histograms, transitions, recorded } = run.scores;
  if (!recorded)
    return [el("p", { class: "note" }, run.sampler && run.sampler !== "uniform"
      ? `No scores are recorded yet: the sampler "${run.sampler}" has given none.`
      : "This run draws its prompts uniformly, so there are no scores.")];
  const last = histograms[histograms.length - 1];
  const parts = [
    el("p", {}, `Scores of ${count(last.prompts)} prompts as the sampler "${run.sampler}" keeps them, on the views they belong to. Each picture has its own height; the red line is the mean. The `,
      "effective share is the effective sample size of the scores over the number of prompts: at 100 % the sampler weighs all prompts alike and changes nothing. ",
      recorded > histograms.length ? `Shown: ${histograms.length} of ${count(recorded)} snapshots, evenly spread.` : ""),
    el("div", { class: "cards", id: "histograms" }, histograms.map((h) =>
      el("div", { class: "card" }, el("h4", {}, `step ${count(h.step)}`),
        el("p", { class: "what" }, `${h.phase} (${h.view}) · mean ${number(h.mean, 2)} · effective share ${percent(h.share, 0)} %`),
        histogram(h, top)))),
    el("h3", {}, "How prompts moved between ranges of scores"),
  ];
  if (!transitions.length) parts.push(el("p", { class: "note" }, "It takes two snapshots of one view, and there are none."));
  else
    parts.push(el("p", {}, "Each row is a range at the earlier snapshot, with its number of prompts, each column one at the later, named by its upper end; a cell is the share of the row's prompts in %."),
      el("div", { class: "cards", id: "matrices" }, transitions.map((t) =>
        el("div", { class: "card" }, el("h4", {}, `step ${count(t.from)} → ${count(t.to)}`), el("p", { class: "what" }, `${t.view} view`), matrix(t, top)))));
  return parts;
}

const difficultyState = { view: "all" };

function difficultyLines(run, view) {
  const { levels, steps, curves } = run.difficulty;
  return levels.map((label, level) => {
    const chosen = curves.filter((c) => c.level === level && (view === "all" || c.view === view));
    const sum = (key, i) => chosen.reduce((total, c) => total + c[key][i], 0);
    const values = steps.map((_, i) => (sum("judged", i) ? sum("passed", i) / sum("judged", i) : null));
    return {
      label: `difficulty ${label}`, run, steps, values, sparse: false, colour: () => (run.difficulty.in_order ? levelColour(level, levels.length) : colour(level)),
      dash: [null, [8, 3], [4, 3], [2, 2], [9, 3, 2, 3]][level % 5],
    };
  }).filter((line) => line.values.some((v) => v !== null));
}

function drawDifficulty(holder) {
  const run = focusRun();
  removeCharts(holder);
  const { levels, curves, per_point: per } = run.difficulty;
  if (!levels.length) {
    holder.replaceChildren(el("p", { class: "note" }, run.records_note || "The records have no column \"difficulty\" with a few levels."));
    return;
  }
  if (!curves.length) {
    holder.replaceChildren(el("p", { class: "note" }, "No training rollouts are recorded."));
    return;
  }
  const present = views.filter((view) => curves.some((c) => c.view === view));
  if (difficultyState.view !== "all" && !present.includes(difficultyState.view)) difficultyState.view = "all";
  const choice = select([["all", "all"], ...present.map((v) => [v, v])], difficultyState.view, (view) => {
    difficultyState.view = view;
    drawDifficulty(holder);
  });
  choice.id = "difficulty-view";
  const spec = { title: "Pass rate by difficulty", noTitle: true, what: `share of judged training responses, %; each point covers ${count(per)} ${per === 1 ? "step" : "steps"}`, percent: true };
  holder.replaceChildren(el("div", { class: "controls" }, el("label", {}, "view", choice)),
    el("div", { class: "charts wide" }, chartCard(spec, difficultyLines(run, difficultyState.view), { own: true })));
}

function drawSampler() {
  const run = focusRun();
  const difficulty = el("div", {});
  removeCharts(byId("sampler"));
  byId("sampler").replaceChildren(el("h2", {}, "Sampler and difficulty"),
    ...(run.signal ? [el("p", { id: "signal" }, run.signal)] : []),
    el("h3", {}, "Scores of the prompts"), el("div", {}, scoreParts(run)),
    el("h3", {}, "Pass rate by difficulty"), difficulty);
  drawDifficulty(difficulty);
}
