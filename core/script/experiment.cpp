#include "core/script/experiment.hpp"

#include <filesystem>

#include "core/base/files.hpp"
#include "core/config/toml.hpp"
#include "core/experiment/run_options.hpp"
#include "core/script/script_host.hpp"
#include "core/script/session.hpp"

namespace fs = std::filesystem;

namespace crescent {

namespace {

std::string absolute_folder(const std::string& folder) {
  return fs::absolute(folder.empty() ? "." : folder).lexically_normal().string();
}

void check_leave_functions(const RunConfig& config, ScriptSession& session, Problems& problems) {
  if (!config.validation.good) return;
  for (const PhaseConfig& phase : config.phases)
    for (const auto& [name, function] : phase.leave.functions)
      if (function)
        check_metric_names(fmt::format("phase \"{}\"", phase.name), session.text_of(function),
                           validation_metrics(config.validation), problems);
}

LoadedExperiment finish(RunConfig config, std::unique_ptr<ScriptSession> session, const LoadOptions& options,
                        Problems& problems) {
  if (session) check_leave_functions(config, *session, problems);
  if (options.check) options.check(config, problems);
  problems.throw_if_any();
  LoadedExperiment loaded;
  loaded.config = std::move(config);
  if (session) loaded.files = session->files();
  loaded.host = host_of(std::move(session));
  loaded.host->set_seed(static_cast<uint64_t>(loaded.config.seed));
  return loaded;
}

LoadedExperiment load_script(const fs::path& script, const Overrides& overrides, const LoadOptions& options) {
  ScriptProgram program = program_of(script.string(), options);
  for (const auto& [name, value] : overrides)
    program.overrides.push_back({name, Value(value), true, {fmt::format("--set {}={}", name, value), 0}});
  auto session = std::make_unique<ScriptSession>(program, false);
  Problems problems;
  if (!session->load(problems)) problems.throw_if_any();
  RunConfig config;
  config.script = program.entry;
  config.params = session->params();
  config.folder = absolute_folder(program.folder);
  read_run(session->run_table(), session->run_place(), config, problems, session->misspelt());
  return finish(std::move(config), std::move(session), options, problems);
}

// Gives each function of `value` the handle of the one that stands in the same place of the script's configuration
// (null: there is no script at `shown`).
void resolve_functions(Value& value, const Value* script, const std::string& path, const std::string& shown,
                       Problems& problems) {
  if (auto* function = std::get_if<FunctionRef>(&value.data)) {
    const auto* found = script ? script->get<FunctionRef>() : nullptr;
    if (script == nullptr)
      problems.add(value.place, "{} is a Lua function ({}), but there is no {} to take it from", path, function->source,
                   shown);
    else if (found == nullptr)
      problems.add(value.place, "{} is a Lua function ({}), but {} gives none there", path, function->source, shown);
    else if (found->source != function->source)
      problems.add(value.place, "{} is a Lua function ({}), but {} gives another there ({}); was the script changed?",
                   path, function->source, shown, found->source);
    else
      function->reference = found->reference;
    return;
  }
  auto* table = std::get_if<Table>(&value.data);
  if (table == nullptr) return;
  static const Value nothing;
  const Table* other = script ? script->get<Table>() : nullptr;
  const auto beside = [&](const Value* found) { return script == nullptr ? nullptr : found ? found : &nothing; };
  for (size_t i = 0; i < table->list.size(); ++i)
    resolve_functions(table->list[i], beside(other && i < other->list.size() ? &other->list[i] : nullptr),
                      fmt::format("{}[{}]", path, i + 1), shown, problems);
  for (auto& [name, field] : table->fields)
    resolve_functions(field, beside(other ? other->find(name) : nullptr), path.empty() ? name : path + "." + name,
                      shown, problems);
}

std::string script_file(const Table& table) {
  const Value* section = table.find("script");
  const Value* file = section && section->is_table() ? section->get<Table>()->find("file") : nullptr;
  const auto* text = file ? file->get<std::string>() : nullptr;
  return text ? *text : "";
}

// The script beside a config.toml, run with the parameters that are written there.
std::unique_ptr<ScriptSession> load_beside(const fs::path& toml, const Table& table, const LoadOptions& options,
                                           Problems& problems) {
  const std::string file = script_file(table);
  const fs::path script = toml.parent_path() / "experiment" / file;
  if (file.empty() || !fs::is_regular_file(script)) return nullptr;
  ScriptProgram program = program_of(script.string(), options);
  program.scripts_folder = (script.parent_path() / "scripts").string();
  const Value* params = table.find("script")->get<Table>()->find("params");
  if (params && params->is_table())
    for (const auto& [name, value] : params->get<Table>()->fields)
      program.overrides.push_back({name, value, false, value.place});
  auto session = std::make_unique<ScriptSession>(program, false);
  if (!session->load(problems)) problems.throw_if_any();
  return session;
}

LoadedExperiment load_toml(const std::string& path, const Overrides& overrides, const LoadOptions& options) {
  if (!overrides.empty())
    fail_usage(
        {fmt::format("--set {}={}", overrides.front().first, overrides.front().second), 0},
        "a config.toml is resolved already, so --set reaches nothing in it; edit {}, or run the script it came from",
        path);
  Value root = read_toml(read_file(path), path);
  Problems problems;
  auto session = load_beside(path, *root.get<Table>(), options, problems);
  Value canonical;
  if (session) {
    RunConfig scripted;
    Problems ignored;  // the configuration is the TOML's; the script serves its functions
    read_run(session->run_table(), session->run_place(), scripted, ignored);
    canonical = Value(write_run(scripted));
  }
  const std::string shown = (fs::path(path).parent_path() / "experiment" / script_file(*root.get<Table>())).string();
  resolve_functions(root, session ? &canonical : nullptr, "", shown, problems);
  RunConfig config;
  config.folder = absolute_folder(fs::path(path).parent_path().string());
  read_run(*root.get<Table>(), {path, 0}, config, problems);
  return finish(std::move(config), std::move(session), options, problems);
}

}  // namespace

LoadedExperiment load_experiment(const std::string& path, const Overrides& overrides, const LoadOptions& options) {
  if (fs::is_directory(path)) {
    const fs::path script = fs::path(path) / "experiment.lua";
    if (fs::is_regular_file(script)) return load_script(script, overrides, options);
    const fs::path toml = fs::path(path) / "config.toml";
    fail_usage({path, 0}, "there is no experiment.lua in this folder{}",
               fs::is_regular_file(toml) ? fmt::format("; to run it as it was, name {}", toml.string()) : "");
  }
  if (!fs::is_regular_file(path))
    fail_usage({path, 0},
               "there is no such experiment (looked for {}); give a folder with experiment.lua, a .lua file or a run's "
               "config.toml",
               fs::absolute(path).lexically_normal().string());
  const std::string ending = fs::path(path).extension().string();
  if (ending == ".lua") return load_script(path, overrides, options);
  if (ending == ".toml") return load_toml(path, overrides, options);
  fail_usage({path, 0}, "an experiment is a folder with experiment.lua, a .lua file or a run's config.toml");
}

}  // namespace crescent
