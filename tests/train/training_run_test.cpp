#include "core/train/training_run.hpp"

#include "core/experiment/phase_settings.hpp"

#include <map>

#include "core/rundir/metrics_reader.hpp"
#include "core/rundir/rollout_reader.hpp"
#include "tests/test_folder.hpp"
#include "tests/train/batches.hpp"
#include "tests/train/scripted.hpp"

#undef CHECK  // LibTorch's logging defines one, which would count nothing
#include <doctest/doctest.h>

using namespace crescent;

namespace {

struct NoTerminal : MetricSink {
  void step(const StepReport&) override {}
};

// A run of one phase of text without a cold start, from nothing to its directory.
struct Bench {
  TestFolder folder{"training_run"};
  RunConfig config;
  VisionLanguageModel model = VisionLanguageModel::random(tiny_vl_config(), 1);
  Processor processor{CRESCENT_SOURCE_DIR "/models/tiny-vl", tiny_vl_config()};
  Datasets data{text_records(6, "train.jsonl"), text_records(3, "val.jsonl"), {}};
  std::shared_ptr<ScriptedReward> reward;
  Roles roles;
  Environment environment;
  NoTerminal terminal;
  std::vector<std::string> tasks;  // that ended, and how far they had come
  OnProgress on_progress = [this](const TaskProgress& task) {
    if (task.ended) tasks.push_back(fmt::format("{} {}/{}", task.task, task.done, task.total));
  };
  std::atomic<bool> stop{false};
  std::unique_ptr<RunDirectory> directory;

  Bench(int64_t steps, std::function<double(const Sample&)> verdict, RolloutLogConfig keep = {.every = 0})
      : reward(std::make_shared<ScriptedReward>(std::move(verdict))) {
    config.grpo.prompts = 2;
    config.grpo.group = 2;
    config.grpo.max_response_tokens = 4;
    config.grpo.advantage = "none";
    config.phases = {{.name = "only", .view = View::text, .planned_steps = steps}};
    config.validation.views = {"text"};
    config.validation.samples = 0;
    config.validation.at_start = false;
    roles.rewards = {{"r", 1, reward}};
    roles.sampler = std::make_shared<TurnSampler>();
    roles.phases = {{.policy = std::make_shared<StepsPolicy>(steps)}};
    directory = RunDirectory::create_or_open(folder.path, {"name = \"x\"\n", {}});
    directory->begin({}, {.step = -1}, {{"r", {}}}, keep, /*tensorboard=*/false);
  }
  TrainingRun::Outcome run() {
    Problems none;
    resolve_phase_settings(config, none);
    return TrainingRun({config, model, processor, data, roles, environment, *directory, terminal, on_progress, stop,
                        [](auto&) {}})
        .run();
  }
  // Samples whose responses are kept, by step; a step without an entry has none of its samples in rollouts/.
  std::map<int64_t, int64_t> kept() const {
    std::map<int64_t, int64_t> samples;
    const RolloutReader reader(folder.path);
    for (const StepFrame& step : reader.steps()) samples[step.step] = step.samples_in_full;
    return samples;
  }
};

using Kept = std::map<int64_t, int64_t>;

}  // namespace

TEST_CASE("a run tells of everything in a step that may take long, and how far it came") {
  Bench bench(1, [](const Sample& s) { return s.index_in_group; });
  bench.run();
  CHECK(bench.tasks == std::vector<std::string>{"step 1: rollouts 2/2", "step 1: update 2/2", "step 1: validation 3/3",
                                                "saving step 1 0/0"});
}

TEST_CASE("responses are kept in the steps that are asked for") {
  Bench bench(3, [](const Sample& s) { return s.index_in_group; }, {.every = 2});
  bench.run();
  CHECK(bench.kept() == Kept{{1, 0}, {2, 4}, {3, 0}});
}

TEST_CASE("the batches of updates that were skipped are kept whatever the setting, that of the last one too") {
  Bench bench(5, [](const Sample& s) {  // finite as a reward, infinite as a loss in f32
    return s.step == 1 ? s.index_in_group : s.index_in_group == 0 ? 1e300 : -1e300;
  });
  CHECK(error_of([&] { bench.run(); }).find("step 4: the loss or its gradient was not finite in 3 updates") == 0);
  CHECK(bench.kept() == Kept{{1, 0}, {2, 4}, {3, 4}, {4, 4}});
  const auto steps = read_metrics(bench.folder.path);
  CHECK(value_or_nan(steps.back().metrics, "skipped_updates") == 2);
}

TEST_CASE("the batch is kept when the update throws") {
  Bench bench(2, [](const Sample& s) { return s.index_in_group; });
  bench.roles.grpo_schedule = [](int64_t, int64_t) -> double { fail("no rate today"); };
  CHECK(error_of([&] { bench.run(); }) == "no rate today");
  CHECK(bench.kept() == Kept{{1, 4}});
}

TEST_CASE("what plugins record while held-out records are judged is no part of the training step") {
  bool recording = true;
  std::atomic<int> recorded{0};
  Bench bench(2, [&](const Sample& s) { return recorded += recording, s.index_in_group; });
  bench.roles.record_plugin_metrics = [&](bool on) { recording = on; };
  bench.roles.plugin_metrics = [&] { return NamedValues{{"plugin/r/samples", recorded.exchange(0)}}; };
  bench.run();
  const auto steps = read_metrics(bench.folder.path);
  REQUIRE(steps.size() == 2);
  for (const StepReport& step : steps) CHECK(value_or_nan(step.metrics, "plugin/r/samples") == 4);
  CHECK(find_value(steps.back().metrics, "val/text/accuracy"));  // which judged three more
}
