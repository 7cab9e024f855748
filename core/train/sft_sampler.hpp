// Which records a cold-start batch shows: each kind of record in its share of the mix, every record of a kind once
// before any of them twice.
#pragma once

#include <string>
#include <vector>

#include "core/data/record.hpp"
#include "core/experiment/run_config.hpp"
#include "core/flow/stateful.hpp"

namespace crescent {

class SftSampler : public Stateful {
 public:
  // Throws usage Error when a kind of the mix has no records, naming the kinds that have some.
  SftSampler(const Dataset& dataset, const SftConfig& config, uint64_t seed);
  std::vector<uint64_t> draw(int64_t step, int64_t batch);  // indices into the data set
  std::string save_state() const override;
  void load_state(std::string_view bytes) override;

 private:
  struct Kind {
    std::string name;
    double cumulative_share = 0;
    std::vector<uint64_t> records;  // ascending
    std::vector<uint64_t> order;    // this epoch's permutation of `records`
    uint64_t drawn = 0;             // in all epochs
  };
  void shuffle_epoch(Kind& kind, uint64_t index) const;
  uint64_t seed_;
  std::vector<Kind> kinds_;
};

}  // namespace crescent
