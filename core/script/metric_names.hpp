// Metrics that a leave function names in its own text: a slip in one is found while the script loads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"

namespace crescent {

// Where a function stands in a source text.
struct FunctionText {
  std::string_view source;
  Place place;  // the file as errors show it, the function's first line
  int last_line = 0;
  std::string parameter;  // the first one's name; "" when there is none
};

// Adds a mistake for each literal in `m:metric("x")` and `m:plateau("x", ...)`, m being the first parameter, that is
// none of `known`. A name that is put together at run time is looked at when it is used.
void check_metric_names(const std::string& owner, const FunctionText& function, const std::vector<std::string>& known,
                        Problems& problems);

}  // namespace crescent
