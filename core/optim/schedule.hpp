// Learning-rate schedules: pure functions of the step.
#pragma once

#include <cstdint>

#include "core/experiment/run_config.hpp"

namespace crescent {

// The share of config.lr at `step` of [1, total]: step / warmup_steps up to the warm-up's end, then constant, linear or
// half a cosine down to final_share, which is reached at `total`. `total` < 0: not known, which only "constant" allows.
// `config.function` is not looked at: a Lua schedule is the caller's to ask. Throws a usage Error on an unknown shape,
// on a total that is needed and not known, and on a step outside [1, total].
double schedule_factor(const ScheduleConfig& config, int64_t step, int64_t total);

}  // namespace crescent
