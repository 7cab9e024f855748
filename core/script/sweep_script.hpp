// A script that returns a sweep: its cells, and the run of each. Nothing trains.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/hash.hpp"
#include "core/experiment/run_config.hpp"
#include "core/experiment/sweep_spec.hpp"
#include "core/script/experiment.hpp"

namespace crescent {

class ScriptSession;

// Whether the script at `path` returns a sweep. False for a run's config.toml. Throws Error where the script has
// mistakes.
bool returns_sweep(const std::string& path, const LoadOptions& options);

class SweepScript {  // [main-thread]
 public:
  // `path`: a folder with experiment.lua, or a .lua file. Throws Error (usage) listing every mistake, or saying how a
  // script that returns one run is made a sweep.
  SweepScript(const std::string& path, const Overrides& overrides, const LoadOptions& options);
  ~SweepScript();

  const SweepSpec& spec() const { return spec_; }  // its cells are those that `only` wants
  const std::vector<ScriptFile>& files() const;
  Digest digest() const;  // as ScriptHost has it of a run of the same script
  // The cell's run, its mistakes and those that options.check finds to `problems`. Its functions can be named, not
  // called.
  RunConfig build(const SweepCell& cell, Problems& problems) const;

 private:
  LoadOptions options_;
  std::unique_ptr<ScriptSession> session_;
  SweepSpec spec_;
};

}  // namespace crescent
