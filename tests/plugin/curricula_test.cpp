// The bundled curricula.
#include <doctest/doctest.h>

#include "core/plugin/plugin.hpp"
#include "tests/plugin/building.hpp"

using namespace crescent;
using namespace crescent::testing;

namespace {

std::unique_ptr<PhasePolicy> policy(const std::string& name,
                                    const std::vector<std::pair<std::string, Value>>& options) {
  PluginUse u{bundled(name), {}, {}};
  for (const auto& [key, value] : options) u.options.set(key, value);
  return make_policy(u, {}, {});
}

Progress at(int64_t phase_step, int64_t total_step, std::vector<MetricPoint> history = {}) {
  Progress p;
  p.phase = "enhancement";
  p.phase_step = phase_step;
  p.total_step = total_step;
  if (!history.empty()) p.validation = {{"val/image/accuracy", std::move(history)}};
  return p;
}

}  // namespace

TEST_CASE("fixed_steps leaves after its steps and not before") {
  const auto p = policy("fixed_steps", {{"steps", Value(int64_t{40})}});
  CHECK(p->decide(at(1, 600)).kind == Decision::Kind::stay);
  CHECK(p->decide(at(39, 639)).kind == Decision::Kind::stay);
  const Decision left = p->decide(at(40, 640));
  CHECK(left.kind == Decision::Kind::advance);
  CHECK(left.reason == "40 of 40 steps are done");
}

TEST_CASE("fixed_steps plans its phase, under any file name; plateau does not") {
  const TempFolder folder;
  std::filesystem::copy_file(bundled("fixed_steps"), folder / "timer.so");
  for (const std::string& path : {bundled("fixed_steps"), folder / "timer.so"}) {
    PluginUse u{path, {}, {}};
    u.options.set("steps", Value(int64_t{40}));
    CHECK(planned_phase_steps(u, {}, {}) == 40);
  }
  CHECK(planned_phase_steps({bundled("plateau"), {}, {}}, {}, {}) == -1);
}

TEST_CASE("plateau leaves when so many validations of its own phase brought no gain") {
  const auto p = policy("plateau", {{"patience", Value(int64_t{2})}, {"min_gain", Value(0.01)}});
  CHECK(p->decide(at(1, 101)).kind == Decision::Kind::stay);  // nothing validated yet
  CHECK(p->decide(at(30, 130, {{90, 0.9}, {100, 0.4}, {110, 0.5}, {120, 0.505}})).kind == Decision::Kind::stay);
  CHECK(p->decide(at(30, 130, {{90, 0.9}, {100, 0.4}, {110, 0.5}, {120, 0.505}, {130, 0.52}})).kind ==
        Decision::Kind::stay);
  const Decision left = p->decide(at(30, 130, {{90, 0.9}, {100, 0.4}, {110, 0.5}, {120, 0.505}, {130, 0.51}}));
  CHECK(left.kind == Decision::Kind::advance);
  CHECK(left.reason == "val/image/accuracy has not risen above 0.5 in 2 validations");
}

TEST_CASE("plateau is told what the run validates, so that what could never end it is refused before the first step") {
  const auto error = [](std::vector<std::pair<std::string, Value>> options, ValidationPlan plan) {
    PluginUse u{bundled("plateau"), {}, Place{"experiment.lua", 9}};
    for (const auto& [key, value] : options) u.options.set(key, value);
    HostServices services;
    services.validation = std::move(plan);
    try {
      const int64_t planned = planned_phase_steps(u, {}, services);  // outside of CHECK, which would keep the error
      CHECK(planned == -1);
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  const std::vector<std::string> names = {"val/text/accuracy", "val/image/accuracy"};
  CHECK(error({}, {names, 20}).empty());
  CHECK(error({{"metric", Value(std::string("val/imag/accuracy"))}}, {names, 20}) ==
        "experiment.lua:9: curriculum \"plateau\": create failed: there is no validation metric \"val/imag/accuracy\"; "
        "there are val/text/accuracy, val/image/accuracy");
  CHECK(error({}, {names, 0}) ==
        "experiment.lua:9: curriculum \"plateau\": create failed: nothing is validated while the phase lasts "
        "(validate.every is 0), so it would never end: set validate.every, or max_steps");
  CHECK(error({{"max_steps", Value(int64_t{50})}}, {names, 0}).empty());
}

TEST_CASE("plateau leaves at max_steps in any case, and an unknown metric is an error that names the known ones") {
  const auto p = policy("plateau", {{"max_steps", Value(int64_t{50})}});
  CHECK(p->decide(at(49, 49)).kind == Decision::Kind::stay);
  CHECK(p->decide(at(50, 50)).reason == "50 steps are done (max_steps)");
  const auto lost = policy("plateau", {{"metric", Value(std::string("val/imag/accuracy"))}});
  CHECK_THROWS_WITH_AS(lost->decide(at(5, 5, {{0, 0.1}})),
                       "curriculum \"plateau\": decide failed: there is no validation metric \"val/imag/accuracy\"; "
                       "there are val/image/accuracy",
                       Error);
}
