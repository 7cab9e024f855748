// One worker of a sweep: takes edges of the work tree that nobody works on and trains them, until none is left.
#pragma once

#include <atomic>
#include <string>

#include "core/app/resources.hpp"
#include "core/app/sweep_plan.hpp"

namespace crescent {

// `cache`: a folder of shared stretches that several sweeps leave and take; "": none.
// Other workers, here or on other machines, may work on the same folder. Returns 0 when nothing is left to do and 130
// when `stop` was set: what was under way is saved. Ends, too, once the process that started it is gone.
int work_on_sweep(const LoadedSweep& sweep, const std::string& folder, const std::string& cache,
                  const Resources& resources, const std::atomic<bool>& stop);

}  // namespace crescent
