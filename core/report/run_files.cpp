#include "core/report/run_files.hpp"

#include <algorithm>
#include <filesystem>

#include "core/base/file_errors.hpp"
#include "core/base/lines.hpp"
#include "core/rundir/config_reader.hpp"
#include "core/rundir/lock.hpp"
#include "core/rundir/metrics_reader.hpp"

namespace crescent {

namespace fs = std::filesystem;

namespace {

PhaseEvent read_transition(std::string_view line, const Place& place) {
  const Json json = parse_json(line, place);
  PhaseEvent event;
  event.step = integer_member(json, "step", place);
  event.from = string_member(json, "from", place);
  if (!member(json, "to", place).is_null()) event.to = string_member(json, "to", place);
  const std::string kind = string_member(json, "kind", place);
  if (kind != "advance" && kind != "jump" && kind != "stop")
    throw Error(fmt::format("kind is \"{}\", but a phase is left by advance, jump or stop", kind), place);
  event.kind = kind == "jump" ? Decision::Kind::jump : kind == "stop" ? Decision::Kind::stop : Decision::Kind::advance;
  event.reason = string_member(json, "reason", place);
  return event;
}

std::vector<PhaseEvent> read_transitions(const std::string& path) {
  std::vector<PhaseEvent> events;
  for_each_whole_line(path, [&](std::string_view line, int number) {
    events.push_back(read_transition(line, {path, number}));
  });
  return events;
}

NamedTexts read_experiment(const std::string& folder) {
  NamedTexts files;
  if (!fs::is_directory(folder)) return files;
  for (const auto& item : fs::recursive_directory_iterator(folder))
    if (item.is_regular_file())
      files.emplace_back(fs::relative(item.path(), folder).string(), read_file(item.path().string()));
  std::sort(files.begin(), files.end());
  return files;
}

// "2026-01-01T00:00:00Z warning text": the second word is the level.
bool is_warning(std::string_view line) {
  const size_t space = line.find(' ');
  const std::string_view rest = space == line.npos ? "" : line.substr(space + 1);
  return rest.starts_with("warning ") || rest.starts_with("error ");
}

// A message's further lines begin with four spaces.
void read_warnings(const std::string& path, RunFiles& run) {
  if (!fs::exists(path)) return;
  bool within = false;
  for_each_whole_line(path, [&](std::string_view line, int) {
    const bool further = line.starts_with("    ");
    within = further ? within : is_warning(line);
    if (!within) return;
    if (further)
      run.warnings.back().append("\n").append(line);
    else
      run.warnings.emplace_back(line);
  });
  run.all_warnings = static_cast<int64_t>(run.warnings.size());
  if (run.warnings.size() > RunFiles::kMostWarnings)
    run.warnings.erase(run.warnings.begin(), run.warnings.end() - RunFiles::kMostWarnings);
}

RunFiles read(const std::string& folder) {
  RunFiles run;
  run.folder = folder;
  run.config = read_run_config(folder);
  run.config_toml = read_file(folder + "/config.toml");
  run.experiment = read_experiment(folder + "/experiment");
  const Manifest manifest(folder + "/manifest.json");
  run.manifest = manifest.json();
  run.state = manifest.finished()     ? RunState::finished
              : is_run_locked(folder) ? RunState::running
                                      : RunState::interrupted;
  if (fs::exists(folder + "/metrics.jsonl")) run.steps = read_metrics(folder);
  if (fs::exists(folder + "/timings.jsonl")) run.timings = read_timings(folder);
  if (const std::string path = folder + "/transitions.jsonl"; fs::exists(path))
    run.transitions = read_transitions(path);
  read_warnings(folder + "/log.txt", run);
  return run;
}

}  // namespace

RunFiles read_run_files(const std::string& folder) {
  return with_file_errors(folder, [&] { return read(folder); });
}

}  // namespace crescent
