// Mean and spread of the finite values that are added.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace crescent {

struct Moments {
  std::vector<double> values;
  void add(double x) {
    if (std::isfinite(x)) values.push_back(x);
  }
  double mean() const {
    double sum = 0;
    for (const double x : values) sum += x;
    return values.empty() ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(values.size());
  }
  // Whether two of them differ. A sum rounds: values that are all 0.1 have a mean that is not 0.1.
  bool varies() const {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    return !values.empty() && *high > *low;
  }
  double deviation() const {  // unbiased; NaN below two values
    if (values.size() >= 2 && !varies()) return 0;
    const double center = mean();
    double sum = 0;
    for (const double x : values) sum += (x - center) * (x - center);
    return values.size() < 2 ? std::numeric_limits<double>::quiet_NaN()
                             : std::sqrt(sum / static_cast<double>(values.size() - 1));
  }
};

}  // namespace crescent
