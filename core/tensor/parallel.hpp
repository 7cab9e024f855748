// Work handed out to the compute threads that set_compute_threads() allows.
#pragma once

#include <cstdint>
#include <functional>

namespace crescent {

// at::parallel_for, which is inline and has no threads in a file that is not compiled with OpenMP: parallel.cpp is.
// f(first, last) for pieces of [begin, end), of more than `grain` each where there are several; the division depends on
// the thread count alone. Within a piece it is serial. Rethrows what a piece throws. [main-thread]
void parallel_for(int64_t begin, int64_t end, int64_t grain, const std::function<void(int64_t, int64_t)>& f);

}  // namespace crescent
