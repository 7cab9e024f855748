#include "core/app/resources.hpp"

#include <cstdlib>
#include <filesystem>

#include "core/base/error.hpp"

namespace crescent {

namespace fs = std::filesystem;

static std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Resources find_resources() {
  const fs::path program = fs::read_symlink("/proc/self/exe").parent_path();
  std::vector<fs::path> candidates;
  if (const std::string home = environment("CRESCENT_HOME"); !home.empty())
    candidates = {home};
  else
    candidates = {program.parent_path(), program.parent_path() / "share/crescent"};

  Resources found;
  for (const fs::path& candidate : candidates)
    if (fs::is_directory(candidate / "models")) {
      found.root = candidate.string();
      break;
    }
  if (found.root.empty())
    fail("the program's own files were not found: no folder models/ in {}; set CRESCENT_HOME to the folder that has it",
         candidates.front().string());
  for (const fs::path& folder : {program / "plugins", program.parent_path() / "lib/crescent/plugins"})
    if (fs::is_directory(folder)) found.plugin_folders.push_back(folder.string());
  for (const fs::path& worker : {program.parent_path() / "lib/crescent/crescent-worker", program / "crescent-worker"})
    if (fs::exists(worker)) found.worker = worker.string();
  found.cache = environment("CRESCENT_CACHE");
  if (found.cache.empty()) {
    const std::string home = environment("HOME");
    found.cache = home.empty() ? (fs::temp_directory_path() / "crescent").string() : home + "/.cache/crescent";
  }
  return found;
}

}  // namespace crescent
