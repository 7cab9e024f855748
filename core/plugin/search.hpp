// From what a script calls a plugin to the file it means.
#pragma once

#include <string>
#include <vector>

#include "core/base/error.hpp"

namespace crescent {

struct PluginSearch {
  std::vector<std::string> folders;  // of the program's own plugins, in order; CRESCENT_PLUGIN_PATH (a:b:c) follows
  std::string experiment_folder;     // where relative paths start
  std::string worker;                // the program crescent-worker, which runs rewards that are not the program's own
  std::string python_adapter;        // scripts/python/reward.py, which runs rewards written in Python
};

// A name ("exact_math") is looked up as name.so in the folders; anything with a '/' or that ends in ".so" is a path.
// Throws a usage Error at `place`: the nearest known name and the folders searched, or the path that is not there.
std::string find_plugin(const std::string& name_or_path, const PluginSearch& search, const Place& place);

// Whether a file that find_plugin gave lies in one of `folders`: then it is the program's own.
bool is_bundled(const std::string& path, const PluginSearch& search);

// Every folder that is searched, with those of CRESCENT_PLUGIN_PATH.
std::vector<std::string> plugin_folders(const PluginSearch& search);

// The names find_plugin knows, sorted, each once.
std::vector<std::string> known_plugins(const PluginSearch& search);

}  // namespace crescent
