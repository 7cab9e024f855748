// Answers to multiple-choice questions.
#pragma once

#include <optional>
#include <string_view>

namespace crescent {

struct Choice {
  char letter;            // 'A' to 'J'
  std::string_view text;  // what stands behind the letter; may be empty
};

// "C", "(C)", "C.", "C) 24", "(C) 24", "C: red", "option C". Nothing for anything else, and for a text that names
// another letter the same way: "(A) 1 (B) 2" lists options.
std::optional<Choice> read_choice(std::string_view text);

}  // namespace crescent
