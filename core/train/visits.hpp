// How often each (prompt, view) was drawn: the visit number keys the randomness of a draw's rollouts.
#pragma once

#include <map>
#include <utility>

#include "core/flow/rollout.hpp"
#include "core/flow/stateful.hpp"

namespace crescent {

class VisitCounter : public Stateful {
 public:
  uint64_t next(uint64_t prompt_index, View view) { return counts_[{prompt_index, view}]++; }
  std::string save_state() const override;
  void load_state(std::string_view bytes) override;

 private:
  std::map<std::pair<uint64_t, View>, uint64_t> counts_;  // ordered, so that what is saved is reproducible
};

}  // namespace crescent
