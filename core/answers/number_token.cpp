#include <algorithm>

#include "core/answers/token.hpp"

namespace crescent {

namespace {

constexpr int64_t kMaxExponent = 5000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

size_t count_digits(std::string_view text) {
  return static_cast<size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
}

// A separator of thousands at the start of `text`, its length; 0 for none.
size_t separator(std::string_view text, bool comma) {
  for (const std::string_view mark : {"{,}", "\\,", ",\\!", "\u2009", "\u202F"})
    if (text.starts_with(mark)) return mark.size();
  if (text.starts_with(' ')) return 1;
  return comma && text.starts_with(',') ? 1 : 0;
}

// Digits of the whole part with its separators: "1,234" and "1 234 567" are whole, "1,23" is the 1 alone.
size_t read_whole(std::string_view text, bool comma, std::string& digits) {
  size_t at = count_digits(text);
  digits.assign(text.substr(0, at));
  if (at == 0 || at > 3 || text[0] == '0') return at;
  size_t end = at;
  std::string joined = digits, kind;
  while (const size_t n = separator(text.substr(end), comma)) {
    const std::string mark(text.substr(end, n));
    if (!kind.empty() && mark != kind) return at;
    kind = mark;
    if (count_digits(text.substr(end + n)) != 3) {
      if (kind == "," || kind == " ") return at;  // a list, or two numbers
      break;
    }
    joined += text.substr(end + n, 3);
    end += n + 3;
  }
  // "1 234/567" is a mixed number.
  if (kind == " " && text.substr(end).starts_with('/')) return at;
  digits = joined;
  return end;
}

// The repeating digits after a point: \overline{3}, (3), \dot{3}, \dot14285\dot7.
size_t read_repeating(std::string_view text, std::string& digits) {
  for (const std::string_view open : {"\\overline{", "\\bar{", "\\dot{", "("}) {
    if (!text.starts_with(open)) continue;
    const size_t n = count_digits(text.substr(open.size())), end = open.size() + n;
    if (n == 0 || end >= text.size() || text[end] != (open == "(" ? ')' : '}')) return 0;
    digits.assign(text.substr(open.size(), n));
    return end + 1;
  }
  if (!text.starts_with("\\dot")) return 0;
  const size_t n = count_digits(text.substr(4));
  if (n == 0) return 0;
  digits.assign(text.substr(4, n));
  if (!text.substr(4 + n).starts_with("\\dot") || text.size() <= 8 + n || !is_digit(text[8 + n])) return n == 1 ? 5 : 0;
  digits += text[8 + n];
  return 9 + n;
}

size_t read_exponent(std::string_view text, int64_t& exponent) {
  if (text.size() < 2 || (text[0] != 'e' && text[0] != 'E')) return 0;
  const size_t sign = text[1] == '-' || text[1] == '+' ? 1 : 0;
  const size_t n = count_digits(text.substr(1 + sign));
  if (n == 0 || (1 + sign + n < text.size() && is_letter(text[1 + sign + n]))) return 0;
  if (n > 6) throw TooLarge();
  exponent = std::stoll(std::string(text.substr(1 + sign, n)));
  if (exponent > kMaxExponent) throw TooLarge();
  if (text[1] == '-') exponent = -exponent;
  return 1 + sign + n;
}

void set_digits(fmpz* out, const std::string& digits, int base = 10) {
  if (digits.empty()) {
    fmpz_zero(out);
  } else if (digits.size() <= 17 && base == 10) {
    fmpz_set_si(out, std::stoll(digits));
  } else {
    fmpz_set_str(out, digits.c_str(), base);
  }
}

void power_of_ten(fmpz* out, uint64_t exponent) {
  fmpz_set_ui(out, 10);
  fmpz_pow_ui(out, out, exponent);
}

// (whole fraction . repeating ...) * 10^exponent
Rational decimal(const std::string& whole, const std::string& fraction, const std::string& repeating,
                 int64_t exponent) {
  Rational out, tail;
  set_digits(out.numerator(), whole + fraction);
  if (!repeating.empty()) {  // + repeating / 99..9 in units of the last place
    set_digits(tail.numerator(), repeating);
    power_of_ten(tail.denominator(), repeating.size());
    fmpz_sub_ui(tail.denominator(), tail.denominator(), 1);
    fmpq_canonicalise(tail.get());
    fmpq_add(out.get(), out.get(), tail.get());
  }
  const int64_t shift = exponent - static_cast<int64_t>(fraction.size());
  if (shift == 0) return out;
  power_of_ten(tail.numerator(), static_cast<uint64_t>(std::abs(shift)));
  fmpz_one(tail.denominator());
  (shift > 0 ? fmpq_mul : fmpq_div)(out.get(), out.get(), tail.get());
  return out;
}

int digit_value(char c) { return is_digit(c) ? c - '0' : (c | 32) - 'a' + 10; }

NodeId in_base(std::string_view digits, int base, Expressions& expressions) {
  for (const char c : digits)
    if (digit_value(c) >= base) return kNoNode;
  Rational value;
  set_digits(value.numerator(), std::string(digits), base);
  return expressions.number(std::move(value));
}

// _2, _{16}, _{\text{two}}: the base, and its length in `length`.
int read_base(std::string_view text, size_t& length) {
  if (!text.starts_with('_')) return 0;
  for (const auto& [written, base] : {std::pair{"_{\\text{two}}", 2},
                                      {"_{two}", 2},
                                      {"_{\\text{ten}}", 10},
                                      {"_{ten}", 10},
                                      {"_{\\text{eight}}", 8},
                                      {"_{\\text{sixteen}}", 16}})
    if (text.starts_with(written)) {
      length = std::string_view(written).size();
      return base;
    }
  const size_t open = text.substr(1).starts_with('{') ? 2 : 1;
  const size_t n = count_digits(text.substr(open));
  if (n == 0 || n > 2) return 0;
  length = open + n;
  if (open == 2 && (length >= text.size() || text[length++] != '}')) return 0;
  return std::stoi(std::string(text.substr(open, n)));
}

// 0xFF, 0b101, 101_2, FF_{16}, \text{FF}_{16}
size_t read_based(std::string_view text, Expressions& expressions, NodeId& node) {
  const auto is_base_digit = [](char c) { return is_digit(c) || is_letter(c); };
  for (const auto& [prefix, base] : {std::pair{"0x", 16}, {"0X", 16}, {"0b", 2}, {"0B", 2}})
    if (text.starts_with(prefix)) {
      const auto end =
          static_cast<size_t>(std::find_if_not(text.begin() + 2, text.end(), is_base_digit) - text.begin());
      node = end > 2 ? in_base(text.substr(2, end - 2), base, expressions) : kNoNode;
      if (node != kNoNode) return end;
    }
  std::string_view rest = text;
  bool wrapped = false;
  for (const std::string_view open : {"\\text{", "\\mathrm{"})
    if (text.starts_with(open)) {
      rest.remove_prefix(open.size());
      wrapped = true;
    }
  const auto n = static_cast<size_t>(std::find_if_not(rest.begin(), rest.end(), is_base_digit) - rest.begin());
  if (n == 0 || n >= rest.size() || (wrapped && rest[n] != '}')) return 0;
  const std::string_view after = rest.substr(n + (wrapped ? 1 : 0));
  size_t length = 0;
  const int base = read_base(after, length);
  if (base < 2 || base > 36) return 0;
  const std::string_view digits = rest.substr(0, n);
  // "a_{12}" is a symbol; letters are digits only where the base has such digits and more than one stands there.
  if (count_digits(digits) != n && (n < 2 || base <= 10)) return 0;
  node = in_base(digits, base, expressions);
  return node == kNoNode ? 0 : static_cast<size_t>(after.data() - text.data()) + length;
}

}  // namespace

size_t read_number(std::string_view text, bool thousands, Expressions& expressions, NodeId& node) {
  if (const size_t n = read_based(text, expressions, node)) return n;
  std::string whole, fraction, repeating;
  size_t at = read_whole(text, thousands, whole);
  bool point = false;
  if (at < text.size() && text[at] == '.') {
    const std::string_view after = text.substr(at + 1);
    const size_t n = count_digits(after);
    fraction.assign(after.substr(0, n));
    const size_t tail = read_repeating(after.substr(n), repeating);
    point = n + tail > 0;
    if (point || at > 0) at += 1 + n + tail;
    // "1.2.3" and "0.333..." are no numbers
    if (at < text.size() && text[at] == '.' && (point || text.substr(at).starts_with(".."))) return 0;
  }
  if (whole.empty() && !point) return 0;
  int64_t exponent = 0;
  const size_t scientific = read_exponent(text.substr(at), exponent);
  const bool plain = scientific == 0 && repeating.empty();
  const auto decimals = static_cast<int32_t>(plain ? fraction.size() : 0);
  node = expressions.number(decimal(whole, fraction, repeating, exponent), plain ? decimals : -1);
  return at + scientific;
}

}  // namespace crescent
