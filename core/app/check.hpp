// `crescent run --check`: finds what can be found out about an experiment without training or writing anything.
#pragma once

#include "core/app/run.hpp"

namespace crescent {

// Runs the script, asks the plugins, and looks at model, data folder and run directory as `crescent run` would at its
// start. Says in a few lines (request.output json: in one object) what would run, and returns 0; throws a usage Error
// with the mistakes. What is not looked at: the records themselves (`crescent data check`), and whether it all fits in
// memory.
int check_experiment(const RunRequest& request);

}  // namespace crescent
