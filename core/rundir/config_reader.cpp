#include "core/rundir/config_reader.hpp"

#include <filesystem>

#include "core/base/files.hpp"
#include "core/config/toml.hpp"
#include "core/experiment/run_options.hpp"
#include "core/rundir/run_directory.hpp"

namespace crescent {

RunConfig read_run_config(const std::string& run_folder) {
  if (!std::filesystem::exists(run_folder))
    fail_usage({run_folder, 0}, "there is no such folder; name a run directory, which `crescent run` makes");
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
