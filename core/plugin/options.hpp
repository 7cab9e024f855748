// A plugin's own description of its options, checked and applied. For core/plugin, core/conformance and worker processes.
#pragma once

#include <string>
#include <vector>

#include "core/abi/crescent_plugin.h"
#include "core/config/options.hpp"
#include "core/config/value.hpp"
#include "core/plugin/plugin.hpp"

namespace crescent {

// Loads the plugin and asks its factory, whose static data this is. Throws Error at use.place.
const crescent_options& declared_options(PluginRole role, const PluginUse& use, const PluginSearch& search);

struct ResolvedOptions {
  std::vector<OptionValue> values;  // one an option of the plugin, in its order
  Table table;                      // the same by name, `preset` first where the plugin has presets
};

// Defaults, over them the preset's values, over them what the script gives. Mistakes go to `problems`.
ResolvedOptions apply_options(const std::string& owner, const crescent_options& options, const Table& given,
                              const Place& place, Problems& problems);

// As create() takes them; text borrows from `values`.
std::vector<crescent_value> to_c_values(const std::vector<OptionValue>& values);

}  // namespace crescent
