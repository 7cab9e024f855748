// Final answers of mathematical problems: where a response states one, and whether two are the same.
//
// Both functions are pure and safe from any thread; time and memory are bounded by the length of the input (an answer
// longer than kMaxAnswerBytes is no answer), whatever an adversarial response holds.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace crescent {

inline constexpr size_t kMaxAnswerBytes = 512;

// The answer a response settles on, trimmed; a view into `response`. Thoughts are cut off first: only what follows the
// last </think> counts, and a response that opens <think> without closing it has no answer. Then, in this order:
//   1. the content of the last whole <answer>...</answer>,
//   2. the content of the last whole \boxed{...} (or \fbox{...}), braces nested,
//   3. the rest itself when it is short enough to be a bare answer (one line).
// A \boxed{} inside the <answer> is unwrapped. Nothing when there is no answer or it is empty.
std::optional<std::string_view> extract_answer(std::string_view response);

// Whether two answers say the same:
//   numbers   integers of any size, decimals, fractions (3/4, \frac{3}{4}, 1 1/2), percentages ("50%" is 50%, and 0.5),
//             powers of ten within bounds (1.5e3), thousands separators (1,234,567): compared exactly as rationals,
//             so 0.33 is not 1/3 and 0.5 is 1/2
//   words     without regard to case, outer punctuation, spacing and an article: "(B)" is "b", "The Cat." is "cat"
// An answer that hedges ("3 or 4", "3, 4" where the gold is "3") equals nothing but the same text.
bool same_answer(std::string_view given, std::string_view gold);

}  // namespace crescent
