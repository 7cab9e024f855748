#include "core/base/json.hpp"

#include <algorithm>

#include "core/base/files.hpp"

namespace crescent {

size_t json_depth(std::string_view text) {
  size_t depth = 0, deepest = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"')
      in_string = !in_string;
    else if (in_string)
      i += c == '\\';  // what it escapes ends nothing
    else if (c == '[' || c == '{')
      deepest = std::max(deepest, ++depth);
    else if ((c == ']' || c == '}') && depth > 0)
      --depth;
  }
  return deepest;
}

Json parse_json(std::string_view text, const Place& place) {
  if (const size_t depth = json_depth(text); depth > kMaxJsonDepth)
    throw Error(fmt::format("is JSON nested {} deep; the limit is {}", depth, kMaxJsonDepth), place);
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& e) {
    throw Error(fmt::format("is not valid JSON at byte {}: {}", e.byte, e.what()), place);
  } catch (const Json::exception& e) {  // a number beyond the range of a double
    throw Error(fmt::format("is not valid JSON: {}", e.what()), place);
  }
}

Json read_json_file(const std::string& path) { return parse_json(read_file(path), {path, 0}); }

const Json& member(const Json& object, const std::string& key, const Place& place) {
  if (!object.is_object())
    throw Error(fmt::format("expected an object with \"{}\", found {}", key, object.type_name()), place);
  const auto it = object.find(key);
  if (it == object.end()) throw Error(fmt::format("\"{}\" is missing", key), place);
  return *it;
}

[[noreturn]] static void fail_type(const char* expected, const std::string& key, const Json& found,
                                   const Place& place) {
  throw Error(fmt::format("\"{}\" must be {}, found {} {}", key, expected, found.type_name(), found.dump()), place);
}

std::string string_member(const Json& object, const std::string& key, const Place& place) {
  const Json& value = member(object, key, place);
  if (!value.is_string()) fail_type("a string", key, value, place);
  return value.get<std::string>();
}

int64_t integer_member(const Json& object, const std::string& key, const Place& place) {
  const Json& value = member(object, key, place);
  const bool too_large = value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX;
  if (!value.is_number_integer() || too_large) fail_type("an integer", key, value, place);
  return value.get<int64_t>();
}

double number_member(const Json& object, const std::string& key, const Place& place) {
  const Json& value = member(object, key, place);
  if (!value.is_number()) fail_type("a number", key, value, place);
  return value.get<double>();
}

}  // namespace crescent
