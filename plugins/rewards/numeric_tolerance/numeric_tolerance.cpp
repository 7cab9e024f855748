// Relaxed accuracy: ChartQA (Masry et al., 2203.10244) after PlotQA (1909.00997). A number may be off by 5 % of the
// gold one, any other answer must be the same text.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>

#include "core/abi/crescent_plugin.hpp"
#include "core/answers/answers.hpp"

namespace {

using namespace crescent::plugin;

const char* const kPercent[] = {"value", "either", nullptr};

const crescent_option kOptions[] = {
    number("tolerance", 0.05, {0, 1}, "how far a number may be off, relative to the gold one"),
    string("percent", "value", kPercent, "value: 50% is 0.5; either: 50 as well"),
};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n\f\v";
  const size_t begin = text.find_first_not_of(space);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "1,234,567.5" without its commas, where each stands between thousands; nothing where one stands elsewhere, or is left
// out ("1234,567"), or parts what is no number of thousands ("0,123").
std::optional<std::string> without_thousands(std::string_view text) {
  if (text.find(',') == text.npos) return std::string(text);
  const size_t sign = text.starts_with('-'), whole = std::min(text.find_first_of(".eE"), text.size());
  const size_t first = text.find(',');  // a group of one to three digits before it, of three after it and each other
  if (first <= sign || first > sign + 3 || text[sign] == '0' || (whole - first) % 4 != 0) return {};
  std::string out(text.substr(0, first));
  for (size_t i = first; i < text.size(); ++i) {
    const bool parts = i < whole && (i - first) % 4 == 0;
    if (parts != (text[i] == ',') || (i < whole && !parts && !is_digit(text[i]))) return {};
    if (!parts) out += text[i];
  }
  return out;
}

struct Number {
  double value;
  bool percent;
};

// "-1,234.5", "+3", ".5", "2e3", "50%", "50 \%"; nothing for anything else: "5 cm", "nan", "1/2" are texts.
std::optional<Number> read_number(std::string_view text) {
  Number number{0, text.size() > 1 && text.back() == '%'};
  if (number.percent) text.remove_suffix(text.size() > 2 && text[text.size() - 2] == '\\' ? 2 : 1);
  text = trimmed(text);
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const size_t first = text.find_first_not_of('-');
  if (first == std::string_view::npos || first > 1 || !(is_digit(text[first]) || text[first] == '.')) return {};
  const std::optional<std::string> plain = without_thousands(text);
  if (!plain) return {};
  const char* end = plain->data() + plain->size();
  const auto read = std::from_chars(plain->data(), end, number.value);
  if (read.ec != std::errc() || read.ptr != end) return {};
  return number;
}

bool same_text(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

class NumericTolerance final : public Reward {
 public:
  static Options options() { return Options(kOptions); }
  explicit NumericTolerance(const Setup& setup)
      : tolerance_(setup.number("tolerance")), either_(setup.string("percent") == "either") {}

  Verdict score(const Sample& sample) const override {
    const std::string_view gold = trimmed(sample.gold);
    if (gold.empty()) return Verdict::not_applicable();
    const auto found = crescent::extract_answer(sample.response);
    if (!found) return 0;
    const auto given_number = read_number(*found), gold_number = read_number(gold);
    if (!given_number || !gold_number) return same_text(*found, gold) ? 1 : 0;
    if (is_near(value(*given_number), value(*gold_number))) return 1;
    const bool another_scale = either_ && given_number->percent != gold_number->percent;
    return another_scale && is_near(given_number->value, gold_number->value) ? 1 : 0;
  }

 private:
  static double value(const Number& number) { return number.percent ? number.value / 100 : number.value; }
  // The published code compares the texts where the gold number is 0; here 0.0 is 0.
  bool is_near(double given, double gold) const {
    return given == gold || (gold != 0 && std::abs(given - gold) / std::abs(gold) <= tolerance_);
  }

  double tolerance_;
  bool either_;
};

}  // namespace

CRESCENT_REWARD_PLUGIN(NumericTolerance, "numeric_tolerance", "1.0.0", "The Crescent authors", "Apache-2.0",
                       "1 when the answer is a number within 5 % of the record's, or the same text (ChartQA's relaxed "
                       "accuracy), else 0")
