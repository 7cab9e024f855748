// A sweep before it runs: every cell's settings, the work tree, what it saves and what splits it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/app/resources.hpp"
#include "core/base/task.hpp"
#include "core/experiment/run_config.hpp"
#include "core/rundir/run_directory.hpp"
#include "core/script/sweep_script.hpp"
#include "core/sweep/tree.hpp"

namespace crescent {

struct SweepSource {
  std::string experiment;                                // folder or .lua file
  std::vector<std::pair<std::string, std::string>> set;  // --set name=value, in order
  int threads = 1;                                       // of each cell
};

struct LoadedSweep {
  std::unique_ptr<SweepScript> script;
  std::vector<RunConfig> configs;  // of each cell, in the order of script->spec().cells
  std::vector<TreeCell> cells;
  SettingsTexts texts;
  std::map<std::string, std::string> plugin_names;  // hash of the file -> as a configuration names it
  int threads = 1;
  const SweepSpec& spec() const { return script->spec(); }
  RunContents contents_of_cell(size_t cell) const;  // what its run directory begins with
  std::vector<std::string> metrics() const;         // what the cells' validations measure, each once
  bool has_functions() const;                       // some setting is a Lua function
};

bool is_sweep(const std::string& experiment, const Resources& resources);  // whether the script returns one

// Throws Error with every mistake of every cell, each once. Data sets are made where they are not there yet.
LoadedSweep load_sweep(const SweepSource& source, const Resources& resources, const OnProgress& on_progress = {});

std::string sweep_headline(const LoadedSweep& sweep);                             // cells, factors, seeds
std::string tree_text(const LoadedSweep& sweep, const std::vector<Edge>& edges);  // steps, saving, what splits it

}  // namespace crescent
