#include "core/train/grpo_trainer.hpp"

#include "tests/train/batches.hpp"
#include "tests/train/scripted.hpp"

#undef CHECK  // LibTorch's logging defines one, which would count nothing
#include <doctest/doctest.h>

using namespace crescent;

namespace {

// One phase of text on tiny-vl, with a sampler whose probes a test decides.
struct Bench {
  RunConfig config;
  Dataset data = text_records(5, "train.jsonl");
  VisionLanguageModel model = VisionLanguageModel::random(tiny_vl_config(), 1);
  Processor processor{CRESCENT_SOURCE_DIR "/models/tiny-vl", tiny_vl_config()};
  Generator generator{model, {.banned_tokens = processor.banned_tokens()}};
  std::vector<WeightedReward> rewards{
      {"r", 1, std::make_shared<ScriptedReward>([](const Sample& s) { return s.index_in_group; })}};
  Scorer scorer{rewards, {}, 1};
  Collector collector{processor, "", 100, generator, scorer};
  TurnSampler sampler;
  PhaseMachine phases{{{"only", View::text, std::make_shared<StepsPolicy>(5), {}}}};
  std::unique_ptr<GrpoTrainer> trainer;

  Bench() {
    config.grpo.prompts = 2;
    config.grpo.group = 3;
    config.grpo.max_response_tokens = 4;
    config.sampler.plugin = "curious";
    config.phases = {{.name = "only", .view = View::text}};
    model.set_requires_grad(true);
    trainer = std::make_unique<GrpoTrainer>(config, model, data, collector, rewards, sampler, phases, nullptr);
  }
};

}  // namespace

TEST_CASE("a sampler may measure its prompts again and again within a step, up to a limit for each prompt") {
  Bench bench;
  int rounds = 0;
  bench.sampler.probes = [&] {
    return rounds++ < 16 ? std::vector<ProbeRequest>{{1, 2}, {3, 1}} : std::vector<ProbeRequest>();
  };
  GrpoStep made;
  bench.trainer->step(1, made);
  CHECK(value_or_nan(made.report.metrics, "probe_rollouts") == 48);
  CHECK(made.probes.size() == 16);
  CHECK(bench.sampler.observed == 32 + 2);
  CHECK(made.batch.groups.size() == 2);

  bench.sampler.probes = [] { return std::vector<ProbeRequest>{{3, 2}}; };  // and never an end
  CHECK(
      error_of([&] {
        GrpoStep next;
        bench.trainer->step(2, next);
      }) ==
      "step 2: sampler \"curious\" asks for probes of record \"r3\" for the 17th time, after 32 rollouts of this step "
      "that only measure prompts; 16 times a prompt is the limit: its plan_probe must plan nothing once it has seen "
      "what it asked for");
}

TEST_CASE("a step that fails leaves the caller what it had collected") {
  Bench bench;
  GrpoTrainer trainer(bench.config, bench.model, bench.data, bench.collector, bench.rewards, bench.sampler,
                      bench.phases, [](int64_t, int64_t) -> double { fail("no rate today"); });
  GrpoStep made;
  CHECK(error_of([&] { trainer.step(1, made); }) == "no rate today");
  CHECK(made.report.step == 1);
  CHECK(made.batch.groups.size() == 2);
  CHECK(made.advantages.size() == 2);
}

TEST_CASE(
    "groups without signal are replaced by new prompts, so many times at most, and the sampler hears of them all") {
  Bench bench;
  bench.config.grpo.resample = 3;
  // Only record 3 has signal: it is the fourth that the sampler gives out.
  bench.rewards[0].reward = std::make_shared<ScriptedReward>(
      [](const Sample& s) { return s.record_id == "r3" ? static_cast<double>(s.index_in_group) : 1.0; });
  Scorer scorer(bench.rewards, {}, 1);
  Collector collector(bench.processor, "", 100, bench.generator, scorer);
  GrpoTrainer trainer(bench.config, bench.model, bench.data, collector, bench.rewards, bench.sampler, bench.phases,
                      nullptr);
  GrpoStep made;
  trainer.step(1, made);
  const auto records = [](const Collected& part) {
    std::vector<uint64_t> out;
    for (const ScoredGroup& group : part.groups) out.push_back(group.group.draw.prompt_index);
    return out;
  };
  REQUIRE(made.replaced.size() == 3);
  CHECK(records(made.replaced[0]) == std::vector<uint64_t>{0, 1});
  CHECK(records(made.replaced[1]) == std::vector<uint64_t>{2});  // 3 stays in its place from here on
  CHECK(records(made.replaced[2]) == std::vector<uint64_t>{4});
  CHECK(records(made.batch) == std::vector<uint64_t>{0, 3});  // the last round's, though it has no signal
  CHECK(made.batch.groups[0].group.draw.visit == 1);
  CHECK(made.batch.prompts.size() == 2);
  CHECK(bench.sampler.observed == 6);
  CHECK(value_or_nan(made.report.metrics, "replaced_groups") == 4);
  CHECK(value_or_nan(made.report.metrics, "zero_variance_groups") == doctest::Approx(5.0 / 6));  // of all six
  CHECK(value_or_nan(made.report.metrics, "reward") == doctest::Approx((5 * 3 * 1.0 + 0 + 1 + 2) / 18));
  CHECK(made.advantages.size() == 2);
  CHECK(made.advantages[0].zero_variance);
  CHECK_FALSE(made.advantages[1].zero_variance);
}

TEST_CASE("a batch that has signal is not resampled, and without the option nothing is counted") {
  Bench bench;
  bench.config.grpo.resample = 3;
  GrpoTrainer trainer(bench.config, bench.model, bench.data, bench.collector, bench.rewards, bench.sampler,
                      bench.phases, nullptr);
  GrpoStep made, without;
  trainer.step(1, made);
  CHECK(made.replaced.empty());
  CHECK(value_or_nan(made.report.metrics, "replaced_groups") == 0);
  bench.config.grpo.resample = 0;
  trainer.step(2, without);
  CHECK_FALSE(find_value(without.report.metrics, "replaced_groups"));
}
