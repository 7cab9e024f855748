// The examples of docs/answers.md are true.
#include <doctest/doctest.h>

#include <fstream>
#include <string>

#include "core/answers/answers.hpp"

using namespace crescent;

namespace {

AnswerPolicy policy_of(const std::string& option) {
  AnswerPolicy policy;
  if (option == "units=required") policy.units = AnswerPolicy::Units::required;
  if (option == "percent=either") policy.percent = AnswerPolicy::Percent::either;
  if (option == "order=given") policy.order = AnswerPolicy::Order::given;
  if (option == "rounding=gold") policy.rounding = AnswerPolicy::Rounding::gold;
  if (option == "form=literal") policy.form = AnswerPolicy::Form::literal;
  if (option == "log=e") policy.log = AnswerPolicy::Log::e;
  if (option == "nouns=optional") policy.nouns = AnswerPolicy::Nouns::optional;
  if (option == "tolerance=0.05") policy.tolerance = 0.05;
  return policy;
}

}  // namespace

TEST_CASE("each example of docs/answers.md is true") {
  std::ifstream in(CRESCENT_SOURCE_DIR "/docs/answers.md");
  REQUIRE(in.good());
  std::string line;
  bool inside = false;
  int examples = 0;
  AnswerPolicy policy;
  while (std::getline(in, line)) {
    if (line.starts_with("```")) {
      inside = line.starts_with("```answers");
      policy = policy_of(line.size() > 11 ? line.substr(11) : "");
      continue;
    }
    if (!inside) continue;
    CAPTURE(line);
    const bool same = line.find("  is not  ") == std::string::npos;
    const std::string between = same ? "  is  " : "  is not  ";
    const size_t at = line.find(between);
    REQUIRE(at != std::string::npos);
    CHECK(same_answer(line.substr(0, at), line.substr(at + between.size()), policy) == same);
    ++examples;
  }
  CHECK(examples > 50);
}
