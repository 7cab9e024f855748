// `crescent sweep`: trains every cell of a sweep, each shared step once.
#pragma once

#include <string>

#include "core/app/plan.hpp"
#include "core/app/sweep_plan.hpp"

namespace crescent {

struct SweepRequest {
  SweepSource source;
  std::string out;      // the sweep's folder; "": sweeps/<name>
  std::string cache;    // folder of shared stretches that several sweeps leave and take; "": none
  int jobs = 0;         // workers at a time; 0: as many as the cores have room for, and no more than there is to do
  bool check = false;   // say what would run, and end
  bool worker = false;  // be one of the workers of a sweep that is under way
};

// Begins or continues the sweep. Returns the exit code: 0 when every cell is finished, 1 when some failed, 130 when
// interrupted and resumable; throws Error otherwise.
int run_sweep(const SweepRequest& request);

// `crescent plan` on a sweep: what run_sweep would do, and what a run of its baseline takes. Threads: 1 unless given.
// Trains nothing, writes nothing but data sets that are missing. Returns 0 when a run fits into memory, else 1.
int plan_sweep(const PlanRequest& request);

}  // namespace crescent
