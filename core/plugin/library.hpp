// A plugin's shared library: checked, loaded, kept for the life of the process.
#pragma once

#include <cstdint>
#include <string>

#include "core/abi/crescent_plugin.h"

namespace crescent {

// A cheap handle; copies name the same library. [main-thread]
class PluginLibrary {
 public:
  // Checks that the file is a whole ELF library before the loader maps it (a truncated one would end the process with
  // SIGBUS), loads it, and checks the entry's ABI. Loading a file again gives the library already there. Throws Error
  // naming the path, what is wrong with it and the remedy.
  static PluginLibrary load(const std::string& path);

  const std::string& path() const { return path_; }
  const crescent_plugin_entry& entry() const { return *entry_; }
  // Null when the plugin does not have that role.
  const crescent_reward_factory* reward() const;
  const crescent_sampler_factory* sampler() const;
  const crescent_curriculum_factory* curriculum() const;

 private:
  PluginLibrary(std::string path, const crescent_plugin_entry* entry) : path_(std::move(path)), entry_(entry) {}
  std::string path_;
  const crescent_plugin_entry* entry_;
};

}  // namespace crescent
