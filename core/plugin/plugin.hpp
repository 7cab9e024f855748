// Plugins as roles: what the rest of the host uses. A script names a plugin and gives options; these functions check
// them against the plugin's own description and wrap its C interface as Reward, PromptSampler or PhasePolicy.
//
//   Table full = resolve_options(PluginRole::reward, use, search, problems);   // while the script loads
//   auto reward = make_reward(use, "exact_math", search, services);            // when the run starts
//
// No plugin is known to the host by name: a bundled one and a copy of it under another file name behave alike.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/config/value.hpp"
#include "core/flow/roles.hpp"
#include "core/plugin/search.hpp"
#include "core/plugin/services.hpp"

namespace crescent {

enum class PluginRole { reward, sampler, curriculum };
const char* role_name(PluginRole role);  // "reward", "sampler", "curriculum": as in errors

// What a script says: RunConfig's RoleConfig without its functions.
struct PluginUse {
  std::string plugin;  // bundled name or path
  Table options;       // named entries only
  Place place;
};

// Finds the plugin and checks every option; each mistake goes to `problems` at its own place (an unknown option with
// the nearest name). Returns all options with presets and defaults filled in, in the plugin's order: what is saved in
// config.toml, and the same result when resolved again. Empty when there was a mistake. [main-thread]
Table resolve_options(PluginRole role, const PluginUse& use, const PluginSearch& search, Problems& problems);

// Loads, checks, creates. Each throws Error at use.place: a usage error for a mistake in options, a run error naming
// the plugin when its create() failed. `services` must outlive the result. [main-thread]
// `metric_name` is the reward's name in metrics; it names the reward in errors and separates its random stream.
std::unique_ptr<Reward> make_reward(const PluginUse& use, const std::string& metric_name, const PluginSearch& search,
                                    const HostServices& services);
std::unique_ptr<PromptSampler> make_sampler(const PluginUse& use, const PluginSearch& search,
                                            const HostServices& services);
std::unique_ptr<PhasePolicy> make_policy(const PluginUse& use, const PluginSearch& search,
                                         const HostServices& services);

// How many steps a phase under this curriculum lasts whatever happens, or -1 when it decides at run time. Creates the
// plugin to ask it, with `services` that may be bare; throws like make_policy. [main-thread]
int64_t planned_phase_steps(const PluginUse& use, const PluginSearch& search, const HostServices& services);

// Which binary a run used, for its manifest and hash chain: the hash of the file's content, not its name, 32 hex
// digits.
std::string hash_plugin(const PluginUse& use, const PluginSearch& search);

}  // namespace crescent
