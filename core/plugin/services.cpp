#include "core/plugin/services.hpp"

#include <algorithm>
#include <numeric>

namespace crescent {

void MetricCollector::record(const std::string& name, double value) {
  const std::lock_guard lock(mutex_);
  values_[name].push_back(value);
}

NamedValues MetricCollector::take() {
  const std::lock_guard lock(mutex_);
  NamedValues means;
  for (auto& [name, values] : values_) {
    std::sort(values.begin(), values.end());  // a sum of doubles depends on its order; workers finish in any
    means.emplace_back(name, std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()));
  }
  values_.clear();
  return means;
}

}  // namespace crescent
