// `crescent plugins check` of anything that it can be asked for.
#pragma once

#include <string>

#include "core/app/resources.hpp"
#include "core/conformance/conformance.hpp"
#include "core/script/experiment.hpp"

namespace crescent {

// `what`: a plugin's name or file, or a reward's .lua (see named_reward.hpp). Throws Error (usage) where there is none.
ConformanceReport check_plugin(const std::string& what, const Overrides& options, const Resources& resources);

}  // namespace crescent
