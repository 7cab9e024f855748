"use strict";
// What a reader wants first: did it finish, what did it cost, what did it achieve.

const stateText = {
  finished: "Finished",
  running: "Still running",
  interrupted: "Interrupted; the same crescent run command goes on",
};

function lastStep(run) {
  const steps = run.curves.steps;
  return steps.length ? steps[steps.length - 1] : 0;
}

function verdict(run) {
  const steps = lastStep(run);
  const parts = [el("span", { class: `state ${run.state}` }, stateText[run.state]), ` · ${count(steps)} ${steps === 1 ? "step" : "steps"}`];
  if (run.seconds.all > 0) {
    const { hours, unit } = machineHours(run);
    parts.push(el("span", { title: "steps and validation; start-up and writing checkpoints come on top" }, ` · ${duration(run.seconds.all)} · ${number(hours, 2)} ${unit}`));
  }
  const gain = gainOf(run);
  if (gain) parts.push(" · ", gain);
  return el("p", { class: "verdict" }, parts);
}

// What the steps and validation occupied: a device, or as many cores as there were threads.
function machineHours(run) {
  const cpu = run.manifest.device === "cpu", threads = cpu ? run.manifest.threads || 1 : 1;
  return { hours: (run.seconds.all * threads) / 3600, unit: cpu ? "core-hours" : "device-hours", threads };
}

// "image accuracy 58.3 → 69.8 (+11.5)": the last phase's view, or the last validated one, since the cold start.
function gainOf(run) {
  const { views: validated, rows } = run.result;
  if (rows.length < 2) return null;
  const trained = [...run.phases].reverse().find((phase) => validated.includes(phase.view));
  const view = trained ? trained.view : validated[validated.length - 1];
  const column = validated.indexOf(view);
  const base = rows.find((row) => row.label === "after the cold start") || rows[0];
  const last = rows[rows.length - 1];
  if (base === last || missing(base.cells[column][0]) || missing(last.cells[column][0])) return null;
  const change = 100 * (last.cells[column][0] - base.cells[column][0]);
  return el("span", { title: `greedy, held-out records, ${base.label} to the end` },
    `held-out ${view} accuracy ${percent(base.cells[column][0])} → ${percent(last.cells[column][0])} (`,
    el("span", { class: change >= 0 ? "up" : "down" }, signed(change)), ` since ${base.label.replace("after ", "")})`);
}

function resultTable(run) {
  const { views: validated, rows, samples } = run.result;
  if (!rows.length) return el("p", { class: "note" }, "Nothing was validated yet.");
  const cell = ([greedy, sampled]) =>
    el("td", { class: "number" }, percent(greedy), missing(sampled) ? "" : el("span", { class: "soft" }, ` (${percent(sampled)})`));
  return el("div", { class: "scroll" },
    el("table", { class: "result" },
      el("thead", {}, el("tr", {}, el("th", {}, several() ? run.label : "held-out accuracy, %"), el("th", { class: "number" }, "step"),
        validated.map((view) => el("th", { class: "number" }, view)))),
      el("tbody", {}, rows.map((row) => el("tr", {}, el("td", {}, row.label), el("td", { class: "number" }, count(row.step)),
        row.cells.map(cell))))),
    el("p", {}, el("small", {}, samples > 0
      ? `Greedy; in brackets the mean of ${samples} samples a prompt. Held-out records.` : "Greedy. Held-out records.")));
}

function runChips() {
  return el("div", { class: "chips", role: "group", "aria-label": "runs drawn in the curves" }, report.runs.map((run) =>
    el("button", {
      class: "chip", type: "button", "data-run": run.index, "aria-pressed": String(run.shown), style: `--run:${colour(run.index)}`,
      title: "draw this run in the curves or not",
      onclick: () => {
        run.shown = !run.shown;
        drawHeader();
        drawCurves();
      },
    }, el("span", { class: "dot" }), run.label)));
}

// In what the runs differ, by name; the values are in the section of settings.
function differenceLines() {
  const most = 8; // names in a line
  return report.differences.map(({ run, differences }) => {
    const names = differences.map(([key]) => key), other = report.runs[run].label;
    const said = names.length ? `${names.slice(0, most).join(", ")}${names.length > most ? ` and ${names.length - most} more` : ""}` : "nothing";
    return el("p", {}, `${other} differs from ${report.runs[0].label} in: `, el("a", { href: "#settings" }, said));
  });
}

function drawHeader() {
  const section = byId("result");
  document.title = report.runs.map((run) => run.label).join(", ") + " – Crescent report";
  if (!several()) {
    const run = report.runs[0];
    section.replaceChildren(el("h1", {}, run.label), verdict(run), resultTable(run));
    return;
  }
  section.replaceChildren(el("h1", {}, `${report.runs.length} runs`), runChips(), ...differenceLines(),
    el("div", { class: "cards results" }, report.runs.map((run) =>
      el("div", { class: "card" }, el("h3", {}, run.label), verdict(run), resultTable(run)))));
}
