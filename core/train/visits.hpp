// How often each (prompt, view) was drawn: the visit number keys the randomness of a draw's rollouts.
#pragma once

#include <cstdint>
#include <iterator>
#include <vector>

#include "core/flow/rollout.hpp"
#include "core/flow/stateful.hpp"

namespace crescent {

class VisitCounter : public Stateful {
 public:
  uint64_t next(uint64_t prompt_index, View view) {
    std::vector<uint32_t>& counts = counts_[static_cast<size_t>(view)];
    if (prompt_index >= counts.size()) counts.resize(prompt_index + 1);
    return counts[prompt_index]++;
  }
  std::string save_state() const override;  // a byte a prompt of the pool, up to 127 visits
  void load_state(std::string_view bytes) override;

 private:
  std::vector<uint32_t> counts_[std::size(kViews)];  // by view, by prompt index
};

}  // namespace crescent
