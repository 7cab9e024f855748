#include "core/report/token_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/text/unicode.hpp"

namespace crescent {

static std::string readable(std::string_view bytes) {
  if (find_invalid_utf8(bytes) == bytes.npos) return std::string(bytes);
  std::string text;
  for (const char byte : bytes) text += fmt::format("\\x{:02X}", static_cast<unsigned char>(byte));
  return text;
}

int64_t TokenTable::number_of(int32_t token) {
  const auto [found, is_new] = numbers_.emplace(token, static_cast<int64_t>(texts_.size()));
  if (is_new) {
    const std::string text = readable(tokenizer_.token_bytes(token));
    texts_.push_back(text.empty() ? fmt::format("[{}]", token) : text);
  }
  return found->second;
}

std::string quantised(std::span<const float> logprobs) {
  std::string bytes;
  for (const float logprob : logprobs) {
    const double steps = std::isnan(logprob) ? 255 : std::round(-static_cast<double>(logprob) / kLogprobStep);
    bytes += static_cast<char>(static_cast<unsigned char>(std::clamp(steps, 0.0, 255.0)));
  }
  return bytes;
}

}  // namespace crescent
