// --set name=value, as the verbs that read an experiment take it.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace crescent {

// Each text at its first "="; throws a usage Error for one without.
std::vector<std::pair<std::string, std::string>> split_settings(const std::vector<std::string>& texts);

}  // namespace crescent
