#include "core/rundir/step_line.hpp"

#include <algorithm>

#include "core/base/error.hpp"

namespace crescent {

void write_step(const StepReport& report, const NamedValues& values, JsonLine& out) {
  out.key("step").integer(report.step);
  out.key("phase").text(report.phase);
  if (!report.view.empty()) out.key("view").text(report.view);
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string& name = values[i].first;
    const bool taken = name == "step" || name == "phase" || name == "view" ||
                       std::any_of(values.begin(), values.begin() + static_cast<long>(i),
                                   [&](const auto& v) { return v.first == name; });
    if (taken) fail("step {}: metric \"{}\" is reported twice; give one of them another name", report.step, name);
    out.key(name).number(values[i].second);
  }
}

}  // namespace crescent
