// JSON, by nlohmann/json; keys keep their order so that what is written is stable.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/base/error.hpp"

namespace crescent {

using Json = nlohmann::ordered_json;

Json parse_json(std::string_view text, const Place& place);  // throws Error with the place and the byte
Json read_json_file(const std::string& path);

// A member that must be there with the right type; errors name place, key, expected and found.
const Json& member(const Json& object, const std::string& key, const Place& place);
std::string string_member(const Json& object, const std::string& key, const Place& place);
int64_t integer_member(const Json& object, const std::string& key, const Place& place);
double number_member(const Json& object, const std::string& key, const Place& place);

}  // namespace crescent
