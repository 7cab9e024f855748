// A reward plugin in a worker process of its own: what it does wrong there does not reach the run.
#pragma once

#include <memory>
#include <string>

#include "core/plugin/plugin.hpp"
#include "core/remote/supervisor.hpp"

namespace crescent {

// As resolve_options() and make_reward() of core/plugin, with the same errors, but the library is never loaded into
// this process. A plugin that crashes while it is loaded or created is an Error at use.place. [main-thread]
Table resolve_isolated_options(const PluginUse& use, const WorkerLimits& limits, const PluginSearch& search,
                               Problems& problems);
// `services` must outlive the result.
std::unique_ptr<Reward> make_isolated_reward(const PluginUse& use, const std::string& metric_name,
                                             const WorkerLimits& limits, const PluginSearch& search,
                                             const HostServices& services);

}  // namespace crescent
