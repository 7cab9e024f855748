// What differs between the settings a run began with and those it is given now.
#pragma once

#include <string>
#include <vector>

#include "core/config/value.hpp"

namespace crescent {

struct ConfigDifference {
  std::string key;                   // dotted, lists counted from 1: "grpo.adamw.lr", "phases[2].view"
  std::string old_value, new_value;  // as a person would write them; "(not set)" where there is none
};

// In the order of `old_config`, then what only `new_config` has. 1 and 1.0 are the same number.
std::vector<ConfigDifference> diff_config(const Table& old_config, const Table& new_config);

}  // namespace crescent
