#include "core/script/sweep_script.hpp"

#include <filesystem>

#include "core/experiment/run_options.hpp"
#include "core/script/session.hpp"

namespace fs = std::filesystem;

namespace crescent {

// The script at `path`, as `crescent run` finds it.
static fs::path script_at(const std::string& path) {
  const fs::path script = fs::is_directory(path) ? fs::path(path) / "experiment.lua" : fs::path(path);
  if (!fs::is_regular_file(script) || script.extension() != ".lua")
    fail_usage({path, 0}, "there is no such sweep (looked for {}); give a folder with experiment.lua or a .lua file",
               script.string());
  return script;
}

bool returns_sweep(const std::string& path, const LoadOptions& options) {
  const fs::path script = fs::is_directory(path) ? fs::path(path) / "experiment.lua" : fs::path(path);
  if (!fs::is_regular_file(script) || script.extension() != ".lua") return false;
  ScriptProgram program = program_of(script.string(), options);
  program.sweep = true;
  ScriptSession session(program, false);
  Problems problems;
  session.load(problems);
  return session.returned_sweep();
}

// sweeps/<name> of a script that gives no name.
static std::string usual_name(const fs::path& script) {
  const fs::path whole = fs::absolute(script).lexically_normal();
  return whole.filename() == "experiment.lua" ? whole.parent_path().filename().string() : whole.stem().string();
}

SweepScript::SweepScript(const std::string& path, const Overrides& overrides, const LoadOptions& options)
    : options_(options) {
  const fs::path script = script_at(path);
  ScriptProgram program = program_of(script.string(), options);
  program.sweep = true;
  for (const auto& [name, value] : overrides)
    program.overrides.push_back({name, Value(value), true, {fmt::format("--set {}={}", name, value), 0}});
  session_ = std::make_unique<ScriptSession>(program, false);
  Problems problems;
  if (!session_->load(problems)) problems.throw_if_any();
  if (!session_->returned_sweep())
    fail_usage(
        {script.string(), 0},
        "the script returns a single run; to make it a sweep, put the run into local function build(p) ... return "
        "run end, with p for params, and end with return crescent.sweep {{ build = build, params = params, "
        "seeds = 3, grid = {{ ... }} }}; crescent run trains it as it is");
  read_sweep(session_->sweep().table, session_->sweep().place, session_->params(), usual_name(script), spec_, problems);
  for (const auto& [name, value] : overrides)
    if (name == "seed" && (spec_.seeds.size() != 1 || std::to_string(spec_.seeds[0]) != value))
      problems.add({fmt::format("--set {}={}", name, value), 0},
                   "the seeds of this sweep are {}; change seeds in the script, or train one cell with crescent run",
                   fmt::join(spec_.seeds, ", "));
  for (const auto& [name, value] : overrides)
    for (const SweepFactor& factor : spec_.factors)
      if (factor.name == name)
        problems.add({fmt::format("--set {}={}", name, value), 0},
                     "\"{}\" varies in this sweep; take it out of the sweep, or train one cell with crescent run",
                     name);
  problems.throw_if_any();
  if (!spec_.only) return;
  std::erase_if(spec_.cells, [&](const SweepCell& cell) {
    return !session_->wants(spec_.only, params_of(cell, session_->params()));
  });
  if (spec_.cells.empty()) fail_usage(spec_.place, "crescent.sweep: only leaves no cell");
}

SweepScript::~SweepScript() = default;

const std::vector<ScriptFile>& SweepScript::files() const { return session_->files(); }

Digest SweepScript::digest() const {
  Hasher hasher;
  for (const ScriptFile& file : files()) hasher.add(file.path).add(file.content);
  return hasher.digest();
}

RunConfig SweepScript::build(const SweepCell& cell, Problems& problems) const {
  RunConfig config;
  config.params = params_of(cell, session_->params());
  config.script = session_->program().entry;
  const std::string& folder = session_->program().folder;
  config.folder = fs::absolute(folder.empty() ? "." : folder).lexically_normal().string();
  const size_t before = problems.size();
  const ScriptSession::Run run = session_->build(config.params, problems);
  if (problems.size() > before) return config;
  read_run(run.table, run.place, config, problems, session_->misspelt());
  if (options_.check) options_.check(config, problems);
  return config;
}

}  // namespace crescent
