// What a conformance check looks at, and what came of it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/flow/roles.hpp"
#include "core/plugin/plugin.hpp"

namespace crescent {

struct Subject {
  PluginUse use;  // the file, with the options it is to be checked with
  PluginSearch search;
  std::function<std::shared_ptr<Reward>()> make_reward;  // of a reward; anew at each call
};

enum class Outcome : uint8_t { passed, failed, skipped };

struct CheckResult {
  std::string name;  // "reads and writes within bounds"
  Outcome outcome = Outcome::skipped;
  std::string text;  // passed: what is worth saying; failed: what and why; skipped: why
};

struct Check {
  std::string name;
  // Runs in a process of its own. Returns what is worth saying, or throws an Error with what is wrong.
  std::function<std::string(const Subject&)> run;
};

// What objects that are checked are given: a seed, and a plan of validation.
const HostServices& check_services();

// How often to do what took so long once: for about a second in all.
int rounds_for(std::chrono::duration<double> once);

// Returns in another second than it was called in, so that what counts the seconds of the clock is found out.
void wait_for_next_second();

// In the order in which they are run: the first one creates the object, and where it fails the others are skipped.
std::vector<Check> reward_checks();  // of any reward, whatever it is written in
std::vector<Check> sampler_checks();
std::vector<Check> curriculum_checks();

// Of a role in a shared library: its options at their ends, the bounds of its memory, what it leaves there.
std::vector<Check> library_checks(PluginRole role);

}  // namespace crescent
