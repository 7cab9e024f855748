// What operators do with values. Each throws Error, without a place, where Python raises.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/jinja/value.hpp"
#include "core/jinja/work.hpp"

namespace crescent::jinja {

void append_printed(std::string& out, const Value& value, Work& work);  // as {{ value }} and ~ show it
bool equal(const Value& a, const Value& b, Work& work);
bool less(const Value& a, const Value& b, Work& work);
bool contains(const Value& container, const Value& item, Work& work);
Value add(const Value& a, const Value& b, Work& work);
Value attribute_of(const Value& object, std::string_view name);
Value item_of(const Value& object, const Value& index, Work& work);
// object[start:stop:step]; none stands for what is left out.
Value slice_of(const Value& object, const Value& start, const Value& stop, const Value& step, Work& work);

// The first byte of each character and the end of the text. UTF-8.
std::vector<size_t> character_starts(std::string_view text);

}  // namespace crescent::jinja
