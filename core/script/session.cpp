#include "core/script/session.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "core/base/files.hpp"
#include "core/experiment/parameters.hpp"
#include "core/script/sandbox.hpp"
#include "core/script/tables.hpp"
#include "core/script/values.hpp"

namespace crescent {

namespace {

// Their addresses are keys of the Lua registry.
const char kSessionKey = 0, kEnvironmentKey = 0, kModulesKey = 0, kFunctionsKey = 0, kStateKey = 0;

std::string join(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : (std::filesystem::path(folder) / name).string();
}

int script_import(lua_State* L) {
  if (lua_type(L, 1) != LUA_TSTRING) raise(L, "import takes a module's name, found {}", luaL_typename(L, 1));
  ScriptSession::of(L).import(L, std::string(text_at(L, 1)));
  return 1;
}

// --set text as a value of the default's type; as a string where it is none, for the error.
Value parse_param(OptionType type, const ParamOverride& given) {
  const std::string& text = *given.value.get<std::string>();
  const char *begin = text.data(), *end = begin + text.size();
  if (type == OptionType::boolean && (text == "true" || text == "false")) return Value(text == "true", given.place);
  int64_t integer = 0;
  double number = 0;
  if (type == OptionType::integer || type == OptionType::number) {
    if (const auto r = std::from_chars(begin, end, integer); r.ec == std::errc() && r.ptr == end)
      return Value(integer, given.place);
    if (const auto r = std::from_chars(begin, end, number); r.ec == std::errc() && r.ptr == end)
      return Value(number, given.place);
  }
  return Value(text, given.place);
}

}  // namespace

ScriptProgram program_of(const std::string& path, const LoadOptions& options) {
  const std::filesystem::path script(path);
  ScriptProgram program;
  program.entry = script.filename().string();
  program.folder = program.shown_folder = script.parent_path().string();
  program.scripts_folder = options.scripts_folder;
  program.limits = options.limits;
  program.print = options.print;
  return program;
}

ScriptSession& ScriptSession::of(lua_State* L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &kSessionKey);
  auto* session = static_cast<ScriptSession*>(lua_touserdata(L, -1));
  lua_pop(L, 1);
  return *session;
}

ScriptSession::ScriptSession(ScriptProgram program, bool worker)
    : program_(std::move(program)),
      worker_(worker),
      lua_(program_.limits),
      override_used_(program_.overrides.size(), false) {
  // What a worker's copy of the script says while it loads, the main one has said.
  if (worker)
    lua_.set_print([](const std::string&) {});
  else
    lua_.set_print(program_.print);
}

bool ScriptSession::load(Problems& problems) {
  problems_ = &problems;
  loading_ = true;
  bool whole = true;
  try {
    lua_.protect({program_.limits.load_instructions, program_.limits.load_seconds}, ErrorKind::usage,
                 [this](lua_State* L) { run_entry(L); });
    report_unused_overrides();
  } catch (const Error& error) {
    problems.add_error(
        Error(error.message(), error.place().file.empty() ? entry_place() : error.place(), ErrorKind::usage));
    whole = false;
  }
  loading_ = false;
  problems_ = nullptr;
  lua_.set_print(program_.print);
  return whole;
}

void ScriptSession::run_entry(lua_State* L) {
  lua_pushlightuserdata(L, this);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kSessionKey);
  open_sandbox(L);
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  bind<script_import>(L, "import");
  lua_pop(L, 1);
  push_environment(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kEnvironmentKey);
  lua_newtable(L);
  push_crescent_module(L);
  lua_setfield(L, -2, "crescent");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kModulesKey);
  lua_newtable(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kFunctionsKey);

  ScriptFile file;
  if (!read_source(program_.entry, join(program_.folder, program_.entry), file))
    throw Error("there is no such file", entry_place(), ErrorKind::usage);
  push_file(L, file, entry_place().file);
  lua_call(L, 0, 1);
  if (lua_isnil(L, -1))
    throw Error("the script returns nothing; end it with `return run`", entry_place(), ErrorKind::usage);
  if (sweep_ && is_returned_sweep(L)) {
    returned_sweep_ = true;
    if (program_.sweep) return;
    lua_settop(L, 0);
    params_ = baseline_params();
    push_built(L, params_);
  }
  returned_ = returned_sweep_ ? push_returned_state(L, "the sweep's build", sweep_->place)
                              : push_returned_state(L, "the script", entry_place());
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kStateKey);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &kFunctionsKey);
  push_state(L);
  captures_.note(L, -2, functions_, -1);
  lua_pop(L, 2);
}

// What `crescent run` makes of a sweep: its baseline, with what was set.
Table ScriptSession::baseline_params() const {
  Table params = params_;
  const Value* baseline = sweep_->table.find("baseline");
  const Table* given = baseline ? baseline->get<Table>() : nullptr;
  for (const auto& [name, value] : given ? given->fields : Table().fields) {
    const Value* usual = params_.find(name);
    const bool is_set = std::any_of(program_.overrides.begin(), program_.overrides.end(),
                                    [&, n = name](const ParamOverride& o) { return o.name == n; });
    if (usual == nullptr)
      problems_->add(value.place, "crescent.sweep: crescent.params declares no \"{}\"", name);
    else if (!is_set)
      params.set(name, check_parameter(name, *usual, value, *problems_));
  }
  return params;
}

// Calls the sweep's `build`; what it returns is on the stack.
void ScriptSession::push_built(lua_State* L, const Table& params) {
  const Value* build = sweep_->table.find("build");
  const auto* function = build ? build->get<FunctionRef>() : nullptr;
  if (function == nullptr)
    throw Error("crescent.sweep needs build, a function(p) that returns the run", sweep_->place, ErrorKind::usage);
  push_function(L, *function);
  push_value(L, Value(params));
  lock_table(L, "params");
  lua_call(L, 1, 1);
}

ScriptSession::Run ScriptSession::build(const Table& params, Problems& problems) {
  problems_ = &problems;
  loading_ = true;
  runs_.clear();
  misspelt_.clear();
  Run built;
  try {
    lua_.protect({program_.limits.load_instructions, program_.limits.load_seconds}, ErrorKind::usage,
                 [&](lua_State* L) {
                   push_built(L, params);
                   built = runs_.at(push_returned_state(L, "the sweep's build", sweep_->place));
                 });
  } catch (const Error& error) {
    problems.add_error(
        Error(error.message(), error.place().file.empty() ? sweep_->place : error.place(), ErrorKind::usage));
  }
  loading_ = false;
  problems_ = nullptr;
  return built;
}

bool ScriptSession::wants(const FunctionRef& only, const Table& params) {
  bool wanted = false;
  lua_.protect({program_.limits.call_instructions, program_.limits.call_seconds}, ErrorKind::usage, [&](lua_State* L) {
    push_function(L, only);
    push_value(L, Value(params));
    lock_table(L, "params");
    lua_call(L, 1, 1);
    if (!lua_isboolean(L, -1) && !lua_isnil(L, -1))
      raise(L, "crescent.sweep: only must return true or false, and returned a {}", luaL_typename(L, -1));
    wanted = lua_toboolean(L, -1) != 0;
  });
  return wanted;
}

Place ScriptSession::entry_place() const { return {join(program_.shown_folder, program_.entry), 0}; }

const ScriptFile* ScriptSession::find_file(const std::string& shown) const {
  for (size_t i = 0; i < files_.size(); ++i)
    if (shown_paths_[i].first == shown) return &files_[i];
  return nullptr;
}

Place ScriptSession::function_place(const FunctionRef& function) const {
  const size_t colon = function.source.rfind(':');
  if (colon == std::string::npos) return {};
  for (const auto& [shown, path] : shown_paths_)
    if (path == function.source.substr(0, colon)) return {shown, std::atoi(function.source.c_str() + colon + 1)};
  return {};
}

FunctionText ScriptSession::text_of(const FunctionRef& function) {
  FunctionText text;
  text.place = function_place(function);
  if (const ScriptFile* file = find_file(text.place.file)) text.source = file->content;
  call(RandomKey(0), [&](lua_State* L) {
    push_function(L, function);
    if (const char* name = lua_getlocal(L, nullptr, 1)) text.parameter = name;
    lua_Debug info;
    lua_getinfo(L, ">S", &info);
    text.last_line = info.lastlinedefined;
  });
  return text;
}

bool ScriptSession::read_source(const std::string& path, const std::string& on_disk, ScriptFile& file) const {
  for (const ScriptFile& known : program_.files)
    if (known.path == path) return file = known, true;
  if (program_.from_memory) return false;
  std::error_code code;
  if (!std::filesystem::is_regular_file(on_disk, code)) return false;
  file = {path, read_file(on_disk)};
  return true;
}

void ScriptSession::push_file(lua_State* L, const ScriptFile& file, const std::string& shown) {
  files_.push_back(file);
  shown_paths_.emplace_back(shown, file.path);
  lua_.push_chunk(file.content, shown);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &kEnvironmentKey);
  lua_setupvalue(L, -2, 1);
}

bool ScriptSession::find_module(const std::string& name, ScriptFile& file, std::string& shown) const {
  const std::string path = name + ".lua";
  shown = join(program_.shown_folder, path);
  if (read_source(path, join(program_.folder, path), file)) return true;
  if (program_.scripts_folder.empty() && !program_.from_memory) return false;
  shown = join(program_.scripts_folder, path);
  return read_source("scripts/" + path, shown, file);
}

// Names that import would take, of the files in the folders where `name` was looked for.
std::vector<std::string> ScriptSession::modules_beside(const std::string& name) const {
  std::vector<std::string> names = {"crescent"};
  if (program_.from_memory) return names;
  const std::string within = std::filesystem::path(name).parent_path().string();
  for (const std::string& folder : {program_.folder, program_.scripts_folder}) {
    std::error_code code;
    for (const auto& entry : std::filesystem::directory_iterator(join(folder, within), code)) {
      const std::string stem = entry.path().stem().string();
      if (entry.path().extension() == ".lua" && stem.find('.') == stem.npos && names.size() < 1000)
        names.push_back(join(within, stem));
    }
  }
  std::sort(names.begin() + 1, names.end());  // a folder's order is its own
  return names;
}

void ScriptSession::import(lua_State* L, const std::string& name) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &kModulesKey);
  const int modules = lua_gettop(L);
  if (lua_getfield(L, modules, name.c_str()) == LUA_TBOOLEAN)
    raise(L, "import \"{}\": the module imports itself, directly or through others", name);
  if (!lua_isnil(L, -1)) return;
  if (!loading_) raise(L, "import \"{}\": modules are imported while the script loads, not in a callback", name);
  const std::filesystem::path path(name);
  if (name.empty() || path.is_absolute() || name.find('\\') != name.npos || name.find('\0') != name.npos ||
      std::any_of(path.begin(), path.end(), [](const auto& part) { return part == ".." || part == "."; }))
    raise(L,
          "import \"{}\": a module is named by its path below the experiment's folder or scripts/, as in "
          "\"rewards/brevity\"",
          name);
  ScriptFile file;
  std::string shown;
  if (!find_module(name, file, shown)) {
    const std::string near = nearest(name, modules_beside(name));
    raise(L, "import \"{}\": there is no {}.lua in the experiment's folder{}{}", name, name,
          program_.scripts_folder.empty() ? "" : " or in " + program_.scripts_folder,
          near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near));
  }
  lua_pushboolean(L, 1);
  lua_setfield(L, modules, name.c_str());
  push_file(L, file, shown);
  lua_call(L, 0, 1);
  if (lua_isnil(L, -1)) raise(L, "import \"{}\": the module returns nothing; end it with `return ...`", name);
  lua_pushvalue(L, -1);
  lua_setfield(L, modules, name.c_str());
}

FunctionRef ScriptSession::keep(lua_State* L) {
  if (!loading_) raise(L, "functions are handed over while the script loads, not in a callback");
  lua_Debug info;
  lua_pushvalue(L, -1);
  lua_getinfo(L, ">S", &info);
  std::string source = "a function of Lua's own";
  const std::string shown = info.source[0] == '@' ? info.source + 1 : "";
  for (const auto& [name, path] : shown_paths_)
    if (name == shown) source = fmt::format("{}:{}", path, info.linedefined);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &kFunctionsKey);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, ++functions_);
  lua_pop(L, 1);
  return {functions_, source};
}

Value ScriptSession::resolve_param(const std::string& name, const Value& default_value) {
  Value result = default_value;
  for (size_t i = 0; i < program_.overrides.size(); ++i) {
    const ParamOverride& given = program_.overrides[i];
    if (given.name != name) continue;
    override_used_[i] = true;
    const Value value = given.is_text ? parse_param(parameter_type(default_value), given) : given.value;
    const size_t before = problems_->size();
    const Value checked = check_parameter(name, default_value, value, *problems_);
    if (problems_->size() == before) result = checked;
  }
  return result;
}

void ScriptSession::set_params(lua_State* L, const Place& place) {
  if (!lua_istable(L, 1))
    raise(L, "crescent.params takes a table of names and defaults, found {}", luaL_typename(L, 1));
  if (params_given_) raise(L, "crescent.params was called already; declare all parameters in one call");
  params_given_ = true;
  const Value defaults = read_value(L, 1, place, [&](lua_State*) -> FunctionRef {
    raise(L, "crescent.params: a parameter is a number, string or boolean, found a function");
  });
  const Table& table = *defaults.get<Table>();
  if (!table.list.empty())
    raise(L, "crescent.params: parameters have names, name = default; found the entry {}", table.list.front().show());
  for (const auto& [name, value] : table.fields) {
    if (value.is_table())
      raise(L, "crescent.params: \"{}\" is a table; a parameter is a number, string or boolean", name);
    params_.set(name, resolve_param(name, value));
  }
  push_value(L, Value(params_));
  lock_table(L, "params");
}

void ScriptSession::report_unused_overrides() {
  std::vector<std::string> names;
  for (const auto& [name, value] : params_.fields) names.push_back(name);
  for (size_t i = 0; i < program_.overrides.size(); ++i) {
    const ParamOverride& given = program_.overrides[i];
    if (override_used_[i]) continue;
    if (names.empty())
      problems_->add(given.place, "{} declares no parameters; give it crescent.params {{ {} = ... }}", program_.entry,
                     given.name);
    else
      problems_->add(given.place, "{} declares no parameter \"{}\"{}", program_.entry, given.name,
                     suggestion(given.name, names));
  }
}

void ScriptSession::call(RandomKey random, const std::function<void(lua_State*)>& body) {
  lua_.set_random(random);
  const struct Ended {
    int64_t& number;
    ~Ended() { ++number; }
  } ended{call_number_};
  lua_.protect({program_.limits.call_instructions, program_.limits.call_seconds}, ErrorKind::run, body);
}

void ScriptSession::push_function(lua_State* L, const FunctionRef& function) const {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &kFunctionsKey);
  lua_rawgeti(L, -1, function.reference);
  lua_remove(L, -2);
  if (!lua_isfunction(L, -1)) fail("the script has no function for {}", function.source);
}

void ScriptSession::push_state(lua_State* L) const { lua_rawgetp(L, LUA_REGISTRYINDEX, &kStateKey); }

}  // namespace crescent
