#include "core/answers/number_words.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/answers/spelling.hpp"
#include "core/answers/token.hpp"
#include "core/answers/units.hpp"

namespace crescent {

namespace {

constexpr std::string_view kOnes[] = {"zero",     "one",     "two",     "three",     "four",     "five",    "six",
                                      "seven",    "eight",   "nine",    "ten",       "eleven",   "twelve",  "thirteen",
                                      "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
constexpr std::string_view kTens[] = {"twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"};
constexpr std::pair<std::string_view, int64_t> kScales[] = {
    {"trillion", 1'000'000'000'000}, {"billion", 1'000'000'000}, {"million", 1'000'000}, {"thousand", 1000}};

// Words that make another number of the one before them, or no count at all.
constexpr std::string_view kChanging[] = {"hundred",    "hundreds",   "thousand",    "thousands",
                                          "million",    "millions",   "billion",     "billions",
                                          "trillion",   "dozen",      "dozens",      "score",
                                          "scores",     "pair",       "pairs",       "half",
                                          "halves",     "third",      "thirds",      "quarter",
                                          "quarters",   "fourth",     "fourths",     "fifth",
                                          "fifths",     "sixth",      "sixths",      "seventh",
                                          "sevenths",   "eighth",     "eighths",     "ninth",
                                          "ninths",     "tenth",      "tenths",      "hundredth",
                                          "hundredths", "thousandth", "thousandths", "percent",
                                          "percentage", "permille",   "point",       "times",
                                          "squared",    "cubed",      "square",      "cube",
                                          "root",       "factorial",  "power",       "plus",
                                          "minus",      "mod",        "modulo",      "base",
                                          "choose",     "over",       "per",         "by",
                                          "of",         "or",         "and",         "to",
                                          "if",         "is",         "not",         "no",
                                          "less",       "more",       "fewer",       "than",
                                          "most",       "least",      "about",       "approximately",
                                          "am",         "pm",         "st",          "nd",
                                          "rd",         "th",         "double",      "twice",
                                          "triple",     "remainder",  "digits",      "digit",
                                          "decimals",   "places",     "nor",         "but",
                                          "else",       "either",     "with",        "without",
                                          "except",     "in",         "out",         "under",
                                          "below",      "above",      "each",        "log",
                                          "ln",         "sin",        "cos",         "tan",
                                          "pi"};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

using Words = std::vector<std::string>;

// In lower case, parted by spaces and by single hyphens between letters ("twenty - one" is a difference); nothing for a
// text with anything else in it, or of more than 20.
std::optional<Words> words_of(std::string_view text) {
  Words words(1);
  for (size_t i = 0; i < text.size(); ++i) {
    const bool joins =
        text[i] == '-' && i > 0 && is_letter(text[i - 1]) && i + 1 < text.size() && is_letter(text[i + 1]);
    if (is_letter(text[i]))
      words.back() += static_cast<char>(text[i] | 32);
    else if (text[i] != ' ' && !joins)
      return {};
    else if (!words.back().empty())
      words.emplace_back();
    if (words.size() > 20) return {};
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

// Reads a number as it is said: hundreds within each of the scales, which fall.
class NumberReader {
 public:
  explicit NumberReader(const Words& words) : words_(words) {}

  std::optional<int64_t> read() {
    if (words_.size() == 1 && words_[0] == kOnes[0]) return 0;
    int64_t total = 0, last = INT64_MAX;
    while (at_ < words_.size()) {
      if (total > 0 && word() == "and") ++at_;
      const int64_t group = below_thousand();
      if (group == 0) return {};
      const int64_t scale = take_scale();
      if (scale >= last) return {};  // each smaller than the one before
      total += group * scale;
      last = scale;
      if (scale == 1) break;
    }
    if (at_ != words_.size() || total == 0) return {};
    return total;
  }

 private:
  std::string_view word() const { return at_ < words_.size() ? std::string_view(words_[at_]) : std::string_view(); }

  int64_t take_scale() {
    for (const auto& [name, value] : kScales)
      if (word() == name) return ++at_, value;
    return 1;
  }
  int64_t below_hundred() {  // 0: none
    const auto tens = std::find(std::begin(kTens), std::end(kTens), word());
    int64_t value = 0;
    if (tens != std::end(kTens)) {
      ++at_;
      value = 20 + 10 * (tens - std::begin(kTens));
    }
    const auto ones = std::find(std::begin(kOnes) + 1, std::end(kOnes), word());
    if (ones == std::end(kOnes) || (value > 0 && ones - std::begin(kOnes) > 9)) return value;
    ++at_;
    return value + (ones - std::begin(kOnes));
  }
  int64_t below_thousand() {
    int64_t value = below_hundred();
    if (word() != "hundred" || value == 0 || value > 9) return value;
    ++at_;
    value *= 100;
    const size_t before = at_;
    if (word() == "and") ++at_;
    const int64_t rest = below_hundred();
    if (rest == 0) at_ = before;
    return value + rest;
  }

  const Words& words_;
  size_t at_ = 0;
};

// A hyphen joins tens and ones, or a number and what it counts in: "twenty-one", "two-hundred"; in "thirty-two million"
// too, but "thirty-twenty" and "one-two" are differences. Where there is no space, "one-hundred-and-one" is a number as
// well.
bool hyphens_join(std::string_view text) {
  const bool throughout = text.find(' ') == text.npos;
  const auto is_scale = [](const std::string& word) {
    return word == "hundred" ||
           std::any_of(std::begin(kScales), std::end(kScales), [&](const auto& known) { return known.first == word; });
  };
  for (size_t at = text.find('-'); at != text.npos; at = text.find('-', at + 1)) {
    const size_t from = text.find_last_of(" -", at - 1) + 1,
                 to = std::min(text.find_first_of(" -", at + 1), text.size());
    const std::string left = words_of(text.substr(from, at - from))->front(),
                      right = words_of(text.substr(at + 1, to - at - 1))->front();
    const bool tens = std::find(std::begin(kTens), std::end(kTens), left) != std::end(kTens);
    const auto ones = std::find(std::begin(kOnes) + 1, std::begin(kOnes) + 10, right);
    const bool within = throughout && (is_scale(left) || left == "and" || right == "and");
    if (!is_scale(right) && !(tens && ones != std::begin(kOnes) + 10) && !within) return false;
  }
  return true;
}

bool is_unit(std::string_view noun) {
  Expressions expressions;
  const std::vector<Token> tokens = tokenize(noun, expressions);
  return !tokens.empty() && read_unit(tokens).has_value();
}

}  // namespace

std::optional<std::string> spelled_number(std::string_view text) {
  if (text.size() < 3 || text.size() > 120 || !is_letter(text[0])) return {};
  std::optional<Words> words = words_of(text);
  if (!words || words->empty() || !hyphens_join(text)) return {};
  const bool negative = words->size() > 1 && ((*words)[0] == "minus" || (*words)[0] == "negative");
  if (negative) words->erase(words->begin());
  const auto value = NumberReader(*words).read();
  if (!value) return {};
  return (negative && *value != 0 ? "-" : "") + std::to_string(*value);
}

std::optional<Count> read_count(std::string_view text) {
  size_t end = 0;
  while (end < text.size() &&
         (is_digit(text[end]) || text[end] == ',' || text[end] == '.' || (end == 0 && text[0] == '-')))
    ++end;
  if (end == 0 || end > 40 || !is_digit(text[end - 1]) || end >= text.size() || text[end] != ' ') return {};
  const std::string_view noun = trimmed(text.substr(end));
  const std::optional<Words> words = words_of(noun);
  if (!words || words->empty() || words->size() > 3) return {};
  for (const std::string& word : *words)
    if (word.size() < 3 || spelled_number(word) ||
        std::find(std::begin(kChanging), std::end(kChanging), word) != std::end(kChanging))
      return {};
  if (is_unit(noun)) return {};
  return Count{text.substr(0, end), noun};
}

}  // namespace crescent
