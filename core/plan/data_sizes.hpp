// How large a run's prompts and examples are, as far as memory and time depend on it.
#pragma once

#include <cstdint>
#include <map>

#include "core/flow/rollout.hpp"

namespace crescent {

// Of one quantity over many records.
class Spread {
 public:
  void add(int64_t value, double weight = 1);  // weight: how often the record is drawn, in proportion
  double mean() const { return weight_ > 0 ? sum_ / weight_ : 0; }
  double deviation() const;  // standard deviation
  int64_t most() const { return most_; }
  // What `n` independent draws add up to at most: mean n + 4 deviation sqrt(n), which one batch in about 30,000
  // exceeds; never more than n * most().
  int64_t of_batch(int64_t n) const;

 private:
  double weight_ = 0, sum_ = 0, squares_ = 0;
  int64_t most_ = 0;
};

struct PromptSizes {  // of the records that have a view
  int64_t records = 0;
  Spread tokens;                // image tokens included
  Spread patches;               // before the merger, all pictures of a prompt
  uint64_t longest_record = 0;  // index of the (first) record with the most tokens
  void add(uint64_t record, int64_t prompt_tokens, int64_t prompt_patches);
};

struct ExampleSizes {  // of the cold start, weighed by its mix
  Spread rows;         // prompt and response in the packed batch: response - 1 + prompt tokens
  Spread responses;    // tokens that are learned
  Spread patches;
};

struct DataSizes {
  std::map<View, PromptSizes> train, val;
  ExampleSizes sft;
};

}  // namespace crescent
