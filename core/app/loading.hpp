// Where a run leaves what, and what it leaves of its experiment: the same for `crescent run` and `crescent run
// --check`.
#pragma once

#include "core/app/run.hpp"
#include "core/rundir/run_directory.hpp"
#include "core/script/experiment.hpp"

namespace crescent {

std::string run_folder(const RunRequest& request, const RunConfig& config);  // --out, else runs/<name>
RunContents contents_of(const LoadedExperiment& loaded);

}  // namespace crescent
