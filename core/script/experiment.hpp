// Loading an experiment: a folder with experiment.lua, a .lua file, or a run's config.toml. Nothing trains; what is
// wrong with the script is reported as a whole.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/experiment/run_config.hpp"
#include "core/script/limits.hpp"

namespace crescent {

class ScriptHost;

using Overrides = std::vector<std::pair<std::string, std::string>>;  // --set name=value, in the order given

// One file a script consists of. `path` is where it belongs below a run directory's experiment/ folder:
// "experiment.lua", "rewards/brevity.lua", or "scripts/rewards/brevity.lua" for what ships with the program.
struct ScriptFile {
  std::string path;
  std::string content;
};

struct LoadOptions {
  std::string scripts_folder;  // the program's own Lua modules; empty: none
  ScriptLimits limits;
  std::function<void(const std::string&)>
      print;  // where a script's print() goes, a reward's from any thread; unset: stderr
  // Looks at the whole configuration before mistakes are reported, so that what only the caller knows (the options of
  // plugins) is reported together with the rest; may fill in defaults. Called once, also when there are mistakes.
  std::function<void(RunConfig&, Problems&)> check;
};

struct LoadedExperiment {
  RunConfig config;
  std::vector<ScriptFile> files;     // to be copied to experiment/ and hashed; empty for a config.toml without a script
  std::shared_ptr<ScriptHost> host;  // never null; resolves the configuration's FunctionRefs
};

// Throws Error (usage) listing every mistake with file:line. A path is named in errors as it was given here.
LoadedExperiment load_experiment(const std::string& path, const Overrides& overrides, const LoadOptions& options = {});

}  // namespace crescent
