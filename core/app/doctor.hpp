// What this machine offers to the program, what is missing, and the remedy.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"

namespace crescent {

// ok: there. note: the program works without it, or with less of it. missing: it does not work.
enum class Verdict { ok, note, missing };

struct Check {
  Verdict verdict = Verdict::ok;
  std::string name;    // "cpu", "memory", "libtorch", ...
  std::string value;   // what was found, or what is wrong
  std::string remedy;  // empty where there is nothing to do
};

std::vector<Check> examine_machine();
std::string format_checks(const std::vector<Check>& checks);  // a line each, and one that sums up
Json checks_json(const std::vector<Check>& checks);  // {"ok":true,"checks":[{"name","verdict","value","remedy"}]}
bool nothing_missing(const std::vector<Check>& checks);

// Cores that a container's quota leaves, of the text of cpu.max: "200000 100000" is 2; 0 where there is none.
double quota_cores(std::string_view cpu_max);

}  // namespace crescent
