#include "core/findings/cost.hpp"

#include <cmath>
#include <limits>

namespace crescent {

namespace {

// Of the steps after `from`, up to `to`. What comes before the first step (validation at the start) belongs to it.
double seconds_between(const StepSeconds& seconds, int64_t from, int64_t to) {
  double sum = 0;
  for (const auto& [step, took] : seconds)
    if ((step > from || (step == 0 && from == 0)) && step <= to) sum += took;
  return sum;
}

std::optional<size_t> finished_cell(const SweepFiles& sweep, const EdgeRecord& edge) {
  for (const size_t c : edge.cells)
    if (sweep.cells[c].steps) return c;
  return std::nullopt;
}

}  // namespace

std::optional<int64_t> end_of(const SweepFiles& sweep, const EdgeRecord& edge) {
  if (edge.to_step) return edge.to_step;
  return edge.cells.size() == 1 ? sweep.cells[edge.cells[0]].steps : std::nullopt;
}

SweepCost cost_of(const SweepFiles& sweep, const std::vector<StepSeconds>& seconds) {
  SweepCost cost;
  for (size_t c = 0; c < sweep.cells.size(); ++c) {
    if (!sweep.cells[c].steps) continue;
    ++cost.runs;
    cost.asked_steps += *sweep.cells[c].steps;
    cost.asked_seconds += seconds_between(seconds[c], 0, *sweep.cells[c].steps);
  }
  cost.edge_seconds.assign(sweep.edges.size(), std::numeric_limits<double>::quiet_NaN());
  if (cost.runs == 0) cost.why_not = "no run is finished yet";
  if (sweep.edges.empty()) cost.why_not = "there is no tree.json that says which work was shared";
  for (size_t e = 0; e < sweep.edges.size(); ++e) {
    const EdgeRecord& edge = sweep.edges[e];
    const auto cell = finished_cell(sweep, edge);
    if (!cell) continue;
    const auto end = end_of(sweep, edge);
    if (!end) {
      cost.why_not = fmt::format("tree.json does not say where {} ends", edge.id);
      continue;
    }
    cost.run_steps += *end - edge.from_step;
    cost.edge_seconds[e] = seconds_between(seconds[*cell], edge.from_step, *end);
    cost.run_seconds += cost.edge_seconds[e];
  }
  return cost;
}

}  // namespace crescent
