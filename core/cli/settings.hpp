// name=value, as the verbs take it.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace crescent {

// Each text at its first "="; throws a usage Error for one without. `option` ("--set") stands before it in the error.
std::vector<std::pair<std::string, std::string>> split_settings(const std::string& option,
                                                                const std::vector<std::string>& texts);

}  // namespace crescent
