// What a worker process does: it loads one reward plugin and judges what the host sends, until the host is done.
#pragma once

#include <cstdint>

namespace crescent {

// Returns the process's exit code. `memory_mb` is the limit that it runs under (0: none).
int serve(int64_t memory_mb);

}  // namespace crescent
