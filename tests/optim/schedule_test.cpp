#include "core/optim/schedule.hpp"

#include <doctest/doctest.h>

#include "core/base/error.hpp"
#include "core/base/json.hpp"

namespace crescent {
namespace {

ScheduleConfig shape(const char* name, int64_t warmup, double final_share) {
  ScheduleConfig config;
  config.shape = name;
  config.warmup_steps = warmup;
  config.final_share = final_share;
  return config;
}

TEST_CASE("linear and cosine schedules equal those of transformers") {
  const Json golden = read_json_file(CRESCENT_SOURCE_DIR "/tests/golden/grpo_optim.json");
  for (int64_t step = 1; step <= 20; ++step) {
    CHECK(schedule_factor(shape("linear", 5, 0), step, 20) == doctest::Approx(golden["linear"][step].get<double>()));
    CHECK(schedule_factor(shape("cosine", 5, 0.1), step, 20) == doctest::Approx(golden["cosine"][step].get<double>()));
  }
}

TEST_CASE(
    "a schedule warms up in equal steps, is 1 at the warm-up's end and reaches its final share at the last step") {
  for (const char* name : {"linear", "cosine"}) {
    const ScheduleConfig config = shape(name, 4, 0.3);
    CHECK(schedule_factor(config, 1, 50) == 0.25);
    CHECK(schedule_factor(config, 4, 50) == 1);
    CHECK(schedule_factor(config, 50, 50) == doctest::Approx(0.3));
    for (int64_t step = 5; step <= 50; ++step) {
      CHECK(schedule_factor(config, step, 50) < schedule_factor(config, step - 1, 50));
    }
  }
  CHECK(schedule_factor(shape("constant", 0, 0), 7, -1) == 1);
  CHECK(schedule_factor(shape("constant", 10, 0), 7, -1) == 0.7);
}

TEST_CASE("a schedule refuses what it cannot answer") {
  CHECK_THROWS_WITH(schedule_factor(shape("cosin", 0, 0), 1, 10),
                    "schedule.shape = \"cosin\"; did you mean \"cosine\"?");
  CHECK_THROWS_WITH(schedule_factor(shape("linear", 0, 0), 1, -1),
                    "schedule.shape = \"linear\" needs to know the run's last step, but a phase decides while running "
                    "when it ends; give every phase a number of steps, or use \"constant\" or a function");
  CHECK_THROWS_WITH(schedule_factor(shape("linear", 0, 0), 0, 10),
                    "a schedule was asked for step 0; steps count from 1");
  CHECK_THROWS_WITH(schedule_factor(shape("linear", 0, 0), 11, 10), "a schedule of 10 steps was asked for step 11");
}

}  // namespace
}  // namespace crescent
