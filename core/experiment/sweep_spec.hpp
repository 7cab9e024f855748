// crescent.sweep: many runs of one experiment. Which parameters vary (factors), over which values, for which seeds; and
// the cells that follow from it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/config/options.hpp"
#include "core/config/value.hpp"

namespace crescent {

struct SweepFactor {
  std::string name;
  std::vector<Value> values;  // in their order; of a random search: as they were drawn
};

struct SweepCell {
  std::string key;  // "lambda=0.5,warm=20,seed=3": a folder's name, one for each cell
  Table params;     // factor -> value
  int64_t seed = 1;
};

struct SweepSpec {
  std::string name;
  std::vector<SweepFactor> factors;
  std::vector<int64_t> seeds;
  Table baseline;                // parameter -> value; empty: none
  std::vector<SweepCell> cells;  // all factors of one seed before those of the next
  FunctionRef build;             // Lua: function(params) -> run
  FunctionRef only;              // Lua: function(params) -> whether the cell is wanted; none: all are
  Place place;
};

// What crescent.sweep takes.
std::string sweep_help();
std::string sweep_annotations(const std::string& class_name);

// Reads its table and lays out the cells; every mistake goes to `problems`. `params`: what crescent.params declared,
// with what --set changed. `usual_name`: the sweep's where it gives none.
void read_sweep(const Table& given, const Place& place, const Table& params, const std::string& usual_name,
                SweepSpec& spec, Problems& problems);

// The parameters of a cell: `params` with the factors' values and the seed.
Table params_of(const SweepCell& cell, Table params);

}  // namespace crescent
