#include "core/report/curves.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace crescent;

namespace {

const Curve& curve(const Curves& curves, const std::string& name, const std::string& view = "") {
  for (const Curve& c : curves.curves)
    if (c.name == name && c.view == view) return c;
  FAIL("no curve " << name << " " << view);
  return curves.curves.front();
}

StepReport grpo(int64_t step, const std::string& phase, const std::string& view, double reward) {
  return {step, phase, view, {{"reward", reward}, {"grad_norm", 2 * reward}}, {}};
}

}  // namespace

TEST_CASE("a short run keeps every step; a metric that a step lacks is no number there") {
  std::vector<StepReport> steps = {{1, "cold_start", "", {{"sft/loss", 3}}, {}}, grpo(2, "a", "text", 0.25)};
  const Curves curves = make_curves(steps, 100);
  CHECK(curves.steps_per_point == 1);
  CHECK(curves.steps == std::vector<int64_t>{1, 2});
  CHECK(curves.phases == std::vector<std::string>{"cold_start", "a"});
  CHECK(curve(curves, "sft/loss").values[0] == 3);
  CHECK(std::isnan(curve(curves, "sft/loss").values[1]));
  CHECK(std::isnan(curve(curves, "reward").values[0]));
  CHECK(curve(curves, "reward").values[1] == 0.25);
}

TEST_CASE("a long run's points are means over as many steps as they say, and none reaches over two phases") {
  std::vector<StepReport> steps;
  for (int i = 1; i <= 7; ++i) steps.push_back(grpo(i, i <= 4 ? "a" : "b", "text", i));
  const Curves curves = make_curves(steps, 3);
  CHECK(curves.steps_per_point == 3);
  CHECK(curves.steps == std::vector<int64_t>{3, 4, 7});
  CHECK(curve(curves, "reward").values == std::vector<double>{2, 4, 6});
}

TEST_CASE("validation, which few steps have, keeps its own steps and every value") {
  std::vector<StepReport> steps;
  for (int i = 1; i <= 40; ++i) steps.push_back(grpo(i, "a", "text", i));
  steps[19].metrics.emplace_back("val/text/accuracy", 0.5);
  steps[39].metrics.emplace_back("val/text/accuracy", 0.75);
  const Curves curves = make_curves(steps, 4);
  const Curve& validation = curve(curves, "val/text/accuracy");
  CHECK(validation.steps == std::vector<int64_t>{20, 40});
  CHECK(validation.values == std::vector<double>{0.5, 0.75});
}

TEST_CASE("where batches show several views, reward has a curve for each, and the gradient's norm has not") {
  const std::vector<StepReport> steps = {grpo(1, "a", "text", 1), grpo(2, "a", "image", 0), grpo(3, "a", "text", 3)};
  const Curves curves = make_curves(steps, 100);
  const Curve& text = curve(curves, "reward", "text");
  CHECK((text.values[0] == 1 && std::isnan(text.values[1]) && text.values[2] == 3));
  CHECK(curve(curves, "reward", "image").values[1] == 0);
  CHECK(curve(curves, "reward").values == std::vector<double>{1, 0, 3});
  for (const Curve& c : curves.curves) CHECK((c.name == "reward" || c.view.empty()));
}

TEST_CASE("phase bands are stretches of steps; step 0 is before training, and a phase may come back") {
  const std::vector<StepReport> steps = {{0, "a", "", {}, {}},
                                         grpo(1, "a", "text", 1),
                                         grpo(2, "b", "text", 1),
                                         grpo(3, "b", "text", 1),
                                         grpo(4, "a", "text", 1)};
  const std::vector<PhaseBand> bands = phase_bands(steps);
  REQUIRE(bands.size() == 3);
  CHECK((bands[0].phase == "a" && bands[0].first_step == 1 && bands[0].last_step == 1));
  CHECK((bands[1].phase == "b" && bands[1].first_step == 2 && bands[1].last_step == 3));
  CHECK((bands[2].phase == "a" && bands[2].first_step == 4 && bands[2].last_step == 4));
}
