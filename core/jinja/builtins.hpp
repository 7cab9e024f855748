// The filters (value | trim) and tests (value is string) that are implemented.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/jinja/value.hpp"
#include "core/jinja/work.hpp"

namespace crescent::jinja {

struct Filter {
  std::string_view name;
  size_t max_arguments;  // besides the value that is filtered
  Value (*apply)(const Value& value, std::span<const Value> arguments, Work& work);
};
struct Test {
  std::string_view name;
  bool (*holds)(const Value& value);
};

const Filter* find_filter(std::string_view name);  // nullptr: not implemented
const Test* find_test(std::string_view name);
std::vector<std::string> filter_names();
std::vector<std::string> test_names();

}  // namespace crescent::jinja
