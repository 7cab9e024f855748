// SIGINT and SIGTERM: the first asks the run to finish its step and checkpoint, a second one ends the process at once.
#pragma once

#include <atomic>

namespace crescent {

// Installs the handlers; the flag turns true at the first signal and lives as long as the process.
const std::atomic<bool>& stop_on_signals();

}  // namespace crescent
