// million_prompts PLUGINS [PROMPTS]: what variance-aware sampling costs with a pool of a million prompts, batches of
// 512 and groups of 8: draws, updates, saving, resuming; the three diversities; and the structure it draws from against
// an alias table and a Fenwick tree. CPU milliseconds of one thread.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <numeric>

#include "bench/draw_structures.hpp"
#include "core/base/files.hpp"
#include "core/base/random.hpp"
#include "core/plugin/plugin.hpp"
#include "core/train/visits.hpp"
#include "plugins/samplers/variance_aware/diversity.hpp"
#include "plugins/samplers/draw_tree.hpp"

namespace crescent {
namespace {

constexpr size_t kBatch = 512, kGroup = 8;
constexpr int kRounds = 200;

double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

double once(const std::function<void()>& work) {
  const double start = cpu_ms();
  work();
  return cpu_ms() - start;
}

void print(const char* what, std::vector<double> ms) {
  std::sort(ms.begin(), ms.end());
  fmt::print("  {:<58} {:>9.3f} {:>9.3f} {:>9.3f}\n", what, ms.front(), ms[ms.size() / 2], ms.back());
}
void heading(const char* what) { fmt::print("{:<60} {:>9} {:>9} {:>9}\n", what, "min ms", "median", "max"); }

// Words of a vocabulary of 20,000 with frequencies 1 / rank.
std::vector<int32_t> words(RandomStream& random, size_t n) {
  std::vector<int32_t> ids;
  for (size_t i = 0; i < n; ++i) ids.push_back(static_cast<int32_t>(std::pow(20000.0, random.uniform())));
  return ids;
}

ScoredGroup group_of(uint64_t prompt, RandomStream& random, size_t tokens) {
  ScoredGroup group;
  group.group.draw = {prompt, View::image, 0, 1};
  const double pass_rate = random.uniform();
  for (size_t i = 0; i < kGroup; ++i) {
    Rollout rollout;
    rollout.tokens = words(random, tokens);
    rollout.thoughts = {0, static_cast<int32_t>(tokens)};
    group.group.rollouts.push_back(std::move(rollout));
    group.passed.push_back(random.uniform() < pass_rate);
    group.reward.push_back(group.passed.back());
  }
  return group;
}

struct Setting {
  const char* name;
  std::vector<std::pair<std::string, Value>> options;
  size_t tokens;  // of a response whose diversity is asked for
};

std::unique_ptr<PromptSampler> make(const std::string& plugins, const Setting& setting, MetricCollector& metrics) {
  PluginUse use{plugins + "/variance_aware.so", {}, {}};
  for (const auto& [name, value] : setting.options) use.options.set(name, value);
  static HostServices services;
  services.metrics = &metrics;
  return make_sampler(use, {}, services);
}

void sampler(const std::string& plugins, uint64_t prompts, const Setting& setting) {
  MetricCollector metrics;
  const auto vas = make(plugins, setting, metrics);
  std::vector<uint64_t> pool(prompts), drawn(kBatch);
  std::iota(pool.begin(), pool.end(), uint64_t{0});
  std::vector<double> weight(kBatch, 1.0);
  RandomStream random{RandomKey(1, "million_prompts")};
  VisitCounter visits;
  SamplerContext ctx{"only", View::image, pool, 0};
  const bool periodic = !vas->plan_probe(ctx, 1 << 20).empty();
  for (uint64_t begin = 0; begin < prompts; begin += 4096) {  // every prompt was seen once
    std::vector<ScoredGroup> groups;
    for (uint64_t p = begin; p < std::min(begin + 4096, prompts); ++p) groups.push_back(group_of(p, random, 3));
    vas->observe(ctx, groups);
    for (const ScoredGroup& g : groups) visits.next(g.group.draw.prompt_index, View::image);
  }
  heading(fmt::format("{}, {} prompts", setting.name, prompts).c_str());
  print("first draw of 512 (makes the sums and the epoch's order)", {once([&] { vas->draw(ctx, drawn, weight); })});
  std::vector<double> plan, draw, observe;
  for (int i = 0; i < kRounds; ++i) {
    ++ctx.step;
    if (periodic) ctx.step = 1;  // no refresh comes due
    plan.push_back(once([&] { vas->plan_probe(ctx, 4096); }));
    draw.push_back(once([&] { vas->draw(ctx, drawn, weight); }));
    if (i % 50 != 0 && setting.tokens > 100) continue;  // making the responses takes longer than all else
    std::vector<ScoredGroup> groups;
    for (const uint64_t p : drawn) groups.push_back(group_of(p, random, setting.tokens));
    observe.push_back(once([&] { vas->observe(ctx, groups); }));
    metrics.take();
  }
  print("plan_probe, nothing to probe", plan);
  print("draw of 512", draw);
  print(fmt::format("observe 512 groups of 8 responses of {} tokens", setting.tokens).c_str(), observe);
  std::string state, counts;
  print("save the sampler's state", {once([&] { state = vas->save_state(); })});
  print("save the visit counts", {once([&] { counts = visits.save_state(); })});
  const auto resumed = make(plugins, setting, metrics);
  print("load both, and the first draw after it", {once([&] {
          resumed->load_state(state);
          VisitCounter().load_state(counts);
          resumed->draw(ctx, drawn, weight);
        })});
  std::vector<uint64_t> uninterrupted(kBatch);
  vas->draw(ctx, uninterrupted, weight);
  fmt::print("  bytes a prompt in a checkpoint: sampler {:.2f}, visits {:.2f}; the resumed draw is {}\n\n",
             static_cast<double>(state.size()) / static_cast<double>(prompts),
             static_cast<double>(counts.size()) / static_cast<double>(prompts),
             drawn == uninterrupted ? "the same" : "ANOTHER");
}

void diversities() {
  using namespace plugin;
  heading("diversity of 8 responses of 1,000 tokens");
  const std::pair<const char*, double (*)(const Thoughts&)> measures[] = {
      {"self_bleu", self_bleu_diversity}, {"distinct", distinct_diversity}, {"edit_distance", edit_distance_diversity}};
  for (const auto& [name, measure] : measures) {
    std::vector<double> ms;
    RandomStream random{RandomKey(2, "diversity")};
    for (int round = 0; round < kRounds; ++round) {
      std::vector<std::vector<int32_t>> responses;
      Thoughts thoughts;
      for (size_t i = 0; i < kGroup; ++i) responses.push_back(words(random, 1000));
      for (const auto& r : responses) thoughts.push_back({r.data(), r.size()});
      ms.push_back(once([&] { measure(thoughts); }));
    }
    print(name, ms);
  }
  fmt::print("\n");
}

// 512 weights change, then 512 places are drawn.
void structures(uint64_t prompts) {
  heading(fmt::format("512 changed weights and 512 draws, {} prompts", prompts).c_str());
  RandomStream random{RandomKey(3, "structures")};
  std::vector<double> weights(prompts);
  for (double& w : weights) w = random.uniform();
  std::vector<double> before(prompts), alias, fenwick, tree, alias_kept;
  FenwickTree sums(weights);
  plugin::DrawTree blocks;
  const auto entry_at = [&](uint64_t i) { return plugin::PoolEntry{weights[i], true, false, false}; };
  blocks.build(prompts, entry_at);
  uint64_t checksum = 0;
  for (int round = 0; round < kRounds / 10; ++round) {
    std::vector<uint64_t> changed;
    std::vector<double> difference, u;
    for (size_t i = 0; i < kBatch; ++i) {
      changed.push_back(random.below(prompts));
      u.push_back(random.uniform());
      const double now = random.uniform();
      difference.push_back(now - weights[changed[i]]);
      weights[changed[i]] = now;
    }
    before[static_cast<size_t>(round)] = once([&] {
      std::vector<double> cumulative(prompts);
      std::partial_sum(weights.begin(), weights.end(), cumulative.begin());
      for (const double x : u)
        checksum += static_cast<uint64_t>(
            std::upper_bound(cumulative.begin(), cumulative.end(), x * cumulative.back()) - cumulative.begin());
    });
    std::optional<AliasTable> table;
    alias.push_back(once([&] {
      table.emplace(weights);
      for (const double x : u) checksum += table->draw(x);
    }));
    alias_kept.push_back(once([&] {
      for (const double x : u) checksum += table->draw(x);
    }));
    fenwick.push_back(once([&] {
      for (size_t i = 0; i < kBatch; ++i) sums.add(changed[i], difference[i]);
      const double total = sums.total();
      for (const double x : u) checksum += sums.find(x * total);
    }));
    tree.push_back(once([&] {
      for (const uint64_t place : changed) blocks.update(place, entry_at);
      for (const double x : u) checksum += blocks.find(x * blocks.total().weight, 0);
    }));
  }
  before.resize(static_cast<size_t>(kRounds / 10));
  print("running sum and binary search", before);
  print("alias table, built anew", alias);
  print("alias table, nothing changed: the draws alone", alias_kept);
  print("Fenwick tree", fenwick);
  print("sums over blocks of 64 (what the sampler has)", tree);
  double exact = 0;
  for (const double w : weights) exact += w;
  fmt::print("  total of the Fenwick tree is off by {:.1e} after {} updates, of the blocks by {:.1e}; checksum {}\n",
             sums.total() - exact, kBatch * static_cast<size_t>(kRounds) / 10, blocks.total().weight - exact, checksum);
}

}  // namespace
}  // namespace crescent

int main(int argc, char** argv) {
  using namespace crescent;
  if (argc < 2) return fmt::print(stderr, "usage: million_prompts PLUGINS [PROMPTS]\n"), 2;
  const std::string plugins = argv[1];
  const uint64_t prompts = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'000'000;
  sampler(plugins, prompts, {"online, the defaults", {}, 3});
  sampler(plugins, prompts,
          {"preset mmr1", {{"preset", Value(std::string("mmr1"))}, {"refresh_rollouts", Value(int64_t{8})}}, 3});
  sampler(plugins, prompts, {"online with diversity", {{"beta", Value(0.2)}}, 1000});
  diversities();
  structures(prompts);
}
