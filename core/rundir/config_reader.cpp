#include "core/rundir/config_reader.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "core/base/file_errors.hpp"
#include "core/base/files.hpp"
#include "core/config/toml.hpp"
#include "core/experiment/run_options.hpp"
#include "core/rundir/run_directory.hpp"

namespace crescent {

// The folder's run directories, where someone named the folder that holds them.
static std::string runs_within(const std::string& folder) {
  std::vector<std::string> runs;
  with_file_errors(folder, [&] {
    if (!std::filesystem::is_directory(folder)) return;
    for (const auto& item : std::filesystem::directory_iterator(folder))
      if (is_run_directory(item.path().string())) runs.push_back(item.path().string());
  });
  std::sort(runs.begin(), runs.end());
  constexpr size_t kMost = 3;
  const std::string more = runs.size() > kMost ? fmt::format(" and {} more", runs.size() - kMost) : "";
  if (runs.size() > kMost) runs.resize(kMost);
  return runs.empty() ? "" : fmt::format("{}{}", fmt::join(runs, ", "), more);
}

RunConfig read_run_config(const std::string& run_folder) {
  if (!std::filesystem::exists(run_folder))
    fail_usage({run_folder, 0}, "there is no such folder; name a run directory, which `crescent run` makes");
  if (const std::string within = runs_within(run_folder); !is_run_directory(run_folder) && !within.empty())
    fail_usage({run_folder, 0}, "is not a run directory, but holds some; name them: {}", within);
  if (!is_run_directory(run_folder))
    fail_usage(
        {run_folder, 0},
        "is not a run directory: it has no config.toml and manifest.json; name a folder that `crescent run` made "
        "(runs/<name>, or what --out said)");
  const std::string path = run_folder + "/config.toml";
  const Value root = read_toml(read_file(path), path);
  RunConfig config;
  Problems problems;
  read_run(*root.get<Table>(), {path, 0}, config, problems);
  problems.throw_if_any();
  return config;
}

}  // namespace crescent
