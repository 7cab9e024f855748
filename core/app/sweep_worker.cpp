#include "core/app/sweep_worker.hpp"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>

#include "core/app/assemble.hpp"
#include "core/app/loading.hpp"
#include "core/app/report.hpp"
#include "core/app/terminal.hpp"
#include "core/app/train.hpp"
#include "core/rundir/branch.hpp"
#include "core/sweep/shared_folder.hpp"
#include "core/sweep/sweep_directory.hpp"

namespace crescent {

namespace fs = std::filesystem;

namespace {

using namespace std::chrono_literals;

// The step that training has come to, for the claim.
struct StepNote : MetricSink {
  void step(const StepReport& report) override { done = report.step; }
  std::atomic<int64_t> done{0};
};

// Tells the others that the edge is being worked on, and training when to stop: at a signal, when the claim was taken
// over by others, when the program that started this one is gone.
class Watch {
 public:
  Watch(Claims& claims, std::string edge, const StepNote& note, const std::atomic<bool>& asked)
      : claims_(claims), edge_(std::move(edge)), note_(note), asked_(asked), thread_([this] { watch(); }) {}
  ~Watch() {
    ended_ = true;
    thread_.join();
  }
  const std::atomic<bool>& stop() const { return stop_; }

 private:
  void watch() {
    const pid_t parent = ::getppid();
    auto touched = std::chrono::steady_clock::now();
    while (!ended_) {
      std::this_thread::sleep_for(50ms);
      if (asked_ || ::getppid() != parent) stop_ = true;
      if (std::chrono::steady_clock::now() - touched < 2s) continue;
      touched = std::chrono::steady_clock::now();
      try {
        if (!claims_.touch(edge_, note_.done)) stop_ = true;
      } catch (const std::exception&) {  // a full disk, say, or a file system that is away: the next time
      }
    }
  }
  Claims& claims_;
  std::string edge_;
  const StepNote& note_;
  const std::atomic<bool>& asked_;
  std::atomic<bool> stop_{false}, ended_{false};
  std::thread thread_;
};

class Worker {
 public:
  Worker(const LoadedSweep& sweep, const std::string& folder, const std::string& cache, const Resources& resources,
         const std::atomic<bool>& stop)
      : sweep_(sweep), directory_(folder, steady_seconds), resources_(resources), stop_(stop), parent_(::getppid()) {
    if (!cache.empty()) cache_.emplace(cache, steady_seconds);
  }

  int work() {
    while (!stop_ && ::getppid() == parent_) {
      edges_ = plan_tree(sweep_.cells, directory_.outcomes());
      const std::vector<EdgeState> states = directory_.states(edges_);
      bool left = false;
      const std::optional<size_t> taken = take_one(states, left);
      if (taken)
        attempt(edges_[*taken]);
      else if (!left)
        return 0;
      else
        std::this_thread::sleep_for(edges_.size() < 1000 ? 100ms : 1s);
    }
    return 130;
  }

 private:
  // The first edge that can be begun, in depth-first order: branches are left early, and their checkpoints go.
  // `left`: something may be still to do.
  std::optional<size_t> take_one(const std::vector<EdgeState>& states, bool& left) {
    for (size_t e = 0; e < edges_.size(); ++e) {
      const int parent = edges_[e].parent;
      left = left || states[e] == EdgeState::running;
      if (states[e] != EdgeState::waiting) continue;
      if (parent >= 0 && states[static_cast<size_t>(parent)] != EdgeState::done) continue;
      left = true;
      if (!directory_.claims().take(edges_[e].id)) continue;
      if (!directory_.is_done(edges_, edges_[e])) return e;  // by somebody else in between
      directory_.claims().release(edges_[e].id);
    }
    return std::nullopt;
  }

  void attempt(const Edge& edge) {
    Claims& claims = directory_.claims();
    const Claims::Attempts before = claims.attempts(edge.id);
    // What is told where the process is killed.
    const std::string killed = "its worker ended without a word (killed, or out of memory); see workers.log";
    claims.set_attempts(edge.id, {before.begun + 1, before.error.empty() ? killed : before.error});
    try {
      const TrainingRun::Outcome outcome = train(edge);
      const bool interrupted = outcome == TrainingRun::Outcome::interrupted;
      if (outcome == TrainingRun::Outcome::finished && !edge.leaf && edge.leaving.empty())
        fail("the run {} should have stopped at step {} for others to go on from there, and has ended: remove it",
             directory_.run_of(edge), *edge.to_step);
      claims.set_attempts(edge.id, interrupted ? before : Claims::Attempts());
    } catch (const std::exception& error) {
      claims.set_attempts(edge.id, {before.begun + 1, error.what()});
      fmt::print(stderr, "{}: attempt {} of {} failed: {}\n", edge.id, before.begun + 1, SweepDirectory::kAttempts,
                 error.what());
    }
    claims.release(edge.id);
  }

  // The edge's run directory, from its parent's, or from what another sweep has left further along.
  void begin(const Edge& edge) {
    const std::string run = directory_.run_of(edge);
    if (fs::exists(run)) return;
    const RunContents contents = sweep_.contents_of_cell(edge.cells[0]);
    if (cache_) {
      const SharedPoint point = cache_->furthest(points_along(sweep_.cells[edge.cells[0]], edge));
      const std::string note = fmt::format("the steps to {} were trained in another sweep", point.step);
      if (!point.id.empty())
        return branch_run(cache_->folder_of(point.id), run,
                          {kEndFolder, point.id == edge.id ? kEndFolder : kStartFolder}, contents, note);
    }
    const Edge* parent = edge.parent < 0 ? nullptr : &edges_[static_cast<size_t>(edge.parent)];
    const std::string note = parent == nullptr
                                 ? ""
                                 : fmt::format("the steps to {} were trained once for {} cells of the sweep {}",
                                               edge.from_step, parent->cells.size(), sweep_.spec().name);
    branch_run(parent == nullptr ? "" : directory_.run_of(*parent), run, {kEndFolder, kStartFolder}, contents, note);
  }

  TrainingRun::Outcome train(const Edge& edge) {
    StepNote note;
    note.done = edge.from_step;
    const Watch watch(directory_.claims(), edge.id, note, stop_);  // from here on: copying may take long
    begin(edge);
    directory_.remove_left(edges_);
    if (directory_.is_done(edges_, edge)) return TrainingRun::Outcome::branched;
    const std::string run = directory_.run_of(edge);
    PluginSearch search;
    const LoadedExperiment loaded = load_checked(run + "/config.toml", {}, resources_, search);
    const auto opened = RunDirectory::create_or_open(run, contents_of(loaded));
    if (opened->finished()) return TrainingRun::Outcome::finished;
    opened->log().show(LogLevel::warning, [](LogLevel level, std::string_view text) {
      fmt::print(stderr, "{}", shown_line(level, text));
    });
    std::optional<BranchStop> until;
    if (!edge.leaf) until = BranchStop{edge.leaving.empty() ? *edge.to_step : -1, edge.concluded, edge.leaving};
    const OnProgress nothing = [](const TaskProgress&) {};
    TrainEnd end;
    try {
      end = train_run({resources_, search, loaded, *opened, "cpu", sweep_.threads, note, nothing,
                       [](int64_t, int64_t) {}, watch.stop(), until});
    } catch (const std::exception& error) {
      opened->log().record(LogLevel::error, error.what());
      throw;
    }
    if (cache_ && end.outcome == TrainingRun::Outcome::branched && !end.leaving)
      cache_->keep(edge.id, run, sweep_.contents_of_cell(edge.cells[0]));
    if (end.leaving) directory_.note_outcome(edge.id, {end.leaving->step, end.leaving->to});
    if (end.outcome == TrainingRun::Outcome::finished) report_on(run, opened->log());
    return end.outcome;
  }

  // The cell is done and saved: a report that fails does not undo that.
  void report_on(const std::string& run, Log& log) {
    log.info("finished");
    try {
      write_report({{run}, "", ReportRequest().rollouts}, resources_, {});
    } catch (const std::exception& error) {
      log.warning("no report was written: {}", error.what());
    }
  }

  const LoadedSweep& sweep_;
  SweepDirectory directory_;
  std::optional<SharedFolder> cache_;
  const Resources& resources_;
  const std::atomic<bool>& stop_;
  const pid_t parent_;
  std::vector<Edge> edges_;
};

}  // namespace

int work_on_sweep(const LoadedSweep& sweep, const std::string& folder, const std::string& cache,
                  const Resources& resources, const std::atomic<bool>& stop) {
  return Worker(sweep, folder, cache, resources, stop).work();
}

}  // namespace crescent
