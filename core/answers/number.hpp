// Numbers as answers write them, read exactly.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace crescent {

// numerator / denominator in decimal digits without leading zeros ("0" for zero); the denominator is above 0. Not
// reduced: same_number cross-multiplies.
struct Rational {
  bool negative = false;
  std::string numerator = "0", denominator = "1";
};

// Integers, decimals, thousands separators, fractions (also \frac and mixed numbers), percentages, powers of ten up to
// 10^99. Nothing for anything else, also for a denominator of zero. At most a few kilobytes of memory for an input of
// kMaxAnswerBytes.
std::optional<Rational> parse_number(std::string_view text);

bool same_number(const Rational& a, const Rational& b);  // exact, any size

}  // namespace crescent
