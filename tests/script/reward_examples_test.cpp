// The rewards of scripts/rewards do what the plugins of their names do.
#include <doctest/doctest.h>

#include <cmath>

#include "core/base/random.hpp"
#include "core/plugin/plugin.hpp"
#include "core/script/experiment.hpp"
#include "core/script/script_host.hpp"
#include "tests/script/scratch.hpp"

using namespace crescent;

namespace {

LoadedExperiment load(const Scratch& scratch, const std::string& reward) {
  scratch.write("experiment.lua",
                "local crescent = import 'crescent'\nlocal run = crescent.run {}\nrun:grpo {}\n"
                "run:phase { 'main', view = 'image', steps = 5 }\n" +
                    reward + "\nreturn run\n");
  LoadOptions options;
  options.scripts_folder = std::string(CRESCENT_SOURCE_DIR) + "/scripts";
  return load_experiment(scratch.path(), {}, options);
}

// Texts of few words, so that some are said again.
std::vector<std::string> texts() {
  static const char* const words[] = {"so", "So", "the", "angle", "90", "\n", "  ", "\t", "wait,", "\xC3\xA9"};
  std::vector<std::string> out = {"", "one", " two words "};
  for (uint64_t t = 0; t < 200; ++t) {
    const RandomKey key(7, "texts", {t});
    std::string text;
    for (uint64_t i = 0, n = key.bits(0) % 60; i < n; ++i)
      text += std::string(words[key.bits(i + 1) % std::size(words)]) + " ";
    out.push_back(text);
  }
  return out;
}

void check_equal(Reward& lua, const std::string& name, const Table& options) {
  const PluginUse use{std::string(CRESCENT_BINARY_DIR) + "/plugins/" + name + ".so", options, {}};
  const auto plugin = make_reward(use, name, {}, {});
  CHECK(lua.part_names() == plugin->part_names());
  const std::vector<std::string> responses = texts();
  std::vector<Sample> samples(responses.size());
  for (size_t i = 0; i < samples.size(); ++i)
    samples[i].response = responses[i], samples[i].token_count = static_cast<uint32_t>(i % 40);
  std::vector<Score> a(samples.size()), b(samples.size());
  lua.score(samples, a);
  plugin->score(samples, b);
  int judged = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    CAPTURE(responses[i]);
    CAPTURE(samples[i].token_count);
    REQUIRE(a[i].status == b[i].status);
    if (a[i].status != ScoreStatus::ok) continue;
    ++judged;
    CHECK(a[i].value == b[i].value);
    CHECK(a[i].parts == b[i].parts);
  }
  CHECK(judged > 150);
}

}  // namespace

TEST_CASE("the Lua length is the plugin's, bit for bit") {
  const Scratch scratch;
  const LoadedExperiment loaded = load(scratch, R"(local length = import "rewards/length"
run:reward { "length", parts = length.parts, score = length.make { max_tokens = 28, cache_tokens = 9 } })");
  Table options;
  options.set("max_tokens", Value(int64_t{28}));
  options.set("cache_tokens", Value(int64_t{9}));
  check_equal(*make_lua_reward(loaded.host, loaded.config.rewards.at(0)), "length", options);
}

TEST_CASE("the Lua repetition is the plugin's, bit for bit") {
  const Scratch scratch;
  const LoadedExperiment loaded = load(scratch, R"(local repetition = import "rewards/repetition"
run:reward { "repetition", parts = repetition.parts, score = repetition.make { ngram = 2, max_penalty = 0.3 } })");
  Table options;
  options.set("ngram", Value(int64_t{2}));
  options.set("max_penalty", Value(0.3));
  check_equal(*make_lua_reward(loaded.host, loaded.config.rewards.at(0)), "repetition", options);
}
