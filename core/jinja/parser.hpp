// From source to statements.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/jinja/syntax.hpp"

namespace crescent::jinja {

// Throws Error at `path` and a line for a mistake and for whatever is not implemented, by name.
std::vector<Statement> parse(std::string_view source, const std::string& path);

}  // namespace crescent::jinja
