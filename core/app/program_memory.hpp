// What the program itself holds, whatever it trains.
#pragma once

#include <cstdint>

namespace crescent {

// Memory of this process once its libraries have worked: after a training step and a rollout of a small model, which is
// freed again. To be called before the run's own model is there. [main-thread]
int64_t measure_program_bytes();

}  // namespace crescent
