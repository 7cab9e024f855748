// Final answers of mathematical problems: where a response states one, and whether two are the same.
//
// Both functions are pure and safe from any thread; time and memory are bounded whatever an adversarial response holds:
// an answer longer than kMaxAnswerBytes is no answer, and a comparison that would need more than its budget of
// operations, digits or depth ends in "not the same". What is accepted as equal, with examples: docs/answers.md.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "core/answers/policy.hpp"

namespace crescent {

inline constexpr size_t kMaxAnswerBytes = 2048;

// The answer a response settles on, trimmed; a view into `response`. Thoughts are cut off first: only what follows the
// last </think> counts, and a response that opens <think> without closing it has no answer. Then, in this order:
//   1. the content of the last whole <answer>...</answer>,
//   2. the content of the last whole \boxed{...} (or \fbox{...}), braces nested,
//   3. the rest of the line after the last "Answer:", "the answer is" or "####",
//   4. the rest itself when it is short enough to be a bare answer (one line).
// A \boxed{} or "Answer:" inside the <answer> is unwrapped. Nothing when there is no answer or it is empty.
std::optional<std::string_view> extract_answer(std::string_view response);

// Whether two answers say the same. Numbers are compared exactly (0.33 is not 1/3), expressions by value, collections
// by their items, words without regard to case and an article. An answer that hedges ("3 or 4") or lists options equals
// none of them. `gold` is the record's answer: some policies treat the two sides differently.
bool same_answer(std::string_view given, std::string_view gold, const AnswerPolicy& policy = {});

}  // namespace crescent
