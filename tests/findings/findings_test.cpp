#include "core/findings/findings.hpp"

#include <cmath>

#include "core/base/error.hpp"
#include "tests/findings/made_sweep.hpp"

namespace crescent {

namespace {

// lambda = 0.5 is worth 3 points, a little more in some seeds; warm is worth nothing but noise.
double typical(double lambda, int warm, int64_t seed) {
  const double wobble = 0.001 * static_cast<double>((seed * 7 + warm) % 5);
  return 0.4 + 0.02 * static_cast<double>(seed) + (lambda == 0.5 ? 0.03 + wobble : 0) + (warm == 40 ? wobble : 0);
}

const PairedComparison& compared(const Findings& findings, size_t setting) {
  REQUIRE(findings.metrics[0].comparisons[setting]);
  return *findings.metrics[0].comparisons[setting];
}

bool some_caveat_has(const Findings& findings, const std::string& text) {
  for (const std::string& caveat : findings.caveats)
    if (caveat.find(text) != caveat.npos) return true;
  return false;
}

}  // namespace

TEST_CASE("a baseline that names one factor is held against within each value of the others") {
  const MadeSweep made({1, 2, 3, 4, 5}, {{"lambda", 0}}, typical);
  const Findings findings = findings_of(made.read());
  REQUIRE(findings.settings.size() == 4);  // lambda 0: warm 20, 40; lambda 0.5: warm 20, 40
  CHECK(findings.settings[2].partner == 0);
  CHECK(findings.settings[3].partner == 1);
  CHECK(findings.settings[0].partner == kUnset);
  CHECK(verdict(compared(findings, 2), findings.metrics[0].measure) ==
        "lambda = 0.5 at warm = 20 is better than lambda = 0 by 3.20 points [3.00, 3.40], n = 5");
  CHECK(compared(findings, 2).comparisons == 2);
  CHECK(findings.caveats.empty());
}

TEST_CASE("a baseline that names all factors is one setting") {
  const MadeSweep made({1, 2, 3}, {{"lambda", 0}, {"warm", 20}}, typical);
  const Findings findings = findings_of(made.read());
  CHECK(findings.settings[0].partner == kUnset);
  for (const size_t s : {1, 2, 3}) CHECK(findings.settings[s].partner == 0);
  CHECK(compared(findings, 3).setting == "lambda = 0.5, warm = 40");
  CHECK(compared(findings, 3).baseline == "lambda = 0, warm = 20");
}

TEST_CASE("without a baseline nothing is compared, and the reason is told") {
  const MadeSweep made({1, 2, 3}, Json(), typical);
  const Findings findings = findings_of(made.read());
  CHECK(findings.no_comparison ==
        "the sweep names no baseline to compare with: baseline = { ... } in crescent.sweep does");
  for (const auto& comparison : findings.metrics[0].comparisons) CHECK(!comparison);
}

TEST_CASE("a seed whose run failed is left out of its pair and of the effects, and both say so") {
  const MadeSweep made({1, 2, 3, 4}, {{"lambda", 0}}, [](double lambda, int warm, int64_t seed) {
    return lambda == 0.5 && warm == 20 && seed == 2 ? std::nullopt : std::optional(typical(lambda, warm, seed));
  });
  const Findings findings = findings_of(made.read());
  CHECK(some_caveat_has(findings, "15 of 16 runs are finished (1 failed)"));
  CHECK(some_caveat_has(findings, "may be those that did well"));
  CHECK(compared(findings, 2).difference.seeds == std::vector<int64_t>{1, 3, 4});
  CHECK(compared(findings, 2).difference.only_baseline == std::vector<int64_t>{2});
  const FactorialFinding& factorial = findings.metrics[0].factorial;
  CHECK(factorial.why_not.empty());
  CHECK(factorial.seeds == std::vector<int64_t>{1, 3, 4});
  CHECK(factorial.left_out == std::vector<int64_t>{2});
}

TEST_CASE("one seed: no interval, no p, no effects, and a caveat before everything") {
  const MadeSweep made({7}, {{"lambda", 0}}, typical);
  const Findings findings = findings_of(made.read());
  CHECK(some_caveat_has(findings, "one seed: differences between runs may be chance"));
  CHECK(outcome_of(compared(findings, 2)) == PairedOutcome::too_few);
  CHECK(!findings.metrics[0].means[0].by_t);
  CHECK(findings.metrics[0].factorial.why_not == "1 of 1 seeds has every cell with this metric, and it takes two");
}

TEST_CASE("runs that all came to the same are no proof that a setting does nothing") {
  const MadeSweep made({1, 2, 3}, {{"lambda", 0}}, [](double, int, int64_t) { return 0.25; });
  const Findings findings = findings_of(made.read());
  CHECK(outcome_of(compared(findings, 2)) == PairedOutcome::no_spread);
  for (const EffectFinding& effect : findings.metrics[0].factorial.effects)
    CHECK(effect.verdict.starts_with("these data cannot tell whether"));
}

TEST_CASE("a grid with a combination left out has no effects of factors") {
  MadeSweep made({1, 2, 3}, {{"lambda", 0}}, typical);
  Json kept = Json::array();
  for (const Json& cell : made.plan["cells"])
    if (cell["params"]["lambda"] != 0.5 || cell["params"]["warm"] != 40) kept.push_back(cell);
  made.plan["cells"] = kept;
  made.tree["edges"] = Json::array();
  made.results = "";
  made.write();
  const Findings findings = findings_of(made.read());
  CHECK(findings.metrics[0].factorial.why_not ==
        "the settings are no full grid: 3 of 4 combinations are there, and without the others the factors cannot be "
        "told apart");
}

TEST_CASE("main effects are averaged over the other factor, and interactions are told apart from them") {
  const MadeSweep made({1, 2, 3, 4, 5}, {{"lambda", 0}}, typical);
  const FactorialFinding factorial = findings_of(made.read()).metrics[0].factorial;
  REQUIRE(factorial.effects.size() == 3);  // lambda, warm, both
  CHECK(factorial.effects[0].verdict.starts_with("lambda makes a difference: F(1, 4) = "));
  CHECK(factorial.effects[2].verdict.starts_with("these data cannot tell whether what lambda does depends on warm"));
  const LevelFinding& half = factorial.levels[0][1];
  CHECK(half.mean.mean == doctest::Approx(0.4 + 0.02 * 3 + 0.03 + 0.002 + 0.001));
  CHECK(half.against_baseline->difference.mean == doctest::Approx(0.032));
  CHECK(!factorial.levels[0][0].against_baseline);
  CHECK(!factorial.levels[1][1].against_baseline);  // the baseline says nothing of warm
}

TEST_CASE("what a sweep's files contradict is told with its place") {
  MadeSweep made({1, 2}, {{"lambda", 0}}, typical);
  const auto message = [&] {
    try {
      made.write();
      made.read();
    } catch (const Error& error) {
      return std::string(error.what()).substr(made.path.size());
    }
    return std::string("nothing");
  };
  made.results += R"({"cell":"lambda=9","steps":1,"values":{}})"
                  "\n";
  CHECK(message() == "/results.jsonl:9: there is no cell lambda=9 in sweep.json");
  made.plan["cells"][0]["params"]["lambda"] = 9;
  CHECK(message() == "/sweep.json, cell lambda=0,warm=20,seed=1: lambda is 9, which is none of its values 0, 0.5");
  made.plan["cells"][0]["params"]["lambda"] = 0.5;
  CHECK(message() == "/sweep.json: cell lambda=0.5,warm=20,seed=1 has the settings and seed of another");
}

}  // namespace crescent
