// The chain of effective settings: equal for what acts alike, different for what does not.
#include "core/experiment/hash_chain.hpp"

#include <doctest/doctest.h>

#include "core/experiment/phase_settings.hpp"

using namespace crescent;

namespace {

void last(PhaseConfig& phase, int64_t steps) {
  phase.leave.options.set("steps", Value(steps));
  phase.planned_steps = steps;
}

RunConfig two_phases() {
  RunConfig config;
  config.sft.steps = 10;
  config.sft.schedule.shape = "constant";
  config.has_grpo = true;
  config.rewards.resize(1);
  config.rewards[0].name = config.rewards[0].role.plugin = "exact_math";
  config.sampler.plugin = "uniform";
  config.phases.resize(2);
  for (size_t i = 0; i < 2; ++i) {
    config.phases[i].name = i == 0 ? "a" : "b";
    config.phases[i].leave.plugin = "timer";
    last(config.phases[i], 20);
  }
  return config;
}

Environment environment() {
  Environment out;
  out.program = "p";
  out.scripts = "s";
  out.threads = 2;
  out.isa = "avx2";
  return out;
}

std::string grpo(RunConfig config, const Environment& env = environment()) {
  Problems none;
  resolve_phase_settings(config, none);
  none.throw_if_any();
  return effective_grpo_step(config, config.phases[0], env);
}

}  // namespace

TEST_CASE("a warm-up that begins anew with the phase is not the run's") {
  RunConfig of_the_run = two_phases(), of_the_phase = two_phases();
  of_the_run.grpo.schedule.shape = of_the_phase.grpo.schedule.shape = "constant";
  of_the_run.grpo.schedule.warmup_steps = of_the_phase.grpo.schedule.warmup_steps = 10;
  of_the_phase.phases[0].grpo_given.set("warmup_steps", Value(int64_t{10}));
  CHECK(grpo(of_the_run) != grpo(of_the_phase));
}

TEST_CASE("validation acts through run:grpo even where every phase overrides it") {
  RunConfig config = two_phases();
  for (PhaseConfig& phase : config.phases) {
    phase.grpo_given.set("max_response_tokens", Value(int64_t{8}));
    Table pass;
    pass.set("reward", Value("exact_math"));
    phase.grpo_given.set("pass", Value(std::move(pass)));
  }
  RunConfig longer = config, easier = config;
  longer.grpo.max_response_tokens += 1;
  easier.grpo.pass_at_least = 0.5;
  CHECK(grpo(longer) != grpo(config));
  CHECK(grpo(easier) != grpo(config));
  CHECK(effective_sft_step(longer, environment()) != effective_sft_step(config, environment()));
  CHECK(effective_sft_step(easier, environment()) != effective_sft_step(config, environment()));
}

TEST_CASE("the chain is the same for the same steps and never forgets a different one") {
  HashChain a, b;
  CHECK(a.advance(hash_bytes("x")) == b.advance(hash_bytes("x")));
  CHECK(a.advance(hash_bytes("y")) == b.advance(hash_bytes("y")));
  CHECK(HashChain(a.value()).advance(hash_bytes("z")) == b.advance(hash_bytes("z")));  // resumed from a saved value
  HashChain c;
  c.advance(hash_bytes("w"));
  c.advance(hash_bytes("y"));
  CHECK(c.advance(hash_bytes("z")) != b.value());
  CHECK(HashChain().advance(hash_bytes("x")) != HashChain().advance(hash_bytes("y")));
}

TEST_CASE("every live Lua function folds in the script and all parameters, because what it captured is invisible") {
  RunConfig config = two_phases();
  Environment other = environment();
  other.scripts = "edited";
  const auto folds_in_script = [&](const RunConfig& c) { return grpo(c) != grpo(c, other); };
  const auto with = [&](auto change) {
    RunConfig copy = config;
    change(copy);
    return copy;
  };
  const FunctionRef function{1, "experiment.lua:3"};
  CHECK(!folds_in_script(config));
  CHECK(folds_in_script(with([&](RunConfig& c) { c.on_step = {function}; })));
  CHECK(folds_in_script(with([&](RunConfig& c) { c.on_phase = {function}; })));
  CHECK(folds_in_script(with([&](RunConfig& c) { c.grpo.schedule.function = function; })));
  CHECK(folds_in_script(with([&](RunConfig& c) { c.rewards[0].role.functions = {{"score", function}}; })));
  CHECK(folds_in_script(with([&](RunConfig& c) { c.sampler.functions = {{"draw", function}}; })));
  CHECK(folds_in_script(with([&](RunConfig& c) { c.phases[0].leave.functions = {{"decide", function}}; })));
  CHECK(folds_in_script(with([&](RunConfig& c) { c.phases[0].prompt = function; })));
  CHECK(!folds_in_script(with([&](RunConfig& c) { c.phases[1].prompt = function; })));  // not live in this phase
  CHECK(folds_in_script(with([&](RunConfig& c) {
    c.phases[1].prompt = function;
    c.phases[0].replay = {{"b", 0.5}};
  })));
}

TEST_CASE("runs that differ in how long a phase or the cold start lasts share their steps") {
  RunConfig config = two_phases(), longer = two_phases();
  longer.sft.steps = 30;
  last(longer.phases[0], 40);
  CHECK(grpo(config) == grpo(longer));
  CHECK(effective_sft_step(config, environment()) == effective_sft_step(longer, environment()));
  CHECK(effective_grpo_step(config, config.phases[0], environment()) !=
        effective_grpo_step(config, config.phases[1], environment()));
}

TEST_CASE("a phase whose plugin plans no number of steps is told apart by plugin and options") {
  RunConfig config = two_phases();
  config.phases[0].planned_steps = -1;
  RunConfig patient = config, other = config;
  patient.phases[0].leave.options.set("patience", Value(int64_t{7}));
  other.phases[0].leave.plugin = "plateau";
  CHECK(grpo(config) != grpo(patient));
  CHECK(grpo(config) != grpo(other));
  CHECK(grpo(config) != grpo(two_phases()));
}

TEST_CASE("a plugin is known by what its file holds, not by its name") {
  RunConfig config = two_phases();
  config.phases[0].planned_steps = -1;
  RunConfig copied = config;
  copied.rewards[0].role.plugin = "./copy.so";
  copied.sampler.plugin = "./drawn.so";
  copied.phases[0].leave.plugin = "./clock.so";
  Environment env = environment(), copies = environment(), edited = environment();
  env.plugins = {{"exact_math", "1a"}, {"timer", "2b"}, {"uniform", "3c"}};
  copies.plugins = {{"./clock.so", "2b"}, {"./copy.so", "1a"}, {"./drawn.so", "3c"}};
  CHECK(grpo(config, env) == grpo(copied, copies));
  for (size_t i = 0; i < 3; ++i) {
    edited.plugins = env.plugins;
    edited.plugins[i].second = "4d";
    CHECK(grpo(config, env) != grpo(config, edited));
  }
}

TEST_CASE("a schedule over the total number of steps ends the sharing") {
  RunConfig config = two_phases(), longer = two_phases();
  last(longer.phases[1], 40);
  CHECK(grpo(config) == grpo(longer));
  config.grpo.schedule.shape = longer.grpo.schedule.shape = "linear";
  CHECK(grpo(config) != grpo(longer));
  longer = config;
  config.sft.schedule.shape = longer.sft.schedule.shape = "cosine";
  longer.sft.steps = 30;
  CHECK(effective_sft_step(config, environment()) != effective_sft_step(longer, environment()));
}

TEST_CASE("the cold start does not know the settings of GRPO, but everything that acts is told apart") {
  const RunConfig config = two_phases();
  RunConfig other = config;
  other.grpo.adamw.lr = 5e-4;
  CHECK(effective_sft_step(config, environment()) == effective_sft_step(other, environment()));
  CHECK(grpo(config) != grpo(other));
  other = config;
  other.seed = 2;
  CHECK(effective_sft_step(config, environment()) != effective_sft_step(other, environment()));
  other = config;
  other.rewards[0].role.options.set("tolerance", Value(0.1));
  CHECK(grpo(config) != grpo(other));
  other = config;
  other.phases[0].replay = {{"b", 0.5}};
  RunConfig viewed = other;
  viewed.phases[1].view = View::text;
  CHECK(grpo(config) != grpo(other));
  CHECK(grpo(other) != grpo(viewed));  // what a replayed phase shows acts here
  for (auto change : {+[](Environment& e) { e.threads = 1; }, +[](Environment& e) { e.isa = "avx512"; },
                      +[](Environment& e) { e.program = "q"; }, +[](Environment& e) { e.data = "d"; },
                      +[](Environment& e) { e.model = "m"; }, +[](Environment& e) { e.device = "cuda"; }}) {
    Environment env = environment();
    change(env);
    CHECK(grpo(config) != grpo(config, env));
    CHECK(effective_sft_step(config, environment()) != effective_sft_step(config, env));
  }
}

TEST_CASE("runs that leave out other records for their length are told apart") {
  const RunConfig config = two_phases();
  for (auto change : {+[](RunConfig& c) { c.data.max_prompt_tokens = 512; },
                      +[](RunConfig& c) { c.data.prompt_too_long = "filter"; }}) {
    RunConfig other = config;
    change(other);
    CHECK(grpo(config) != grpo(other));
    CHECK(effective_sft_step(config, environment()) != effective_sft_step(other, environment()));
  }
}

TEST_CASE("parameters and scripts are folded in only where a Lua function is live") {
  RunConfig config = two_phases(), other = two_phases();
  other.params.set("lambda", Value(0.5));
  Environment edited = environment();
  edited.scripts = "t";
  CHECK(grpo(config) == grpo(other));
  CHECK(grpo(config) == grpo(config, edited));
  config.rewards[0].role.functions = other.rewards[0].role.functions = {{"score", {1, "experiment.lua:3"}}};
  CHECK(grpo(config) != grpo(other));
  CHECK(grpo(config) != grpo(config, edited));
  CHECK(effective_sft_step(config, environment()) != effective_sft_step(other, environment()));  // it judges validation
  config = two_phases(), other.rewards = config.rewards;
  CHECK(effective_sft_step(config, environment()) == effective_sft_step(other, environment()));
  config.on_step = other.on_step = {{2, "experiment.lua:4"}};
  CHECK(effective_sft_step(config, environment()) != effective_sft_step(other, environment()));
}

TEST_CASE("what a phase has otherwise is told apart, in its own steps and in those that replay it") {
  const auto with = [](const char* name, Value value) {
    Table table;
    table.set(name, std::move(value));
    return table;
  };
  const RunConfig config = two_phases();
  RunConfig other = config;
  other.phases[0].grpo_given = with("lr", Value(5e-4));
  CHECK(grpo(config) != grpo(other));
  other = config;
  other.phases[0].rewards = {{"exact_math", 2}};
  CHECK(grpo(config) != grpo(other));
  other = config;
  other.phases[0].sampler.emplace().plugin = "ordered";
  CHECK(grpo(config) != grpo(other));
  other = config;
  other.phases[0].budget.tokens = 100;
  CHECK(grpo(config) != grpo(other));

  RunConfig later = config;  // of a phase that this one does not show
  later.phases[1].grpo_given = with("group", Value(int64_t{4}));
  CHECK(grpo(config) == grpo(later));
  RunConfig replays = config, grouped = later, rated = config;
  rated.phases[1].grpo_given = with("lr", Value(5e-4));
  for (RunConfig* c : {&replays, &grouped, &rated}) c->phases[0].replay = {{"b", 0.5}};
  CHECK(grpo(replays) != grpo(grouped));
  CHECK(grpo(replays) == grpo(rated));  // a replayed batch is learned from at the rate of the phase in progress
}
