#include "core/experiment/annotations.hpp"

#include "core/experiment/run_options.hpp"
#include "core/experiment/run_roles.hpp"
#include "core/experiment/sweep_spec.hpp"

namespace crescent {

namespace {

constexpr const char* kHead = R"lua(---@meta
-- What a script sees, for editors that use the Lua language server (LuaLS). Made by `crescent run --annotations`; a test
-- keeps it up to date. It is not loaded by the program.

---A module: "crescent", or a file below the experiment's folder or the program's scripts/, named without .lua.
---@overload fun(name: "crescent"): crescent
---@param name string
---@return any
function import(name) end

---@class crescent
local crescent = {}

---Declares what --set may change: names and defaults (numbers, strings, booleans). Called once; returns the values.
---@generic T: table
---@param defaults T
---@return T
function crescent.params(defaults) end

---@param options crescent.RunOptions
---@return crescent.Run
function crescent.run(options) end

---Many runs of one experiment: `crescent sweep` trains them, `crescent run` the baseline alone.
---@param options crescent.SweepOptions
function crescent.sweep(options) end

)lua";

// What functions are given and give back: the same words as in core/script/script_host.hpp and docs/extending.md.
constexpr const char* kFunctions = R"lua(
---What a reward judges.
---@class crescent.Sample
---@field prompt string the problem's text as it was shown
---@field response string thoughts and tags included
---@field gold string the record's answer
---@field id string the record's id
---@field columns table the record's other columns
---@field tokens integer length of the response
---@field finish "stop"|"length" "length": cut at the limit
---@field phase string
---@field step integer
---@field group integer responses to one draw share it
---@field index integer place in the group, from 1

---@class crescent.SamplerContext
---@field phase string
---@field view "text"|"caption"|"image"
---@field step integer
---@field eligible integer[] the prompts that may be drawn; read-only, and only during the call

---A drawn prompt with what became of its responses.
---@class crescent.Group
---@field prompt integer
---@field view "text"|"caption"|"image"
---@field visit integer
---@field n integer responses
---@field judged integer of them with a verdict
---@field passes integer of those solved
---@field pass_rate number passes / judged; NaN where none was judged
---@field rewards number[] NaN: left out
---@field passed boolean[]
---@field tokens integer[]

---@class crescent.Sampler
---@field [1]? string a plugin (bundled name, or path of a .so)
---@field draw? fun(ctx: crescent.SamplerContext, n: integer): integer[], number[]? n prompts, and importance weights
---@field observe? fun(groups: crescent.Group[], ctx: crescent.SamplerContext)
---@field [string] any a plugin's own options: `crescent plugins list`

---@class crescent.Progress
---@field phase string
---@field view "text"|"caption"|"image"
---@field phase_step integer steps done in the phase
---@field total_step integer steps done in the run
---@field pass_rate number of training, averaged over about ten steps of the phase; NaN before the first
---@field reward number likewise
---@field phase_tokens number of responses sampled in the phase so far
local Progress = {}

---The newest value of a validation metric, "val/image/accuracy"; nil before the first.
---@param name string
---@return number?
function Progress:metric(name) end

---Whether the metric has not risen by more than `min_gain` in the last `patience` validations of the phase.
---@param name string
---@param patience integer
---@param min_gain? number
---@return boolean
function Progress:plateau(name, patience, min_gain) end

---@class crescent.Record
---@field id string
---@field problem string `<image>` marks each picture's place
---@field answer string
---@field caption string "" where there is none
---@field text_problem string "" where there is none
---@field columns table the record's other columns
---@field images integer pictures that the phase's view shows
---@field shown string the text that the phase's view shows

---@class crescent.PhaseChange
---@field from string the phase that was left
---@field to? string the one that begins; nil: the run ends
---@field step integer
---@field reason string

---@class crescent.Run
---@field state table what the script's functions must remember: saved in each checkpoint; rewards and prompts cannot see it
local Run = {}

---@param options crescent.Sft
function Run:sft(options) end

---@param options crescent.Grpo
function Run:grpo(options) end

---@param reward crescent.Reward
function Run:reward(reward) end

---@param sampler crescent.Sampler|string
function Run:sampler(sampler) end

---@param phase crescent.Phase
function Run:phase(phase) end

---@param options crescent.Validate
function Run:validate(options) end

---@param options crescent.Checkpoint
function Run:checkpoint(options) end

---@param options crescent.Rollouts
function Run:rollouts(options) end

---Called after each step.
---@param callback fun(step: integer, metrics: table<string, number>, phase: string)
function Run:on_step(callback) end

---Called after a phase was left, when its last validation is made.
---@param callback fun(change: crescent.PhaseChange)
function Run:on_phase(callback) end

return crescent
)lua";

}  // namespace

std::string lua_annotations() {
  RunConfig config;
  std::string text = kHead;
  text += run_table_options(config).annotations("crescent.RunOptions");
  text += "---@field data? string|crescent.Data \"shapes\", a folder, or a table with either as its first entry\n\n";
  std::string data = data_options(config.data).annotations("crescent.Data");
  text += data + "---@field [1]? string the source\n\n";
  text += sft_options(config.sft).annotations("crescent.Sft") + "\n";
  text += grpo_options(config.grpo).annotations("crescent.Grpo") + "\n";
  text += phase_grpo_options("grpo", config.grpo).annotations("crescent.PhaseGrpo") + "\n";
  text += validation_options(config.validation).annotations("crescent.Validate") + "\n";
  text += checkpoint_options(config.checkpoint).annotations("crescent.Checkpoint") + "\n";
  text += rollout_log_options(config.rollouts).annotations("crescent.Rollouts");
  text += "\n" + reward_annotations("crescent.Reward");
  text += "---@field [1]? string a plugin (bundled name, path of a .so), \"file.py:function\", or the reward's name\n";
  text += "---@field [string] any a plugin's or function's own options: `crescent plugins list`\n\n";
  text += phase_annotations("crescent.Phase") + "---@field [1]? string its name\n";
  text += "\n" + sweep_annotations("crescent.SweepOptions") + "---@field params table what crescent.params returned\n";
  return text + kFunctions;
}

}  // namespace crescent
