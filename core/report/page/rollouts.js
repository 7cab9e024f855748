"use strict";
// Rollouts to browse: groups of responses to one prompt, with filters and search, and each token's probability on demand.

const rolloutState = { step: "all", phase: "all", view: "all", outcome: "all", search: "", order: "step", page: 0 };
const groupsPerPage = 20;

const outcomes = [
  ["all", "all"], ["mixed", "mixed groups"], ["passed", "with a passed response"], ["failed", "with a failed response"],
  ["cut", "with a response cut at the limit"], ["error", "with one a reward could not judge"],
];
const orders = [
  ["step", "step"], ["passes", "fewest passed first"], ["advantage", "largest advantage first"], ["long", "longest first"],
  ["unlikely", "least likely token first"],
];

function hasOutcome(group, outcome) {
  const some = (test) => group.responses.some(test);
  if (outcome === "mixed") return some((r) => r.passed === true) && some((r) => r.passed === false);
  if (outcome === "passed") return some((r) => r.passed === true);
  if (outcome === "failed") return some((r) => r.passed === false);
  if (outcome === "cut") return some((r) => r.cut);
  if (outcome === "error") return some((r) => r.errors || r.reward === null);
  return true;
}

// What a search looks through: the prompt's id, its texts and every response.
function searchText(group, record) {
  if (!group.searched)
    group.searched = [group.prompt, record && record.problem, record && record.caption, record && record.answer,
      ...group.responses.map((r) => r.text)].filter(Boolean).join("\n").toLowerCase();
  return group.searched;
}

function lowestProbability(group) {
  if (group.lowest === undefined)
    group.lowest = Math.max(0, ...group.responses.filter((r) => r.probabilities)
      .map((r) => Math.max(...Array.from(atob(r.probabilities), (c) => c.charCodeAt(0)))));
  return group.lowest;
}

const sortKeys = {
  step: (g) => g.step,
  passes: (g) => g.responses.filter((r) => r.passed).length / g.responses.length,
  advantage: (g) => -Math.max(...g.responses.map((r) => Math.abs(r.advantage || 0))),
  long: (g) => -Math.max(...g.responses.map((r) => r.length)),
  unlikely: (g) => -lowestProbability(g),
};

function foundGroups(json) {
  const s = rolloutState, wanted = s.search.trim().toLowerCase();
  const found = json.groups.filter((g) =>
    (s.step === "all" || String(g.step) === s.step) && (s.phase === "all" || g.phase === s.phase) &&
    (s.view === "all" || g.view === s.view) && hasOutcome(g, s.outcome) &&
    (!wanted || searchText(g, json.records[g.prompt]).includes(wanted)));
  const key = sortKeys[s.order];
  return found.map((g, i) => [key(g), i, g]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map((entry) => entry[2]);
}

// The text with what was searched for marked.
function marked(text, wanted) {
  const parts = [], lower = text.toLowerCase(), sought = wanted.trim().toLowerCase();
  if (!sought || lower.length !== text.length) return [text];
  let from = 0;
  for (let at = lower.indexOf(sought); at >= 0; at = lower.indexOf(sought, from)) {
    parts.push(text.slice(from, at), el("mark", {}, text.slice(at, at + sought.length)));
    from = at + sought.length;
  }
  return [...parts, text.slice(from)];
}

// What the model was shown.
function shownText(record, view) {
  const plain = (text) => text.replaceAll("<image>", "").trim();
  return view === "text" && record.text_problem ? record.text_problem : plain(record.problem);
}

function pips(responses) {
  return el("span", { class: "pips", title: `${responses.filter((r) => r.passed).length} of ${responses.length} passed` },
    responses.map((r) => el("i", { class: r.passed === null ? "none" : r.passed ? "yes" : "no" })));
}

// Each token on a ground that is stronger the less likely it was.
function tokenText(response, json) {
  const codes = Array.from(atob(response.probabilities), (c) => c.charCodeAt(0));
  return response.tokens.map((token, i) => {
    const p = Math.exp(-codes[i] * json.logprob_step);
    const strength = Math.round(Math.min(1, (codes[i] * json.logprob_step) / 3) * 75);
    const told = codes[i] === 255 ? `p below ${p.toExponential(0)}` : `p = ${p.toPrecision(2)}`;
    return el("span", { class: "token", title: `${told}, −ln p = ${(codes[i] * json.logprob_step).toFixed(2)}`,
      style: `background: color-mix(in srgb, #d55e00 ${strength}%, transparent)` }, json.tokens[token].replaceAll("\n", "↵\n"));
  });
}

function responseLine(response, json) {
  const fact = (name, value) => el("span", {}, name, " ", el("b", {}, value));
  const text = el("div", { class: "text" }, response.text === null ? el("span", { class: "soft" }, "text not kept") : marked(response.text, rolloutState.search));
  const button = response.probabilities && el("button", {
    type: "button", class: "tokens", "aria-pressed": "false",
    onclick: () => {
      const on = button.getAttribute("aria-pressed") === "false";
      button.setAttribute("aria-pressed", String(on));
      text.replaceChildren(...(on ? tokenText(response, json) : marked(response.text || "", rolloutState.search)));
    },
  }, "token probabilities");
  const verdict = response.passed === null ? "no verdict" : response.passed ? "passed" : "failed";
  return el("div", { class: "response" },
    el("div", { class: "line" }, el("b", { class: response.passed ? "up" : response.passed === false ? "down" : "" }, verdict),
      fact("reward", number(response.reward)),
      json.part_names.map((name, i) => (response.parts[i] === null ? null : fact(name, number(response.parts[i])))),
      fact("advantage", response.advantage === null ? "none" : signed(response.advantage, 2)),
      el("span", {}, `${count(response.length)} tokens`, response.cut ? ", cut at the limit" : ""), button || ""),
    text, Object.entries(response.errors || {}).map(([reward, why]) => el("div", { class: "down" }, `${reward}: ${why}`)));
}

function recordPictures(record, json) {
  return record.pictures.map((place) => (place >= 0 ? el("img", { src: json.pictures[place], alt: "the prompt's picture" })
    : el("small", {}, "picture left out: unreadable, or too large for this page")));
}

function recordFacts(record, json, view, note) {
  if (!record) return el("div", {}, el("p", { class: "note" }, note || "The data set has no record of this id any more."));
  const fact = (name, value) => (value ? [el("dt", {}, name), el("dd", {}, value)] : []);
  return el("dl", { class: "facts" }, view === "text" ? [] : recordPictures(record, json), fact("question", shownText(record, view)),
    view === "text" ? [] : fact({ caption: "caption (shown)", image: "caption (not shown)" }[view] || "caption", record.caption), fact("answer", record.answer));
}

function groupCard(group, json, note) {
  const record = json.records[group.prompt];
  const inside = el("div", { class: "inside" });
  const card = el("details", {
    class: "group",
    ontoggle: () => {
      if (!card.open || inside.childElementCount) return;
      inside.append(recordFacts(record, json, group.view, note), el("div", {}, group.responses.map((r) => responseLine(r, json))));
    },
  }, el("summary", {}, el("span", {}, `step ${count(group.step)}`), el("span", {}, pips(group.responses), el("span", { class: "soft" }, `${group.view}${group.probe ? ", probe" : ""}`)),
    el("span", { class: "question" }, record ? shownText(record, group.view) : group.prompt), el("span", { class: "soft mono" }, group.prompt)), inside);
  return card;
}

function fillGroups(list, pager, json, note) {
  const found = foundGroups(json);
  const pages = Math.max(1, Math.ceil(found.length / groupsPerPage));
  rolloutState.page = Math.min(rolloutState.page, pages - 1);
  const from = rolloutState.page * groupsPerPage;
  list.replaceChildren(...found.slice(from, from + groupsPerPage).map((group) => groupCard(group, json, note)));
  if (!found.length) list.replaceChildren(el("p", { class: "note" }, "No group is like that; widen the filters."));
  fillPager(pager, rolloutState, pages, `${count(found.length)} of ${count(json.groups.length)} groups`, () => fillGroups(list, pager, json, note));
}

function fillPager(pager, state, pages, said, refill) {
  const go = (by) => () => {
    state.page += by;
    refill();
  };
  pager.replaceChildren(el("button", { type: "button", disabled: state.page === 0, onclick: go(-1) }, "previous"),
    el("button", { type: "button", disabled: state.page >= pages - 1, onclick: go(1) }, "next"),
    el("span", {}, `${said}, page ${state.page + 1} of ${pages}`));
}

async function drawRollouts() {
  const run = focusRun(), section = byId("rollouts");
  const json = await rolloutsOf(run);
  if (run !== focusRun()) return;
  const heading = el("h2", {}, "Rollouts");
  if (!json.groups.length) {
    section.replaceChildren(heading, el("p", { class: "note" }, json.recorded
      ? `Of the ${count(json.recorded)} rollouts none was kept with its text (run:rollouts { every = 0 }), or none fits this page. Their scores are in the curves and histories.`
      : "No rollouts are recorded yet."));
    return;
  }
  const list = el("div", { id: "groups" }), pager = el("div", { class: "pager" });
  const refill = () => fillGroups(list, pager, json, run.records_note);
  const filter = (label, key, choices) => el("label", {}, label, Object.assign(select(choices, rolloutState[key], (value) => {
    rolloutState[key] = value;
    rolloutState.page = 0;
    refill();
  }), { id: `rollout-${key}` }));
  const any = (values) => [["all", "all"], ...distinct(values).map((v) => [v, v])];
  const steps = distinct(json.groups.map((g) => g.step));
  for (const [key, present] of [["step", steps.map(String)], ["phase", json.groups.map((g) => g.phase)], ["view", json.groups.map((g) => g.view)]])
    if (!present.includes(rolloutState[key])) rolloutState[key] = "all";
  const search = el("input", {
    type: "search", id: "rollout-search", placeholder: "search questions, answers, responses, ids", value: rolloutState.search,
    oninput: debounce(150, () => {
      rolloutState.search = search.value;
      rolloutState.page = 0;
      refill();
    }),
  });
  section.replaceChildren(heading,
    el("p", {}, `Showing ${count(json.shown)} of ${count(json.recorded)} rollouts: whole groups, evenly spread over ${count(steps.length)} steps. `,
      el("small", {}, "The command ", el("code", {}, `crescent show ${run.folder} --step N`), " prints any other. A response's token probabilities come on demand: the stronger a token's ground, the less likely it was; point at it for its p.")),
    run.tokenizer_note ? el("p", { class: "note" }, run.tokenizer_note) : "",
    el("div", { class: "controls" }, filter("step", "step", [["all", "all"], ...steps.map((s) => [s, count(s)])]),
      filter("phase", "phase", any(json.groups.map((g) => g.phase))), filter("view", "view", any(json.groups.map((g) => g.view))),
      filter("groups", "outcome", outcomes), filter("order", "order", orders), el("label", { class: "grow" }, search)),
    list, pager);
  refill();
  section.dataset.run = run.index;
}
