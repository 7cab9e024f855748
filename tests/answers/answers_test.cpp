#include "core/answers/answers.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace crescent;

namespace {

std::string repeated(const std::string& piece, size_t n) {
  std::string out;
  for (size_t i = 0; i < n; ++i) out += piece;
  return out;
}

}  // namespace

TEST_CASE("an answer is found where the response settles on it, after the thoughts") {
  struct {
    const char *response, *answer;
  } const cases[] = {
      {"<think>3+5=8</think><answer>8</answer>", "8"},
      {"<think> 3 + 5 = 8 </think> <answer> 8 </answer>", "8"},
      {"<answer>1</answer> no, wait: <answer>2</answer>", "2"},
      {"<think><answer>1</answer></think><answer>2</answer>", "2"},
      {"<think>a</think>b</think><answer>7</answer>", "7"},
      {"</think> \\boxed{12}", "12"},
      {"So \\boxed{1} or rather \\boxed{2}.", "2"},
      {"\\boxed{\\frac{1}{\\sqrt{2}}}", "\\frac{1}{\\sqrt{2}}"},
      {"\\boxed{\\{1, 2\\}}", "\\{1, 2\\}"},
      {"\\boxed{5} then \\boxed{6", "5"},
      {"\\fbox{9}", "9"},
      {"<answer>It is \\boxed{4}</answer>", "4"},
      {"<answer>\\boxed{4</answer>", "\\boxed{4"},
      {"\\boxed{3}<answer>4</answer>", "4"},
      {"  42 ", "42"},
      {"x</think> 42", "42"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.response);
    const auto found = extract_answer(c.response);
    REQUIRE(found.has_value());
    CHECK(std::string(*found) == c.answer);
  }
}

TEST_CASE("a response without a final answer has none") {
  for (const std::string& response :
       {std::string(), std::string("   \n"), std::string("<think> 8"),
        std::string("<think>a</think><think><answer>8</answer>"), std::string("<answer></answer>"),
        std::string("<answer> \n </answer>"), std::string("\\boxed{}"), std::string("two lines\n8"),
        std::string(kMaxAnswerBytes + 1, '1')}) {
    CAPTURE(response);
    CHECK_FALSE(extract_answer(response).has_value());
  }
}

TEST_CASE("answers that say the same are equal") {
  struct {
    const char *given, *gold;
  } const cases[] = {
      {"8", "8"},
      {"08", "8"},
      {"+8", "8"},
      {"-8", "-8"},
      {"\u22128", "-8"},
      {"- 8", "-8"},
      {"-0", "0"},
      {"0.0", "0"},
      {"8.", "8"},
      {"8.0", "8"},
      {"8.50", "8.5"},
      {".5", "0.5"},
      {"1/2", "0.5"},
      {"2/4", "1/2"},
      {"-1/2", "-0.5"},
      {"3 / 4", ".75"},
      {"\\frac{1}{2}", "1/2"},
      {"\\dfrac12", "0.5"},
      {"-\\frac{1}{2}", "-.5"},
      {"\\frac{-1}{2}", "-.5"},
      {"\\frac{1.5}{3}", "0.5"},
      {"1 1/2", "1.5"},
      {"1\\frac{1}{2}", "3/2"},
      {"-2 1/4", "-2.25"},
      {"50%", "50\\%"},
      {"50%", "0.5"},
      {"12.5 %", "1/8"},
      {"1,234", "1234"},
      {"1,234,567.5", "1234567.5"},
      {"12{,}345", "12345"},
      {"12\\,345", "12345"},
      {"1.5e3", "1500"},
      {"1.5E-3", "0.0015"},
      {"2 \\times 10^3", "2000"},
      {"2\u00D710^{-2}", "0.02"},
      {"$8$", "8"},
      {"$$8$$", "8"},
      {"\\(8\\)", "8"},
      {"**8**", "8"},
      {"\\boxed{8}", "8"},
      {"{8}", "8"},
      {"\\text{red}", "red"},
      {"123456789012345678901234567890123456789", "123456789012345678901234567890123456789.000"},
      {"1000000000000000000000000/3", "\\frac{2000000000000000000000000}{6}"},
      {"red", "Red"},
      {"RED.", "red"},
      {" dark   blue ", "Dark Blue"},
      {"The Cat.", "cat"},
      {"a cat", "the cat"},
      {"\"yes\"", "Yes"},
      {"(B)", "b"},
      {"B)", "B"},
      {"[c]", "C"},
      {"D.", "d"},
      {"a", "A"},
      {"(3, 4)", "(3,4)"},
      {"x^2 + 1", "X^2 + 1"},
      {"\u00C4pfel", "\u00E4pfel"},
      {"\u0414\u0410", "\u0434\u0430"},
      {"3 or 4", "3 or 4"},
      {"0x10", "16"},
      {"5 cm", "5"},
      {"1 - 1/2", "0.5"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.given);
    CAPTURE(c.gold);
    CHECK(same_answer(c.given, c.gold));
    CHECK(same_answer(c.gold, c.given));
  }
}

TEST_CASE("answers that differ, hedge or are no answer are not equal") {
  struct {
    const char *given, *gold;
  } const cases[] = {
      {"8", "9"},
      {"-8", "8"},
      {"0.33", "1/3"},
      {"0.3333333333333333333333", "1/3"},
      {"3.14", "3.1416"},
      {"123456789012345678901234567890", "123456789012345678901234567891"},
      {"9007199254740993", "9007199254740992"},
      {"3 or 4", "3"},
      {"3, 4", "3"},
      {"3,4", "34"},
      {"3 4", "34"},
      {"3 or 4", "4"},
      {"between 3 and 4", "3"},
      {"3 and 4", "3"},
      {"50", "50%"},
      {"1/0", "0"},
      {"0/0", "0"},
      {"1,23", "123"},
      {"12,34,567", "1234567"},
      {"0,123", "123"},
      {"1.2.3", "1.23"},
      {"1e999999999", "0"},
      {"1e-999999999", "0"},
      {"1e100", "1"},
      {"5!", "5"},
      {"fifth", "5"},
      {"--5", "5"},
      {"red", "blue"},
      {"red or blue", "red"},
      {"not red", "red"},
      {"", "8"},
      {"8", ""},
      {"", ""},
      {".", "8"},
      {"-", "8"},
      {"%", "0"},
      {"[3,4)", "(3,4]"},
      {"AB", "A"},
      {"nan", "0"},
      {"inf", "1"},
      {"1 1/2", "11/2"},
      {"\\frac{1}{0}", "1"},
      {"2 1.5/2", "2.75"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.given);
    CAPTURE(c.gold);
    CHECK_FALSE(same_answer(c.given, c.gold));
    CHECK_FALSE(same_answer(c.gold, c.given));
  }
}

TEST_CASE("rationals are compared exactly at any size") {
  const std::string big = repeated("7", 300);
  CHECK(same_answer(big + "/" + big.substr(0, 100), big + "0/" + big.substr(0, 100) + "0"));
  CHECK_FALSE(same_answer(big + "/3", big.substr(0, 299) + "8/3"));
  CHECK(same_answer("999999999 999999999/1000000000", "999999999999999999/1000000000"));
}

TEST_CASE("every policy changes what its name says and nothing else") {
  AnswerPolicy policy;
  policy.units = AnswerPolicy::Units::required;
  CHECK_FALSE(same_answer("5", "5 cm", policy));
  CHECK_FALSE(same_answer("5 cm", "5", policy));
  CHECK(same_answer("50 mm", "5 cm", policy));
  policy = {};
  policy.percent = AnswerPolicy::Percent::either;
  CHECK(same_answer("50%", "50", policy));
  CHECK(same_answer("50", "50\\%", policy));
  CHECK(same_answer("50%", "0.5", policy));
  CHECK_FALSE(same_answer("50%", "5", policy));
  CHECK_FALSE(same_answer("50%", "0.5%", policy));
  policy = {};
  policy.order = AnswerPolicy::Order::given;
  CHECK(same_answer("1, 2", "1, 2", policy));
  CHECK_FALSE(same_answer("2, 1", "1, 2", policy));
  CHECK(same_answer("\\{2, 1\\}", "\\{1, 2\\}", policy));
  policy = {};
  policy.rounding = AnswerPolicy::Rounding::gold;
  CHECK(same_answer("1/3", "0.33", policy));
  CHECK(same_answer("\\pi", "3.14", policy));
  CHECK(same_answer("3.1416", "3.14", policy));
  CHECK(same_answer("-1/3", "-0.33", policy));
  CHECK_FALSE(same_answer("0.33", "1/3", policy));  // the gold is exact
  CHECK_FALSE(same_answer("3.1", "3.14", policy));
  CHECK_FALSE(same_answer("7.4", "7.45", policy));
  policy = {};
  policy.nouns = AnswerPolicy::Nouns::optional;
  for (const char* gold : {"5 apples", "5 red apples"}) {
    CAPTURE(gold);
    CHECK(same_answer("5", gold, policy));
    for (const char* measured : {"5 cm", "$5", "5 dollars", "5 degrees", "500%", "5%", "5 people"})
      CHECK_FALSE(same_answer(measured, gold, policy));
    CHECK(same_answer("5.0", gold, policy));
    CHECK_FALSE(same_answer("50", gold, policy));
    CHECK_FALSE(same_answer("5 pears", "5 apples", policy));
    for (const char* other :
         {"5 dozen", "5 thirds", "5 hundred", "5 squared", "5 or 6", "5 percent", "5 times", "5 million", "5 of them",
          "5 minus 1", "not 5", "5 not", "5 x", "about 5", "5 more", "5 pairs"})
      CHECK_FALSE(same_answer(other, gold, policy));
  }
  CHECK_FALSE(same_answer("-5", "5 apples", policy));
  for (const char* other : {"5 apples", "5 lakh", "5 gross", "5 twelfths", "5 doubled", "5 repeating", "5 quadrillion"})
    CHECK_FALSE(same_answer(other, "5", policy));
  CHECK_FALSE(same_answer("5 apples", "5 cm", policy));
  policy.units = AnswerPolicy::Units::required;
  CHECK_FALSE(same_answer("5", "5 cm", policy));
  CHECK_FALSE(same_answer("5 km", "5 cm", policy));
  CHECK_FALSE(same_answer("5 metres", "5", policy));
  policy = {};
  policy.tolerance = 0.05;
  CHECK(same_answer("104", "100", policy));
  CHECK(same_answer("105", "100", policy));
  CHECK_FALSE(same_answer("105.01", "100", policy));
  CHECK_FALSE(same_answer("0.01", "0", policy));
  CHECK(same_answer("104 cm", "1 m", policy));
  policy = {};
  policy.form = AnswerPolicy::Form::literal;
  CHECK_FALSE(same_answer("123*456", "56088", policy));
  CHECK(same_answer("56,088", "56088", policy));
  CHECK(same_answer("2/4", "1/2", policy));
  CHECK(same_answer("2\\sqrt{3}", "\\sqrt{12}", policy));
  policy = {};
  CHECK(same_answer("\\log 100", "2", policy));
  policy.log = AnswerPolicy::Log::e;
  CHECK(same_answer("\\log e", "1", policy));
  CHECK_FALSE(same_answer("\\log 100", "2", policy));
}

TEST_CASE("the question is no answer to itself") {
  CHECK_FALSE(same_answer("2x+3=9", "x=3"));
  CHECK_FALSE(same_answer("2x+3=9", "3"));
  CHECK_FALSE(same_answer("x^2=4", "\\pm 2"));
  CHECK_FALSE(same_answer("2x<10", "x<5"));
}
