#include "core/plan/duration.hpp"

#undef CHECK  // LibTorch's logging defines one, which would count nothing
#include <doctest/doctest.h>

using namespace crescent;

namespace {

struct Bench {
  RunConfig config;
  RunWork work;
  StepSeconds seconds;
  Bench() {
    config.grpo.prompts = 4;
    config.grpo.group = 5;
    config.phases.resize(1);
    config.phases[0].view = View::image;
    config.validation.views = {"image"};
    seconds.cold_start = 0.5;
    seconds.rollout = {{View::text, 1}, {View::image, 2}};
    seconds.update = {{View::text, 3}, {View::image, 5}};
    seconds.validation = 7;
    work.cold_start_steps = 10;
    work.validations = 2;
    work.phases = {{.name = "see",
                    .steps = 8,
                    .by_view = {{View::text, 2}, {View::image, 6}},
                    .response_tokens = 8 * 20 * 64,
                    .trained_tokens = 8 * 20 * 64,
                    .probe_rollouts = 60}};
  }
};

}  // namespace

TEST_CASE("a phase takes the rollouts and updates of each view that it shows, and its probes as rollouts") {
  const Bench b;
  const auto parts = durations(b.config, b.work, b.seconds, Resampling::at_most);
  REQUIRE(parts.size() == 3);
  CHECK(parts[0].seconds == doctest::Approx(5));
  CHECK(parts[1].seconds == doctest::Approx(2 * (1 + 3) + 6 * (2 + 5) + 3 * 2));  // 60 rollouts are three batches
  CHECK(parts[2].seconds == doctest::Approx(14));
  CHECK(together(parts) == doctest::Approx(5 + 56 + 14));
}

TEST_CASE("a phase that decides at run time is told by the step and is in no sum") {
  Bench b;
  b.work.phases[0] = {.name = "see",
                      .steps = 0,
                      .by_view = {{View::image, 1}},
                      .response_tokens = 20 * 64,
                      .trained_tokens = 20 * 64,
                      .probe_rollouts = 20 * kOpenPhaseSteps};
  const auto parts = durations(b.config, b.work, b.seconds, Resampling::at_most);
  CHECK(parts[1].each_step);
  CHECK(parts[1].seconds == doctest::Approx(2 + 5 + 2));  // a batch of probes each step
  CHECK(together(parts) == doctest::Approx(5 + 14));
}

TEST_CASE("a phase with longer responses takes longer, and one that resamples rolls out more at most") {
  Bench b;
  b.work.phases[0].trained_tokens *= 2;
  b.work.phases[0].response_tokens *= 6;  // twice as long, and twice resampled
  CHECK(durations(b.config, b.work, b.seconds, Resampling::none)[1].seconds == doctest::Approx(2 * 50 + 3 * 2));
  CHECK(durations(b.config, b.work, b.seconds, Resampling::at_most)[1].seconds ==
        doctest::Approx(2 * (6 * 1 + 2 * 3) + 6 * (6 * 2 + 2 * 5) + 3 * 2));
}
