// The chain of effective settings (shared prefixes of runs): h(t+1) = H(h(t), everything that acts in step t), with a
// link of its own where the cold start or a phase is left: its last step is as any other until then. Two runs whose
// chains agree at step t are in the same state there, bit for bit (CPU).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/base/hash.hpp"
#include "core/experiment/run_config.hpp"

namespace crescent {

// What acts in every step and stands in no configuration.
struct Environment {
  std::string program;                                       // hash of the program
  std::string data;                                          // hash of the data files
  std::string model;                                         // hash of the initial weights and tokenizer
  std::string scripts;                                       // hash of the script files (ScriptHost::digest)
  std::vector<std::pair<std::string, std::string>> plugins;  // plugin as the configuration names it -> hash of its .so
  int threads = 1;
  std::string device = "cpu";  // as the user named it: "cpu", "cuda", "cuda:1"
  std::string isa;             // instruction set in use, "avx2", "avx512", ...
};

// Canonical text (TOML) of what acts in one step. The step's number is not in it: the chain knows it. Plugins stand in
// it by their files' hashes, so a copy under another name is the same plugin. The length of the cold start, and the
// whole curriculum of a phase with planned_steps >= 0, are left out, so that runs of other lengths share their common
// steps. That is sound: such a curriculum is held to staying until that step and to advancing at it, so within the
// phase it changes nothing; what it says as the phase ends is a link of its own. The number of steps itself acts on a
// step only through a schedule over the total, where the total is put in. Where a live setting is a Lua function, all
// parameters and the scripts' hash are folded in, because what a closure captured is invisible.
std::string effective_sft_step(const RunConfig& config, const Environment& environment);
// `phase` is one of config.phases. Which batches replay another phase follows from these settings and the step number.
std::string effective_grpo_step(const RunConfig& config, const PhaseConfig& phase, const Environment& environment);
// What acts once as the phase is left, besides what acts in its last step: its curriculum, and run:on_phase.
std::string effective_phase_end(const RunConfig& config, const PhaseConfig& phase, const Environment& environment);

class HashChain {
 public:
  explicit HashChain(Digest start = {}) : value_(start) {}  // from a checkpoint: the value saved there
  Digest advance(const Digest& effective);                  // a step: the hash of its effective settings
  // A stretch is left for `to`: a phase, or "" where the run ends. The cold start: end_of_cold_start().
  Digest leave(const Digest& end, const std::string& to);
  Digest value() const { return value_; }

 private:
  Digest value_;
};

Digest end_of_cold_start();  // nothing but the steps' own settings acts there

}  // namespace crescent
