// What a run leaves behind: config.toml, experiment/, manifest.json, metrics.jsonl, timings.jsonl, vps.jsonl,
// transitions.jsonl, rollouts/, events/, checkpoints/, log.txt. Everything is written by one process at a time.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/files.hpp"
#include "core/base/log.hpp"
#include "core/flow/metrics.hpp"
#include "core/flow/phase_event.hpp"
#include "core/flow/rollout.hpp"
#include "core/rundir/event_writer.hpp"
#include "core/rundir/lock.hpp"
#include "core/rundir/manifest.hpp"
#include "core/rundir/offsets.hpp"
#include "core/rundir/rollout_writer.hpp"

namespace crescent {

struct RunContents {
  std::string config_toml;  // fully resolved settings
  NamedTexts experiment;    // path within experiment/ -> content: the scripts as they are
};

enum class FoundRun { none, unfinished, finished };

// Whether a run that is not finished may go on with scripts whose text has changed, its settings being the same.
enum class ScriptChange { refuse, accept };

// config.toml and experiment/ of a directory that has none yet: the scripts first, config.toml last.
void write_run_contents(const std::string& path, const RunContents& contents);

bool is_run_directory(const std::string& path);  // has a config.toml and a manifest of ours

// create_or_open -> [finished? print the table] -> begin(session, offsets) -> step, vps, rollouts ... -> finish.
class RunDirectory : public MetricSink {  // [main-thread]; log() from any thread
 public:
  // Takes the lock. Writes config.toml and experiment/ where no session was begun yet, so that a start that failed can
  // be mended; where one was, throws a usage Error that names each setting or script that differs. A folder that holds
  // anything else is refused. Changed scripts that are accepted take the place of the old ones, which are kept beside
  // them as experiment_until_session_N/.
  static std::unique_ptr<RunDirectory> create_or_open(const std::string& path, const RunContents& contents,
                                                      ScriptChange change = ScriptChange::refuse);

  // What create_or_open would take up, with its errors; nothing is written and no lock is taken.
  static FoundRun find(const std::string& path, const RunContents& contents,
                       ScriptChange change = ScriptChange::refuse);

  const std::string& path() const { return path_; }
  std::string checkpoints() const { return path_ + "/checkpoints"; }
  std::string experiment() const { return path_ + "/experiment"; }
  bool is_new() const { return is_new_; }  // no session was ever begun here
  bool finished() const { return manifest_.finished(); }
  Log& log() { return log_; }
  Manifest& manifest() { return manifest_; }

  // Cuts the append-only files back to the checkpoint this session starts from (Offsets{.step = -1}: from nothing),
  // notes the session in the manifest, logs what breaks bit-identity, and opens the files: rollouts/ for what `keep`
  // says, events/ for TensorBoard only if `tensorboard`.
  void begin(const SessionInfo& session, const Offsets& from, std::vector<RewardNames> rewards,
             const RolloutLogConfig& keep, bool tensorboard);
  // For a checkpoint: flushes everything to disk, then says where the files stand.
  Offsets offsets();

  void step(const StepReport& report) override;  // a line of metrics.jsonl, one of timings.jsonl, events
  // A snapshot of the sampler's scores: one line of vps.jsonl {step, phase, view, weights}, in the order of the
  // eligible prompts; of more than 20,000 prompts every so many of them, {..., prompts, every, weights}.
  void vps(int64_t step, const std::string& phase, View view, std::span<const double> weights);
  // A phase was left: one line of transitions.jsonl {step, from, to, kind, reason}; `to` is null where the run ends.
  void transition(const PhaseEvent& event);
  RolloutWriter& rollouts();                                       // after begin
  EventWriter* events() { return events_ ? &*events_ : nullptr; }  // null: the run writes none

  void finish();  // flushes, and marks the run as complete

 private:
  RunDirectory(const std::string& path, RunLock lock);
  static std::unique_ptr<RunDirectory> open(const std::string& path, const RunContents& contents, ScriptChange change);
  std::string path_;
  RunLock lock_;
  Log log_;
  Manifest manifest_;
  bool is_new_ = false;
  int64_t last_step_ = -1;
  AppendFile metrics_, timings_, vps_, transitions_;
  std::optional<RolloutWriter> rollouts_;
  std::optional<EventWriter> events_;
};

}  // namespace crescent
