#include "core/answers/number.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace crescent {

namespace {

constexpr int kMaxExponent = 99;

// ---- Natural numbers in base 1e9, least significant first, without leading zeros (zero is empty) ----

using Natural = std::vector<uint32_t>;
constexpr uint32_t kBase = 1'000'000'000;

void strip(Natural& n) {
  while (!n.empty() && n.back() == 0) n.pop_back();
}

Natural natural(std::string_view digits) {
  Natural n;
  for (size_t end = digits.size(); end > 0; end -= std::min<size_t>(9, end)) {
    const size_t begin = end - std::min<size_t>(9, end);
    uint32_t limb = 0;
    for (size_t i = begin; i < end; ++i) limb = limb * 10 + static_cast<uint32_t>(digits[i] - '0');
    n.push_back(limb);
  }
  strip(n);
  return n;
}

std::string digits_of(const Natural& n) {
  std::string out;
  for (size_t i = n.size(); i-- > 0;) {
    const std::string limb = std::to_string(n[i]);
    if (!out.empty()) out.append(9 - limb.size(), '0');
    out += limb;
  }
  return out.empty() ? "0" : out;
}

Natural multiply(const Natural& a, const Natural& b) {
  Natural out(a.size() + b.size(), 0);
  for (size_t i = 0; i < a.size(); ++i) {
    uint64_t carry = 0;
    for (size_t j = 0; j < b.size() || carry != 0; ++j) {
      const uint64_t sum = out[i + j] + carry + (j < b.size() ? uint64_t{a[i]} * b[j] : 0);
      out[i + j] = static_cast<uint32_t>(sum % kBase);
      carry = sum / kBase;
    }
  }
  strip(out);
  return out;
}

Natural add(const Natural& a, const Natural& b) {
  Natural out(std::max(a.size(), b.size()) + 1, 0);
  uint32_t carry = 0;
  for (size_t i = 0; i < out.size(); ++i) {
    const uint32_t sum = (i < a.size() ? a[i] : 0) + (i < b.size() ? b[i] : 0) + carry;
    out[i] = sum % kBase;
    carry = sum / kBase;
  }
  strip(out);
  return out;
}

// ---- Reading ----

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string without_leading_zeros(std::string digits) {
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  return digits;
}

// Writes the many spellings of the same sign in one way.
std::string canonical(std::string_view text) {
  static constexpr std::pair<std::string_view, std::string_view> spellings[] = {
      {"\u2212", "-"},       {"\\%", "%"},          {"{,}", ","},     {"\\,", ""},    {"\\!", ""},
      {"\\dfrac", "\\frac"}, {"\\tfrac", "\\frac"}, {"\\times", "*"}, {"\u00D7", "*"}};
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const auto* spelling = std::find_if(std::begin(spellings), std::end(spellings),
                                        [&](const auto& s) { return text.substr(i).starts_with(s.first); });
    if (spelling == std::end(spellings)) {
      out += text[i++];
    } else {
      out += spelling->second;
      i += spelling->first.size();
    }
  }
  return out;
}

struct Reader {
  std::string_view rest;

  bool take(std::string_view token) {
    if (!rest.starts_with(token)) return false;
    rest.remove_prefix(token.size());
    return true;
  }
  bool skip_space() {
    const size_t n = std::min(rest.find_first_not_of(" \t"), rest.size());
    rest.remove_prefix(n);
    return n > 0;
  }
  bool at_digit() const { return !rest.empty() && is_digit(rest.front()); }
  std::string digits() {
    const auto end = std::find_if_not(rest.begin(), rest.end(), is_digit);
    std::string out(rest.begin(), end);
    rest.remove_prefix(out.size());
    return out;
  }
};

// [+-]ddd with at most three digits, within kMaxExponent.
std::optional<int> read_exponent(Reader& in) {
  const bool negative = in.take("-");
  if (!negative) in.take("+");
  const std::string digits = in.digits();
  if (digits.empty() || digits.size() > 3) return {};
  const int value = std::stoi(digits);
  if (value > kMaxExponent) return {};
  return negative ? -value : value;
}

// 1234 or 1,234,567: groups of three after the first, which does not begin with a zero.
std::optional<std::string> read_whole(Reader& in) {
  std::string digits = in.digits();
  if (digits.empty() || digits.size() > 3 || digits[0] == '0' || !in.rest.starts_with(',')) return digits;
  while (in.take(",")) {
    const std::string group = in.digits();
    if (group.size() != 3) return {};
    digits += group;
  }
  return digits;
}

Rational shifted(std::string digits, int exponent) {
  Rational out;
  if (exponent > 0) digits.append(static_cast<size_t>(exponent), '0');
  if (exponent < 0) out.denominator.append(static_cast<size_t>(-exponent), '0');
  out.numerator = without_leading_zeros(std::move(digits));
  return out;
}

// Digits with a point and an exponent, unsigned: 12, 1,234.5, .5, 1.5e-3
std::optional<Rational> read_decimal(Reader& in) {
  std::optional<std::string> whole = read_whole(in);
  if (!whole) return {};
  std::string fraction;
  if (in.take(".")) fraction = in.digits();
  if (whole->empty() && fraction.empty()) return {};
  int exponent = -static_cast<int>(fraction.size());
  if (in.take("e") || in.take("E")) {
    const auto given = read_exponent(in);
    if (!given) return {};
    exponent += *given;
  }
  return shifted(*whole + fraction, exponent);
}

std::optional<Rational> read_signed_decimal(Reader& in) {
  in.skip_space();
  const bool negative = in.take("-");
  if (!negative) in.take("+");
  in.skip_space();
  auto value = read_decimal(in);
  if (value) value->negative = negative;
  in.skip_space();
  return value;
}

std::optional<Rational> quotient(const Rational& a, const Rational& b) {
  if (b.numerator == "0") return {};
  Rational out;
  out.negative = a.negative != b.negative;
  out.numerator = digits_of(multiply(natural(a.numerator), natural(b.denominator)));
  out.denominator = digits_of(multiply(natural(a.denominator), natural(b.numerator)));
  return out;
}

// {3} or, as in \frac34, a single digit.
std::optional<Rational> read_frac_argument(Reader& in) {
  in.skip_space();
  if (in.take("{")) {
    auto value = read_signed_decimal(in);
    return value && in.take("}") ? value : std::nullopt;
  }
  if (!in.at_digit()) return {};
  Reader one{in.rest.substr(0, 1)};
  in.rest.remove_prefix(1);
  return read_decimal(one);
}

std::optional<Rational> read_frac(Reader& in) {  // after \frac
  const auto top = read_frac_argument(in);
  const auto bottom = top ? read_frac_argument(in) : std::nullopt;
  return bottom ? quotient(*top, *bottom) : std::nullopt;
}

// whole + part, both at least 0; a mixed number's part is a proper fraction of whole numbers.
std::optional<Rational> mixed(const Rational& whole, const std::optional<Rational>& part) {
  if (!part || part->negative || whole.denominator != "1") return {};
  Rational out = *part;
  out.numerator =
      digits_of(add(multiply(natural(whole.numerator), natural(part->denominator)), natural(part->numerator)));
  return out;
}

std::optional<Rational> times_power_of_ten(const Rational& a, Reader& in) {  // after the sign of multiplication
  in.skip_space();
  if (!in.take("10^")) return {};
  const bool braced = in.take("{");
  const auto exponent = read_exponent(in);
  if (!exponent || (braced && !in.take("}"))) return {};
  Rational out = a;
  (*exponent >= 0 ? out.numerator : out.denominator).append(static_cast<size_t>(std::abs(*exponent)), '0');
  out.numerator = without_leading_zeros(out.numerator);
  return out;
}

std::optional<Rational> read_unsigned(Reader& in) {
  if (in.take("\\frac")) return read_frac(in);
  const auto first = read_decimal(in);
  if (!first) return {};
  const bool space = in.skip_space();
  if (in.take("\\frac")) return mixed(*first, read_frac(in));
  if (in.take("*")) return times_power_of_ten(*first, in);
  if (in.take("/")) {
    in.skip_space();
    const auto second = read_decimal(in);
    return second ? quotient(*first, *second) : std::nullopt;
  }
  if (!space || !in.at_digit()) return first;
  const auto top = read_decimal(in);
  in.skip_space();
  if (!top || top->denominator != "1" || !in.take("/")) return {};
  in.skip_space();
  const auto bottom = read_decimal(in);
  return bottom && bottom->denominator == "1" ? mixed(*first, quotient(*top, *bottom)) : std::nullopt;
}

}  // namespace

std::optional<Rational> parse_number(std::string_view text) {
  const std::string plain = canonical(text);
  Reader in{plain};
  in.skip_space();
  const bool negative = in.take("-");
  if (!negative) in.take("+");
  in.skip_space();
  auto value = read_unsigned(in);
  if (!value) return {};
  in.skip_space();
  if (in.take("%")) value->denominator += "00";
  in.skip_space();
  if (!in.rest.empty()) return {};
  value->negative = value->numerator != "0" && value->negative != negative;
  return value;
}

bool same_number(const Rational& a, const Rational& b) {
  if (a.negative != b.negative) return false;
  return multiply(natural(a.numerator), natural(b.denominator)) ==
         multiply(natural(b.numerator), natural(a.denominator));
}

}  // namespace crescent
