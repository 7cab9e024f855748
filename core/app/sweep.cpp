#include "core/app/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include "core/app/machine.hpp"
#include "core/app/signals.hpp"
#include "core/app/sweep_cost.hpp"
#include "core/app/sweep_report.hpp"
#include "core/app/sweep_table.hpp"
#include "core/app/sweep_worker.hpp"
#include "core/app/terminal.hpp"
#include "core/app/worker_processes.hpp"
#include "core/base/files.hpp"
#include "core/config/toml.hpp"
#include "core/rundir/config_diff.hpp"
#include "core/sweep/sweep_directory.hpp"

namespace crescent {

namespace fs = std::filesystem;

namespace {

using namespace std::chrono_literals;

std::string folder_of(const SweepRequest& request, const LoadedSweep& sweep) {
  return request.out.empty() ? "sweeps/" + sweep.spec().name : request.out;
}

// What a sweep that was killed at once may leave.
bool is_ours_without_summary(const std::string& name) {
  for (const char* ours :
       {"lock", "claims", "cells", "tree", "outcomes", "workers.log", "results.jsonl", "results.csv", "tree.json"})
    if (name == ours || name == std::string(ours) + ".partial" || name == "sweep.json.partial") return true;
  return false;
}

// Cells may have come or gone since the sweep was begun; one that was begun must be as it is now.
void refuse_other_sweep(const std::string& folder, const LoadedSweep& sweep) {
  if (!fs::exists(folder)) return;
  const std::string file = folder + "/sweep.json";
  if (!fs::exists(file)) {
    for (const auto& item : fs::directory_iterator(folder))
      if (const std::string name = item.path().filename(); !is_ours_without_summary(name))
        fail_usage({}, "{}: holds \"{}\" but no sweep.json, so it is not a sweep; choose another folder with --out",
                   folder, name);
    return;
  }
  const Json before = read_json_file(file);
  if (const int threads = before.value("threads", 0); threads != sweep.threads)
    fail_usage(
        {},
        "{}: was begun with --threads {}, and other numbers round otherwise: continue with --threads {}, or choose "
        "another folder with --out",
        folder, threads, threads);
  if (before.value("scripts", "") != sweep.script->digest().hex() && sweep.has_functions())
    fail_usage(
        {},
        "{}: the script's text has changed since the sweep was begun, and functions of it act in its runs; choose "
        "another folder with --out",
        folder);
  for (size_t i = 0; i < sweep.cells.size(); ++i) {
    const std::string path = fmt::format("{}/cells/{}/config.toml", folder, sweep.cells[i].key);
    if (!fs::exists(path)) continue;
    const Value was = read_toml(read_file(path), path), now = read_toml(sweep.contents_of_cell(i).config_toml, "now");
    for (const ConfigDifference& d : diff_config(*was.get<Table>(), *now.get<Table>()))
      fail_usage(
          {}, "{}: the cell {} was begun with other settings: {}: {} there, {} now; choose another folder with --out",
          folder, sweep.cells[i].key, d.key, d.old_value, d.new_value);
  }
}

// As many as asked for, or as the cores have room for; no more than there are cells, nor than memory holds.
int jobs_of(const SweepRequest& request, size_t cells, const Resources& resources) {
  const int cores = std::max(1, inspect_machine().cores / request.source.threads);
  const int wanted =
      std::min<int>(request.jobs > 0 ? request.jobs : cores, static_cast<int>(std::min<size_t>(cells, 1024)));
  const BaselinePlan baseline({request.source.experiment, request.source.set, request.source.threads, 0, 0}, resources);
  const int64_t each = baseline.report().memory.needed_bytes();
  const int64_t available = static_cast<int64_t>(inspect_machine().memory_available_bytes);
  const auto fit = static_cast<int>(std::min<int64_t>(1024, available / std::max<int64_t>(1, each)));
  if (fit >= wanted) return wanted;
  if (request.jobs > 0 || fit < 1)
    fail("{} at a time take {} of memory, {} each, and {} is available; {}",
         wanted == 1 ? "one run" : fmt::format("{} runs", wanted), bytes_text(wanted * each), bytes_text(each),
         bytes_text(available), fit < 1 ? "crescent plan says what to change" : fmt::format("use --jobs {}", fit));
  fmt::print("{} runs at a time, as many as fit into memory ({} each, {} available)\n", fit, bytes_text(each),
             bytes_text(available));
  return fit;
}

// The command that makes this program a worker of the sweep.
std::vector<std::string> worker_command(const SweepRequest& request, const std::string& folder) {
  std::vector<std::string> command = {fs::read_symlink("/proc/self/exe").string(),
                                      "sweep",
                                      request.source.experiment,
                                      "--worker",
                                      "--out",
                                      folder,
                                      "--threads",
                                      std::to_string(request.source.threads)};
  if (!request.cache.empty()) command.insert(command.end(), {"--cache", request.cache});
  for (const auto& [name, value] : request.source.set) {
    command.push_back("--set");
    command.push_back(name + "=" + value);
  }
  return command;
}

// Starts workers, shows what they do, and writes what they found.
class Conductor {
 public:
  Conductor(const SweepRequest& request, const LoadedSweep& sweep, const std::string& folder, int jobs)
      : sweep_(sweep),
        directory_(folder, steady_seconds),
        metrics_(sweep.metrics()),
        processes_(worker_command(request, folder), folder),
        jobs_(jobs),
        table_(stdout_is_terminal()) {}

  int conduct(const std::atomic<bool>& stop) {
    directory_.claims().forget_all_attempts();  // what failed the last time may be mended
    look(true);
    for (int i = 0; i < jobs_ && !settled(); ++i) processes_.start();
    const size_t most_starts = static_cast<size_t>(jobs_) + 2 * sweep_.cells.size() + 2 * edges_.size();
    while (processes_.alive() > 0) {
      std::this_thread::sleep_for(100ms);
      if (stop && !told_) processes_.terminate(), told_ = true;
      processes_.reap();
      look(false);
      // One that died without a word is replaced; its edge has one attempt less.
      while (!stop && !processes_.refused() && !settled() && processes_.alive() < jobs_ &&
             processes_.started() < most_starts)
        processes_.start();
    }
    look(true);
    table_.end();
    return summarise(stop);
  }

 private:
  void look(bool now) {
    const double seconds = steady_seconds();
    if (!now && seconds - looked_ < (edges_.size() < 1000 ? 0.5 : 5.0)) return;
    looked_ = seconds;
    edges_ = plan_tree(sweep_.cells, directory_.outcomes());
    states_ = directory_.states(edges_);
    cells_ = cell_states(directory_, sweep_.cells, edges_, states_);
    std::vector<std::string> signature;
    for (const CellState& cell : cells_) signature.push_back(cell.state);
    for (const EdgeState state : states_) signature.push_back(state_name(state));
    if (signature != written_) {
      write_summary(
          directory_,
          {sweep_.spec(), metrics_, sweep_.threads, sweep_.script->digest().hex(), sweep_.cells, edges_, states_},
          results_);
      written_ = std::move(signature);
    }
    table_.show(rows(), results_);
  }

  std::vector<TableRow> rows() {
    std::vector<TableRow> rows;
    for (size_t i = 0; i < cells_.size(); ++i)
      rows.push_back({sweep_.cells[i].key, cells_[i].state, cells_[i].error, 0, {}});
    for (size_t e = 0; e < edges_.size(); ++e) {
      if (states_[e] != EdgeState::running) continue;
      int64_t step = edges_[e].from_step;
      directory_.claims().held(edges_[e].id, &step);
      TableRow& row = rows[edges_[e].cells[0]];
      row.step = step;
      row.cells = edges_[e].cells.size();
      row.to_step = edges_[e].to_step;
    }
    return rows;
  }

  size_t count(const std::string& state) const {
    return static_cast<size_t>(
        std::count_if(cells_.begin(), cells_.end(), [&](const CellState& c) { return c.state == state; }));
  }
  bool settled() const { return count("finished") + count("failed") == cells_.size(); }

  int summarise(bool stopped) {
    const size_t failed = count("failed"), finished = count("finished");
    if (stopped && finished + failed < cells_.size()) {
      fmt::print("interrupted and saved, {} of {} cells finished; the same command goes on from here: {}\n", finished,
                 cells_.size(), directory_.path());
      return 130;
    }
    const TreeCost cost = cost_of(sweep_.cells, edges_);
    fmt::print("{} of {} cells finished{}\n", finished, cells_.size(),
               failed > 0 ? fmt::format(", {} failed", failed) : "");
    if (cost.asked_steps && cost.tree_steps && failed == 0)
      fmt::print("steps asked for: {}; trained: {}\n", *cost.asked_steps, *cost.tree_steps);
    for (size_t i = 0; i < cells_.size(); ++i)
      if (cells_[i].state == "failed") fmt::print("  {}: {}\n", sweep_.cells[i].key, cells_[i].error);
    fmt::print("sweep directory: {}\nresults: {}/results.csv\n", directory_.path(), directory_.path());
    if (finished > 0) report();
    if (finished + failed < cells_.size())
      fail("{}: {} cells are not finished, because workers ended without a word; see {}/workers.log", directory_.path(),
           cells_.size() - finished - failed, directory_.path());
    return failed > 0 ? 1 : 0;
  }

  // The cells are done and saved: a report that fails does not undo that.
  void report() const {
    try {
      fmt::print("report: {}\n", write_sweep_report(directory_.path()));
    } catch (const std::exception& error) {
      fmt::print(stderr, "crescent: warning: no report was written: {}; `crescent report {}` tries again\n",
                 error.what(), directory_.path());
    }
  }

  const LoadedSweep& sweep_;
  SweepDirectory directory_;
  std::vector<std::string> metrics_;
  WorkerProcesses processes_;
  int jobs_;
  SweepTable table_;
  std::vector<Edge> edges_;
  std::vector<EdgeState> states_;
  std::vector<CellState> cells_;
  std::map<std::string, Json> results_;
  std::vector<std::string> written_;
  double looked_ = 0;
  bool told_ = false;
};

}  // namespace

int run_sweep(const SweepRequest& request) {
  const Resources resources = find_resources();
  const LoadedSweep sweep = [&] {
    Terminal terminal(stdout_is_terminal() && !request.worker);
    return load_sweep(request.source, resources, [&](const TaskProgress& state) { terminal.progress(state); });
  }();
  const std::string folder = folder_of(request, sweep);
  if (request.worker && !fs::exists(folder))
    fail_usage({}, "{}: there is no sweep to join; begin it without --worker, or name its folder with --out", folder);
  if (request.worker) {
    refuse_other_sweep(folder, sweep);
    return work_on_sweep(sweep, folder, request.cache, resources, stop_on_signals());
  }
  refuse_other_sweep(folder, sweep);
  fmt::print("{}\n", sweep_headline(sweep));
  fmt::print("{}", tree_text(sweep, plan_tree(sweep.cells)));
  if (request.check) {
    fmt::print("no mistake found; it would be in {}{}\n", folder,
               fs::exists(folder) ? ", which is there: it would be continued" : "");
    return 0;
  }
  std::fflush(stdout);
  const std::atomic<bool>& stop = stop_on_signals();
  make_folders(folder);
  const RunLock lock(folder);
  const int jobs = jobs_of(request, sweep.cells.size(), resources);
  return Conductor(request, sweep, folder, jobs).conduct(stop);
}

}  // namespace crescent
