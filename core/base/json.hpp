// JSON, by nlohmann/json; keys keep their order so that what is written is stable.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/base/error.hpp"

namespace crescent {

using Json = nlohmann::ordered_json;

// What is nested deeper is refused: to write a value takes stack for each level of it.
constexpr size_t kMaxJsonDepth = 256;
size_t json_depth(std::string_view text);  // how many [ and { are open at once, at most; `text` need not be valid

Json parse_json(std::string_view text, const Place& place);  // throws Error with the place and the byte, or the depth
Json read_json_file(const std::string& path);

// A member that must be there with the right type; errors name place, key, expected and found.
const Json& member(const Json& object, const std::string& key, const Place& place);
std::string string_member(const Json& object, const std::string& key, const Place& place);
int64_t integer_member(const Json& object, const std::string& key, const Place& place);
double number_member(const Json& object, const std::string& key, const Place& place);

}  // namespace crescent
