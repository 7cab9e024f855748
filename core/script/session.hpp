// One run of an experiment's script in a Lua state of its own: what it declared, its functions, its run.state.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/config/value.hpp"
#include "core/script/captures.hpp"
#include "core/script/experiment.hpp"
#include "core/script/lua_state.hpp"
#include "core/script/metric_names.hpp"

namespace crescent {

// A value for one of crescent.params: text from --set, or a value of its own type from a config.toml.
struct ParamOverride {
  std::string name;
  Value value;
  bool is_text = false;
  Place place;
};

// What it takes to run a script, and to run it again the same way on a worker thread.
struct ScriptProgram {
  std::string entry;              // "experiment.lua", in `folder`
  std::string folder;             // where the experiment's files are
  std::string shown_folder;       // the same as errors show it: as the user typed it
  std::string scripts_folder;     // the program's modules; empty: none
  bool sweep = false;             // a sweep that the script returns is not built
  bool from_memory = false;       // read nothing from disk: `files` has everything
  std::vector<ScriptFile> files;  // taken in place of what is on disk
  std::vector<ParamOverride> overrides;
  ScriptLimits limits;
  std::function<void(const std::string&)> print;
};

// The script at `path` (its folder is the experiment's) with what `options` say of it.
ScriptProgram program_of(const std::string& path, const LoadOptions& options);

class ScriptSession {  // one thread at a time
 public:
  // A worker's session has no run.state.
  ScriptSession(ScriptProgram program, bool worker);

  // Runs the script. Mistakes go to `problems`, a Lua error included; true when the script ran to its end.
  bool load(Problems& problems);

  // After load(): what the script declared, in the layout of run_options.hpp.
  const Table& run_table() const { return runs_.at(returned_).table; }
  const Place& run_place() const { return runs_.at(returned_).place; }
  const Table& params() const { return params_; }
  bool returned_sweep() const { return returned_sweep_; }
  const std::vector<ScriptFile>& files() const { return files_; }
  const ScriptProgram& program() const { return program_; }

  // One call of a callback, under the limits of a call. Throws Error (run).
  void call(RandomKey random, const std::function<void(lua_State*)>& body);
  void push_function(lua_State* L, const FunctionRef& function) const;  // within call()
  void push_state(lua_State* L) const;                                  // within call(): run.state
  // What the script's functions reach and have changed since the script ran; "" when nothing. Within call().
  std::string captured_change(lua_State* L, bool all) const { return captures_.change(L, all); }
  Place function_place(const FunctionRef& function) const;  // "experiments/x/experiment.lua:14"
  FunctionText text_of(const FunctionRef& function);        // not within call()
  // Parts that a misspelt method was probably meant to give: that they are missing is no second mistake.
  const std::vector<std::string>& misspelt() const { return misspelt_; }
  bool is_worker() const { return worker_; }
  bool first_of_step(int64_t step) { return std::exchange(last_step_, step) != step; }  // asked with this number
  // Names the call in progress: what is lent to a script for one call keeps this number, and is refused under another.
  int64_t call_number() const { return call_number_; }

  struct Run {
    Table table;
    Place place;
  };
  // Of a script that returned a sweep, after load(): what it gave crescent.sweep; the run that its `build` makes of
  // some parameters, mistakes to `problems`; and what its `only` says to them (throws Error).
  const Run& sweep() const { return *sweep_; }
  Run build(const Table& params, Problems& problems);
  bool wants(const FunctionRef& only, const Table& params);

  // For the bound functions.
  void set_sweep(Run sweep) { sweep_ = std::move(sweep); }
  bool has_sweep() const { return sweep_.has_value(); }
  static ScriptSession& of(lua_State* L);
  const ScriptFile* find_file(const std::string& shown) const;  // by its name in errors
  Place entry_place() const;
  bool loading() const { return loading_; }
  Problems& problems() { return *problems_; }
  std::vector<Run>& runs() { return runs_; }
  void note_misspelt(const std::string& part) { misspelt_.push_back(part); }
  FunctionRef keep(lua_State* L);                      // the function on top of the stack, which stays
  void set_params(lua_State* L, const Place& place);   // from the defaults at stack 1; pushes the result
  void import(lua_State* L, const std::string& name);  // pushes what the module returned

 private:
  void run_entry(lua_State* L);
  void push_file(lua_State* L, const ScriptFile& file, const std::string& shown);
  bool find_module(const std::string& name, ScriptFile& file, std::string& shown) const;
  std::vector<std::string> modules_beside(const std::string& name) const;
  bool read_source(const std::string& path, const std::string& on_disk, ScriptFile& file) const;
  Value resolve_param(const std::string& name, const Value& default_value);
  void report_unused_overrides();
  Table baseline_params() const;
  void push_built(lua_State* L, const Table& params);

  ScriptProgram program_;
  bool worker_;
  LuaState lua_;
  bool loading_ = false;
  bool params_given_ = false;
  Problems* problems_ = nullptr;
  std::vector<ScriptFile> files_;
  std::vector<std::pair<std::string, std::string>> shown_paths_;  // name in errors -> path within the experiment
  std::vector<Run> runs_;
  std::optional<Run> sweep_;
  bool returned_sweep_ = false;
  std::vector<std::string> misspelt_;
  std::vector<bool> override_used_;
  size_t returned_ = 0;
  int functions_ = 0;
  Captures captures_;
  int64_t call_number_ = 0;
  int64_t last_step_ = -1;
  Table params_;
};

// The module `import "crescent"` gives: params, run, sweep. Pushes it, locked.
void push_crescent_module(lua_State* L);
bool is_returned_sweep(lua_State* L);  // whether the value on top of the stack is what crescent.sweep gave
// Checks that the value on top of the stack, which `who` returned, is a run; pushes its state table; returns its index
// in session.runs().
size_t push_returned_state(lua_State* L, const char* who, const Place& place);

}  // namespace crescent
