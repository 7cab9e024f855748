// starved_pool PLUGINS [SEEDS]: which prompts a sampler finds in a pool of which little can be learned, without a
// model: of 4,096 prompts 85 % (nearly) never pass, 5 % mostly do, 10 % sometimes; pass rates stay as they are. 112
// batches of 32 groups of 8. What is printed is the share of groups with passes and fails, by quarter of the batches:
// means over seeds and the 95 % interval of the last. All thoughts are equally diverse.
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <memory>

#include "core/base/random.hpp"
#include "core/plugin/plugin.hpp"

namespace crescent {
namespace {

constexpr size_t kPrompts = 4096, kBatch = 32, kGroup = 8;
constexpr int kBatches = 112, kQuarters = 4;

struct Arm {
  const char* name;
  const char* plugin;
  std::vector<std::pair<std::string, Value>> options;
};

const Value kQuarterPass(0.25), kTenthPass(0.1);
const Value kLevel(std::string("level")), kPaper(std::string("mmr1_ablation"));
const std::vector<Arm> kArms = {
    {"uniform", "uniform", {}},
    {"paper's form, lambda .5, T = 56", "variance_aware", {{"preset", kPaper}, {"refresh_every", Value(int64_t{56})}}},
    {"online", "variance_aware", {}},
    {"online, sharpness 4", "variance_aware", {{"sharpness", Value(4.0)}}},
    {"online, a0 = b0 = .25", "variance_aware", {{"a0", kQuarterPass}, {"b0", kQuarterPass}}},
    {"online, a0 = b0 = .1", "variance_aware", {{"a0", kTenthPass}, {"b0", kTenthPass}}},
    {"online, a0 = b0 = .25, decay .5",
     "variance_aware",
     {{"a0", kQuarterPass}, {"b0", kQuarterPass}, {"decay", Value(0.5)}}},
    {"online, a0 = b0 = .25, decay 1",
     "variance_aware",
     {{"a0", kQuarterPass}, {"b0", kQuarterPass}, {"decay", Value(1.0)}}},
    {"online, strata", "variance_aware", {{"strata", kLevel}}},
    {"online, strata, a0 = b0 = .25",
     "variance_aware",
     {{"strata", kLevel}, {"a0", kQuarterPass}, {"b0", kQuarterPass}}},
    {"online, strata, a0 = b0 = .1", "variance_aware", {{"strata", kLevel}, {"a0", kTenthPass}, {"b0", kTenthPass}}},
    {"online, strata, .25, lambda 1",
     "variance_aware",
     {{"strata", kLevel}, {"a0", kQuarterPass}, {"b0", kQuarterPass}, {"lambda", Value(1.0)}}},
};

struct Prompts {
  std::vector<double> pass_rate;
  std::vector<int> level;
  std::vector<uint64_t> all;
};

Prompts make_prompts(uint64_t seed) {
  Prompts prompts;
  RandomStream random(RandomKey(seed, "prompts"));
  for (uint64_t i = 0; i < kPrompts; ++i) {
    const uint64_t place = i % 20;
    const int level = place < 17 ? 4 : place == 17 ? 0 : 1 + static_cast<int>((2 * (i / 20) + place - 18) / 4 % 3);
    const double u = random.uniform();
    const double rates[] = {0.3 + 0.7 * u, 0.25 + 0.5 * u, 0.6 * u, 0.35 * u, u < 0.05 ? 0.02 : 0};
    prompts.pass_rate.push_back(rates[level]);
    prompts.level.push_back(level);
    prompts.all.push_back(i);
  }
  return prompts;
}

ScoredGroup roll_out(const Prompts& prompts, uint64_t prompt, uint32_t n, RandomStream& random) {
  ScoredGroup group;
  group.group.draw = {prompt, View::text, 0, 1};
  for (uint32_t i = 0; i < n; ++i) {
    Rollout rollout;
    for (int t = 0; t < 16; ++t) rollout.tokens.push_back(static_cast<int32_t>(random.integer(0, 49)));
    rollout.thoughts = {2, 14};
    group.group.rollouts.push_back(std::move(rollout));
    group.passed.push_back(random.uniform() < prompts.pass_rate[prompt]);
    group.reward.push_back(group.passed.back());
  }
  return group;
}

struct Outcome {
  double mixed[kQuarters] = {};  // share of groups with passes and fails
  double probes = 0;             // rollouts
};

Outcome simulate(const Arm& arm, const std::string& plugins, uint64_t seed) {
  const Prompts prompts = make_prompts(seed);
  PluginUse use{plugins + "/" + arm.plugin + ".so", {}, {}};
  for (const auto& [key, value] : arm.options) use.options.set(key, value);
  HostServices services{.seed = seed};
  services.dataset.count = [] { return uint64_t{kPrompts}; };
  services.dataset.field = [&](uint64_t i, std::string_view) { return std::to_string(prompts.level[i]); };
  const std::unique_ptr<PromptSampler> sampler = make_sampler(use, {}, services);

  Outcome outcome;
  RandomStream random(RandomKey(seed, "outcomes"));
  for (int step = 0; step < kBatches; ++step) {
    const SamplerContext context{"reading", View::text, prompts.all, step};
    std::vector<ScoredGroup> groups;
    for (const ProbeRequest& probe : sampler->plan_probe(context, 1 << 20)) {
      groups.push_back(roll_out(prompts, probe.prompt_index, probe.rollouts, random));
      outcome.probes += probe.rollouts;
    }
    if (!groups.empty()) sampler->observe(context, groups);

    std::vector<uint64_t> drawn(kBatch);
    std::vector<double> weights(kBatch, 1);
    sampler->draw(context, drawn, weights);
    groups.clear();
    for (const uint64_t prompt : drawn) {
      groups.push_back(roll_out(prompts, prompt, kGroup, random));
      double passes = 0;
      for (const double reward : groups.back().reward) passes += reward;
      outcome.mixed[step * kQuarters / kBatches] +=
          (passes > 0 && passes < kGroup) / static_cast<double>(kBatch * kBatches / kQuarters);
    }
    sampler->observe(context, groups);
  }
  return outcome;
}

int run(const std::string& plugins, int seeds) {
  fmt::print("share of groups with passes and fails, {} seeds\n{:<34} {:>27} {:>16} {:>9}\n", seeds, "",
             "by quarter of 112 batches", "+- (last)", "probes");
  for (const Arm& arm : kArms) {
    double mean[kQuarters] = {}, squares = 0, probes = 0;
    for (int seed = 1; seed <= seeds; ++seed) {
      const Outcome outcome = simulate(arm, plugins, static_cast<uint64_t>(seed));
      for (int q = 0; q < kQuarters; ++q) mean[q] += outcome.mixed[q] / seeds;
      squares += outcome.mixed[kQuarters - 1] * outcome.mixed[kQuarters - 1];
      probes += outcome.probes / seeds;
    }
    const double variance = (squares / seeds - mean[kQuarters - 1] * mean[kQuarters - 1]) / (seeds - 1);
    fmt::print("{:<34}   {:6.2f} {:6.2f} {:6.2f} {:6.2f} {:16.3f} {:9.0f}\n", arm.name, mean[0], mean[1], mean[2],
               mean[3], 1.96 * std::sqrt(std::max(variance, 0.0)), probes);
  }
  return 0;
}

}  // namespace
}  // namespace crescent

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    fmt::print(stderr, "usage: starved_pool PLUGINS [SEEDS]\n");
    return 2;
  }
  return crescent::run(argv[1], argc == 3 ? std::max(2, std::atoi(argv[2])) : 20);
}
