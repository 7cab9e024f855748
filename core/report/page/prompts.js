"use strict";
// Every prompt's history of pass rate, of the run in focus.

const promptState = { view: "all", level: "all", course: "all", search: "", order: "id", down: false, page: 0, open: null };
const promptsPerPage = 40;

const courses = [
  ["all", "all"], ["never", "never solved"], ["always", "always solved"], ["learned", "learned: from below 50 % to above"],
  ["forgot", "forgotten: from above 50 % to below"], ["once", "drawn once"],
];

const rate = (visits) => {
  const judged = visits.reduce((sum, v) => sum + v.judged, 0);
  return judged ? visits.reduce((sum, v) => sum + v.passed, 0) / judged : null;
};

// A prompt's row under the present view.
function promptRow(prompt, view) {
  const visits = view === "all" ? prompt.visits : prompt.visits.filter((v) => v.view === view);
  const half = Math.floor(visits.length / 2);
  return {
    id: prompt.id, level: prompt.level, visits, seen: visits.reduce((sum, v) => sum + v.draws, 0), responses: visits.reduce((sum, v) => sum + v.judged, 0),
    rate: rate(visits), early: visits.length > 1 ? rate(visits.slice(0, half)) : null, late: visits.length > 1 ? rate(visits.slice(half)) : null,
  };
}

function onCourse(row, course) {
  if (course === "never") return row.rate === 0;
  if (course === "always") return row.rate === 1;
  if (course === "learned") return row.early !== null && row.early < 0.5 && row.late > 0.5;
  if (course === "forgot") return row.early !== null && row.early > 0.5 && row.late < 0.5;
  if (course === "once") return row.seen === 1;
  return true;
}

const promptColumns = [
  ["id", "prompt", (r) => r.id], ["level", "difficulty", (r) => r.level], ["seen", "times drawn", (r) => r.seen],
  ["rate", "pass rate, %", (r) => r.rate], ["early", "first half, %", (r) => r.early], ["late", "second half, %", (r) => r.late],
  ["change", "change", (r) => (r.early === null || r.late === null ? null : r.late - r.early)],
];

// Pass rate of each visit over the steps; a dot a visit, in its view's colour, hollow for what was only probed.
function sparkline(visits, first, last, width, height) {
  const tall = height > 60, left = tall ? 38 : 4; // tall ones have room for an axis
  const x = (step) => left + ((step - first) / Math.max(1, last - first)) * (width - left - 4);
  const y = (visit) => height - 4 - (visit.passed / visit.judged) * (height - 8);
  const judged = visits.filter((v) => v.judged > 0);
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": "pass rate of each draw over the steps" });
  picture.append(svg("line", { class: "axis", x1: left - 4, x2: width, y1: height - 4, y2: height - 4 }));
  if (tall)
    for (const [share, at] of [["100 %", 8], ["50 %", height / 2 + 4], ["0 %", height - 2]])
      picture.append(svg("text", { x: left - 6, y: at, "text-anchor": "end" }, share));
  if (judged.length > 1)
    picture.append(svg("polyline", { points: judged.map((v) => `${x(v.step).toFixed(1)},${y(v).toFixed(1)}`).join(" "), fill: "none", stroke: cssColour("--line"), "stroke-width": 1.2 }));
  for (const visit of judged) {
    const inColour = colour(viewColour[visit.view]);
    const dot = svg("circle", { cx: x(visit.step).toFixed(1), cy: y(visit).toFixed(1), r: 2.3, fill: visit.draws ? inColour : "none", stroke: inColour });
    dot.append(svg("title", {}, `step ${count(visit.step)}, ${visit.view}: ${visit.passed} of ${visit.judged} passed`));
    picture.append(dot);
  }
  return picture;
}

function promptDetail(row, run, json) {
  const first = firstGrpoStep(run), last = lastStep(run);
  const record = json.records[row.id];
  const groups = json.groups.filter((g) => g.prompt === row.id);
  return el("div", { class: "inside" },
    el("div", {}, record ? recordFacts(record, json, promptState.view, "") : el("p", { class: "note" }, run.records_note || "This page does not hold the record.")),
    el("div", {}, el("div", { class: "scroll" }, sparkline(row.visits, first, last, 620, 130)),
      el("p", {}, el("small", {}, `Pass rate of each draw, steps ${count(first)} to ${count(last)}; `,
        views.map((view) => [el("span", { style: `color: ${colour(viewColour[view])}` }, "● "), `${view} `])),
        groups.length ? el("button", {
          type: "button",
          onclick: () => {
            Object.assign(rolloutState, { step: "all", phase: "all", view: "all", outcome: "all", search: row.id, page: 0 });
            drawRollouts().then(() => byId("rollouts").scrollIntoView());
          },
        }, `its rollouts shown above: ${groups.length}`) : el("small", {}, "None of its rollouts is among those shown above."))));
}

function firstGrpoStep(run) {
  const grpo = run.phases.find((phase) => phase.name !== "cold_start");
  return grpo ? grpo.first : 0;
}

function foundPrompts(run, json) {
  const s = promptState, wanted = s.search.trim().toLowerCase();
  const value = promptColumns.find(([key]) => key === s.order)[2];
  const rows = run.prompts.list.map((prompt) => promptRow(prompt, s.view)).filter((row) =>
    row.visits.length && (s.level === "all" || String(row.level) === s.level) && onCourse(row, s.course) &&
    (!wanted || row.id.toLowerCase().includes(wanted) || (json.records[row.id] && json.records[row.id].problem.toLowerCase().includes(wanted))));
  const sign = s.down ? -1 : 1;
  return rows.sort((a, b) => {
    const x = value(a), y = value(b);
    if (x === null || y === null) return (x === null) - (y === null);
    return sign * (x < y ? -1 : x > y ? 1 : 0) || (a.id < b.id ? -1 : 1);
  });
}

function promptLine(row, run, json, table) {
  const levels = run.difficulty.levels;
  const record = json.records[row.id];
  const change = row.early === null || row.late === null ? null : 100 * (row.late - row.early);
  const line = el("tr", { class: `pick ${promptState.open === row.id ? "open" : ""}`, "data-prompt": row.id,
    onclick: () => {
      promptState.open = promptState.open === row.id ? null : row.id;
      table();
    } },
    el("td", {}, el("span", { class: "mono" }, row.id), record ? el("small", { class: "cut" }, ` ${shownText(record, "image").slice(0, 60)}`) : ""),
    el("td", { class: "number" }, levels[row.level] === undefined ? "–" : levels[row.level]), el("td", { class: "number" }, count(row.seen)),
    el("td", { class: "number" }, percent(row.rate, 0)), el("td", { class: "number" }, percent(row.early, 0)), el("td", { class: "number" }, percent(row.late, 0)),
    el("td", { class: `number ${change > 0 ? "up" : change < 0 ? "down" : ""}` }, change === null ? "–" : signed(change, 0)),
    el("td", {}, sparkline(row.visits, firstGrpoStep(run), lastStep(run), 190, 26)));
  if (promptState.open !== row.id) return [line];
  return [line, el("tr", { class: "detail" }, el("td", { colspan: promptColumns.length + 1 }, promptDetail(row, run, json)))];
}

function fillPrompts(holder, pager, run, json) {
  const refill = () => fillPrompts(holder, pager, run, json);
  const found = foundPrompts(run, json);
  const pages = Math.max(1, Math.ceil(found.length / promptsPerPage));
  promptState.page = Math.min(promptState.page, pages - 1);
  const from = promptState.page * promptsPerPage;
  const head = promptColumns.map(([key, label]) => el("th", {
    class: `sortable ${key === "id" ? "" : "number"}`, "data-order": key,
    "aria-sort": promptState.order === key ? (promptState.down ? "descending" : "ascending") : null,
    onclick: () => {
      promptState.down = promptState.order === key ? !promptState.down : false;
      promptState.order = key;
      refill();
    },
  }, label, promptState.order === key ? (promptState.down ? " ↓" : " ↑") : ""));
  holder.replaceChildren(el("table", { id: "prompt-table" }, el("thead", {}, el("tr", {}, head, el("th", {}, "history"))),
    el("tbody", {}, found.slice(from, from + promptsPerPage).map((row) => promptLine(row, run, json, refill)))));
  if (!found.length) holder.replaceChildren(el("p", { class: "note" }, "No prompt is like that; widen the filters."));
  fillPager(pager, promptState, pages, `${count(found.length)} of ${count(run.prompts.list.length)} prompts drawn`, refill);
}

async function drawPrompts() {
  const run = focusRun(), section = byId("prompts");
  const json = await rolloutsOf(run);
  if (run !== focusRun()) return;
  const heading = el("h2", {}, "Prompts");
  if (!run.prompts.list.length) {
    section.replaceChildren(heading, el("p", { class: "note" }, "No rollouts are recorded, so no prompt has a history."));
    return;
  }
  const holder = el("div", { class: "scroll" }), pager = el("div", { class: "pager" });
  const refill = () => fillPrompts(holder, pager, run, json);
  const filter = (label, key, choices) => el("label", {}, label, Object.assign(select(choices, promptState[key], (value) => {
    promptState[key] = value;
    promptState.page = 0;
    refill();
  }), { id: `prompt-${key}` }));
  const search = el("input", {
    type: "search", id: "prompt-search", placeholder: "search ids and questions", value: promptState.search,
    oninput: debounce(150, () => {
      promptState.search = search.value;
      promptState.page = 0;
      refill();
    }),
  });
  const levels = run.difficulty.levels;
  if (!levels[promptState.level]) promptState.level = "all"; // another run's
  section.replaceChildren(heading,
    el("p", {}, "How often each prompt's responses passed: a dot a step",
      run.prompts.together > 1 ? ` (or up to ${run.prompts.together} consecutive ones)` : "", ", from 0 % below to 100 % above, in the colour of its view: ",
      views.map((view) => [el("span", { style: `color: ${colour(viewColour[view])}` }, "● "), `${view} `]),
      ". Rates sum up all that the view chosen shows, probes included. Press a row for its picture and history."),
    el("div", { class: "controls" }, filter("view", "view", [["all", "all"], ...views.map((v) => [v, v])]),
      levels.length ? filter("difficulty", "level", [["all", "all"], ...levels.map((name, i) => [i, name])]) : "",
      filter("course", "course", courses), el("label", { class: "grow" }, search)),
    holder, pager);
  refill();
}
