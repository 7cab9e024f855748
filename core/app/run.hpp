// `crescent run`: from an experiment to a finished run directory.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/app/console.hpp"

namespace crescent {

struct RunRequest {
  std::string experiment;                                // folder, .lua file or a run's config.toml
  std::vector<std::pair<std::string, std::string>> set;  // --set name=value, in order
  std::string out;                                       // run directory; "": runs/<name>
  std::string device = "cpu";                            // cpu | cuda | cuda:i
  int threads = 0;                                       // 0: as many as the machine has cores
  bool accept_script_change = false;                     // go on with scripts whose text has changed
  OutputMode output = OutputMode::lines;
  bool profile = false;  // profile.txt and trace.json in the run directory; on the CPU
  bool verbose = false;  // everything that goes to log.txt is on stderr as well
};

// Starts, resumes or, for a finished run, prints its table. Returns the exit code: 0, or 130 when interrupted and
// resumable; throws Error otherwise.
int run_experiment(const RunRequest& request);

}  // namespace crescent
