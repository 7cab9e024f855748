// A sweep's directory as `crescent sweep` leaves it, finished or still being worked on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/flow/metrics.hpp"

namespace crescent {

inline constexpr size_t kUnset = static_cast<size_t>(-1);  // a level: the cell does not have this factor

struct FactorRecord {
  std::string name;
  std::vector<std::string> values;  // as a reader writes them: 0.5, text, true
};

// One run of the sweep.
struct CellRecord {
  std::string key, directory;  // relative to the sweep's folder
  std::vector<size_t> levels;  // [factors] places in their values
  int64_t seed = 0;
  std::string state;             // "waiting", "running", "finished", "failed"
  std::string error;             // of a failed one
  std::optional<int64_t> steps;  // of a finished one
  NamedValues values;            // final metrics of a finished one; NaN where it had none
};

// A stretch of training that `cells` share, done once.
struct EdgeRecord {
  std::string id, parent;          // parent "": from the start
  int64_t from_step = 0;           // trains the steps after it ...
  std::optional<int64_t> to_step;  // ... up to and with it; nothing: decided at run time, and not yet
  std::vector<size_t> cells;
  std::string state, split;  // split: what parts it from its siblings; may be empty
};

struct SweepFiles {
  std::string folder, name;
  std::vector<FactorRecord> factors;
  std::vector<int64_t> seeds;
  std::vector<size_t> baseline;      // [factors] kUnset where it does not say; empty: the sweep names none
  std::vector<std::string> metrics;  // accuracies; the first is what the sweep is about
  std::vector<CellRecord> cells;
  std::vector<EdgeRecord> edges;  // of tree.json, parents before children; empty: there is none
};

bool is_sweep_directory(const std::string& folder);  // has a sweep.json

// sweep.json, results.jsonl and tree.json. Throws a usage Error when `folder` is no sweep; Error with file and line for
// what is damaged or contradicts itself: an unknown cell, a value that the factor does not have, a cell twice.
SweepFiles read_sweep_files(const std::string& folder);

}  // namespace crescent
