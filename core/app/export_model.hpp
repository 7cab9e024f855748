// `crescent export`: a run's newest whole checkpoint, or any model that is read, as a directory that transformers loads.
#pragma once

#include <string>

namespace crescent {

struct ExportRequest {
  std::string model, out;
  bool bf16 = false;  // weights rounded to bfloat16: half the size
};

// Throws usage Error where `out` is there already: nothing is overwritten.
void export_model(const ExportRequest& request);

}  // namespace crescent
