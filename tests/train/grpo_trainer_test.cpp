#include "core/train/grpo_trainer.hpp"

#include "core/experiment/phase_settings.hpp"
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
  Roles roles;
  std::optional<Scorer> scorer;
  std::optional<Collector> collector;
  std::shared_ptr<TurnSampler> sampler = std::make_shared<TurnSampler>();
  PhaseMachine phases{{{"only", View::text, std::make_shared<StepsPolicy>(5), {}}}};

  Bench() {
    config.grpo.prompts = 2;
    config.grpo.group = 3;
    config.grpo.max_response_tokens = 4;
    config.sampler.plugin = "curious";
    config.phases = {{.name = "only", .view = View::text}};
    model.set_requires_grad(true);
    judge([](const Sample& s) { return static_cast<double>(s.index_in_group); });
    roles.sampler = sampler;
    roles.phases.resize(1);
  }
  void judge(std::function<double(const Sample&)> verdict) {
    roles.rewards = {{"r", 1, std::make_shared<ScriptedReward>(std::move(verdict))}};
    collector.reset();
    scorer.emplace(roles.rewards, PassRule{}, 1);
    collector.emplace(processor, "", 100, generator, *scorer);
  }
  GrpoTrainer make() {
    Problems none;
    resolve_phase_settings(config, none);
    none.throw_if_any();
    return GrpoTrainer(config, model, data, *collector, roles, phases);
  }
};

}  // namespace

TEST_CASE("a sampler may measure its prompts again and again within a step, up to a limit for each prompt") {
  Bench bench;
  int rounds = 0;
  bench.sampler->probes = [&] {
    return rounds++ < 16 ? std::vector<ProbeRequest>{{1, 2}, {3, 1}} : std::vector<ProbeRequest>();
  };
  GrpoTrainer trainer = bench.make();
  GrpoStep made;
  trainer.step(1, made);
  CHECK(value_or_nan(made.report.metrics, "probe_rollouts") == 48);
  CHECK(made.probes.size() == 16);
  CHECK(bench.sampler->observed == 32 + 2);
  CHECK(made.batch.groups.size() == 2);

  bench.sampler->probes = [] { return std::vector<ProbeRequest>{{3, 2}}; };  // and never an end
  CHECK(
      error_of([&] {
        GrpoStep next;
        trainer.step(2, next);
      }) ==
      "step 2: sampler \"curious\" asks for probes of record \"r3\" for the 17th time, after 32 rollouts of this step "
      "that only measure prompts; 16 times a prompt is the limit: its plan_probe must plan nothing once it has seen "
      "what it asked for");
}

TEST_CASE("a step that fails leaves the caller what it had collected") {
  Bench bench;
  bench.roles.grpo_schedule = [](int64_t, int64_t) -> double { fail("no rate today"); };
  GrpoTrainer trainer = bench.make();
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
  bench.judge([](const Sample& s) { return s.record_id == "r3" ? static_cast<double>(s.index_in_group) : 1.0; });
  GrpoTrainer trainer = bench.make();
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
  CHECK(bench.sampler->observed == 6);
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
  GrpoTrainer trainer = bench.make();
  GrpoStep made, without;
  trainer.step(1, made);
  CHECK(made.replaced.empty());
  CHECK(value_or_nan(made.report.metrics, "replaced_groups") == 0);
  bench.config.phases[0].grpo.resample = 0;
  trainer.step(2, without);
  CHECK_FALSE(find_value(without.report.metrics, "replaced_groups"));
}

TEST_CASE("a phase has its own limits, rate, sampler and KL; a replayed batch is drawn as its own phase has it") {
  Bench bench;
  bench.config.phases = {{.name = "first", .view = View::text}, {.name = "second", .view = View::text}};
  bench.config.phases[1].replay = {{"first", 0.5}};
  bench.config.grpo.adamw.lr = 1e-3;
  Table given, kl;
  given.set("group", Value(int64_t{2}));
  given.set("lr", Value(4e-3));
  given.set("max_response_tokens", Value(int64_t{2}));
  kl.set("coefficient", Value(0.1));
  given.set("kl", Value(kl));
  bench.config.phases[1].grpo_given = given;
  const auto own = std::make_shared<TurnSampler>();
  bench.roles.phases.resize(2);
  bench.roles.phases[1].sampler = own;
  bench.phases = PhaseMachine({{"first", View::text, std::make_shared<StepsPolicy>(1), {}},
                               {"second", View::text, std::make_shared<StepsPolicy>(5), {{"first", 0.5}}}});
  GrpoTrainer trainer = bench.make();
  const auto step = [&](int64_t number) {
    GrpoStep made;
    trainer.step(number, made);
    bench.phases.finish_step(0, 0);
    return made;
  };
  const auto longest = [](const GrpoStep& made) {
    size_t most = 0;
    for (const ScoredGroup& group : made.batch.groups)
      for (const Rollout& r : group.group.rollouts) most = std::max(most, r.tokens.size());
    return most;
  };
  const GrpoStep first = step(1), second = step(2), replayed = step(3);
  REQUIRE(second.source.phase == "second");
  REQUIRE(replayed.source.phase == "first");
  CHECK(first.batch.groups[0].group.rollouts.size() == 3);
  CHECK(second.batch.groups[0].group.rollouts.size() == 2);
  CHECK(replayed.batch.groups[0].group.rollouts.size() == 3);
  CHECK(longest(first) == 4);
  CHECK(longest(second) == 2);
  CHECK(longest(replayed) == 4);
  CHECK(value_or_nan(first.report.metrics, "lr") == 1e-3);
  CHECK(value_or_nan(second.report.metrics, "lr") == 4e-3);
  CHECK(value_or_nan(replayed.report.metrics, "lr") == 4e-3);  // it is learned from as the phase in progress does
  CHECK_FALSE(find_value(first.report.metrics, "kl"));
  CHECK(find_value(second.report.metrics, "kl"));
  CHECK(own->observed == 2);
  CHECK(bench.sampler->observed == 4);
}

TEST_CASE("a phase's own schedule counts the phase's steps") {
  Bench bench;
  bench.config.phases = {{.name = "first", .view = View::text, .planned_steps = 1},
                         {.name = "second", .view = View::text, .planned_steps = 4}};
  bench.config.grpo.adamw.lr = 1;
  Table given;
  given.set("schedule", Value(std::string("linear")));
  given.set("warmup_steps", Value(int64_t{2}));
  bench.config.phases[1].grpo_given = given;
  bench.roles.phases.resize(2);
  bench.phases = PhaseMachine({{"first", View::text, std::make_shared<StepsPolicy>(1), {}},
                               {"second", View::text, std::make_shared<StepsPolicy>(4), {}}});
  bench.judge([](const Sample&) { return 0.0; });  // no signal, no update
  GrpoTrainer trainer = bench.make();
  std::vector<double> rates;
  for (int64_t i = 1; i <= 5; ++i) {
    GrpoStep made;
    trainer.step(i, made);
    rates.push_back(value_or_nan(made.report.metrics, "lr"));
    bench.phases.finish_step(0, 0);
  }
  CHECK(rates == std::vector<double>{1, 0.5, 1, 0.5, 0});
}
