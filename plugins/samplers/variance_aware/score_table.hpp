// What is known of each (prompt, view): the evidence of its rollouts and the diversity of their thoughts.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "core/abi/crescent_plugin.hpp"

namespace crescent::plugin {

// Evidence about one prompt in one view.
struct PromptScore {
  double passes = 0, fails = 0;  // decayed counts; 0 and 0: never seen
  double tds = std::nan("");     // trajectory diversity of the last group; NaN: not known
  int64_t seen_step = -1;        // step of the last observation
  uint64_t answered_round = 0;   // periodic: last refresh whose rollouts of it came back

  bool seen() const { return passes + fails > 0; }
  double pass_rate() const { return passes / (passes + fails); }  // of the evidence
};

struct ViewScores {
  std::vector<PromptScore> prompts;  // by prompt index
  uint64_t round = 0;                // periodic: refreshes begun
  int64_t refreshed_step = -1;       // periodic: step at which the last one began
  int64_t probed_step = -1;          // online: last step with probes

  PromptScore& at(uint64_t prompt) {
    if (prompt >= prompts.size()) prompts.resize(prompt + 1);
    return prompts[prompt];
  }

  void save(Writer& writer) const {
    writer.put(round);
    writer.put(refreshed_step);
    writer.put(probed_step);
    writer.put<uint64_t>(prompts.size());
    for (const PromptScore& p : prompts) {
      writer.put(p.passes);
      writer.put(p.fails);
      writer.put(p.tds);
      writer.put(p.seen_step);
      writer.put(p.answered_round);
    }
  }
  void load(Reader& reader) {
    round = reader.get<uint64_t>();
    refreshed_step = reader.get<int64_t>();
    probed_step = reader.get<int64_t>();
    prompts.clear();
    for (uint64_t left = reader.get<uint64_t>(); left > 0; --left) {
      PromptScore& p = prompts.emplace_back();
      p.passes = reader.get<double>();
      p.fails = reader.get<double>();
      p.tds = reader.get<double>();
      p.seen_step = reader.get<int64_t>();
      p.answered_round = reader.get<uint64_t>();
    }
  }
};

}  // namespace crescent::plugin
