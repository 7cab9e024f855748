// The work tree of a sweep. Two cells share their steps exactly as long as their hash chains agree, so a grid is a
// tree: each edge is trained once, and cells go on from where it ends. (Stage trees: Hippo, Shin et al., VLDB 2022.
// Here a shared stretch is bit-identical to the same steps of each cell alone, and may end where a run decides.)
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/experiment/run_walk.hpp"

namespace crescent {

struct TreeCell {
  std::string key;
  RunWalk walk;
};

// What was found out at run time: a phase was left after `step` steps of the run for the phase `to`; "": the run's end.
struct EdgeOutcome {
  int64_t step = 0;
  std::string to;
};
using EdgeOutcomes = std::map<std::string, EdgeOutcome>;  // by the edge's id

// Where a cell is in its walk.
struct TreePosition {
  size_t stretch = 0;
  int64_t offset = 0;   // steps of the stretch behind
  bool ending = false;  // its last step is made, and it is to be left for `to`
  std::string to;
  HashChain chain;
};

struct Edge {
  std::string id;                  // of a single cell: its key; else the chain at the edge's end, in hex
  int parent = -1;                 // its place in the list of edges, always before its own; -1: from nothing
  std::vector<size_t> cells;       // by their places; the first one's settings are those it is trained with
  int64_t from_step = 0;           // steps behind as it begins
  std::optional<int64_t> to_step;  // steps behind as it ends; nothing where that is decided at run time
  bool leaf = false;               // of one cell, to its end
  bool concluded = false;  // what comes at the end of its last step is a part of it; else each child has its own
  std::string leaving;     // where not "": it ends where this phase is left, which decides that at run time
  std::vector<int> children;
  TreePosition start;  // of its first cell
};

// Edges in an order in which a depth-first walk meets them. Below an edge whose outcome is not known yet there is
// nothing.
std::vector<Edge> plan_tree(const std::vector<TreeCell>& cells, const EdgeOutcomes& outcomes = {});

// A point that runs of the same chain may go on from. Edges that end there have this id, in whatever sweep.
struct SharedPoint {
  std::string id;
  int64_t step = 0;
};
// The points from just behind the edge's beginning to its end, as far as they are known before it is trained.
std::vector<SharedPoint> points_along(const TreeCell& cell, const Edge& edge);

struct TreeCost {
  std::optional<int64_t> asked_steps;  // of all cells, each alone; nothing where a run decides its length
  std::optional<int64_t> tree_steps;   // of all edges
};
TreeCost cost_of(const std::vector<TreeCell>& cells, const std::vector<Edge>& edges);

}  // namespace crescent
