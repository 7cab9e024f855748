#include "core/plan/work.hpp"

#include "core/experiment/phase_settings.hpp"

#undef CHECK  // LibTorch's logging defines one, which would count nothing
#include <doctest/doctest.h>

#include <numeric>

using namespace crescent;

namespace {

// Draws the first prompts; every `every` steps of a phase it probes all eligible ones, a few at a time.
class RefreshingSampler : public PromptSampler {
 public:
  explicit RefreshingSampler(int64_t every) : every_(every) {}
  void draw(const SamplerContext& ctx, std::span<uint64_t> prompts, std::span<double>) override {
    for (size_t i = 0; i < prompts.size(); ++i) prompts[i] = ctx.eligible[i % ctx.eligible.size()];
    ++draws;
  }
  std::vector<ProbeRequest> plan_probe(const SamplerContext& ctx, uint64_t capacity) override {
    if (ctx.step % every_ != 0) return {};
    if (step_ != ctx.step) step_ = ctx.step, answered_ = 0;
    std::vector<ProbeRequest> plan;
    for (size_t i = answered_; i < std::min(answered_ + 10, ctx.eligible.size()); ++i)
      if ((plan.size() + 1) * 8 <= capacity) plan.push_back({ctx.eligible[i], 8});
    return plan;
  }
  void observe(const SamplerContext&, std::span<const ScoredGroup> groups) override {
    for (const ScoredGroup& group : groups) {
      if (group.group.rollouts.size() == 8) ++answered_;
      for (const uint8_t pass : group.passed) passed += pass;
      observed += static_cast<int64_t>(group.group.rollouts.size());
    }
  }
  std::vector<double> weights(const SamplerContext&) override { return {}; }
  std::string save_state() const override { return ""; }
  void load_state(std::string_view) override {}
  int64_t draws = 0, passed = 0, observed = 0;

 private:
  int64_t every_, step_ = -1;
  size_t answered_ = 0;
};

struct Bench {
  RunConfig config;
  DataSizes sizes;
  std::map<View, std::vector<uint64_t>> eligible;

  Bench() {
    config.grpo.prompts = 4;
    config.grpo.group = 3;
    config.grpo.max_response_tokens = 10;
    config.phases = {phase("one", View::text, 20), phase("two", View::image, 30)};
    config.validation.views = {"text", "image"};
    config.validation.samples = 2;
    for (const View view : {View::text, View::image}) {
      eligible[view].resize(25);
      std::iota(eligible[view].begin(), eligible[view].end(), uint64_t{0});
      for (uint64_t i = 0; i < 25; ++i) sizes.train[view].add(i, view == View::text ? 20 : 50, 0);
      for (uint64_t i = 0; i < 12; ++i) sizes.val[view].add(i, 30, 0);
    }
  }
  static PhaseConfig phase(const char* name, View view, int64_t steps) {
    PhaseConfig config;
    config.name = name;
    config.view = view;
    config.planned_steps = config.most_steps = steps;
    return config;
  }
  RunWork work(PromptSampler* sampler = nullptr, double patience_s = 60) {
    Problems none;
    resolve_phase_settings(config, none);
    PhaseSamplers samplers;
    for (const PhaseConfig& phase : config.phases) samplers[phase.name] = sampler;
    return plan_work(config, sizes, eligible, samplers, patience_s);
  }
};

}  // namespace

TEST_CASE("rollouts and tokens are steps times prompts times group, responses at their limit") {
  const RunWork work = Bench().work();
  REQUIRE(work.phases.size() == 2);
  CHECK(work.phases[0].rollouts == 20 * 4 * 3);
  CHECK(work.phases[0].response_tokens == 20 * 4 * 3 * 10);
  CHECK(work.phases[0].prompt_tokens == 20 * 4 * 20);
  CHECK(work.phases[1].rollouts == 30 * 4 * 3);
  CHECK(work.phases[1].probe_rollouts == 0);
  CHECK(!work.open_end);
}

TEST_CASE("a replayed share of the steps shows the other phase's view") {
  Bench bench;
  bench.config.phases[1].replay = {{"one", 0.1}};
  const RunWork work = bench.work();
  CHECK(work.phases[1].by_view.size() == 2);
  CHECK(work.phases[1].by_view.at(View::text) == 3);
  CHECK(work.phases[1].by_view.at(View::image) == 27);
  CHECK(work.phases[1].prompt_tokens == 4 * (3 * 20 + 27 * 50));
}

TEST_CASE("validations are those of the start, the cold start, every n steps and the phases' ends, none twice") {
  Bench bench;
  CHECK(bench.work().validations == 1 + 2);  // start, two ends
  CHECK(bench.work().validation_rollouts == 2 * 12 * (1 + 2));
  bench.config.validation.every = 10;
  CHECK(bench.work().validations == 1 + 5);  // both ends are multiples of 10
  bench.config.validation.every = 15;
  CHECK(bench.work().validations == 1 + 2 + 3);  // 15, 30, 45 and the ends 20 and 50
  bench.config.sft.steps = 7;
  bench.config.validation.at_start = false;
  bench.config.validation.prompts = 5;
  CHECK(bench.work().validations == 1 + 2 + 3);  // after the cold start; 15, 30, 45; the ends 27 and 57
  CHECK(bench.work().validation_rollouts == 2 * 5 * (1 + 2));
  CHECK(bench.work().cold_start_examples == 7 * 48);
}

TEST_CASE("a phase that its budget may end early is counted with the steps that its curriculum plans") {
  Bench bench;
  bench.config.phases[1].planned_steps = -1;
  const RunWork work = bench.work();
  CHECK(work.phases[1].may_end_early);
  CHECK(work.phases[1].steps == 30);
  CHECK(work.phases[1].rollouts == 30 * 4 * 3);
  CHECK(!work.phases[0].may_end_early);
  CHECK(!work.open_end);
}

TEST_CASE("a sampler's probes are counted by asking it at every step") {
  Bench bench;
  RefreshingSampler sampler(10);
  const RunWork work = bench.work(&sampler);
  CHECK(work.phases[0].probe_rollouts == 2 * 25 * 8);  // steps 0 and 10
  CHECK(work.phases[1].probe_rollouts == 3 * 25 * 8);  // steps 20, 30 and 40
  CHECK(work.largest_probe.prompts == 10);
  CHECK(work.largest_probe.rollouts == 80);
  CHECK(sampler.draws == 50);
  CHECK(work.sampler_asked_steps == 50);
  CHECK(sampler.observed == 50 * 4 * 3 + 5 * 25 * 8);
  CHECK(sampler.passed > sampler.observed / 4);
}

TEST_CASE("a phase that decides at run time is planned by the step") {
  Bench bench;
  bench.config.phases[1].planned_steps = bench.config.phases[1].most_steps = -1;
  RefreshingSampler sampler(10);
  const RunWork work = bench.work(&sampler);
  CHECK(work.open_end);
  CHECK(work.phases[1].steps == 0);
  CHECK(work.phases[1].rollouts == 4 * 3);
  CHECK(work.phases[1].probe_rollouts == kOpenPhaseSteps / 10 * 25 * 8);
  CHECK(work.validations == 1 + 1);
}

TEST_CASE("a sampler that takes too long is asked no further, and the plan says how far") {
  Bench bench;
  RefreshingSampler sampler(10);
  const RunWork work = bench.work(&sampler, 0);
  CHECK(work.sampler_asked_steps == 0);
  CHECK(work.grpo_steps == 50);
  CHECK(work.phases[1].rollouts == 30 * 4 * 3);
}
