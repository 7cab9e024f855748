// TOML in and out of Value trees, by toml++. Places are the file and line of each key.
#pragma once

#include <string>
#include <string_view>

#include "core/config/value.hpp"

namespace crescent {

Value read_toml(std::string_view text, const std::string& file);  // a table; throws Error with file:line
// Keys in the table's own order. A function is written as { lua = "experiment.lua:14" }.
std::string write_toml(const Table& table);

}  // namespace crescent
