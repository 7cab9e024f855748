#include "core/base/error.hpp"

#include <doctest/doctest.h>

#include "core/base/json.hpp"

using namespace crescent;

TEST_CASE("an error begins with its place") {
  CHECK(std::string(Error("bad", {"a.lua", 3}).what()) == "a.lua:3: bad");
  CHECK(std::string(Error("bad", {"a.lua", 0}).what()) == "a.lua: bad");
  CHECK(std::string(Error("bad").what()) == "bad");
  const Error error("bad", {"a.lua", 3}, ErrorKind::usage);
  CHECK(error.message() == "bad");
  CHECK(error.kind() == ErrorKind::usage);
}

TEST_CASE("the two ways to fail differ in kind and format their text") {
  try {
    fail("{} of {}", 1, 2);
  } catch (const Error& e) {
    CHECK(std::string(e.what()) == "1 of 2");
    CHECK(e.kind() == ErrorKind::run);
  }
  try {
    fail_usage({"x.toml", 2}, "{}", "no");
  } catch (const Error& e) {
    CHECK(std::string(e.what()) == "x.toml:2: no");
    CHECK(e.kind() == ErrorKind::usage);
  }
}

TEST_CASE("problems are reported together, file by file in the order of their lines") {
  Problems problems;
  CHECK_NOTHROW(problems.throw_if_any());
  problems.add({"a.lua", 9}, "nine");
  CHECK_THROWS_WITH_AS(problems.throw_if_any(), "a.lua:9: nine", Error);
  problems.add({"b.lua", 1}, "one of b");
  problems.add({"a.lua", 3}, "three {}", "and a bit");
  problems.add({"b.lua", 1}, "another of b");
  problems.add({"a.lua", 5}, "five");
  CHECK_THROWS_WITH_AS(
      problems.throw_if_any(),
      "5 mistakes:\n  a.lua:3: three and a bit\n  a.lua:5: five\n  a.lua:9: nine\n  b.lua:1: one of b\n"
      "  b.lua:1: another of b",
      Error);
}

TEST_CASE("of very many problems the first hundred are told, and how many more there are") {
  Problems problems;
  for (int i = 1; i <= 100000; ++i) problems.add({"a.lua", i}, "bad");
  CHECK(problems.size() == 100000);
  std::string text;
  try {
    problems.throw_if_any();
  } catch (const Error& e) {
    text = e.what();
  }
  CHECK(text.starts_with("100000 mistakes:\n  a.lua:1: bad\n"));
  CHECK(text.ends_with("\n  a.lua:100: bad\n  and 99900 more"));
}

TEST_CASE("a slip is met with the nearest name, anything else with the list") {
  const std::vector<std::string> known = {"lambda", "alpha", "beta"};
  CHECK(nearest("lamda", known) == "lambda");
  CHECK(nearest("ahpla", known) == "");
  CHECK(nearest("bet", known) == "beta");
  CHECK(nearest("btea", known) == "beta");  // two letters swapped are one slip
  CHECK(nearest("temperature", known) == "");
  CHECK(suggestion("lamda", known) == "; did you mean \"lambda\"?");
  CHECK(suggestion("temperature", known) == "; known: lambda, alpha, beta");
  CHECK(suggestion("x", {}) == "");
}

TEST_CASE("JSON that cannot be read gives its place and what is wrong") {
  const Place place{"a.jsonl", 7};
  CHECK(parse_json("{\"b\":1,\"a\":2}", place).dump() == "{\"b\":1,\"a\":2}");
  const auto text_of = [&](std::string_view text) {
    try {
      parse_json(text, place);
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string("no error");
  };
  CHECK(text_of("{\"a\":}").rfind("a.jsonl:7: is not valid JSON at byte 6: ", 0) == 0);
  CHECK(text_of("").rfind("a.jsonl:7: is not valid JSON at byte 1: ", 0) == 0);
  CHECK(text_of("[1e999]").rfind("a.jsonl:7: is not valid JSON: ", 0) == 0);
  CHECK(text_of("\"\xff\"").rfind("a.jsonl:7: is not valid JSON at byte 2: ", 0) == 0);
}

TEST_CASE("a member of the wrong type names key, expected and found") {
  const Place place{"a.json", 0};
  const Json object = parse_json(R"({"s":"x","i":3,"d":2.5,"huge":18446744073709551615})", place);
  CHECK(string_member(object, "s", place) == "x");
  CHECK(integer_member(object, "i", place) == 3);
  CHECK(number_member(object, "i", place) == 3.0);
  CHECK(number_member(object, "d", place) == 2.5);
  CHECK_THROWS_WITH_AS(member(object, "q", place), "a.json: \"q\" is missing", Error);
  CHECK_THROWS_WITH_AS(string_member(object, "i", place), "a.json: \"i\" must be a string, found number 3", Error);
  CHECK_THROWS_WITH_AS(integer_member(object, "d", place), "a.json: \"d\" must be an integer, found number 2.5", Error);
  CHECK_THROWS_WITH_AS(integer_member(object, "huge", place),
                       "a.json: \"huge\" must be an integer, found number 18446744073709551615", Error);
  CHECK_THROWS_WITH_AS(number_member(object, "s", place), "a.json: \"s\" must be a number, found string \"x\"", Error);
  CHECK_THROWS_WITH_AS(member(Json(3), "q", place), "a.json: expected an object with \"q\", found number", Error);
}
