// Units of measure, exactly: a scale to SI and the powers of its base quantities.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "core/answers/parse.hpp"

namespace crescent {

struct Unit {
  std::array<int, 5> powers{};  // length, mass, time, electric current, temperature
  std::string_view other;       // what is none of these: USD, EUR, deg, rad, degC, mol, bit; empty: nothing
  int other_power = 0;
  Rational scale{1};
  bool certain = true;  // false: one letter beside the number, which may be a symbol: "5m"
  bool same_kind(const Unit& b) const { return powers == b.powers && other == b.other && other_power == b.other_power; }
};

// All of `tokens` as a unit: "cm", "m/s^2", "square metres", "\frac{m}{s}", the degree sign. Nothing for anything else.
std::optional<Unit> read_unit(Tokens tokens);

}  // namespace crescent
