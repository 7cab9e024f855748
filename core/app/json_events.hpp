// What `crescent run --json` prints: one JSON object a line, each with its "event".
#pragma once

#include <string>

#include "core/base/json.hpp"
#include "core/base/task.hpp"
#include "core/flow/metrics.hpp"

namespace crescent {

// {"event":"start","run":"runs/a","after_step":0,"steps":1180}; steps is null where a phase decides at run time
std::string start_event(const std::string& run, int64_t after_step, int64_t total_steps);
// {"event":"step", ... as in metrics.jsonl ..., "timings":{"step_s":0.2, ...}}
std::string step_event(const StepReport& report);
// {"event":"progress","task":"step 12: rollouts","done":8,"total":64}
std::string progress_event(const TaskProgress& state);
// {"event":"checked", ... what would run ...}: `crescent run --check`
std::string checked_event(const Json& experiment);
// {"event":"finished","run":"runs/a","report":"runs/a/report.html","result":[...]}, as result_json gives it; report is
// null where there is none
std::string finished_event(const std::string& run, const std::string& report, const Json& result);
// {"event":"interrupted","run":"runs/a"}
std::string interrupted_event(const std::string& run);
// {"event":"failed","error":"...","exit_code":2}
std::string failed_event(const std::string& error, int exit_code);

}  // namespace crescent
