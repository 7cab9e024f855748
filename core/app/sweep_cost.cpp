#include "core/app/sweep_cost.hpp"

#include <fmt/format.h>

#include "core/app/assemble.hpp"
#include "core/app/sweep.hpp"
#include "core/app/terminal.hpp"
#include "core/experiment/run_check.hpp"
#include "core/plan/duration.hpp"

namespace crescent {

BaselinePlan::BaselinePlan(const PlanRequest& request, const Resources& resources, const OnProgress& on_progress) {
  PluginSearch search;
  loaded_ = load_checked(request.experiment, request.set, resources, search);
  report_.emplace(make_plan(request, loaded_, search, resources, on_progress));
}

namespace {

// Weights and AdamW's two moments, in f32.
int64_t checkpoint_bytes(const PlanReport& report) {
  return 3 * static_cast<int64_t>(sizeof(float)) * report.parameters;
}

std::string disk_text(const LoadedSweep& sweep, const PlanReport& report) {
  int64_t kept = 0;
  for (const RunConfig& config : sweep.configs) kept += config.checkpoint.keep_last;
  return fmt::format("Disk: {} for checkpoints at the end ({} each), and the rollouts\n",
                     bytes_text(kept * checkpoint_bytes(report)), bytes_text(checkpoint_bytes(report)));
}

// The baseline's seconds a step, as if the sweep's steps were like its own.
std::string time_text(const PlanReport& report, const TreeCost& cost) {
  if (!report.rehearsal) return fmt::format("Time: not told, because {}.\n", report.no_rehearsal);
  const int64_t planned = planned_steps(report.config);
  if (planned <= 0 || !cost.tree_steps || !cost.asked_steps)
    return "Time: not told, because a phase decides at run time how long it lasts.\n";
  const Rehearsal& r = *report.rehearsal;
  const double a_run = together(durations(report.config, report.work, r.likely ? *r.likely : r.at_most,
                                          r.likely ? Resampling::none : Resampling::at_most));
  const double a_step = a_run / static_cast<double>(planned);
  return fmt::format(
      "Time: about {} one run at a time, {} without sharing (the baseline alone: {}); divided by --jobs while cores "
      "last\n",
      duration(a_step * static_cast<double>(*cost.tree_steps)),
      duration(a_step * static_cast<double>(*cost.asked_steps)), duration(a_run));
}

Json sweep_plan_json(const LoadedSweep& sweep, const std::vector<Edge>& edges, const PlanReport& report) {
  const TreeCost cost = cost_of(sweep.cells, edges);
  const auto known = [](const std::optional<int64_t>& n) { return n ? Json(*n) : Json(nullptr); };
  return {{"sweep", sweep.spec().name},
          {"cells", sweep.cells.size()},
          {"threads", sweep.threads},
          {"asked_steps", known(cost.asked_steps)},
          {"tree_steps", known(cost.tree_steps)},
          {"edges", edges.size()},
          {"baseline", plan_json(report)}};
}

}  // namespace

int plan_sweep(const PlanRequest& given) {
  PlanRequest request = given;
  if (request.threads == 0) request.threads = 1;
  const Resources resources = find_resources();
  Terminal terminal(stdout_is_terminal() && !request.json);
  const OnProgress on_progress = [&](const TaskProgress& state) { terminal.progress(state); };
  const LoadedSweep sweep = load_sweep({request.experiment, request.set, request.threads}, resources, on_progress);
  const std::vector<Edge> edges = plan_tree(sweep.cells);
  const BaselinePlan baseline(request, resources, on_progress);
  const PlanReport& report = baseline.report();
  terminal.end_line();
  if (request.json) {
    fmt::print("{}\n", sweep_plan_json(sweep, edges, report).dump(2));
  } else {
    fmt::print("{}\n{}{}", sweep_headline(sweep), tree_text(sweep, edges), disk_text(sweep, report));
    fmt::print("{}Memory: {} a run, {} available\n", time_text(report, cost_of(sweep.cells, edges)),
               bytes_text(report.memory.needed_bytes()), bytes_text(report.available_bytes));
  }
  return report.fits() ? 0 : 1;
}

}  // namespace crescent
