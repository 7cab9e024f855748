// A reward from its table in the configuration, whatever it is: a Lua function, a plugin in this process or in one of
// its own, a program, a Python function, an address. The one place that training and every verb take rewards from.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/experiment/run_config.hpp"
#include "core/flow/roles.hpp"
#include "core/plugin/search.hpp"
#include "core/plugin/services.hpp"
#include "core/script/script_host.hpp"

namespace crescent {

// Completes the reward's options, the plugin's own included, and says whether it is isolated; mistakes go to
// `problems`. Returns whether there were none. [main-thread]
bool resolve_reward(RewardConfig& reward, const PluginSearch& search, Problems& problems);

// From a resolved configuration. `host` is needed for Lua functions alone; `services` must outlive the result. Throws
// Error at the reward's place. [main-thread]
std::shared_ptr<Reward> assemble_reward(const RewardConfig& reward, const PluginSearch& search,
                                        const HostServices& services, std::shared_ptr<ScriptHost> host);

// What judges, by content, for the manifest and the hash chain: the name that the chain looks it up by and a hash of
// the file or files; nothing for Lua functions, which the scripts' hash covers.
std::optional<std::pair<std::string, std::string>> identify_reward(const RewardConfig& reward,
                                                                   const PluginSearch& search);

}  // namespace crescent
