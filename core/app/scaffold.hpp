// `crescent plugins new`: a folder with a plugin that builds, passes its checks and runs as it is.
#pragma once

#include <string>
#include <vector>

#include "core/app/resources.hpp"

namespace crescent {

struct ScaffoldRequest {
  std::string role;      // reward | sampler | curriculum
  std::string name;      // lower-case letters, digits, '_'
  std::string language;  // c | cpp | lua
  std::string folder;    // made; must not be there yet
};

// Writes the folder from scripts/scaffold; returns the names of its files. Throws Error (usage).
std::vector<std::string> write_scaffold(const ScaffoldRequest& request, const Resources& resources);

}  // namespace crescent
