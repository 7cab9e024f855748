// The rewards that ship with the program, against formulas computed elsewhere (tests/golden/rewards.py).
#include <doctest/doctest.h>

#include <chrono>
#include <cmath>

#include "core/base/json.hpp"
#include "core/plugin/plugin.hpp"
#include "tests/plugin/building.hpp"

using namespace crescent;
using namespace crescent::testing;

namespace {

using Options = std::vector<std::pair<std::string, Value>>;

std::unique_ptr<Reward> make(const std::string& name, const Options& options = {}) {
  PluginUse use{bundled(name), {}, Place{"experiment.lua", 5}};
  for (const auto& [option, value] : options) use.options.set(option, value);
  return make_reward(use, name, {}, {});
}

Score score_of(Reward& reward, const Sample& sample) {
  Score score;
  reward.score({&sample, 1}, {&score, 1});
  return score;
}

Score score_of(Reward& reward, std::string_view response, std::string_view gold = "", std::string_view prompt = "") {
  Sample sample;
  sample.prompt = prompt, sample.response = response, sample.gold = gold, sample.token_count = 9;
  return score_of(reward, sample);
}

std::string create_error(const std::string& name, const Options& options) {
  try {
    make(name, options);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

Json golden(const std::string& name) {
  const std::string path = source("tests/golden/rewards.json");
  return member(parse_json(read_bytes(path), {path, 0}), name, {path, 0});
}

}  // namespace

TEST_CASE("length is DAPO's soft overlong punishment") {
  for (const Json& c : golden("length")) {
    CAPTURE(c);
    const auto reward =
        make("length", {{"max_tokens", Value(c[0].get<int64_t>())}, {"cache_tokens", Value(c[1].get<int64_t>())}});
    Sample sample;
    sample.token_count = c[2];
    const Score score = score_of(*reward, sample);
    CHECK(score.value == c[3].get<double>());
    CHECK(score.parts ==
          std::vector<double>{sample.token_count > c[0].get<int64_t>() - c[1].get<int64_t>() ? 1.0 : 0.0});
  }
}

TEST_CASE("length refuses what it cannot judge by") {
  CHECK(create_error("length", {}).find("option \"max_tokens\" is missing") != std::string::npos);
  CHECK(create_error("length", {{"max_tokens", Value(int64_t{8})}, {"cache_tokens", Value(int64_t{9})}}) ==
        "experiment.lua:5: reward \"length\": create failed: cache_tokens = 9 is more than max_tokens = 8");
  const auto reward = make("length", {{"max_tokens", Value(int64_t{8})}});
  CHECK(score_of(*reward, Sample{}).error.ends_with("the sample does not say how many tokens the response has"));
}

TEST_CASE("repetition is open-r1's penalty of repeated n-grams") {
  for (const Json& c : golden("repetition")) {
    CAPTURE(c);
    const auto reward = make("repetition", {{"ngram", Value(c[1].get<int64_t>())}, {"max_penalty", Value(0.5)}});
    const std::string text = c[0];
    const Score score = score_of(*reward, text);
    CHECK(score.value == doctest::Approx(c[2].get<double>()).epsilon(1e-15));
    CHECK(score.parts[0] == doctest::Approx(c[2].get<double>() / -0.5).epsilon(1e-15));
  }
}

TEST_CASE("repetition counts characters where words have no spaces between them") {
  const auto reward = make("repetition", {{"unit", Value(std::string("characters"))}, {"ngram", Value(int64_t{2})}});
  CHECK(score_of(*reward, "角度角度").value == doctest::Approx(-1.0 / 3));  // 角度 度角 角度
  CHECK(score_of(*reward, "角 度\n角 度").value == doctest::Approx(-1.0 / 3));
  CHECK(score_of(*reward, "角度是").value == 0);
}

TEST_CASE("repetition judges a megabyte of one word in time that grows with its length alone") {
  const auto reward = make("repetition", {{"ngram", Value(int64_t{32})}});
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "no ";
  const auto start = std::chrono::steady_clock::now();
  CHECK(score_of(*reward, text).value == doctest::Approx(-1 + 1.0 / (50'000 - 31)));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));  // 0.06 s on an idle core
}

TEST_CASE("numeric_tolerance is ChartQA's relaxed accuracy, but that 0.0 is 0") {
  const auto reward = make("numeric_tolerance");
  for (const Json& c : golden("numeric_tolerance")) {
    CAPTURE(c);
    const std::string gold = c[0], answer = c[1];
    CHECK(score_of(*reward, "<answer>" + answer + "</answer>", gold).value == c[2].get<double>());
  }
  CHECK(score_of(*reward, "0.0", "0").value == 1);
  CHECK(score_of(*reward, "0.01", "0").value == 0);
  for (const char* other : {"nan", "inf", "1_000", "0x10", "1,00", "10,00.5", ",100", "--5", "-+5", "+-5", "++5",
                            "1234,567", "0,123", "1,234567", "1,234,5678", "1,23a", "1.5,000", "12,345e1,000"}) {
    CAPTURE(other);
    CHECK(score_of(*reward, std::string("<answer>") + other + "</answer>", "5").value == 0);
    for (const char* answer : {"100", "5", "1234567", "123", "1000", "123450"})
      CHECK(score_of(*reward, std::string("<answer>") + answer + "</answer>", other).value == 0);  // no NaN either
  }
  CHECK(score_of(*reward, "<answer></answer>", "5").value == 0);
  CHECK(score_of(*reward, "<answer>-5</answer>", "+-5").value == 0);
  for (const char* same : {"12345", "12,345", "+12,345", "12,345.0", "1.2345e4"}) {
    CAPTURE(same);
    CHECK(score_of(*reward, std::string("<answer>") + same + "</answer>", "12345").value == 1);
  }
  CHECK(score_of(*reward, "<answer>-123,456,789</answer>", "-123456789").value == 1);
  CHECK(score_of(*reward, "1,234,567", "1234567").value == 1);
  CHECK(score_of(*reward, "<think>5</think>", "5").value == 0);
  CHECK(score_of(*reward, "5", "").status == ScoreStatus::not_applicable);
}

TEST_CASE("numeric_tolerance takes another tolerance, and a percentage by its number where it is told to") {
  const auto exact = make("numeric_tolerance", {{"tolerance", Value(0.0)}});
  CHECK(score_of(*exact, "10.0", "10").value == 1);
  CHECK(score_of(*exact, "10.1", "10").value == 0);
  const auto either = make("numeric_tolerance", {{"percent", Value(std::string("either"))}});
  CHECK(score_of(*either, "51", "50%").value == 1);
  CHECK(score_of(*either, "0.51", "50 \\%").value == 1);
  CHECK(score_of(*either, "0.5%", "50%").value == 0);
}

TEST_CASE("choice pays for the right letter, however it is written, and for its text where the problem lists it") {
  const auto reward = make("choice");
  const std::string prompt = "How long is AB?\nChoices:\n(A) 21 cm\n(B) 24 cm\n(C) 1/2 m\n(D) none";
  const std::string inline_prompt = "Pick one. (A) red (B) green (C) blue";
  const std::string lettered = "Which?\nA. 3\nB. 4\n";
  struct {
    std::string prompt, gold, response;
    double score, chosen;
  } const cases[] = {
      {prompt, "B", "<think>A</think><answer>B</answer>", 1, 1},
      {prompt, "B", "<answer>(b)</answer>", 1, 1},
      {prompt, "B", "The answer is B.", 1, 1},
      {prompt, "B", "<answer>B. 24 cm</answer>", 1, 1},
      {prompt, "B", "<answer>24 cm</answer>", 1, 1},
      {prompt, "B", "<answer>24</answer>", 1, 1},
      {prompt, "B", "<answer>C</answer>", 0, 1},
      {prompt, "B", "<answer>50 cm</answer>", 0, 1},  // that is C
      {prompt, "C", "<answer>50 cm</answer>", 1, 1},
      {prompt, "B", "<answer>B. 21 cm</answer>", 0, 0},  // a letter and the text of another
      {prompt, "B", "<answer>A or B</answer>", 0, 0},
      {prompt, "B", "<answer>(A) 21 cm (B) 24 cm</answer>", 0, 0},
      {prompt, "B", "<answer>25 cm</answer>", 0, 0},
      {prompt, "B", "B B B\nwell", 0, 0},
      {prompt, "24 cm", "<answer>B</answer>", 1, 1},
      {prompt, "(B) 24 cm", "<answer>B</answer>", 1, 1},
      {inline_prompt, "C", "<answer>Blue.</answer>", 1, 1},
      {inline_prompt, "blue", "<answer>C</answer>", 1, 1},
      {lettered, "B", "<answer>4</answer>", 1, 1},
      {"no list here", "B", "<answer>B</answer>", 1, 1},
      {"no list here", "B", "<answer>24 cm</answer>", 0, 0},
  };
  for (const auto& c : cases) {
    CAPTURE(c.gold);
    CAPTURE(c.response);
    const Score score = score_of(*reward, c.response, c.gold, c.prompt);
    CHECK(score.value == c.score);
    CHECK(score.parts == std::vector<double>{c.chosen});
  }
  CHECK(score_of(*reward, "B", "24", "no list here").status == ScoreStatus::not_applicable);
  const auto letters = make("choice", {{"by_text", Value(false)}});
  CHECK(score_of(*letters, "<answer>24 cm</answer>", "B", prompt).value == 0);
  CHECK(score_of(*letters, "<answer>B</answer>", "B", prompt).value == 1);
}

TEST_CASE("choice reads the list itself, whatever letters the problem mentions beside it") {
  const auto reward = make("choice");
  const auto chooses = [&](const std::string& prompt, const std::string& answer, const std::string& gold) {
    return score_of(*reward, "<answer>" + answer + "</answer>", gold, prompt).value;
  };
  const std::string after = "(A) 24 (B) 42 (C) 7\nAnswer with one letter: (A), (B) or (C).";
  CHECK(chooses(after, "24", "A") == 1);
  CHECK(chooses(after, "42", "B") == 1);
  CHECK(chooses(after, "7", "C") == 1);
  CHECK(chooses(after, "or", "B") == 0);
  const std::string both = "Which?\n(A) red\n(B) blue\n(C) Both (A) and (B)\n(D) none";
  CHECK(chooses(both, "red", "A") == 1);
  CHECK(chooses(both, "none", "D") == 1);
  for (const char* letter : {"A", "B", "C", "D"}) CHECK(chooses(both, "and", letter) == 0);
  const std::string columns = "(A) 1 (B) 2\n(C) 3 (D) 4";
  CHECK(chooses(columns, "4", "D") == 1);
  CHECK(chooses(columns, "2", "B") == 1);
  const std::string mixed = "A. red\nB. as (A) but darker\nC. blue\nWrite (A) or (B) or (C).";
  CHECK(chooses(mixed, "blue", "C") == 1);
  CHECK(chooses(mixed, "red", "A") == 1);
  const std::string shots = "(A) 1 (B) 2\nAnswer: (A)\n\n(A) 3 (B) 4\nAnswer:";
  CHECK(chooses(shots, "4", "B") == 1);
  CHECK(chooses(shots, "2", "B") == 0);
}

TEST_CASE("the parts of format_tags say what is missing, and partial pays for what is there") {
  const auto reward = make("format_tags"), partial = make("format_tags", {{"partial", Value(true)}});
  CHECK(reward->part_names() == std::vector<std::string>{"think", "answer", "order", "alone"});
  struct {
    const char* response;
    std::vector<double> parts;
  } const cases[] = {
      {"<think>a</think><answer>b</answer>", {1, 1, 1, 1}},
      {"<think>a</think>so <answer>b</answer>", {1, 1, 1, 0}},
      {"<answer>b</answer><think>a</think>", {1, 1, 0, 0}},
      {"<think>a<answer>b</answer></think>", {1, 1, 0, 0}},
      {"<think>a</think> b", {1, 0, 0, 0}},
      {"a <answer>b</answer>", {0, 1, 0, 0}},
      {"<think> </think><answer>b</answer>", {0, 1, 0, 0}},
      {"<think>a</think></think><answer>b</answer>", {0, 1, 0, 0}},
      {"", {0, 0, 0, 0}},
  };
  for (const auto& c : cases) {
    CAPTURE(c.response);
    double sum = 0;
    for (const double part : c.parts) sum += part;
    CHECK(score_of(*reward, c.response).parts == c.parts);
    CHECK(score_of(*reward, c.response).value == (sum == 4 ? 1 : 0));
    CHECK(score_of(*partial, c.response).value == sum / 4);
  }
  Sample cut;
  cut.response = cases[0].response, cut.finish = FinishReason::length;
  CHECK(score_of(*reward, cut).parts == std::vector<double>{1, 1, 1, 0});
}
