// `crescent show`: opens the run and finds the record that is asked for.
#pragma once

#include "core/show/show.hpp"

namespace crescent {

// Prints to stdout, wrapped to its window. Throws usage Error for what is no run directory and as show_rollouts() does.
void show_run(const ShowRequest& request);

}  // namespace crescent
