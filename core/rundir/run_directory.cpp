#include "core/rundir/run_directory.hpp"

#include <filesystem>

#include "core/base/error.hpp"
#include "core/base/file_errors.hpp"
#include "core/config/toml.hpp"
#include "core/rundir/config_diff.hpp"
#include "core/rundir/json_line.hpp"
#include "core/rundir/step_line.hpp"

namespace crescent {

namespace fs = std::filesystem;

namespace {

// Names that a run killed before its config.toml was written may leave.
bool is_ours_without_config(const std::string& name) {
  return name == "lock" || name == "log.txt" || name == "experiment" || name == "config.toml.partial";
}

void refuse_foreign_folder(const std::string& path) {
  for (const auto& item : fs::directory_iterator(path))
    if (const std::string name = item.path().filename().string(); !is_ours_without_config(name))
      fail_usage({},
                 "{}: holds \"{}\" but no config.toml, so it is not a run directory; choose another folder with --out",
                 path, name);
}

// A line for each setting and each script in which the run at `path` is not what is asked for; "" where there is none.
struct Differences {
  std::string settings, scripts;
};

// Another line of the same script is no setting: the script's text says what has changed.
bool is_function(const std::string& value) { return value.starts_with("function at "); }

Differences differences(const std::string& path, const RunContents& contents) {
  const std::string config_path = path + "/config.toml";
  const Value before = read_toml(read_file(config_path), config_path);
  const Value now = read_toml(contents.config_toml, "the new settings");
  Differences found;
  for (const ConfigDifference& d : diff_config(*before.get<Table>(), *now.get<Table>()))
    (is_function(d.old_value) && is_function(d.new_value) ? found.scripts : found.settings) +=
        fmt::format("\n  {}: {} there, {} now", d.key, d.old_value, d.new_value);
  for (const auto& [name, content] : contents.experiment) {
    const std::string copy = path + "/experiment/" + name;
    if (!fs::exists(copy))
      found.scripts += fmt::format("\n  {}: not part of the experiment there", name);
    else if (read_file(copy) != content)
      found.scripts += fmt::format("\n  {}: its text has changed", name);
  }
  return found;
}

void refuse_other_than_run(const std::string& path) {
  if (fs::exists(path) && !fs::is_directory(path))
    fail_usage({}, "{}: is a file, and a run needs a folder; choose another one with --out", path);
  if (fs::exists(path) && !fs::exists(path + "/config.toml")) refuse_foreign_folder(path);
}

// Whether the run at `path` has these settings and scripts. Others are refused unless they may be written over: no step
// was made, and a start that failed must not be in the way of its remedy; or only scripts have changed, and that was
// accepted.
bool holds_same(const std::string& path, const RunContents& contents, bool may_replace, ScriptChange change) {
  const Differences found = differences(path, contents);
  const std::string text = found.settings + found.scripts;
  const bool scripts_alone = found.settings.empty();
  if (!text.empty() && !may_replace && !(scripts_alone && change == ScriptChange::accept))
    fail_usage({},
               "{}: was begun with other {}:{}\nchoose another folder with --out for a new run; `crescent run "
               "{}/config.toml --out {}` goes on with {} it has{}",
               path, scripts_alone ? "scripts" : "settings", text, path, path,
               scripts_alone ? "the scripts" : "the settings",
               scripts_alone ? ", --accept-script-change with those of now" : "");
  return text.empty();
}

// The scripts of the sessions so far, out of the way of those that take their place.
void put_aside(const std::string& path, size_t sessions) {
  const std::string aside = fmt::format("{}/experiment_until_session_{}", path, sessions);
  if (fs::exists(path + "/experiment") && !fs::exists(aside)) fs::rename(path + "/experiment", aside);
}

// Where the line of the first step after `step` begins; a last line that is not whole counts as such.
uint64_t end_of_step(const std::string& path, int64_t step) {
  if (!fs::exists(path)) return 0;
  const std::string text = read_file(path);
  size_t begin = 0;
  for (size_t end; (end = text.find('\n', begin)) != text.npos; begin = end + 1) {
    const Json line =
        Json::parse(text.begin() + static_cast<long>(begin), text.begin() + static_cast<long>(end), nullptr, false);
    if (!line.is_object() || !line.contains("step") || !line["step"].is_number_integer() || line["step"] > step) break;
  }
  return begin;
}

AppendFile open_cut(const std::string& path, uint64_t bytes) {
  AppendFile file(path);
  file.truncate(bytes);
  return file;
}

void append_step(const StepReport& report, const NamedValues& values, AppendFile& file) {
  JsonLine out;
  write_step(report, values, out);
  file.append(std::move(out).line());
  file.flush();
}

}  // namespace

void write_run_contents(const std::string& path, const RunContents& contents) {
  fs::remove_all(path + "/experiment");  // of a start that was killed
  make_folders(path + "/experiment");
  for (const auto& [name, text] : contents.experiment) {
    const fs::path relative = fs::path(name).lexically_normal();
    if (relative.empty() || relative.is_absolute() || *relative.begin() == "..")
      fail("experiment file \"{}\" must be a path within the experiment's folder", name);
    const std::string target = (fs::path(path) / "experiment" / relative).string();
    make_folders(fs::path(target).parent_path().string());
    write_file_atomically(target, text);
  }
  sync_folder(path + "/experiment");
  write_file_atomically(path + "/config.toml", contents.config_toml);
}

constexpr size_t kMostScores = 20000;  // of a snapshot: a million would be 10 MB each time

bool is_run_directory(const std::string& path) {
  return with_file_errors(path,
                          [&] { return fs::exists(path + "/config.toml") && fs::exists(path + "/manifest.json"); });
}

RunDirectory::RunDirectory(const std::string& path, RunLock lock)
    : path_(path), lock_(std::move(lock)), manifest_(path + "/manifest.json") {}

std::unique_ptr<RunDirectory> RunDirectory::create_or_open(const std::string& path, const RunContents& contents,
                                                           ScriptChange change) {
  return with_file_errors(path, [&] { return open(path, contents, change); });
}

std::unique_ptr<RunDirectory> RunDirectory::open(const std::string& path, const RunContents& contents,
                                                 ScriptChange change) {
  refuse_other_than_run(path);
  const bool started_here = fs::exists(path + "/lock");  // else a config.toml may be anybody's
  make_folders(path);
  RunLock lock(path);
  std::unique_ptr<RunDirectory> run(new RunDirectory(path, std::move(lock)));
  run->is_new_ = run->manifest_.sessions() == 0;
  // Looked at once more under the lock: another process may just have made it.
  if (run->finished()) change = ScriptChange::refuse;
  const bool configured = fs::exists(path + "/config.toml");
  if (!configured || !holds_same(path, contents, run->is_new_ && started_here, change)) {
    if (configured && !run->is_new_) put_aside(path, run->manifest_.sessions());
    write_run_contents(path, contents);
  }
  run->log_.open(path + "/log.txt");
  return run;
}

FoundRun RunDirectory::find(const std::string& path, const RunContents& contents, ScriptChange change) {
  return with_file_errors(path, [&] {
    refuse_other_than_run(path);
    if (!fs::exists(path + "/config.toml")) return FoundRun::none;
    const Manifest manifest(path + "/manifest.json");
    if (manifest.finished()) change = ScriptChange::refuse;
    holds_same(path, contents, manifest.sessions() == 0 && fs::exists(path + "/lock"), change);
    return manifest.finished() ? FoundRun::finished : manifest.sessions() > 0 ? FoundRun::unfinished : FoundRun::none;
  });
}

void RunDirectory::begin(const SessionInfo& session, const Offsets& from, std::vector<RewardNames> rewards,
                         const RolloutLogConfig& keep, bool tensorboard) {
  with_file_errors(path_, [&] {
    metrics_ = open_cut(path_ + "/metrics.jsonl", from.metrics);
    vps_ = open_cut(path_ + "/vps.jsonl", from.vps);
    timings_ = open_cut(path_ + "/timings.jsonl", end_of_step(path_ + "/timings.jsonl", from.step));
    const std::string transitions = path_ + "/transitions.jsonl";
    transitions_ = open_cut(transitions, end_of_step(transitions, from.step));
    rollouts_.emplace(path_ + "/rollouts", std::move(rewards), keep);
    rollouts_->cut_back(from.rollouts_segment, from.rollouts);
  });
  make_folders(checkpoints());
  last_step_ = from.step;
  for (const std::string& change : manifest_.begin_session(session, from.step)) log_.warning("{}", change);
  if (!tensorboard) return;
  with_file_errors(path_,
                   [&] { events_.emplace(path_ + "/events", static_cast<int64_t>(manifest_.sessions()), from.step); });
}

Offsets RunDirectory::offsets() {
  metrics_.sync();
  timings_.sync();
  vps_.sync();
  transitions_.sync();
  rollouts_->sync();
  if (events_) events_->sync();
  return {last_step_, metrics_.size(), vps_.size(), rollouts_->segment(), rollouts_->size()};
}

void RunDirectory::step(const StepReport& report) {
  append_step(report, report.metrics, metrics_);
  append_step(report, report.timings, timings_);
  if (events_) events_->step(report);
  last_step_ = report.step;
}

void RunDirectory::vps(int64_t step, const std::string& phase, View view, std::span<const double> weights) {
  JsonLine out;
  out.key("step").integer(step);
  out.key("phase").text(phase);
  out.key("view").text(view_name(view));
  const size_t every = (weights.size() + kMostScores - 1) / kMostScores;
  std::vector<double> kept;
  for (size_t i = 0; every > 1 && i < weights.size(); i += every) kept.push_back(weights[i]);
  if (every > 1) out.key("prompts").integer(static_cast<int64_t>(weights.size()));
  if (every > 1) out.key("every").integer(static_cast<int64_t>(every));
  out.key("weights").list(every > 1 ? std::span<const double>(kept) : weights);
  vps_.append(std::move(out).line());
  vps_.flush();
  if (events_) events_->histogram(step, "scores", weights);
}

void RunDirectory::transition(const PhaseEvent& event) {
  JsonLine out;
  out.key("step").integer(event.step);
  out.key("from").text(event.from);
  out.key("to");
  if (event.to.empty())
    out.null();
  else
    out.text(event.to);
  const bool jump = event.kind == Decision::Kind::jump, stop = event.kind == Decision::Kind::stop;
  out.key("kind").text(jump ? "jump" : stop ? "stop" : "advance");
  out.key("reason").text(event.reason);
  transitions_.append(std::move(out).line());
  transitions_.flush();
}

RolloutWriter& RunDirectory::rollouts() {
  if (!rollouts_) fail("{}: rollouts are written after begin()", path_);
  return *rollouts_;
}

void RunDirectory::finish() {
  offsets();
  manifest_.finish();
}

}  // namespace crescent
