"use strict";
// Settings, scripts, environment and cost.

function drawSettings() {
  const run = focusRun(), section = byId("settings");
  const parts = [el("h2", {}, "Settings")];
  if (several()) {
    const base = report.runs[0].label;
    parts.push(el("h3", {}, `What differs from ${base}`));
    for (const { run: index, differences } of report.differences) {
      const other = report.runs[index].label;
      parts.push(differences.length
        ? el("div", { class: "scroll" }, el("table", {}, el("thead", {}, el("tr", {}, el("th", {}, "setting"), el("th", {}, base), el("th", {}, other))),
          el("tbody", {}, differences.map(([key, old, now]) => el("tr", {}, el("td", { class: "mono" }, key), el("td", { class: "mono" }, old), el("td", { class: "mono" }, now))))))
        : el("p", {}, `${other} has the same settings.`));
    }
  }
  const folded = (title, text, open) => el("details", { open }, el("summary", {}, title), el("pre", {}, text));
  parts.push(several() ? el("h3", {}, run.label) : "",
    run.experiment.map(([name, text]) => folded(`experiment/${name}`, text, run.experiment.length === 1)),
    folded("config.toml: every setting, defaults included", run.config, false));
  section.replaceChildren(...parts.flat());
}

const pairs = (object) => Object.entries(object || {}).map(([name, value]) => el("tr", {}, el("td", { class: "soft" }, name), el("td", { class: "mono" }, String(value))));

function costRows(run) {
  const { hours, unit, threads } = machineHours(run), s = run.seconds;
  const rows = [["steps and validation", s.all], ["of which rollouts", s.rollout_s], ["of which training forward, backward, update", s.train_s],
    ["of which probing", s.probe_s], ["of which validation", s.validate_s]].filter(([, seconds]) => seconds >= 0.5);
  return [...rows.map(([name, seconds]) => el("tr", {}, el("td", { class: "soft" }, name), el("td", {}, duration(seconds)))),
    el("tr", {}, el("td", { class: "soft" }, unit),
      el("td", {}, number(hours), unit === "core-hours" ? ` (time × ${threads} ${threads === 1 ? "thread" : "threads"})` : ""))];
}

function drawEnvironment() {
  const run = focusRun(), m = run.manifest, section = byId("environment");
  const table = (title, rows) => el("div", { class: "card" }, el("h3", {}, title), el("table", {}, el("tbody", {}, rows)));
  const sessions = (m.sessions || []).map((s) => el("tr", {}, el("td", {}, s.started), el("td", { class: "number" }, s.after_step < 0 ? "the start" : `step ${count(s.after_step)}`),
    el("td", {}, s.host), el("td", {}, `${s.device}, ${s.threads} ${s.threads === 1 ? "thread" : "threads"}`), el("td", {}, (s.notes || []).join("; "))));
  section.replaceChildren(el("h2", {}, "Environment and cost"),
    el("div", { class: "cards" }, table("Cost", costRows(run)), table("Hardware", pairs(m.hardware)), table("Versions", pairs({ ...m.versions, program: m.program, binary: m.binary })), table("Hashes", pairs(m.hashes))),
    el("h3", {}, "Sessions"), el("div", { class: "scroll" }, el("table", {}, el("thead", {}, el("tr", {}, ["started", "from", "host", "on", "notes"].map((name) => el("th", {}, name)))), el("tbody", {}, sessions))),
    el("p", {}, el("small", {}, "Time is that of steps and validation; start-up and writing checkpoints come on top.")),
    (m.notes || []).map((note) => el("p", { class: "note warn" }, note)),
    run.records_note ? el("p", { class: "note" }, run.records_note) : "",
    el("h3", {}, "Warnings in the log"), run.all_warnings > run.warnings.length ? el("p", {}, `The last ${run.warnings.length} of ${count(run.all_warnings)}.`) : "", run.warnings.length ? el("pre", {}, run.warnings.join("\n")) : el("p", { class: "soft" }, "none"));
}
