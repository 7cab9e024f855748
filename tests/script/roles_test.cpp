// A script's functions as sampler, phase policy, schedule and step callbacks; run.state.
#include <doctest/doctest.h>

#include <cmath>

#include "tests/script/loading.hpp"

using namespace crescent;

TEST_CASE("a Lua sampler draws from the eligible prompts and remembers in run.state") {
  const Scratch scratch;
  const LoadedExperiment loaded = load(scratch, kReward + R"lua(
run.state.seen = {}
run:sampler {
  draw = function(ctx, n)
    local out, weights = {}, {}
    for i = 1, n do out[i] = ctx.eligible[math.random(#ctx.eligible)]; weights[i] = 0.5 end
    for _, p in ipairs(ctx.eligible) do assert(p % 2 == 1) end
    return out, weights
  end,
  observe = function(groups, ctx)
    for _, g in ipairs(groups) do run.state.seen[g.prompt] = (run.state.seen[g.prompt] or 0) + g.passes + g.n * 100 end
  end,
})lua");
  const std::vector<uint64_t> eligible = {1, 3, 5, 7, 9};
  const SamplerContext ctx{"main", View::image, eligible, 4};
  std::vector<uint64_t> first(8), second(8), again(8);
  std::vector<double> weight(8, 1);
  const auto sampler = make_lua_sampler(loaded.host, loaded.config.sampler);
  sampler->draw(ctx, first, weight);
  sampler->draw(ctx, second, weight);
  CHECK(weight == std::vector<double>(8, 0.5));
  CHECK(first != second);  // two draws of one step have streams of their own
  make_lua_sampler(loaded.host, loaded.config.sampler)->draw(ctx, again, weight);
  CHECK(first == again);  // and a resumed run repeats them

  ScoredGroup group;
  group.group.draw.prompt_index = 3;
  group.group.rollouts.resize(2);
  group.reward = {1, 0};
  group.passed = {1, 0};
  sampler->observe(ctx, {&group, 1});
  const std::string state = loaded.host->save_state();
  sampler->observe(ctx, {&group, 1});
  CHECK(loaded.host->save_state() != state);
  loaded.host->load_state(state);
  CHECK(loaded.host->save_state() == state);
  const LoadedExperiment fresh = load_experiment(scratch.path(), {});
  fresh.host->load_state(state);
  CHECK(fresh.host->save_state() == state);
}

TEST_CASE("a sample that could not be judged counts neither as passed nor as failed") {
  const Scratch scratch;
  const LoadedExperiment loaded = load(scratch, kReward + R"lua(
run:sampler {
  draw = function(ctx, n) end,
  observe = function(groups)
    local a, b, c = groups[1], groups[2], groups[3]
    assert(a.n == 4 and a.judged == 2 and a.passes == 1 and a.pass_rate == 0.5)
    assert(b.n == 4 and b.judged == 0 and b.passes == 0 and b.pass_rate ~= b.pass_rate)
    assert(c.n == 4 and c.judged == 1 and c.passes == 1 and c.pass_rate == 1)
    run.state.called = true
  end,
})lua");
  const std::string before = loaded.host->save_state();
  const std::vector<uint64_t> eligible = {1, 3};
  std::vector<ScoredGroup> groups(3);
  for (ScoredGroup& group : groups) {
    group.group.draw.prompt_index = 3;
    group.group.rollouts.resize(4);
    group.passed = {1, 0, 0, 0};
    group.reward.assign(4, std::nan(""));
  }
  groups[1].passed.assign(4, 0);
  groups[0].reward[0] = 1;
  groups[0].reward[2] = 0;
  groups[2].reward = {1, 1, 1, 1};
  groups[2].undecided = {0, 1, 1, 1};  // the deciding reward has nothing to say about three of them
  make_lua_sampler(loaded.host, loaded.config.sampler)->observe({"main", View::image, eligible, 4}, groups);
  CHECK(loaded.host->save_state() != before);
}

TEST_CASE("a local that a callback changes is refused by its name, because a resumed run would not know it") {
  const Scratch scratch;
  const SamplerContext ctx{"main", View::image, {}, 0};
  const auto error_with = [&](const std::string& text) {
    const LoadedExperiment loaded = load(
        scratch, kReward +
                     "local kept, count, list = nil, 0, {}\nlocal nan = 0 / 0\nlocal function more() count = count "
                     "+ 1 end\nrun:sampler { draw = function(ctx, n) " +
                     text + " return {} end }\ncount = 5");
    const auto sampler = make_lua_sampler(loaded.host, loaded.config.sampler);
    return error_of([&] { sampler->draw(ctx, {}, {}); });
  };
  const std::string at = scratch.path() + "/experiment.lua:9: the function changed the local ";
  const std::string remedy = ", which a resumed run would not know; keep it in run.state";
  CHECK(error_with("count = count + 1") == at + "\"count\" from 5 to 6" + remedy);
  CHECK(error_with("more()") == at + "\"count\" from 5 to 6" + remedy);
  CHECK(error_with("kept = 'x'") == at + "\"kept\" from nil to x" + remedy);
  CHECK(error_with("kept = print") == at + "\"kept\" from nil to function" + remedy);
  CHECK(error_with("assert(kept == nil and nan ~= nan and count == 5); run.state.n = count") == "no error");
  const std::string in_table = scratch.path() + "/experiment.lua:9: the function changed ";
  CHECK(error_with("list[1] = 2") == in_table + "[1] in the table \"list\"" + remedy);
  CHECK(error_with("setmetatable(list, {})") == in_table + "the metatable in the table \"list\"" + remedy);
}

TEST_CASE("what a callback keeps elsewhere is found too: in modules, iterators, nested and large tables") {
  const Scratch scratch;
  const std::string at = scratch.path() + "/experiment.lua:7: the function changed ";
  const std::string remedy = ", which a resumed run would not know; keep it in run.state";
  const auto error_with = [&](const std::string& locals, const std::string& text) {
    scratch.write("counter.lua", "local n = 0 return { tick = function() n = n + 1 return n end, deep = { a = {} } }");
    const LoadedExperiment loaded = load(scratch, kReward + locals + "\nrun:on_step(function(step) " + text + " end)");
    const StepReport report{.step = 1, .phase = "main", .view = "image", .metrics = {}, .timings = {}};
    return error_of([&] { loaded.host->on_step(loaded.config.on_step, report), loaded.host->save_state(); });
  };
  CHECK(error_with("local m = import 'counter'", "m.tick()") == at + "the local \"n\" from 0 to 1" + remedy);
  CHECK(error_with("local m = import 'counter'", "m.deep.a.x = 1") == at + "\"x\" in the table \"m.deep.a\"" + remedy);
  CHECK(error_with("local m = import 'counter'", "m.deep.a = nil") ==
        at + "an entry (it is gone) in the table \"m.deep\"" + remedy);
  CHECK(error_with("local words = ('a b'):gmatch('%a')", "words()") ==
        at + "an iterator that it keeps between calls" + remedy);
  CHECK(error_with("local big = {} for i = 1, 2000 do big[i] = i end", "big[7] = 0") ==
        "the function changed [7] in the table \"big\"" + remedy);  // at the checkpoint: looking costs more
  CHECK(error_with("local s = run.state s.list = {}", "s.list[1] = 2") == "no error");
  CHECK(error_with("local t = { 1, { 2 } }", "assert(t[2][1] == 2)") == "no error");
}

TEST_CASE("a draw that breaks its contract stops the run with its line") {
  const Scratch scratch;
  const std::vector<uint64_t> eligible = {1, 3};
  const SamplerContext ctx{"main", View::image, eligible, 0};
  const auto error_with = [&](const std::string& function) {
    const LoadedExperiment loaded =
        load(scratch, kReward + "local kept = {}\nrun:sampler { draw = function(ctx, n) " + function + " end }");
    const auto sampler = make_lua_sampler(loaded.host, loaded.config.sampler);
    std::vector<uint64_t> out(2);
    std::vector<double> weight(2, 1);
    return error_of([&] { sampler->draw(ctx, out, weight), sampler->draw(ctx, out, weight); });
  };
  const std::string at = scratch.path() + "/experiment.lua:7: ";
  CHECK(error_with("return { 1 }") == at + "draw must return 2 prompt numbers, and returned 1");
  CHECK(error_with("return 5") == at + "draw must return a list of 2 prompt numbers, and returned a number");
  CHECK(error_with("return { 1, 2 }") == at + "draw: entry 2 is 2, which is not in ctx.eligible of phase \"main\"");
  CHECK(error_with("return { 1, 'x' }") == at + "draw: entry 2 is a string, not a prompt number");
  CHECK(error_with("return { 1, 3 }, { 1, -1 }") ==
        at + "draw: importance weight 2 is -1, but must be a finite number above 0");
  CHECK(error_with("return { 1, 3 }, { 0, 1 }") ==
        at + "draw: importance weight 1 is 0, but must be a finite number above 0");
  CHECK(error_with("ctx.eligible[1] = 5") == at + "ctx.eligible cannot be changed");
  CHECK(error_with("return ctx.elegible") == at + "ctx has no \"elegible\"; did you mean \"eligible\"?");
  CHECK(
      error_with("if kept.e then return { kept.e[1], kept.e[1] } end kept.e = ctx.eligible return { 1, 3 }") ==
      at +
          "the function changed \"e\" in the table \"kept\", which a resumed run would not know; keep it in run.state");
  CHECK(error_with("run.state.f = print return { 1, 3 }") ==
        at + "run.state.f is a function, which cannot be saved; run.state holds numbers, strings, booleans and tables "
             "of them");
  CHECK(error_with("run.state.a = {} run.state.b = run.state.a return { 1, 3 }") ==
        at + "run.state.a and run.state.b are the same table, which would be two after a resume; keep it in one place");
  CHECK(error_with("run:sft { steps = 1 }") == at + "run:sft is for loading; the run has begun");
}

TEST_CASE("a leave function stays, advances, jumps or stops") {
  const Scratch scratch;
  const std::string head = "local crescent = import 'crescent'\nlocal run = crescent.run {}\nrun:grpo {}\n" + kReward;
  const auto decide = [&](const std::string& function, Progress progress = {}) {
    const LoadedExperiment loaded =
        load(scratch, "run:phase { 'main', view = 'image', leave = function(m) " + function + " end }", head);
    return make_lua_policy(loaded.host, loaded.config.phases.at(0))->decide(progress);
  };
  CHECK(decide("").kind == Decision::Kind::stay);
  CHECK(decide("return false").kind == Decision::Kind::stay);
  CHECK(decide("return true").kind == Decision::Kind::advance);
  CHECK(decide("return true").reason == "the leave function at experiment.lua:5 said so");
  CHECK(decide("return true, 'enough'").reason == "enough");
  CHECK(decide("return 'other'").phase == "other");
  CHECK(decide("return 'stop'").kind == Decision::Kind::stop);
  Progress progress;
  progress.phase_step = 40;
  progress.total_step = 100;
  progress.validation = {{"val/image/accuracy", {{50, 0.9}, {60, 0.5}, {80, 0.6}, {90, 0.6}, {100, 0.55}}}};
  const auto is_true = [&](const std::string& text) {
    return decide("return " + text, progress).kind == Decision::Kind::advance;
  };
  CHECK(is_true("m.phase_step >= 40"));
  CHECK(is_true("m:metric('val/image/accuracy') == 0.55 and m.metric('val/image/accuracy') == 0.55"));
  CHECK(is_true("m:plateau('val/image/accuracy', 2)"));  // what came before this phase does not count
  CHECK(!is_true("m:plateau('val/image/accuracy', 3)"));
  CHECK(is_true("m:plateau('val/image/accuracy', 3, 0.2)"));
  const std::string at = scratch.path() + "/experiment.lua:5: ";
  CHECK(error_of([&] { decide("return m.phase_stp > 3"); }) ==
        at + "m has no \"phase_stp\"; did you mean \"phase_step\"?");
  CHECK(error_of([&] { is_true("m:plateau('val/image/' .. 'acuracy', 3)"); }) ==
        at + "m:plateau: there is no metric \"val/image/acuracy\"; did you mean \"val/image/accuracy\"?");
  CHECK(error_of([&] { is_true("m:plateau('val/image/accuracy', 0)"); }) ==
        at + "m:plateau: patience is 0, but must be at least 1");
  CHECK(error_of([&] { decide("return 3"); }) ==
        at + "leave of phase \"main\" must return false, true, a phase's name or \"stop\", and returned a number");
  CHECK(error_of([&] { decide("return true, 3"); }) ==
        at + "leave of phase \"main\" must return its reason as a string, and returned a number");
}

TEST_CASE("schedules and step callbacks run in the main state") {
  const Scratch scratch;
  const LoadedExperiment loaded = load(scratch, R"lua(
run:sft { steps = 10, schedule = function(step, total) return step == 9 and -1 or step / total end }
run:on_step(function(step, metrics, phase) run.state.last = phase .. step .. ":" .. metrics.reward end)
run:on_step(function(step, metrics) if step == 2 then local x = metrics.absent + 1 end end)
)lua" + kReward);
  const auto schedule = make_lua_schedule(loaded.host, loaded.config.sft.schedule.function);
  CHECK(schedule(5, 10) == 0.5);
  CHECK(error_of([&] { schedule(9, 10); }) ==
        scratch.path() + "/experiment.lua:6: the schedule returned -1 at step 9, but a factor of lr is from 0 to 1e6");
  StepReport report{.step = 1, .phase = "main", .view = "image", .metrics = {{"reward", 0.5}}, .timings = {}};
  loaded.host->on_step(loaded.config.on_step, report);
  CHECK(loaded.host->save_state().find("main1:0.5") != std::string::npos);
  report.step = 2;
  CHECK(error_of([&] { loaded.host->on_step(loaded.config.on_step, report); }) ==
        scratch.path() + "/experiment.lua:8: attempt to perform arithmetic on a nil value (field 'absent')");
}

TEST_CASE("run.state keeps every kind of value, in place, and refuses foreign bytes") {
  const Scratch scratch;
  const std::string body = kReward + R"lua(
run.state.list = { 1, 2.5, "x\0y", true, false }
run.state.deep = { a = { [7] = -1, [true] = math.huge, [0.5] = "" } }
local alias = run.state.deep.a
run:on_step(function(step) alias.count = (alias.count or 0) + step end)
)lua";
  const LoadedExperiment loaded = load(scratch, body);
  const auto step = [&](int64_t n) {
    loaded.host->on_step(loaded.config.on_step, {.step = n, .phase = "p", .view = "", .metrics = {}, .timings = {}});
  };
  const std::string start = loaded.host->save_state();
  step(1);
  const std::string one = loaded.host->save_state();
  step(2);
  const std::string three = loaded.host->save_state();
  loaded.host->load_state(one);
  step(2);  // `alias` still names the table in run.state
  CHECK(loaded.host->save_state() == three);
  loaded.host->load_state(start);
  CHECK(loaded.host->save_state() == start);
  CHECK(error_of([&] { loaded.host->load_state("junk"); }) == "these bytes are no saved run.state");
  for (size_t n = 0; n < one.size(); ++n)
    CHECK(error_of([&] { loaded.host->load_state(one.substr(0, n)); }) != "no error");
}
