#include "core/plugin/services.hpp"

#include <algorithm>
#include <numeric>

namespace crescent {

void MetricCollector::record(const std::string& name, double value) {
  const std::lock_guard lock(mutex_);
  if (recording_) values_[name].push_back(value);
}

void MetricCollector::set_recording(bool on) {
  const std::lock_guard lock(mutex_);
  recording_ = on;
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
