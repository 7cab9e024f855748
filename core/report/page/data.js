"use strict";
// The runs that are shown: one element of data for all but rollouts, and one for each run's rollouts.

const report = { runs: [], focus: 0 };

const views = ["text", "caption", "image"];

// A prompt's visits from flat quintuples.
function readVisits(flat) {
  const visits = [];
  let step = 0;
  for (let i = 0; i < flat.length; i += 5) {
    step += flat[i];
    visits.push({ step, view: views[flat[i + 1]], draws: flat[i + 2], judged: flat[i + 3], passed: flat[i + 4] });
  }
  return visits;
}

function readRun(json, index) {
  json.index = index;
  json.shown = true;
  json.label = json.name;
  json.curves = readCurves(json.curves);
  json.timings = readCurves(json.timings);
  json.prompts.list = json.prompts.list.map(([id, level, flat]) => ({ id, level, visits: readVisits(flat) }));
  json.rollouts = null; // a promise, once asked for
  return json;
}

async function readReport() {
  const json = await unpack("data");
  report.program = json.program;
  report.made = json.made;
  report.differences = json.differences;
  report.runs = json.runs.map(readRun);
  const names = report.runs.map((run) => run.name);
  for (const run of report.runs) // two runs of one name are told apart by their folders
    if (names.filter((name) => name === run.name).length > 1) run.label = run.folder;
}

function rolloutsOf(run) {
  run.rollouts ??= unpack(`rollouts-${run.index}`);
  return run.rollouts;
}

const several = () => report.runs.length > 1;
const focusRun = () => report.runs[report.focus];
const shownRuns = () => report.runs.filter((run) => run.shown);
