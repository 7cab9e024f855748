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
