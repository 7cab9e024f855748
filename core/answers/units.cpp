#include "core/answers/units.hpp"

#include <algorithm>
#include <string>

namespace crescent {

namespace {

using Kind = Token::Kind;

struct Entry {
  std::string_view name;
  std::array<int, 5> powers;
  int64_t numerator;
  uint64_t denominator;
  std::string_view other = {};
  bool prefixed = false;  // takes m, c, k, ... or milli, centi, kilo, ...
};

constexpr std::array<int, 5> kNone{}, kLength{1}, kMass{0, 1}, kTime{0, 0, 1}, kArea{2}, kVolume{3}, kSpeed{1, 0, -1};
constexpr std::array<int, 5> kForce{1, 1, -2}, kEnergy{2, 1, -2}, kPower{2, 1, -3}, kPressure{-1, 1, -2};
constexpr std::array<int, 5> kFrequency{0, 0, -1}, kCurrent{0, 0, 0, 1}, kVoltage{2, 1, -3, -1}, kOhm{2, 1, -3, -2};
constexpr std::array<int, 5> kCharge{0, 0, 1, 1}, kKelvin{0, 0, 0, 0, 1}, kFarad{-2, -1, 4, 2};

// Symbols keep their case, names are lower case and singular.
constexpr Entry kSymbols[] = {
    {"m", kLength, 1, 1, {}, true},
    {"g", kMass, 1, 1000, {}, true},
    {"s", kTime, 1, 1, {}, true},
    {"sec", kTime, 1, 1},
    {"min", kTime, 60, 1},
    {"h", kTime, 3600, 1},
    {"hr", kTime, 3600, 1},
    {"hrs", kTime, 3600, 1},
    {"mins", kTime, 60, 1},
    {"L", kVolume, 1, 1000, {}, true},
    {"l", kVolume, 1, 1000, {}, true},
    {"in", kLength, 254, 10000},
    {"ft", kLength, 3048, 10000},
    {"yd", kLength, 9144, 10000},
    {"mi", kLength, 1609344, 1000},
    {"lb", kMass, 45359237, 100000000},
    {"lbs", kMass, 45359237, 100000000},
    {"oz", kMass, 28349523125, 1000000000000},
    {"N", kForce, 1, 1, {}, true},
    {"J", kEnergy, 1, 1, {}, true},
    {"W", kPower, 1, 1, {}, true},
    {"Pa", kPressure, 1, 1, {}, true},
    {"Hz", kFrequency, 1, 1, {}, true},
    {"A", kCurrent, 1, 1, {}, true},
    {"V", kVoltage, 1, 1, {}, true},
    {"C", kCharge, 1, 1, {}, true},
    {"K", kKelvin, 1, 1, {}, true},
    {"F", kFarad, 1, 1, {}, true},
    {"mol", kNone, 1, 1, "mol", true},
    {"rad", kNone, 1, 1, "rad", true},
    {"deg", kNone, 1, 1, "deg"},
    {"mph", kSpeed, 44704, 100000},
    {"kph", kSpeed, 1000, 3600},
    {"kmh", kSpeed, 1000, 3600},
    {"ha", kArea, 10000, 1},
    {"cc", kVolume, 1, 1000000},
    {"eV", kNone, 1, 1, "eV", true},
    {"cal", kEnergy, 4184, 1000, {}, true},
    {"atm", kPressure, 101325, 1},
    {"USD", kNone, 1, 1, "USD"},
    {"EUR", kNone, 1, 1, "EUR"},
    {"GBP", kNone, 1, 1, "GBP"},
    {"JPY", kNone, 1, 1, "JPY"},
    {"INR", kNone, 1, 1, "INR"},
    {"B", kNone, 8, 1, "bit", true},
};

constexpr Entry kNames[] = {
    {"meter", kLength, 1, 1, {}, true},
    {"metre", kLength, 1, 1, {}, true},
    {"gram", kMass, 1, 1000, {}, true},
    {"second", kTime, 1, 1, {}, true},
    {"minute", kTime, 60, 1},
    {"hour", kTime, 3600, 1},
    {"day", kTime, 86400, 1},
    {"week", kTime, 604800, 1},
    {"month", kNone, 1, 1, "month"},
    {"year", kNone, 12, 1, "month"},
    {"liter", kVolume, 1, 1000, {}, true},
    {"litre", kVolume, 1, 1000, {}, true},
    {"inch", kLength, 254, 10000},
    {"inche", kLength, 254, 10000},
    {"foot", kLength, 3048, 10000},
    {"feet", kLength, 3048, 10000},
    {"yard", kLength, 9144, 10000},
    {"mile", kLength, 1609344, 1000},
    {"pound", kNone, 1, 1, "pound"},
    {"ounce", kMass, 28349523125, 1000000000000},
    {"ton", kNone, 1, 1, "ton"},
    {"tonne", kMass, 1000, 1},
    {"newton", kForce, 1, 1, {}, true},
    {"joule", kEnergy, 1, 1, {}, true},
    {"watt", kPower, 1, 1, {}, true},
    {"pascal", kPressure, 1, 1, {}, true},
    {"hertz", kFrequency, 1, 1, {}, true},
    {"ampere", kCurrent, 1, 1, {}, true},
    {"amp", kCurrent, 1, 1, {}, true},
    {"volt", kVoltage, 1, 1, {}, true},
    {"ohm", kOhm, 1, 1, {}, true},
    {"coulomb", kCharge, 1, 1, {}, true},
    {"kelvin", kKelvin, 1, 1, {}, true},
    {"farad", kFarad, 1, 1, {}, true},
    {"mole", kNone, 1, 1, "mol"},
    {"radian", kNone, 1, 1, "rad"},
    {"degree", kNone, 1, 1, "deg"},
    {"dollar", kNone, 1, 1, "USD"},
    {"buck", kNone, 1, 1, "USD"},
    {"cent", kNone, 1, 100, "USD"},
    {"euro", kNone, 1, 1, "EUR"},
    {"hectare", kArea, 10000, 1},
    {"gallon", kNone, 1, 1, "gallon"},
    {"acre", kNone, 1, 1, "acre"},
    {"calorie", kEnergy, 4184, 1000, {}, true},
    {"bit", kNone, 1, 1, "bit", true},
    {"byte", kNone, 8, 1, "bit", true},
    {"unit", kNone, 1, 1, "unit"},
    {"yen", kNone, 1, 1, "JPY"},
    {"rupee", kNone, 1, 1, "INR"},
    {"celsius", kNone, 1, 1, "degC"},
    {"fahrenheit", kNone, 1, 1, "degF"},
    {"decade", kNone, 120, 1, "month"},
    {"fortnight", kTime, 1209600, 1},
};

constexpr std::pair<std::string_view, int> kPrefixes[] = {{"T", 12}, {"G", 9},  {"M", 6},  {"k", 3},  {"h", 2},
                                                          {"d", -1}, {"c", -2}, {"m", -3}, {"u", -6}, {"n", -9}};
constexpr std::pair<std::string_view, int> kPrefixNames[] = {{"tera", 12},  {"giga", 9},  {"mega", 6},   {"kilo", 3},
                                                             {"hecto", 2},  {"deci", -1}, {"centi", -2}, {"milli", -3},
                                                             {"micro", -6}, {"nano", -9}};

void times_power_of_ten(Rational& scale, int exponent) {
  Rational ten(10);
  fmpq_pow_si(ten.get(), ten.get(), exponent);
  fmpq_mul(scale.get(), scale.get(), ten.get());
}

template <size_t N>
const Entry* find(const Entry (&list)[N], std::string_view name) {
  const auto* found = std::find_if(std::begin(list), std::end(list), [&](const Entry& e) { return e.name == name; });
  return found == std::end(list) ? nullptr : found;
}

template <size_t N, size_t M>
const Entry* find_prefixed(const Entry (&list)[N], const std::pair<std::string_view, int> (&prefixes)[M],
                           std::string_view name, int& exponent) {
  exponent = 0;
  if (const Entry* whole = find(list, name)) return whole;
  for (const auto& [prefix, power] : prefixes)
    if (name.size() > prefix.size() && name.starts_with(prefix))
      if (const Entry* base = find(list, name.substr(prefix.size())); base != nullptr && base->prefixed) {
        exponent = power;
        return base;
      }
  return nullptr;
}

std::optional<Unit> unit_named(std::string_view word) {
  int exponent = 0;
  const Entry* entry = find_prefixed(kSymbols, kPrefixes, word, exponent);
  std::string name(word);
  if (entry == nullptr) {
    std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    if (name.size() < 3) return {};
    entry = find_prefixed(kNames, kPrefixNames, name, exponent);
    if (entry == nullptr && name.ends_with('s'))
      entry = find_prefixed(kNames, kPrefixNames, std::string_view(name).substr(0, name.size() - 1), exponent);
  }
  if (entry == nullptr) return {};
  Unit unit{entry->powers, entry->other, entry->other.empty() ? 0 : 1, Rational(entry->numerator, entry->denominator)};
  times_power_of_ten(unit.scale, exponent);
  return unit;
}

class UnitReader {
 public:
  explicit UnitReader(Tokens tokens) : tokens_(tokens) {}

  std::optional<Unit> whole() {
    auto unit = product();
    if (!unit || at_ != tokens_.size()) return {};
    return unit;
  }

 private:
  bool ended() const { return at_ >= tokens_.size(); }
  bool at(std::string_view mark) const { return !ended() && tokens_[at_].is(mark); }
  bool take(std::string_view mark) { return at(mark) && (++at_, true); }
  bool take_word(std::string_view word) {
    return !ended() && tokens_[at_].is_letters() && tokens_[at_].text == word && (++at_, true);
  }

  std::optional<Unit> product() {
    auto unit = factor();
    while (unit && !ended() && !at("}")) {
      const bool over = take("/") || take_word("per");
      if (!over) take("*");
      const auto next = factor();
      if (!next || !combine(*unit, *next, over ? -1 : 1)) return {};
    }
    return unit;
  }

  static bool combine(Unit& unit, const Unit& next, int sign) {
    if (!unit.other.empty() && !next.other.empty() && unit.other != next.other) return false;
    for (size_t i = 0; i < unit.powers.size(); ++i) unit.powers[i] += sign * next.powers[i];
    if (unit.other.empty()) unit.other = next.other;
    unit.other_power += sign * next.other_power;
    (sign > 0 ? fmpq_mul : fmpq_div)(unit.scale.get(), unit.scale.get(), next.scale.get());
    unit.certain = true;
    return true;
  }

  static void raise(Unit& unit, int power) {
    for (int& p : unit.powers) p *= power;
    unit.other_power *= power;
    fmpq_pow_si(unit.scale.get(), unit.scale.get(), power);
  }

  std::optional<Unit> factor() {
    if (ended()) return {};
    if (tokens_[at_].kind == Kind::name && tokens_[at_].text == "frac") return fraction();
    if (take("deg")) return degrees();
    for (const std::string_view mark : {"USD", "EUR", "GBP", "JPY"})
      if (take(mark)) return Unit{{}, mark, 1};
    int power = 1;
    if (take_word("square") || take_word("sq")) power = 2;
    if (take_word("cubic") || take_word("cu")) power = 3;
    take(".");
    if (ended() || !tokens_[at_].is_letters()) return {};
    const bool apart = tokens_[at_].space || tokens_[at_].kind == Kind::text;
    if (take_word("degrees") || take_word("degree")) return degrees();
    if (take_word("pounds") && tokens_.size() == 1) return Unit{{}, "GBP", 1};
    auto unit = unit_named(tokens_[at_].text);
    if (!unit) return {};
    unit->certain = tokens_[at_].kind == Kind::text || tokens_[at_].text.size() > 2 ||
                    (tokens_[at_].text.size() == 2 && (apart || tokens_[at_].text != "mg"));
    ++at_;
    take(".");
    if (take_word("squared")) power = 2;
    if (take_word("cubed")) power = 3;
    if (take("^") && !exponent(power)) return {};
    if (power != 1) {
      raise(*unit, power);
      unit->certain = true;
    }
    return unit;
  }

  bool exponent(int& power) {
    const bool braced = take("{"), negative = take("-");
    if (ended() || tokens_[at_].kind != Kind::number || tokens_[at_].text.size() != 1) return false;
    power = tokens_[at_].text[0] - '0';
    if (negative) power = -power;
    ++at_;
    return power != 0 && (!braced || take("}"));
  }

  std::optional<Unit> degrees() {
    if (take_word("C") || take_word("Celsius") || take_word("celsius")) return Unit{{}, "degC", 1};
    if (take_word("F") || take_word("Fahrenheit") || take_word("fahrenheit")) return Unit{{}, "degF", 1};
    return Unit{{}, "deg", 1};
  }

  std::optional<Unit> fraction() {  // \frac{\text{m}}{\text{s}}
    ++at_;
    if (!take("{")) return {};
    auto top = product();
    if (!top || !take("}") || !take("{")) return {};
    const auto bottom = product();
    if (!bottom || !take("}") || !combine(*top, *bottom, -1)) return {};
    return top;
  }

  Tokens tokens_;
  size_t at_ = 0;
};

}  // namespace

std::optional<Unit> read_unit(Tokens tokens) {
  if (tokens.empty() || tokens.size() > 16) return {};
  return UnitReader(tokens).whole();
}

}  // namespace crescent
