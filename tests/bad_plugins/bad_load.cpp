// Crashes as soon as it is loaded.
#include <signal.h>

#include "crescent_plugin.hpp"

namespace {

const int kCrash = raise(SIGSEGV);

struct Never final : crescent::plugin::Reward {
  crescent::plugin::Verdict score(const crescent::plugin::Sample&) const override { return kCrash; }
};

}  // namespace

CRESCENT_REWARD_PLUGIN(Never, "bad_load", "1", "a test", "Apache-2.0", "crashes while it is loaded")
