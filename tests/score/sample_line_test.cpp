#include "core/score/sample_line.hpp"

#include <doctest/doctest.h>

#include <sstream>

#include "core/score/sample_source.hpp"

using namespace crescent;

namespace {

std::string error_of(const std::string& line) {
  try {
    read_sample_line(line, {"s.jsonl", 3});
  } catch (const Error& e) {
    CHECK(e.kind() == ErrorKind::usage);
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a sample's line gives the reward all that it may look at, and the rest as columns") {
  const SavedSample saved = read_sample_line(
      R"({"id":7,"prompt":"2+2?","response":"é","gold":24,"tokens":[5,6,7],"finish":"length","phase":"p","step":9,)"
      R"("group":4,"index":1,"level":3,"image":null})",
      {"s.jsonl", 3});
  const Sample s = saved.borrow();
  CHECK(s.record_id == "7");
  CHECK(s.prompt == "2+2?");
  CHECK(s.response == "é");
  CHECK(s.gold == "24");
  CHECK(s.token_count == 3);
  CHECK(s.finish == FinishReason::length);
  CHECK(s.phase == "p");
  CHECK(s.step == 9);
  CHECK(s.group_id == 4);
  CHECK(s.index_in_group == 1);
  CHECK(s.columns_json == R"({"level":3,"image":null})");
  CHECK(saved.label == "s.jsonl:3");
  const SavedSample record = read_sample_line(R"({"id":"a","problem":"p","answer":"x","response":"","tokens":12})", {});
  CHECK(record.prompt == "p");
  CHECK(record.gold == "x");
  CHECK(record.tokens == 12);
  CHECK(record.columns_json == "{}");
}

TEST_CASE("a line that is no sample is an error at its place") {
  CHECK(error_of("{").starts_with("s.jsonl:3: "));
  CHECK(error_of("[1]") == "s.jsonl:3: a sample is a JSON object, found array");
  CHECK(error_of(R"({"id":"a"})") == "s.jsonl:3: the sample has no \"response\"");
  CHECK(error_of(R"({"response":"a"})") == "s.jsonl:3: the sample has no \"id\"");
  CHECK(error_of(R"({"id":"a","response":5})") == "s.jsonl:3: \"response\" must be a text, found 5");
  CHECK(error_of(R"({"id":[1],"response":""})") == "s.jsonl:3: \"id\" must be a text or a number, found [1]");
  CHECK(error_of(R"({"id":"a","response":"","gold":"1","answer":"1"})") ==
        "s.jsonl:3: it has both \"gold\" and \"answer\", which are two names of one thing");
  CHECK(error_of(R"({"id":"a","response":"","finish":"eos"})") ==
        "s.jsonl:3: \"finish\" must be \"stop\" or \"length\", found \"eos\"");
  CHECK(error_of(R"({"id":"a","response":"","tokens":-1})") ==
        "s.jsonl:3: \"tokens\" must be a whole number from 0 to 2147483647, found -1");
}

TEST_CASE("a number is kept as it is written, and one that cannot be is refused") {
  const SavedSample sample = read_sample_line(
      R"({"id":1.50,"gold":12345678901234567890123,"prompt":-7,"response":"","level":0.25})", {"s.jsonl", 3});
  CHECK(sample.id == "1.50");
  CHECK(sample.gold == "12345678901234567890123");
  CHECK(sample.prompt == "-7");
  CHECK(sample.columns_json == R"({"level":0.25})");
  CHECK(
      error_of(R"({"id":"a","response":"","key":12345678901234567890123})") ==
      "s.jsonl:3: \"key\": the number 12345678901234567890123 has more digits than can be kept; write it as a string");
  CHECK(error_of(R"({"id":"a","response":"","keys":[{"k":12345678901234567890123}]})") ==
        "s.jsonl:3: \"keys\": the number 12345678901234567890123 has more digits than can be kept; write it as a "
        "string");
}

TEST_CASE("a key that is there twice is an error, wherever it is") {
  CHECK(error_of(R"({"id":"a","response":"","gold":"1","gold":"2"})") == "s.jsonl:3: \"gold\" is there twice");
  CHECK(error_of(R"({"id":"a","response":"","more":[{"x":1},{"x":1,"x":2}]})") == "s.jsonl:3: \"x\" is there twice");
}

TEST_CASE("a line nested without end is an error, whichever key holds it") {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  for (const char* key : {"column", "gold"})
    CHECK(error_of(fmt::format(R"({{"id":"a","response":"","{}":{}}})", key, deep)) ==
          "s.jsonl:3: is JSON nested 100001 deep; the limit is 256");
}

TEST_CASE("lines are read in order, blank ones passed over, and a mistake names its line") {
  std::istringstream in("{\"id\":1,\"response\":\"a\"}\n\n  \r\n{\"id\":2,\"response\":\"b\"}\n{\"id\":3}\n");
  std::vector<std::string> labels;
  std::string error;
  try {
    read_sample_lines(in, "f", [&](SavedSample&& sample) { labels.push_back(sample.label); });
  } catch (const Error& e) {
    error = e.what();
  }
  CHECK(labels == std::vector<std::string>{"f:1", "f:4"});
  CHECK(error == "f:5: the sample has no \"response\"");
}
