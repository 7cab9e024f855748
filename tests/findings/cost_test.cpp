#include "core/findings/cost.hpp"

#include <cmath>

#include "tests/findings/made_sweep.hpp"

namespace crescent {

namespace {

// Two seconds a step, and one for a validation before the first.
StepSeconds two_a_step() {
  StepSeconds seconds{{0, 1}};
  for (int64_t step = 1; step <= 100; ++step) seconds.emplace_back(step, 2);
  return seconds;
}

}  // namespace

TEST_CASE("shared work counts once") {
  const MadeSweep made({1}, Json(), [](double, int, int64_t) { return 0.5; });
  const SweepFiles sweep = made.read();
  const SweepCost cost = cost_of(sweep, std::vector<StepSeconds>(sweep.cells.size(), two_a_step()));
  CHECK(cost.why_not == "");
  CHECK(cost.asked_steps == 4 * 100);
  CHECK(cost.run_steps == 4 * 100 - 20 - 40);
  CHECK(cost.asked_seconds == 4 * 201);
  CHECK(cost.run_seconds == 4 * 201 - 41 - 81);
}

TEST_CASE("work that no finished run needed is not in the cost of the finished ones") {
  const MadeSweep made({1}, Json(), [](double lambda, int warm, int64_t) {
    return warm == 40 || lambda == 0.5 ? std::nullopt : std::optional(0.5);
  });
  const SweepFiles sweep = made.read();
  const SweepCost cost = cost_of(sweep, std::vector<StepSeconds>(sweep.cells.size(), two_a_step()));
  CHECK(cost.runs == 1);
  CHECK(cost.asked_steps == 100);
  CHECK(cost.run_steps == 100);
  CHECK(std::isnan(cost.edge_seconds[3]));  // of warm = 40
}

TEST_CASE("a saving that cannot be reckoned is not made up") {
  MadeSweep made({1}, Json(), [](double, int, int64_t) { return 0.5; });
  made.tree["edges"][0]["to_step"] = Json();
  made.write();
  CHECK(cost_of(made.read(), std::vector<StepSeconds>(4)).why_not == "tree.json does not say where stem-20-1 ends");
  made.tree["edges"] = Json::array();
  made.write();
  CHECK(cost_of(made.read(), std::vector<StepSeconds>(4)).why_not ==
        "there is no tree.json that says which work was shared");
}

}  // namespace crescent
