#include "core/plugin/search.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

namespace crescent {

namespace fs = std::filesystem;

std::vector<std::string> plugin_folders(const PluginSearch& search) {
  std::vector<std::string> folders = search.folders;
  const char* variable = std::getenv("CRESCENT_PLUGIN_PATH");
  std::string rest = variable == nullptr ? "" : variable;
  while (!rest.empty()) {
    const size_t colon = rest.find(':');
    if (const std::string folder = rest.substr(0, colon); !folder.empty()) folders.push_back(folder);
    rest = colon == std::string::npos ? "" : rest.substr(colon + 1);
  }
  return folders;
}

std::vector<std::string> known_plugins(const PluginSearch& search) {
  std::set<std::string> names;
  for (const std::string& folder : plugin_folders(search)) {
    std::error_code ec;
    for (const auto& file : fs::directory_iterator(folder, ec))
      if (file.path().extension() == ".so") names.insert(file.path().stem().string());
  }
  return {names.begin(), names.end()};
}

// Its source is there, but it was not built.
static std::string build_remedy(const fs::path& folder) {
  return fs::exists(folder / "Makefile") ? fmt::format("; `make -C {}` may build it", folder.string()) : "";
}

bool is_bundled(const std::string& path, const PluginSearch& search) {
  std::error_code ec;
  const fs::path folder = fs::weakly_canonical(path, ec).parent_path();
  return std::any_of(search.folders.begin(), search.folders.end(),
                     [&](const std::string& own) { return fs::weakly_canonical(own, ec) == folder; });
}

std::string find_plugin(const std::string& name, const PluginSearch& search, const Place& place) {
  if (name.empty()) fail_usage(place, "a plugin's name is empty");
  if (name.find('/') != std::string::npos || name.ends_with(".so")) {
    const fs::path path = fs::path(name).is_absolute() ? fs::path(name) : fs::path(search.experiment_folder) / name;
    if (!fs::exists(path))
      fail_usage(
          place, "there is no plugin file {}{}{}", path.lexically_normal().string(),
          fs::path(name).is_absolute() ? "" : fmt::format(" (\"{}\", relative to the experiment's folder)", name),
          build_remedy(path.lexically_normal().parent_path()));
    return path.lexically_normal().string();
  }
  const std::vector<std::string> folders = plugin_folders(search);
  for (const std::string& folder : folders)
    if (const fs::path path = fs::path(folder) / (name + ".so"); fs::exists(path))
      return path.lexically_normal().string();
  fail_usage(place,
             "there is no plugin \"{}\"{} (searched {}; CRESCENT_PLUGIN_PATH adds folders, a name with '/' is a path)",
             name, suggestion(name, known_plugins(search)),
             folders.empty() ? "no folder" : fmt::format("{}", fmt::join(folders, ", ")));
}

}  // namespace crescent
