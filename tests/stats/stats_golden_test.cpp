// Against scipy and statsmodels: tests/golden/sweep_statistics.py says which function gave each number.
#include <doctest/doctest.h>

#include <cmath>

#include "core/base/json.hpp"
#include "core/stats/factorial.hpp"
#include "core/stats/paired.hpp"
#include "core/stats/sample_size.hpp"

namespace crescent {

namespace {

const Json& golden() {
  static const Json json = read_json_file(CRESCENT_SOURCE_DIR "/tests/golden/statistics.json");
  return json;
}

bool near(double got, double wanted, double tolerance = 1e-9) {
  const bool is_near = std::abs(got - wanted) <= tolerance * std::max(1e-3, std::abs(wanted));
  if (!is_near) MESSAGE("got ", got, ", not ", wanted);
  return is_near;
}

SeedValues by_seed(const Json& values) {
  SeedValues out;
  for (size_t i = 0; i < values.size(); ++i) out[static_cast<int64_t>(i + 1)] = values[i];
  return out;
}

void check_interval(const std::optional<Interval>& got, const Json& wanted) {
  REQUIRE(got.has_value() == !wanted.is_null());
  if (!got) return;
  CHECK(near(got->low, wanted[0]));
  CHECK(near(got->high, wanted[1]));
}

}  // namespace

TEST_CASE("paired differences have scipy's mean, deviation, t interval and p") {
  for (const Json& entry : golden()["paired"]) {
    const PairedDifference found = compare_paired(by_seed(entry["setting"]), by_seed(entry["baseline"]));
    CHECK(near(found.mean, entry["mean"]));
    CHECK(near(found.deviation, entry["deviation"]));
    CHECK(near(found.p, entry["p"]));
    check_interval(found.by_t, entry["t_interval"]);
    check_interval(deviation_interval(found.deviation, static_cast<int64_t>(found.n())), entry["sd_interval"]);
  }
}

TEST_CASE("bootstrap intervals are those of every ordered resample") {
  int tried = 0;
  for (const Json& entry : golden()["paired"]) {
    if (!entry.contains("bootstrap")) continue;
    check_interval(compare_paired(by_seed(entry["setting"]), by_seed(entry["baseline"])).by_bootstrap,
                   entry["bootstrap"]);
    ++tried;
  }
  CHECK(tried == 7);
}

TEST_CASE("Holm's correction is that of statsmodels") {
  for (const Json& entry : golden()["holm"]) {
    const std::vector<double> adjusted = holm(entry["p"].get<std::vector<double>>());
    REQUIRE(adjusted.size() == entry["adjusted"].size());
    for (size_t i = 0; i < adjusted.size(); ++i) CHECK(near(adjusted[i], entry["adjusted"][i]));
  }
}

TEST_CASE("power and the seeds that a difference needs are those of statsmodels") {
  for (const Json& entry : golden()["power"])
    CHECK(near(paired_power(entry["n"], entry["difference"], entry["deviation"]), entry["power"], 1e-7));
  for (const Json& entry : golden()["seeds"])
    CHECK(seeds_needed(entry["difference"], entry["deviation"]) == entry["seeds"].get<int64_t>());
}

TEST_CASE("effects of a grid are those of statsmodels' repeated measures, with Greenhouse and Geisser's epsilon") {
  for (const Json& entry : golden()["factorial"]) {
    const FactorialGrid grid{entry["levels"], entry["values"]};
    const std::vector<FactorialEffect> effects = factorial_effects(grid);
    REQUIRE(effects.size() == entry["effects"].size());
    for (size_t i = 0; i < effects.size(); ++i) {
      const Json& wanted = entry["effects"][i];
      CHECK(effects[i].factors == wanted["factors"].get<std::vector<size_t>>());
      CHECK(near(effects[i].f, wanted["f"], 1e-8));
      CHECK(effects[i].degrees1 == wanted["degrees1"].get<double>());
      CHECK(effects[i].degrees2 == wanted["degrees2"].get<double>());
      CHECK(near(effects[i].epsilon, wanted["epsilon"], 1e-8));
      CHECK(near(effects[i].p, wanted["p"], 1e-7));
    }
  }
}

}  // namespace crescent
