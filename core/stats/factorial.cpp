#include "core/stats/factorial.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/stats/distributions.hpp"

namespace crescent {

namespace {

using Matrix = std::vector<std::vector<double>>;

// Orthonormal contrasts of k levels (Helmert's): [k - 1, k], each row of length 1 and sum 0.
Matrix helmert(size_t k) {
  Matrix rows(k - 1, std::vector<double>(k, 0));
  for (size_t i = 1; i < k; ++i) {
    const double length = std::sqrt(static_cast<double>(i * (i + 1)));
    for (size_t j = 0; j < i; ++j) rows[i - 1][j] = 1 / length;
    rows[i - 1][i] = -static_cast<double>(i) / length;
  }
  return rows;
}

// [contrasts of the effect, cells]: products of contrasts of its factors and means over the others.
Matrix effect_contrasts(const FactorialGrid& grid, const std::vector<size_t>& factors) {
  Matrix product{{1.0}};
  for (size_t f = 0; f < grid.levels.size(); ++f) {
    const size_t k = grid.levels[f];
    const bool in_effect = std::find(factors.begin(), factors.end(), f) != factors.end();
    const Matrix own = in_effect ? helmert(k) : Matrix{std::vector<double>(k, 1 / std::sqrt(static_cast<double>(k)))};
    Matrix next;
    for (const auto& row : product)
      for (const auto& contrast : own) {
        std::vector<double> joined;
        for (const double a : row)
          for (const double b : contrast) joined.push_back(a * b);
        next.push_back(std::move(joined));
      }
    product = std::move(next);
  }
  return product;
}

// [seeds, contrasts]
Matrix contrast_values(const FactorialGrid& grid, const Matrix& contrasts) {
  Matrix out;
  for (const auto& cells : grid.values) {
    std::vector<double>& row = out.emplace_back();
    for (const auto& contrast : contrasts) {
      double sum = 0;
      for (size_t c = 0; c < cells.size(); ++c) sum += contrast[c] * cells[c];
      row.push_back(sum);
    }
  }
  return out;
}

std::vector<double> column_means(const Matrix& rows) {
  std::vector<double> means(rows[0].size(), 0);
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size(); ++i) means[i] += row[i] / static_cast<double>(rows.size());
  return means;
}

FactorialEffect test_effect(const FactorialGrid& grid, std::vector<size_t> factors) {
  const Matrix z = contrast_values(grid, effect_contrasts(grid, factors));
  const std::vector<double> means = column_means(z);
  const size_t d = means.size();
  Matrix covariance(d, std::vector<double>(d, 0));  // times seeds - 1
  double effect = 0, size = 0;
  for (const auto& cells : grid.values)
    for (const double y : cells) size += y * y;
  for (const double m : means) effect += m * m * static_cast<double>(z.size());
  for (const auto& row : z)
    for (size_t i = 0; i < d; ++i)
      for (size_t j = 0; j < d; ++j) covariance[i][j] += (row[i] - means[i]) * (row[j] - means[j]);
  double trace = 0, squares = 0;
  for (size_t i = 0; i < d; ++i) trace += covariance[i][i];
  for (const auto& row : covariance)
    for (const double x : row) squares += x * x;

  FactorialEffect out;
  out.factors = std::move(factors);
  out.degrees1 = static_cast<double>(d);
  out.degrees2 = static_cast<double>(d * (z.size() - 1));
  constexpr double kRounding = 1e-26;  // what is left of contrasts that should cancel, squared
  if (trace <= kRounding * size) {
    out.f = out.p = std::numeric_limits<double>::quiet_NaN();
    return out;
  }
  out.f = effect / out.degrees1 / (trace / out.degrees2);
  out.epsilon = trace * trace / (out.degrees1 * squares);
  out.p = f_upper(out.f, out.epsilon * out.degrees1, out.epsilon * out.degrees2);
  return out;
}

}  // namespace

size_t FactorialGrid::cells() const {
  size_t product = 1;
  for (const size_t k : levels) product *= k;
  return product;
}

std::vector<FactorialEffect> factorial_effects(const FactorialGrid& grid) {
  std::vector<FactorialEffect> effects;
  for (size_t a = 0; a < grid.levels.size(); ++a) effects.push_back(test_effect(grid, {a}));
  for (size_t a = 0; a < grid.levels.size(); ++a)
    for (size_t b = a + 1; b < grid.levels.size(); ++b) effects.push_back(test_effect(grid, {a, b}));
  return effects;
}

std::vector<std::vector<double>> level_means(const FactorialGrid& grid, size_t factor) {
  size_t inner = 1;  // cells between one level of the factor and the next
  for (size_t f = factor + 1; f < grid.levels.size(); ++f) inner *= grid.levels[f];
  const size_t k = grid.levels[factor];
  Matrix out;
  for (const auto& cells : grid.values) {
    std::vector<double> sums(k, 0);
    for (size_t c = 0; c < cells.size(); ++c) sums[c / inner % k] += cells[c];
    for (double& sum : sums) sum /= static_cast<double>(cells.size() / k);
    out.push_back(std::move(sums));
  }
  return out;
}

}  // namespace crescent
