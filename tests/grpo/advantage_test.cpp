#include "core/grpo/advantage.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "core/base/error.hpp"
#include "core/base/json.hpp"

namespace crescent {
namespace {

const double kNan = std::nan("");

std::vector<double> numbers(const Json& list) {
  std::vector<double> values;
  for (const Json& value : list) values.push_back(value.is_null() ? kNan : value.get<double>());
  return values;
}

void check_equal(const std::vector<double>& actual, const std::vector<double>& expected) {
  REQUIRE(actual.size() == expected.size());
  for (size_t i = 0; i < actual.size(); ++i) CHECK(std::abs(actual[i] - expected[i]) <= 1e-9);
}

TEST_CASE("advantages equal TRL's and EasyR1's, unscored samples included") {
  const Json golden = read_json_file(CRESCENT_SOURCE_DIR "/tests/golden/grpo_loss.json");
  for (const Json& entry : golden["advantage_cases"]) {
    CAPTURE(entry["name"].get<std::string>());
    const std::vector<double> rewards = numbers(entry["rewards"]);
    check_equal(group_advantages(rewards, "std", 1e-4).values, numbers(entry["trl"]));
    check_equal(group_advantages(rewards, "none", 0).values, numbers(entry["trl_unscaled"]));
    if (!entry.contains("easyr1")) continue;
    check_equal(group_advantages(rewards, "std", 1e-6).values, numbers(entry["easyr1"]));
    check_equal(group_advantages(rewards, "leave_one_out", 0).values, numbers(entry["easyr1_rloo"]));
  }
}

TEST_CASE("a sample without a reward is marked and changes nothing for the others") {
  const std::vector<double> with = {1, kNan, 0.25, 0}, without = {1, 0.25, 0};
  for (const char* kind : {"std", "none", "leave_one_out"}) {
    const GroupAdvantages a = group_advantages(with, kind, 1e-6), b = group_advantages(without, kind, 1e-6);
    CHECK(a.left_out == std::vector<uint8_t>{0, 1, 0, 0});
    CHECK(a.values[1] == 0);
    CHECK(a.values[0] == b.values[0]);
    CHECK(a.values[2] == b.values[1]);
    CHECK(a.values[3] == b.values[2]);
    CHECK(a.mean == b.mean);
    CHECK(a.std == b.std);
  }
}

TEST_CASE("a group without differing rewards gives exactly no signal") {
  for (const std::vector<double>& rewards :
       {std::vector<double>{0.3, 0.3, 0.3}, std::vector<double>{0.7}, std::vector<double>{kNan, 0.4}}) {
    const GroupAdvantages group = group_advantages(rewards, "std", 1e-6);
    CHECK(group.zero_variance);
    for (double value : group.values) CHECK(value == 0);
  }
  CHECK_FALSE(group_advantages(std::vector<double>{0, 1}, "std", 1e-6).zero_variance);
  CHECK(std::isnan(group_advantages(std::vector<double>{kNan}, "std", 1e-6).mean));
}

TEST_CASE("an unknown kind of advantage and an infinite reward are errors") {
  CHECK_THROWS_WITH(group_advantages(std::vector<double>{1}, "sdt", 0),
                    "grpo.advantage = \"sdt\"; did you mean \"std\"?");
  CHECK_THROWS_WITH(group_advantages(std::vector<double>{1, INFINITY}, "std", 0),
                    "the reward of response 1 of a group is inf; it must be finite");
}

}  // namespace
}  // namespace crescent
