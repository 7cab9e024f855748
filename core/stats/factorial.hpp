// Main effects and interactions of a full grid of settings that every seed has run through.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/stats/interval.hpp"

namespace crescent {

// Every seed has every cell. A cell's place: its levels, the last factor fastest.
struct FactorialGrid {
  std::vector<size_t> levels;               // [factors] at least 2 each
  std::vector<std::vector<double>> values;  // [seeds, cells] finite
  size_t cells() const;
};

// The model is repeated measures with the seed as subject: y(cell, seed) = mean + effects(cell) + seed + seed x
// effects. Each effect is tested against how it differs between seeds (F = MS(effect) / MS(effect x seed)), with
// degrees of freedom times Greenhouse and Geisser's epsilon, for contrasts need not vary alike (Geisser & Greenhouse
// 1958). With two levels it is the paired t test: t squared = F.
struct FactorialEffect {
  std::vector<size_t> factors;               // one: a main effect, averaged over the others; two: their interaction
  double f = 0, degrees1 = 0, degrees2 = 0;  // before epsilon
  double epsilon = 1;
  double p = 1;  // NaN: nothing to test, because the contrasts are the same in all seeds
};

// All main effects, then all interactions of two factors. Needs at least two seeds.
std::vector<FactorialEffect> factorial_effects(const FactorialGrid& grid);

// [seeds, levels of `factor`] each seed's means over the cells of a level.
std::vector<std::vector<double>> level_means(const FactorialGrid& grid, size_t factor);

}  // namespace crescent
