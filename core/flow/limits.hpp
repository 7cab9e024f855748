// What bounds the memory of one call of the generator where no option does.
#pragma once

#include <cstdint>

namespace crescent {

inline constexpr uint64_t kMostProbeRollouts = 4096;       // that a sampler is asked for at once
inline constexpr int64_t kValidationPromptsPerCall = 128;  // rendered at once

}  // namespace crescent
