// The texts of the tokens that the shown responses are made of, and probabilities as single bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/text/tokenizer.hpp"

namespace crescent {

// Numbers tokens in the order they come and keeps what each reads.
class TokenTable {
 public:
  explicit TokenTable(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}
  int64_t number_of(int32_t token);
  // UTF-8; bytes that are a part of a character are shown as "\xE2".
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  const Tokenizer& tokenizer_;
  std::unordered_map<int32_t, int64_t> numbers_;
  std::vector<std::string> texts_;
};

// One byte a token: -ln p in steps of kLogprobStep, 255 for all below; 0 to 10.2 nats, so that p is kept within 2 %.
inline constexpr double kLogprobStep = 0.04;
std::string quantised(std::span<const float> logprobs);

}  // namespace crescent
