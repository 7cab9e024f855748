#include "core/base/json.hpp"

#include <doctest/doctest.h>

using namespace crescent;

namespace {

std::string nested(size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

std::string error_of(const std::string& text) {
  try {
    parse_json(text, {"a.json", 2});
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("JSON nested deeper than the limit is an error that names it, before anything recurses") {
  CHECK(parse_json(nested(256), {}).dump() == nested(256));
  CHECK(error_of(nested(257)) == "a.json:2: is JSON nested 257 deep; the limit is 256");
  CHECK(error_of(std::string(1'000'000, '[')) == "a.json:2: is JSON nested 1000000 deep; the limit is 256");
}

TEST_CASE("the depth of JSON counts what is open at once, and nothing within strings") {
  CHECK(json_depth("7") == 0);
  CHECK(json_depth(R"({"a":[1],"b":[2,{}]})") == 3);
  CHECK(json_depth(R"(["[[[\"[[[", "\\", "{"])") == 1);
  CHECK(json_depth(R"(["\\",[]])") == 2);
  CHECK(json_depth("]]]}[") == 1);
}
