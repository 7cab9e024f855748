// What a step reports.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace crescent {

using NamedValues = std::vector<std::pair<std::string, double>>;  // in the order they are written

inline std::optional<double> find_value(const NamedValues& values, std::string_view name) {
  for (const auto& [key, value] : values)
    if (key == name) return value;
  return std::nullopt;
}

inline double value_or_nan(const NamedValues& values, std::string_view name) {
  return find_value(values, name).value_or(std::numeric_limits<double>::quiet_NaN());
}

struct StepReport {
  int64_t step = 0;         // SFT and GRPO steps share one counter; 0 is before training
  std::string phase;        // "cold_start" for SFT
  std::string view;         // what this step's batch showed; empty for SFT
  NamedValues metrics;      // reproducible: names as in docs (reward, pass_rate, val/<view>/accuracy, ...)
  NamedValues timings;      // seconds and rates: whatever a clock had a part in
};

class MetricSink {  // [main-thread]
 public:
  virtual ~MetricSink() = default;
  virtual void step(const StepReport& report) = 0;
};

}  // namespace crescent
