// The case list, both ways. A false accept is a hole that a policy finds, so none is allowed; what is refused though it
// is right is listed and bounded.
#include "cases.hpp"

#include <doctest/doctest.h>

#include <cstdio>

#include "core/answers/answers.hpp"

using namespace crescent;

namespace {

struct Tally {
  size_t cases = 0, false_accepts = 0, false_rejects = 0;
};

bool accepted(const AnswerCase& c) {
  const auto answer = c.response ? extract_answer(c.given) : std::optional<std::string_view>(c.given);
  return answer && same_answer(*answer, c.gold);
}

Tally run(const std::string& folder) {
  Tally tally;
  for (const AnswerCase& c : read_answer_cases(CRESCENT_SOURCE_DIR "/tests/answers/cases" + folder)) {
    ++tally.cases;
    const bool same = accepted(c);
    if (same == c.same) continue;
    ++(same ? tally.false_accepts : tally.false_rejects);
    std::printf("%s [%s] %s against %s\n", same ? "false accept" : "false reject", c.category.c_str(), c.given.c_str(),
                c.gold.c_str());
  }
  return tally;
}

}  // namespace

TEST_CASE("no wrong answer of the case list is accepted, and next to no right one is refused") {
  for (const char* folder : {"", "/held_back"}) {
    const Tally tally = run(folder);
    CHECK(tally.cases > 600);
    CHECK(tally.false_accepts == 0);
    CHECK(tally.false_rejects <= 2);
  }
}

TEST_CASE("a verdict does not depend on which side is the gold one") {
  for (const AnswerCase& c : read_answer_cases(CRESCENT_SOURCE_DIR "/tests/answers/cases")) {
    if (c.response) continue;
    CAPTURE(c.given);
    CAPTURE(c.gold);
    CHECK(same_answer(c.given, c.gold) == same_answer(c.gold, c.given));
  }
}

TEST_CASE("an answer is itself, alone, in a box, in tags and behind thoughts") {
  for (const AnswerCase& c : read_answer_cases(CRESCENT_SOURCE_DIR "/tests/answers/cases")) {
    if (c.response) continue;
    CAPTURE(c.gold);
    CHECK(same_answer(c.gold, c.gold));
    for (const std::string& response : {"So \\boxed{" + c.gold + "}", "<answer>" + c.gold + "</answer>",
                                        "<think>\\boxed{no}</think><answer>\\boxed{" + c.gold + "}</answer>"}) {
      const auto answer = extract_answer(response);
      REQUIRE(answer.has_value());
      CHECK(same_answer(*answer, c.gold));
    }
  }
}
