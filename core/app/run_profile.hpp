// `crescent run --profile`: where a run's time went.
#pragma once

#include <optional>
#include <string>

#include "core/base/profile.hpp"
#include "core/tensor/profile_recorder.hpp"

namespace crescent {

class RunProfile {  // [main-thread] records the thread that made it
 public:
  RunProfile();
  // Ends the recording and measures the machine's rate of matrix products. Writes profile.txt (the tables of
  // core/base/profile.hpp) and trace.json into `folder`, and returns the former.
  std::string finish(const std::string& folder);

 private:
  Profile profile_;
  std::optional<ProfileRecorder> recorder_;
};

}  // namespace crescent
