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
  CHECK(left.reason == "val/image/accuracy has not risen above 0.5 by 0.01 in 2 validations");
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

namespace {

std::vector<MetricPoint> every_ten(const std::vector<double>& values) {
  std::vector<MetricPoint> points;
  for (size_t i = 0; i < values.size(); ++i) points.push_back({static_cast<int64_t>(10 * i), values[i]});
  return points;
}

// What the policy decides after each validation of a phase that begins with the first of them.
std::vector<Decision> decisions(PhasePolicy& policy, const std::vector<double>& values) {
  std::vector<Decision> out;
  for (size_t n = 1; n <= values.size(); ++n)
    out.push_back(policy.decide(at(static_cast<int64_t>(10 * (n - 1)), static_cast<int64_t>(10 * (n - 1)),
                                   every_ten({values.begin(), values.begin() + static_cast<std::ptrdiff_t>(n)}))));
  return out;
}

std::string create_error(const std::string& name, std::vector<std::pair<std::string, Value>> options,
                         const ValidationPlan& plan, const std::string& own_phase = "") {
  PluginUse u{bundled(name), {}, {}};
  for (const auto& [key, value] : options) u.options.set(key, value);
  HostServices services;
  services.validation = plan;
  services.phases = {"foundation", "enhancement"};
  services.phase = own_phase;
  try {
    make_policy(u, {}, services);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("plateau with noise takes no new best for a gain that is within what the metric jumps about by") {
  // It has stopped rising, and a new best by luck comes now and then: without `noise` these keep the phase going.
  const std::vector<double> flat = {.50, .54, .49, .55, .50, .551, .49, .552, .50, .553, .48, .554};
  const auto plain = policy("plateau", {{"patience", Value(int64_t{3})}});
  for (const Decision& d : decisions(*plain, flat)) CHECK(d.kind == Decision::Kind::stay);
  const auto wary = policy("plateau", {{"patience", Value(int64_t{3})}, {"noise", Value(1.0)}});
  const auto decided = decisions(*wary, flat);
  CHECK(decided[2].kind == Decision::Kind::stay);
  CHECK(decided[3].reason == "val/image/accuracy has not risen above 0.5 by 0.05242 in 3 validations");
  // A steady rise is no noise: it goes on.
  std::vector<double> rising;
  for (int i = 0; i < 20; ++i) rising.push_back(0.3 + 0.02 * i + (i % 2 ? 0.003 : 0));
  for (const Decision& d :
       decisions(*policy("plateau", {{"patience", Value(int64_t{3})}, {"noise", Value(1.0)}}), rising))
    CHECK(d.kind == Decision::Kind::stay);
}

TEST_CASE("one jump is no noise: a metric that leapt once and is flat since is at its plateau") {
  // The root mean square of these differences is .15, which no later gain would exceed; their median is .01.
  const std::vector<double> leapt = {.10, .11, .62, .63, .62, .63, .66, .67, .66, .67};
  const auto decided = decisions(*policy("plateau", {{"patience", Value(int64_t{4})}, {"noise", Value(2.0)}}), leapt);
  CHECK(decided[6].kind == Decision::Kind::stay);  // .66 is a new best: .04 above .62, four times the noise
  CHECK(decided[9].kind == Decision::Kind::stay);
  const auto flat = decisions(*policy("plateau", {{"patience", Value(int64_t{4})}, {"noise", Value(2.0)}}),
                              {.10, .11, .62, .63, .62, .63, .62});
  CHECK(flat[6].reason == "val/image/accuracy has not risen above 0.62 by 0.02097 in 4 validations");
}

TEST_CASE("return_on_fall sees a fall at once, however many times the noise is asked for, and no fall in noise") {
  const auto with_noise = [](double k) {
    return policy("return_on_fall", {{"steps", Value(int64_t{1000})},
                                     {"to", Value(std::string("foundation"))},
                                     {"metric", Value(std::string("val/image/accuracy"))},
                                     {"fall", Value(0.0)},
                                     {"noise", Value(k)}});
  };
  const std::vector<double> falls = {.60, .61, .60, .61, .60, .40};
  for (const double k : {1.0, 4.0, 10.0}) {
    const auto decided = decisions(*with_noise(k), falls);
    for (size_t i = 0; i < 5; ++i) CHECK(decided[i].kind == Decision::Kind::stay);
    CHECK(decided[5].reason == "val/image/accuracy has fallen from 0.61 to 0.4 (return 1 of at most 1)");
  }
  for (const Decision& d : decisions(*with_noise(4), {.60, .57, .61, .58, .60, .57, .61}))
    CHECK(d.kind == Decision::Kind::stay);
  CHECK(decisions(*with_noise(1), {.60, .61, .60, .30})[3].kind == Decision::Kind::stay);  // the noise is not known yet
}

TEST_CASE("return_on_fall goes back to a phase before its own and to no other") {
  const auto error = [](const char* to, const char* own) {
    return create_error("return_on_fall",
                        {{"steps", Value(int64_t{9})},
                         {"to", Value(std::string(to))},
                         {"metric", Value(std::string("val/image/accuracy"))},
                         {"fall", Value(0.1)}},
                        {{"val/image/accuracy"}, 10}, own);
  };
  const std::string start = "curriculum \"return_on_fall\": create failed: ";
  CHECK(error("foundation", "enhancement").empty());
  CHECK(
      error("enhancement", "enhancement") ==
      start +
          "to is \"enhancement\", which is this phase itself, so going there is not going back; there are foundation");
  CHECK(error("enhancement", "foundation") ==
        start +
            "to is \"enhancement\", which is not before this phase, so going there is not going back; there is none "
            "before this one");
}

TEST_CASE("threshold leaves when the averaged pass rate is high enough, not before min_steps") {
  const auto p = policy("threshold", {{"at_least", Value(0.8)}, {"max_steps", Value(int64_t{50})}});
  const auto with = [](int64_t step, double pass_rate, double reward = 0) {
    Progress progress = at(step, 100 + step);
    progress.pass_rate = pass_rate;
    progress.reward = reward;
    return progress;
  };
  CHECK(p->decide(with(5, 0.9)).kind == Decision::Kind::stay);
  CHECK(p->decide(with(20, 0.79)).kind == Decision::Kind::stay);
  CHECK(p->decide(with(20, std::nan(""))).kind == Decision::Kind::stay);
  CHECK(p->decide(with(20, 0.8125)).reason == "pass_rate is 0.8125, at least 0.8");
  CHECK(p->decide(with(50, 0.5)).reason == "50 steps are done (max_steps); pass_rate is 0.5");
  CHECK(p->decide(with(50, std::nan(""))).reason == "50 steps are done (max_steps); pass_rate was not measured");
  const auto reward = policy("threshold", {{"metric", Value(std::string("reward"))}, {"at_least", Value(0.7)}});
  CHECK(reward->decide(with(10, 0, 0.75)).reason == "reward is 0.75, at least 0.7");
  const auto validation =
      policy("threshold", {{"metric", Value(std::string("val/image/accuracy"))}, {"at_least", Value(0.6)}});
  CHECK(validation->decide(at(10, 30, {{10, 0.9}, {20, 0.5}})).kind ==
        Decision::Kind::stay);  // .9 was before the phase
  CHECK(validation->decide(at(10, 30, {{20, 0.9}})).kind ==
        Decision::Kind::stay);  // and so is what was measured as it began: no step of the phase is in it
  CHECK(validation->decide(at(10, 30, {{20, 0.5}, {30, 0.61}})).reason == "val/image/accuracy is 0.61, at least 0.6");
  CHECK(create_error("threshold", {{"at_least", Value(0.5)}, {"metric", Value(std::string("passrate"))}},
                     {{"val/image/accuracy"}, 10}) ==
        "curriculum \"threshold\": create failed: there is no validation metric \"passrate\"; there are pass_rate, "
        "reward, val/image/accuracy");
  CHECK(create_error("threshold",
                     {{"at_least", Value(0.5)}, {"min_steps", Value(int64_t{9})}, {"max_steps", Value(int64_t{5})}},
                     {}) == "curriculum \"threshold\": create failed: min_steps is 9, above max_steps, which is 5");
  for (const auto& [metric, at_least, shown] :
       {std::tuple("pass_rate", 60.0, "60"), {"val/image/accuracy", 1.5, "1.5"}, {"pass_rate", 0.0, "0"}})
    CHECK(create_error("threshold", {{"at_least", Value(at_least)}, {"metric", Value(std::string(metric))}},
                       {{"val/image/accuracy"}, 10}) ==
          std::string("curriculum \"threshold\": create failed: at_least is ") + shown + ", but " + metric +
              " is a share: above 0 and at most 1");
  CHECK(create_error("threshold", {{"at_least", Value(60.0)}, {"metric", Value(std::string("reward"))}}, {}).empty());
}

TEST_CASE("return_on_fall goes back when a metric falls, so many times in a run, and remembers them through a resume") {
  const std::vector<std::pair<std::string, Value>> options = {{"steps", Value(int64_t{100})},
                                                              {"to", Value(std::string("foundation"))},
                                                              {"metric", Value(std::string("val/image/accuracy"))},
                                                              {"fall", Value(0.05)}};
  const auto p = policy("return_on_fall", options);
  CHECK(p->decide(at(20, 20, every_ten({.6, .62, .58}))).kind == Decision::Kind::stay);
  const auto saved = policy("return_on_fall", options);
  saved->load_state(p->save_state());
  for (const auto& one : {&p, &saved}) {
    const Decision back = (*one)->decide(at(30, 30, every_ten({.6, .62, .58, .56})));
    CHECK(back.kind == Decision::Kind::jump);
    CHECK(back.phase == "foundation");
    CHECK(back.reason == "val/image/accuracy has fallen from 0.62 to 0.56 (return 1 of at most 1)");
  }
  const auto after = policy("return_on_fall", options);
  after->load_state(p->save_state());
  CHECK(after->decide(at(30, 330, {{300, .62}, {330, .4}})).kind == Decision::Kind::stay);  // once was the most
  CHECK(after->decide(at(100, 400, {{300, .62}, {400, .4}})).reason == "100 of 100 steps are done");
  CHECK(
      create_error("return_on_fall", options, {{"val/image/accuracy"}, 0}) ==
      "curriculum \"return_on_fall\": create failed: nothing is validated while the phase lasts (validate.every is 0), "
      "so no fall would be seen: set validate.every");
  auto misspelt = options;
  misspelt[1].second = Value(std::string("fundation"));
  CHECK(create_error("return_on_fall", misspelt, {{"val/image/accuracy"}, 10}) ==
        "curriculum \"return_on_fall\": create failed: there is no phase \"fundation\" to go back to; there are "
        "foundation, enhancement");
}
