// Where the program's own files are: presets, bundled plugins, Lua libraries, caches.
#pragma once

#include <string>
#include <vector>

#include "core/plugin/search.hpp"

namespace crescent {

struct Resources {
  std::string root;                         // holds models/ and scripts/
  std::vector<std::string> plugin_folders;  // searched for bundled names, before CRESCENT_PLUGIN_PATH
  std::string worker;                       // the program crescent-worker
  std::string cache;                        // CRESCENT_CACHE, else ~/.cache/crescent
  std::string preset_folder(const std::string& preset) const { return root + "/models/" + preset; }
  std::string scripts_folder() const { return root + "/scripts"; }
  PluginSearch plugin_search(const std::string& experiment_folder) const {
    return {plugin_folders, experiment_folder, worker, scripts_folder() + "/python/reward.py"};
  }
};

// CRESCENT_HOME when set, else the folder above the program's own that holds models/ (the checkout of a build), else
// ../share/crescent of an installed program. Throws Error naming what was looked for.
Resources find_resources();

}  // namespace crescent
