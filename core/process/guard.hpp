// Half of each worker process: it sees to it that nothing which a reward started outlives the reward or the run.
#pragma once

#include <sys/types.h>

namespace crescent {

// Splits the process in two. Returns in the one that is to judge. The other, its parent, stays: when `host` ends,
// however it ends, when SIGTERM comes, or when the one that judges ends, it kills all of that one's descendants, also
// those in sessions of their own, and ends as that one did: with the same exit code or signal. What it cannot prevent:
// a descendant that is root in another PID namespace, or a guard that is killed itself by something else than its own
// process group. Call before any thread is started.
void split_from_guard(pid_t host);

}  // namespace crescent
