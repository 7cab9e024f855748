// `crescent plugins check`: whether a plugin keeps to the interface. Each check runs in a process of its own, so that a
// crash, a hang or an exit is reported and not suffered.
#pragma once

#include <string>
#include <vector>

#include "core/conformance/subject.hpp"

namespace crescent {

struct ConformanceReport {
  std::string title;  // "near_miss 1.0.0 (reward)", or the file where it says no name
  std::vector<CheckResult> results;
  bool passed() const;
};

inline constexpr double kCheckSeconds = 20;  // for one check

// All roles of a shared library. The library is never loaded into this process.
ConformanceReport check_library(const PluginUse& use, const PluginSearch& search, double seconds = kCheckSeconds);
// A reward that is no library: a Lua file, for example. `make` is called in the processes of the checks.
ConformanceReport check_reward(const std::string& title, const std::function<std::shared_ptr<Reward>()>& make);

std::string format_report(const ConformanceReport& report);  // a line a check, and how many failed

}  // namespace crescent
