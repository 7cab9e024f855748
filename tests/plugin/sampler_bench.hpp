// A pool of Bernoulli prompts for tests of samplers: each prompt passes with a probability of its own.
#pragma once

#include <numeric>
#include <string>
#include <vector>

#include "core/base/random.hpp"
#include "core/plugin/plugin.hpp"
#include "tests/plugin/building.hpp"

namespace crescent::testing {

using Given = std::vector<std::pair<std::string, Value>>;

inline std::unique_ptr<PromptSampler> make_bundled(const std::string& name, const Given& options = {},
                                                   uint64_t seed = 1, MetricCollector* metrics = nullptr) {
  PluginUse use{bundled(name), {}, {}};
  for (const auto& [key, value] : options) use.options.set(key, value);
  return make_sampler(use, {}, HostServices{.seed = seed, .metrics = metrics});
}

struct Pool {
  std::vector<double> pass_rate;   // of each prompt
  std::vector<uint64_t> eligible;  // all of them unless a test says otherwise
  View view = View::image;
  std::string phase = "enhancement";
  RandomStream outcomes{RandomKey(99, "outcomes")};
  int64_t step = 0;
  uint64_t probe_rollouts = 0;

  explicit Pool(std::vector<double> rates) : pass_rate(std::move(rates)), eligible(pass_rate.size()) {
    std::iota(eligible.begin(), eligible.end(), uint64_t{0});
  }
  SamplerContext context() const { return {phase, view, eligible, step}; }

  // n rollouts; their thoughts are 12 tokens from an alphabet of `letters`.
  ScoredGroup roll_out(uint64_t prompt, uint32_t n, int64_t letters = 50) {
    ScoredGroup g;
    g.group.draw = {prompt, view, 0, 1};
    for (uint32_t i = 0; i < n; ++i) {
      Rollout r;
      for (int t = 0; t < 16; ++t) r.tokens.push_back(static_cast<int32_t>(outcomes.integer(0, letters - 1)));
      r.thoughts = {2, 14};
      g.group.rollouts.push_back(std::move(r));
      const bool pass = outcomes.uniform() < pass_rate[prompt];
      g.passed.push_back(pass);
      g.reward.push_back(pass);
    }
    return g;
  }

  std::vector<uint64_t> draw(PromptSampler& sampler, size_t n, std::vector<double>* weights = nullptr) const {
    std::vector<uint64_t> prompts(n);
    std::vector<double> w(n, 1);
    sampler.draw(context(), prompts, w);
    if (weights != nullptr) *weights = w;
    return prompts;
  }

  void probe(PromptSampler& sampler, uint64_t capacity = 1 << 20) {
    for (auto plan = sampler.plan_probe(context(), capacity); !plan.empty();
         plan = sampler.plan_probe(context(), capacity)) {
      std::vector<ScoredGroup> groups;
      for (const ProbeRequest& p : plan)
        groups.push_back(roll_out(p.prompt_index, p.rollouts)), probe_rollouts += p.rollouts;
      sampler.observe(context(), groups);
    }
  }

  // A training step as the trainer makes it: probe, draw, roll out, observe.
  std::vector<uint64_t> train(PromptSampler& sampler, size_t batch, uint32_t group) {
    probe(sampler);
    const std::vector<uint64_t> drawn = draw(sampler, batch);
    std::vector<ScoredGroup> groups;
    for (const uint64_t p : drawn) groups.push_back(roll_out(p, group));
    ++step;
    sampler.observe(context(), groups);
    return drawn;
  }
};

}  // namespace crescent::testing
