// A run as its hash chain sees it: stretches of steps with the same effective settings, one for the cold start and one
// for each phase. Known before anything runs, but for how long a phase lasts that decides at run time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/experiment/hash_chain.hpp"
#include "core/experiment/run_config.hpp"

namespace crescent {

struct Stretch {
  std::string name;    // "cold_start" or the phase's
  int64_t steps = -1;  // -1: decided at run time
  Digest settings;     // of the effective settings of each step
  Digest end;          // of what acts as it is left
};

struct RunWalk {
  std::vector<Stretch> stretches;  // the cold start where there is one, then every phase in its order
  // Why no step may be shared although settings agree; "" where it may.
  std::string alone;
  size_t named(const std::string& phase) const;      // "": stretches.size(), the run's end; throws Error for no phase
  const std::string& name_of(size_t stretch) const;  // "" at the end
  int64_t planned_steps() const;                     // -1 where a phase decides at run time
};

// Effective settings by their digest, so that a difference can be told in words; many runs have few of them.
using SettingsTexts = std::map<Digest, std::string>;

// `texts` is added to where it is given. The plugins must have told their phases' planned_steps.
RunWalk walk_of(const RunConfig& config, const Environment& environment, SettingsTexts* texts = nullptr);

// A stretch as it was: how many steps were made in it, and for what it was left.
struct PastStretch {
  std::string name;
  int64_t steps = 0;
  bool left = false;
  std::string to;  // where it was left for a phase; "" the run's end, and for the cold start always
};

// The chain of a run of this walk that has the past. Throws Error where such a run cannot have it.
Digest chain_after(const RunWalk& walk, const std::vector<PastStretch>& past);

}  // namespace crescent
