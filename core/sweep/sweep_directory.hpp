// sweeps/<name>/: what a sweep leaves and is continued from.
//
//   sweep.json       factors, seeds, cells and how each is getting on
//   cells/<key>/     a run directory for each cell
//   tree/<id>/       run directories of steps that cells share, until the last cell has left
//   outcomes/<id>    what a run decided where cells share a phase of open length
//   claims/          who works on what (claims.hpp)
//   results.jsonl    {cell, params, seed, steps, values} of each finished cell, values: its last validation
//   results.csv      the same as a table
//   tree.json        edges and how each is getting on
//
// What is done is seen in the run directories alone, so that a kill at any moment loses nothing but the steps since a
// checkpoint.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/experiment/sweep_spec.hpp"
#include "core/sweep/claims.hpp"
#include "core/sweep/tree.hpp"

namespace crescent {

enum class EdgeState { waiting, running, done, failed };
const char* state_name(EdgeState state);  // "waiting", ...; of a leaf that is done: "done"

class SweepDirectory {  // one thread at a time
 public:
  SweepDirectory(std::string path, double (*clock)());

  const std::string& path() const { return path_; }
  Claims& claims() { return claims_; }
  std::string run_of(const Edge& edge) const;  // its run directory
  std::string cell_folder(const std::string& key) const { return path_ + "/cells/" + key; }

  EdgeOutcomes outcomes() const;
  void note_outcome(const std::string& edge, const EdgeOutcome& outcome);

  // How each edge is getting on. An edge is done when what it leaves is there, or all that go on from it have begun.
  std::vector<EdgeState> states(const std::vector<Edge>& edges);
  bool is_done(const std::vector<Edge>& edges, const Edge& edge);
  bool begun(const Edge& edge) const;  // its run directory is there
  // Removes the run directories of shared edges from which all children have gone on.
  void remove_left(const std::vector<Edge>& edges);

  // Attempts to train an edge before it is given up.
  static constexpr int64_t kAttempts = 2;

 private:
  bool begun_or_done(const std::vector<Edge>& edges, const Edge& edge) const;
  bool find_done(const std::vector<Edge>& edges, const Edge& edge) const;
  std::string path_;
  Claims claims_;
  std::set<std::string> done_;  // ids, known to be
};

// What sweep.json, results.jsonl, results.csv and tree.json say.
struct SweepSummary {
  const SweepSpec& spec;
  std::vector<std::string> metrics;  // of validation, in their order
  int threads = 1;
  std::string scripts;  // hash
  const std::vector<TreeCell>& cells;
  const std::vector<Edge>& edges;
  const std::vector<EdgeState>& states;
};
// Rewrites the files. Reads the metrics of cells that were not finished at the last call; `known` keeps their lines.
void write_summary(SweepDirectory& directory, const SweepSummary& summary, std::map<std::string, Json>& known);

// The state of each cell, and the error of one that failed, its own or that of steps it shares.
struct CellState {
  std::string state;  // waiting | running | finished | failed
  std::string error;
};
std::vector<CellState> cell_states(SweepDirectory& directory, const std::vector<TreeCell>& cells,
                                   const std::vector<Edge>& edges, const std::vector<EdgeState>& states);

Json to_json(const Value& value);  // a scalar or a table of them

}  // namespace crescent
