#include "core/plugin/services.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace crescent {

void MetricCollector::record(const std::string& name, double value) {
  const std::lock_guard lock(mutex_);
  if (recording_) values_[name].push_back(value);
}

void MetricCollector::set_recording(bool on) {
  const std::lock_guard lock(mutex_);
  recording_ = on;
}

std::map<std::string, std::vector<double>> MetricCollector::take_all() {
  const std::lock_guard lock(mutex_);
  return std::exchange(values_, {});
}

NamedValues MetricCollector::take() {
  NamedValues means;
  for (auto& [name, values] : take_all()) {
    std::sort(values.begin(), values.end());  // a sum of doubles depends on its order; workers finish in any
    means.emplace_back(name, std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()));
  }
  return means;
}

}  // namespace crescent
