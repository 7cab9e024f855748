---@meta
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

---@class crescent.RunOptions
---@field name? string the run directory's name [default "run"]
---@field seed? integer of everything random (from 0 to 9000000000000000) [default 1]
---@field model? string preset, Hugging Face folder or run directory [default "tiny-vl"]
---@field precision? "fp32"|"bf16" of what products with weights multiply; bf16 wants a CPU with AMX (fp32 | bf16) [default "fp32"]
---@field system? string system prompt of the chat format [default "You are a helpful assistant."]
---@field tensorboard? boolean events/ is written, which TensorBoard shows [default true]
---@field data? string|crescent.Data "shapes", a folder, or a table with either as its first entry

---@class crescent.Data
---@field source? string "shapes" (built in), or a folder [default "shapes"]
---@field train? string training records, a file in the folder [default "train.jsonl"]
---@field val? string held-out records, a file in the folder [default "val.jsonl"]
---@field sft? string records of the cold start, a file in the folder [default "sft.jsonl"]
---@field count? integer shapes: training records (from 1 to 10000000) [default 2048]
---@field val_count? integer shapes: held-out records (from 1 to 1000000) [default 384]
---@field sft_count? integer shapes: problems of the cold start (from 1 to 10000000) [default 6000]
---@field pool? "even"|"starved" shapes: all levels in equal share, or 85 % impossible and 10 % that can be learned (even | starved) [default "even"]
---@field prompt_too_long? "error"|"filter" what happens to a prompt over the limit (error | filter) [default "error"]
---@field max_prompt_tokens? integer limit of a prompt, image tokens included (from 1 to 1048576) [default 1024]
---@field [1]? string the source

---@class crescent.Sft
---@field steps integer optimizer steps of the cold start (from 1 to 1000000000) [required]
---@field batch? integer sequences a step (from 1 to 1048576) [default 48]
---@field micro_batch_tokens? integer most tokens of one forward and backward; bounds memory (from 1 to 1073741824) [default 16384]
---@field lr? number learning rate after the warm-up (from 0 to 10) [default 0.001]
---@field betas? number[] AdamW's decay of its two moments (from 0 to 0.999999) [default { 0.9, 0.95 }]
---@field adam_eps? number AdamW's epsilon (from 0 to 1) [default 1e-08]
---@field weight_decay? number decoupled weight decay (from 0 to 1) [default 0.01]
---@field max_grad_norm? number clips the gradient's L2 norm; 0: no clipping (from 0 to 1000000) [default 1]
---@field schedule? "constant"|"linear"|"cosine"|fun(step: integer, total: integer?): number constant | linear | cosine, or function(step, total) -> factor of lr [default "cosine"]
---@field warmup_steps? integer the rate rises linearly over these steps (from 0 to 1000000000) [default 30]
---@field final_share? number of lr, reached at the last step (linear, cosine) (from 0 to 1) [default 0.1]
---@field mix? table<string, number> share of each kind of cold-start record, { text = 0.5, ... }; left out: as they come

---@class crescent.Grpo.kl
---@field coefficient? number 0: no reference model is held (from 0 to 100) [default 0]
---@field estimator? "k1"|"abs"|"k2"|"k3" of the divergence (k1 | abs | k2 | k3) [default "k3"]
---@field place? "loss"|"reward" where it is subtracted (loss | reward) [default "loss"]
---@field clamp_difference? number of log-probabilities; 0: none (from 0 to 1000) [default 0]
---@field clamp_value? number of the estimate; 0: none (from 0 to 1000) [default 0]

---@class crescent.Grpo.updates
---@field minibatch_prompts? integer prompts an update; 0: the batch (from 0 to 1048576) [default 0]
---@field epochs? integer passes over the batch (from 1 to 1000) [default 1]

---@class crescent.Grpo.pass
---@field reward? string the reward that decides; may be left out when there is one [default ""]
---@field at_least? number its value that counts as solved (from -1000000000 to 1000000000) [default 1]

---@class crescent.Grpo
---@field prompts? integer prompts a batch (from 1 to 1048576) [default 16]
---@field group? integer responses per prompt (from 2 to 1024) [default 8]
---@field max_response_tokens? integer limit of a response (from 1 to 1048576) [default 64]
---@field resample? integer times that groups without signal are replaced by new prompts; 0: never (from 0 to 100) [default 0]
---@field temperature? number of training rollouts (from 0.01 to 100) [default 1]
---@field advantage? "std"|"none"|"leave_one_out" scale and baseline within a group (std | none | leave_one_out) [default "std"]
---@field advantage_eps? number added to the standard deviation (from 0 to 1) [default 1e-06]
---@field loss? "token"|"sequence"|"dr_grpo" how tokens are averaged (token | sequence | dr_grpo) [default "token"]
---@field clip? number[] ratio stays in 1 - low .. 1 + high (from 0 to 10) [default { 0.2, 0.2 }]
---@field dual_clip? number bound of the loss where A < 0; 0: off (from 0 to 100) [default 0]
---@field entropy_bonus? number coefficient of the mean entropy (from 0 to 10) [default 0]
---@field kl? crescent.Grpo.kl divergence from the model before GRPO
---@field updates? crescent.Grpo.updates optimizer updates a batch
---@field pass? crescent.Grpo.pass what counts as solved
---@field lr? number learning rate after the warm-up (from 0 to 10) [default 0.0001]
---@field betas? number[] AdamW's decay of its two moments (from 0 to 0.999999) [default { 0.9, 0.999 }]
---@field adam_eps? number AdamW's epsilon (from 0 to 1) [default 1e-08]
---@field weight_decay? number decoupled weight decay (from 0 to 1) [default 0]
---@field max_grad_norm? number clips the gradient's L2 norm; 0: no clipping (from 0 to 1000000) [default 1]
---@field schedule? "constant"|"linear"|"cosine"|fun(step: integer, total: integer?): number constant | linear | cosine, or function(step, total) -> factor of lr [default "constant"]
---@field warmup_steps? integer the rate rises linearly over these steps (from 0 to 1000000000) [default 0]
---@field final_share? number of lr, reached at the last step (linear, cosine) (from 0 to 1) [default 0]
---@field micro_batch_tokens? integer most tokens of one forward and backward (one group is never split); bounds memory (from 1 to 1073741824) [default 16384]
---@field max_failed_share? number of samples that a reward could not judge, over at least 1000; then the run stops (from 0 to 1) [default 0.01]

---@class crescent.PhaseGrpo.kl
---@field coefficient? number 0: no reference model is held (from 0 to 100) [default 0]
---@field estimator? "k1"|"abs"|"k2"|"k3" of the divergence (k1 | abs | k2 | k3) [default "k3"]
---@field place? "loss"|"reward" where it is subtracted (loss | reward) [default "loss"]
---@field clamp_difference? number of log-probabilities; 0: none (from 0 to 1000) [default 0]
---@field clamp_value? number of the estimate; 0: none (from 0 to 1000) [default 0]

---@class crescent.PhaseGrpo.updates
---@field minibatch_prompts? integer prompts an update; 0: the batch (from 0 to 1048576) [default 0]
---@field epochs? integer passes over the batch (from 1 to 1000) [default 1]

---@class crescent.PhaseGrpo.pass
---@field reward? string the reward that decides; may be left out when there is one [default ""]
---@field at_least? number its value that counts as solved (from -1000000000 to 1000000000) [default 1]

---@class crescent.PhaseGrpo
---@field prompts? integer prompts a batch (from 1 to 1048576) [default 16]
---@field group? integer responses per prompt (from 2 to 1024) [default 8]
---@field max_response_tokens? integer limit of a response (from 1 to 1048576) [default 64]
---@field resample? integer times that groups without signal are replaced by new prompts; 0: never (from 0 to 100) [default 0]
---@field temperature? number of training rollouts (from 0.01 to 100) [default 1]
---@field advantage? "std"|"none"|"leave_one_out" scale and baseline within a group (std | none | leave_one_out) [default "std"]
---@field advantage_eps? number added to the standard deviation (from 0 to 1) [default 1e-06]
---@field loss? "token"|"sequence"|"dr_grpo" how tokens are averaged (token | sequence | dr_grpo) [default "token"]
---@field clip? number[] ratio stays in 1 - low .. 1 + high (from 0 to 10) [default { 0.2, 0.2 }]
---@field dual_clip? number bound of the loss where A < 0; 0: off (from 0 to 100) [default 0]
---@field entropy_bonus? number coefficient of the mean entropy (from 0 to 10) [default 0]
---@field kl? crescent.PhaseGrpo.kl divergence from the model before GRPO
---@field updates? crescent.PhaseGrpo.updates optimizer updates a batch
---@field pass? crescent.PhaseGrpo.pass what counts as solved
---@field lr? number learning rate after the warm-up (from 0 to 10) [default 0.0001]
---@field betas? number[] AdamW's decay of its two moments (from 0 to 0.999999) [default { 0.9, 0.999 }]
---@field adam_eps? number AdamW's epsilon (from 0 to 1) [default 1e-08]
---@field weight_decay? number decoupled weight decay (from 0 to 1) [default 0]
---@field max_grad_norm? number clips the gradient's L2 norm; 0: no clipping (from 0 to 1000000) [default 1]
---@field schedule? "constant"|"linear"|"cosine"|fun(step: integer, total: integer?): number constant | linear | cosine, or function(step, total) -> factor of lr [default "constant"]
---@field warmup_steps? integer the rate rises linearly over these steps (from 0 to 1000000000) [default 0]
---@field final_share? number of lr, reached at the last step (linear, cosine) (from 0 to 1) [default 0]
---@field micro_batch_tokens? integer most tokens of one forward and backward (one group is never split); bounds memory (from 1 to 1073741824) [default 16384]

---@class crescent.Validate
---@field every? integer steps; 0: only at the start, phase boundaries and the end (from 0 to 1000000000) [default 0]
---@field at_start? boolean before the first step [default true]
---@field prompts? integer held-out records; 0: all (from 0 to 1000000000) [default 0]
---@field samples? integer per prompt for val/<view>/sampled; 0: greedy only (from 0 to 1024) [default 4]
---@field temperature? number of those samples (from 0.01 to 100) [default 1]
---@field views? ("text"|"caption"|"image")[] list of views to validate in [default { text, caption, image }]

---@class crescent.Checkpoint
---@field every? integer steps (from 1 to 1000000000) [default 100]
---@field keep_last? integer newest checkpoints kept (from 1 to 1000000) [default 2]
---@field keep_best? string also the best by this metric, "val/image/accuracy" [default ""]

---@class crescent.Rollouts
---@field every? integer steps whose responses are kept; scores always are; 0: scores alone (from 0 to 1000000000) [default 1]
---@field samples? integer responses kept of each group; 0: all (from 0 to 1024) [default 0]
---@field tokens? boolean also their token ids and log-probabilities [default true]
---@field logprob_decimals? integer digits of a log-probability behind the point (from 1 to 9) [default 4]

---@class crescent.Reward
---@field name? string in metrics [default ""]
---@field weight? number in the sum (from -1000000000 to 1000000000) [default 1]
---@field normalise? boolean to mean 0 and deviation 1 within its group, before the sum [default false]
---@field score? fun(s: crescent.Sample): number?, table<string, number>? a function that judges; nil: it has nothing to say about this sample
---@field command? string[] a program that judges lines of JSON, and its arguments
---@field parts? string[] names of the parts that a score comes with [default none]
---@field isolate? boolean in a process of its own [default true, unless it is one of the program's own plugins]
---@field timeout_ms? integer for an answer; then its process is replaced (from 1 to 86400000) [default 10000]
---@field start_timeout_ms? integer for a process to load what it needs and to give its first answer; at least timeout_ms (from 1 to 86400000) [default 60000]
---@field memory_mb? integer of each process; 0: no limit (from 0 to 1073741824) [default 4096]
---@field workers? integer processes at a time (from 1 to 256) [default 1]
---@field python? string the interpreter [default "python3"]
---@field completions? "text"|"messages" how f(completions) sees a response: as text or as chat messages (text | messages) [default "text"]
---@field columns? table<string, string> { argument = "field" }: which of the record's fields an argument is, where they differ [default none]
---@field url? string http:// or https://: it is sent a response as JSON and answers with its score [default ""]
---@field model? string of an OpenAI-style chat endpoint, which is asked `ask` [default ""]
---@field ask? string the question to that model, with {prompt}, {response} and {gold} [default ""]
---@field out_of? number its best mark: the last number that it says is divided by it (from 1e-09 to 1000000000) [default 1]
---@field request? table<string, any> { max_tokens = 16 }: further fields of the chat request [default { temperature = 0 }]
---@field key_env? string environment variable that holds the key [default ""]
---@field concurrency? integer requests at a time (from 1 to 256) [default 8]
---@field retries? integer of a request whose failure may pass (from 0 to 100) [default 4]
---@field backoff_ms? integer before the first retry, doubled each time (from 0 to 300000) [default 500]
---@field [1]? string a plugin (bundled name, path of a .so), "file.py:function", or the reward's name
---@field [string] any a plugin's or function's own options: `crescent plugins list`

---@class crescent.Phase.budget
---@field tokens? integer of responses sampled in the phase, probes included; 0: no limit (from 0 to 1000000000000000) [default 0]
---@field minutes? number of the phase's steps by the clock; 0: no limit (from 0 to 1000000000) [default 0]

---@class crescent.Phase
---@field name? string in metrics and in replay; or the first entry [default ""]
---@field view "text"|"caption"|"image" how records are shown (text | caption | image) [required]
---@field steps? integer short for leave = { "fixed_steps", steps = n } (from 1 to 1000000000) [default 0]
---@field leave? string|table|fun(m: crescent.Progress): (boolean|string)?, string? when it ends: { "plugin", ...options }, or function(m) -> true, a phase's name or "stop"; reason
---@field budget? crescent.Phase.budget it also ends when this is used up
---@field replay? table<string, number> share of this phase's batches that earlier ones take, { foundation = 0.2 }
---@field prompt? fun(r: crescent.Record): string function(record) -> what its prompts say
---@field rewards? table<string, number> weights in this phase, { brevity = 0.2 }; the others keep theirs
---@field sampler? crescent.Sampler|string of its own, as in run:sampler
---@field grpo? crescent.PhaseGrpo what it has otherwise than run:grpo; a schedule is over its own steps
---@field reset_reference? boolean KL is measured to the model as the phase begins [default false]
---@field reset_moments? boolean AdamW begins anew with the phase [default false]
---@field [1]? string its name

---@class crescent.SweepOptions
---@field name? string folder in sweeps/; left out: the experiment's [default ""]
---@field build? fun(p: table): crescent.Run function(p) -> the run of these parameters
---@field seeds? integer|integer[] how many, 3 for 1 to 3, or a list of them [default the parameter's]
---@field grid? table<string, any[]> every combination: { lambda = { 0, 0.5, 1 }, warm = { 20, 40 } }
---@field list? table<string, any>[] these alone: { { lambda = 0, warm = 20 }, ... }
---@field random? table drawn: { cells = 20, seed = 1, over = { lr = { from = 1e-5, to = 1e-3, log = true }, warm = { 20, 40 } } }
---@field baseline? table<string, any> the cell, or the values of some factors, that others are compared with
---@field only? fun(p: table): boolean function(p) -> whether this combination is wanted
---@field params table what crescent.params returned

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
