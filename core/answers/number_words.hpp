// Whole numbers in English words, and numbers that count something.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace crescent {

// "seven" is "7", "minus twenty-one" "-21", "two thousand and five" "2005", "three million" "3000000". The whole text
// must be one number as it is said: "one two", "twenty twelve" and "seven cats" are none.
std::optional<std::string> spelled_number(std::string_view text);

struct Count {
  std::string_view number;
  std::string_view noun;  // up to three words
};

// "5 apples", "12 red balls". Nothing where a word changes the number ("5 dozen", "2 thirds", "3 squared", "5 or"),
// where it is a unit of measure, and for anything else.
std::optional<Count> read_count(std::string_view text);

}  // namespace crescent
