// Which settings act on the steps of a run. Sharing steps is sound only while this is whole: an option that is added to
// the tables must change the chain, or stand in the list below with the reason why it need not.
#include "core/experiment/run_walk.hpp"

#include <doctest/doctest.h>

#include "core/experiment/run_options.hpp"

using namespace crescent;

namespace {

// A run in which no option is without effect because another one is off.
Table everything() {
  RunConfig config;
  config.sft.steps = 10;
  config.sft.mix = {{"text", 0.5}, {"image", 0.5}};
  config.has_grpo = true;
  config.grpo.kl.coefficient = 0.1;
  config.grpo.schedule = {.shape = "linear", .warmup_steps = 2, .final_share = 0.5, .function = {}};
  config.rewards.resize(2);
  config.rewards[0].name = config.rewards[0].role.plugin = "exact_math";
  config.rewards[1].name = config.rewards[1].role.plugin = "length";
  config.rewards[1].role.options.set("max_tokens", Value(int64_t{20}));
  config.rewards[1].supervision.isolate = true;
  config.grpo.pass_reward = "exact_math";
  config.sampler.plugin = "variance_aware";
  config.sampler.options.set("lambda", Value(0.5));
  config.phases.resize(2);
  for (PhaseConfig& phase : config.phases) {
    phase.leave.plugin = "fixed_steps";
    phase.leave.options.set("steps", Value(int64_t{20}));
  }
  PhaseConfig& first = config.phases[0];
  first.name = "a";
  config.phases[1].name = "b";
  first.replay = {{"b", 0.5}};
  first.rewards = {{"length", 0.25}};
  first.sampler.emplace().plugin = "uniform";
  first.grpo_given.set("lr", Value(1e-3));
  first.reset_reference = first.reset_moments = true;
  first.budget.tokens = 1000;
  config.checkpoint.keep_best = "val/text/accuracy";
  return write_run(config);
}

// The walk in words: lengths and texts of all stretches.
std::string walked(const Table& table) try {
  RunConfig config;
  Problems ignored;  // a changed value may be out of place: what acts is looked at, not what is allowed
  read_run(table, {"test", 0}, config, ignored);
  for (PhaseConfig& phase : config.phases)
    if (const Value* steps = phase.leave.options.find("steps"); steps && steps->get<int64_t>())
      phase.planned_steps = *steps->get<int64_t>();
  SettingsTexts texts;
  const RunWalk walk = walk_of(config, Environment(), &texts);
  std::string text = walk.alone;
  for (const Stretch& s : walk.stretches)
    text += fmt::format("{} {}\n{}\n{}\n", s.name, s.steps, texts.at(s.settings),
                        s.name == "cold_start" ? "" : texts.at(s.end));
  return text;
} catch (const Error& error) {  // a phase is replayed that is not there any more
  return error.what();
}

// Calls `found` for each value within `value`, which it may change.
void each_leaf(Value& value, const std::string& path, const std::function<void(Value&, const std::string&)>& found) {
  auto* table = std::get_if<Table>(&value.data);
  if (table == nullptr) return found(value, path);
  for (size_t i = 0; i < table->list.size(); ++i) each_leaf(table->list[i], fmt::format("{}[{}]", path, i + 1), found);
  for (auto& [name, field] : table->fields) each_leaf(field, path.empty() ? name : path + "." + name, found);
}

// Another value of the same type; of a choice, the other ones as well.
std::vector<Value> others(const Value& value, const std::string& path) {
  if (const auto* b = value.get<bool>()) return {Value(!*b)};
  if (const auto* i = value.get<int64_t>()) return {Value(*i + 1)};
  if (const auto* d = value.get<double>()) return {Value(*d * 0.5 + 0.0625)};
  std::vector<Value> words;
  for (const char* word : {"constant", "cosine", "none", "dr_grpo", "abs", "reward", "text", "caption", "length",
                           "starved", "filter", "other", "b", "val/image/accuracy", "plateau", "bf16"})
    words.emplace_back(word);
  return words;
}

}  // namespace

TEST_CASE("every option acts on the chain of its steps, or is known to act on nothing that a run promises") {
  const std::vector<std::pair<std::string, const char*>> idle = {
      {"name", "the folder's name"},
      {"tensorboard", "events/ repeats what metrics.jsonl says, with clocks"},
      {"model", "by the hash of its weights, in Environment"},
      {"data.source", "by the hash of the files, in Environment"},
      {"data.train", "likewise"},
      {"data.val", "likewise"},
      {"data.sft", "likewise"},
      {"data.count", "likewise"},
      {"data.val_count", "likewise"},
      {"data.sft_count", "likewise"},
      {"data.pool", "likewise"},
  };
  const Table whole = everything();
  const std::string usual = walked(whole);
  size_t looked_at = 0;
  Value root{whole};
  each_leaf(root, "", [&](Value& leaf, const std::string& path) {
    CAPTURE(path);
    ++looked_at;
    const Value was = leaf;
    bool acts = false;
    for (const Value& other : others(was, path)) {
      leaf = other;
      acts = acts || walked(*root.get<Table>()) != usual;
    }
    leaf = was;
    const bool known = std::any_of(idle.begin(), idle.end(), [&](const auto& entry) { return entry.first == path; });
    CHECK(acts != known);
  });
  CHECK(looked_at > 70);
}

TEST_CASE("a run that begins from another's checkpoint knows its past by its own settings") {
  RunConfig config;
  config.sft.steps = 3;
  config.has_grpo = true;
  config.phases.resize(2);
  for (size_t i = 0; i < 2; ++i) {
    config.phases[i].name = i == 0 ? "a" : "b";
    config.phases[i].planned_steps = 2;
  }
  const RunWalk walk = walk_of(config, Environment());
  HashChain chain;
  for (int i = 0; i < 3; ++i) chain.advance(walk.stretches[0].settings);
  CHECK(chain_after(walk, {{"cold_start", 3, false, ""}}) == chain.value());
  chain.leave(walk.stretches[0].end, "");
  chain.advance(walk.stretches[1].settings);
  CHECK(chain_after(walk, {{"cold_start", 3, true, ""}, {"a", 1, false, ""}}) == chain.value());
  CHECK_THROWS_WITH_AS(chain_after(walk, {{"cold_start", 2, true, ""}}),
                       "2 steps of cold_start are no part of a run in which it has 3", Error);
}

TEST_CASE("runs that no second one can repeat share nothing, and say why") {
  RunConfig config;
  config.phases.resize(1);
  config.phases[0].name = "a";
  config.phases[0].budget.minutes = 2;
  CHECK(walk_of(config, Environment()).alone ==
        "phase \"a\" has a budget of minutes, and no two runs take the same time");
}
