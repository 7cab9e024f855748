// The options of a reward behind an address.
#pragma once

#include <string>

#include "core/config/options.hpp"
#include "core/experiment/run_config.hpp"

namespace crescent {

// All but timeout_ms, which other rewards have too. `http` must outlive the table.
void add_http(OptionTable& table, const std::string& owner, HttpConfig& http);
// What single options cannot know: which of them belong together.
void check_http(const std::string& owner, const Place& place, const RewardConfig& reward, Problems& problems);

}  // namespace crescent
