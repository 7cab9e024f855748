#include "core/scoring/failure_window.hpp"

#include <doctest/doctest.h>

#include "core/base/error.hpp"
#include "core/scoring/scorer.hpp"

using namespace crescent;

namespace {

FailureCount batch(uint64_t samples, uint64_t failed) {
  return {samples, failed, failed > 0 ? "record \"r3\" at step 9: no" : ""};
}

// How many batches are taken before the window stops the run; -1: all of them.
int stops_at(FailureWindow& window, const std::vector<FailureCount>& batches) {
  for (size_t i = 0; i < batches.size(); ++i) try {
      window.add(0, batches[i]);
    } catch (const Error&) {
      return static_cast<int>(i);
    }
  return -1;
}

}  // namespace

TEST_CASE("a run goes on while the failed share of the last 1,000 samples is within the limit, and stops past it") {
  FailureWindow window({"r"}, 0.01);
  CHECK(stops_at(window, std::vector<FailureCount>(50, batch(100, 1))) == -1);
  CHECK(stops_at(window, {batch(100, 1), batch(100, 2)}) == 1);  // 11 of 1,000
}

TEST_CASE("failures that have left the window are forgotten") {
  FailureWindow window({"r"}, 0.01);
  window.add(0, batch(100, 10));
  for (int i = 0; i < 9; ++i) window.add(0, batch(100, 0));
  window.add(0, batch(100, 0));  // 1,000 later samples: the first batch leaves
  window.add(0, batch(100, 10));
  CHECK_THROWS_AS(window.add(0, batch(100, 1)), Error);
}

TEST_CASE("before 1,000 samples are in, the run stops as soon as no later success could save it") {
  FailureWindow window({"r"}, 0.01);
  CHECK(stops_at(window, {batch(16, 5), batch(16, 5)}) == -1);  // ten of the first thousand may fail
  CHECK(stops_at(window, {batch(16, 1)}) == 0);
}

TEST_CASE("what is still to be judged counts as judged well") {
  FailureWindow window({"r"}, 0.01);
  window.add(0, batch(600, 0));
  FailureCount begun = batch(20, 15);
  begun.unjudged = 1480;  // fifteen of these 1,500, when the first batch has left the window
  CHECK_FALSE(window.is_exceeded_by(0, begun));
  begun.failed = 16;
  CHECK(window.is_exceeded_by(0, begun));
  begun.unjudged = 480;
  begun.failed = 10;
  CHECK_FALSE(window.is_exceeded_by(0, begun));
  begun.failed = 12;
  CHECK(window.is_exceeded_by(0, begun));
  CHECK_THROWS_WITH_AS(window.add(0, begun), doctest::Contains("12 of the latest 620 samples"), Error);
}

TEST_CASE("with a limit of 1 a reward may fail always, with 0 never") {
  FailureWindow never_stops({"r"}, 1), always_stops({"r"}, 0);
  CHECK(stops_at(never_stops, std::vector<FailureCount>(30, batch(100, 100))) == -1);
  CHECK(stops_at(always_stops, {batch(100, 0), batch(100, 1)}) == 1);
}

TEST_CASE("the error that ends a run names reward, share, limit, an example and the remedy") {
  FailureWindow window({"format", "exact"}, 0.01);
  window.add(1, batch(1000, 10));
  CHECK_THROWS_WITH_AS(window.add(1, batch(200, 27)),
                       "reward \"exact\" could not judge 37 of the latest 1200 samples, more than max_failed_share = "
                       "0.01 of 1200 allows; for example "
                       "record \"r3\" at step 9: no; mend the reward or raise max_failed_share",
                       Error);
}

TEST_CASE("a resumed run stops at the very batch at which the uninterrupted one does") {
  std::vector<FailureCount> batches;
  for (uint64_t i = 0; i < 60; ++i) batches.push_back(batch(90, i < 40 ? (i % 10 == 0) : 2));
  FailureWindow whole({"r"}, 0.01);
  const int expected = stops_at(whole, batches);
  CHECK(expected > 40);
  for (size_t cut = 0; cut < static_cast<size_t>(expected); ++cut) {
    FailureWindow first({"r"}, 0.01), second({"r"}, 0.01);
    CHECK(stops_at(first, {batches.begin(), batches.begin() + static_cast<long>(cut)}) == -1);
    second.load_state(first.save_state());
    CHECK(stops_at(second, {batches.begin() + static_cast<long>(cut), batches.end()}) ==
          expected - static_cast<int>(cut));
  }
}

TEST_CASE("a state that is not its own is refused") {
  FailureWindow window({"r"}, 0.01);
  CHECK_THROWS_WITH_AS(window.load_state("{}"), "saved failures of the rewards: \"r\" is missing", Error);
  CHECK_THROWS_AS(window.load_state("{\"r\":[[1]]}"), Error);
  CHECK_THROWS_AS(window.load_state("x"), Error);
}
