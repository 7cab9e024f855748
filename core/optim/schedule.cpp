#include "core/optim/schedule.hpp"

#include <cmath>
#include <numbers>

#include "core/base/error.hpp"

namespace crescent {

double schedule_factor(const ScheduleConfig& config, int64_t step, int64_t total) {
  const bool constant = config.shape == "constant";
  if (!constant && config.shape != "linear" && config.shape != "cosine") {
    fail_usage({}, "schedule.shape = \"{}\"{}", config.shape,
               suggestion(config.shape, {"constant", "linear", "cosine"}));
  }
  if (step < 1) fail("a schedule was asked for step {}; steps count from 1", step);
  if (total >= 0 && step > total) fail("a schedule of {} steps was asked for step {}", total, step);
  if (config.warmup_steps > 0 && step <= config.warmup_steps) {
    return static_cast<double>(step) / static_cast<double>(config.warmup_steps);
  }
  if (constant) return 1;
  if (total < 0) {
    fail_usage({},
               "schedule.shape = \"{}\" needs to know the run's last step, but a phase decides while running when it "
               "ends; give every phase a number of steps, or use \"constant\" or a function",
               config.shape);
  }
  // 0 at the warm-up's end, 1 at the last step.
  const double progress =
      static_cast<double>(step - config.warmup_steps) / static_cast<double>(total - config.warmup_steps);
  const double remaining = config.shape == "linear" ? 1 - progress : 0.5 * (1 + std::cos(std::numbers::pi * progress));
  return config.final_share + (1 - config.final_share) * remaining;
}

}  // namespace crescent
