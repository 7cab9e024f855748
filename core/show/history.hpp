// How often a prompt passed, draw by draw.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "core/rundir/rollout_reader.hpp"
#include "core/show/page.hpp"

namespace crescent {

struct Draw {  // one group
  int64_t step = 0, visit = 0;
  std::string phase, source;
  View view = View::image;
  int64_t samples = 0, judged = 0, passed = 0;
  int64_t rewarded = 0;
  double reward_sum = 0;  // over the rewarded
  int64_t tokens = 0;
};

// Every draw of the prompt in the order of the files; `ids` receives the prompts that were sampled.
std::vector<Draw> read_draws(const RolloutReader& reader, const std::string& prompt, std::set<std::string>& ids);

// A sum for each view, then a line a draw; of many the last 20, unless `all`.
void print_history(const std::vector<Draw>& draws, bool all, Page& page);

}  // namespace crescent
